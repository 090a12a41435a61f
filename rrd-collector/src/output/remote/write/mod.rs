//! Remote write: samples go to engines on other hosts.

mod backoff;
mod batch;
mod cursor;
mod endpoint;
mod negotiation;
mod outcome;
mod pass;
mod ranges;
mod request;
mod running;
mod sender;
mod settings;
#[cfg(test)]
mod simulation;
mod source;
mod suspicion;
mod trial;

pub use cursor::Cursor;
pub use endpoint::{Endpoint, Protocol};
#[doc(hidden)]
pub use outcome::fuzz_answer;
pub use outcome::{MAX_RETRY_AFTER, Outcome, SendError};
pub use running::{RemoteWrites, drive};
pub use sender::{Action, Sender};
pub(crate) use settings::read;
pub use settings::{Order, RemoteWrite, RemoteWriteError};
pub use source::{Source, StoredRows};
pub use trial::TrialError;
