//! Remote write: samples go to engines on other hosts.

mod endpoint;
mod outcome;
mod settings;
mod trial;

pub use endpoint::{Endpoint, Protocol};
pub use outcome::{MAX_RETRY_AFTER, Outcome, SendError};
pub(crate) use settings::read;
pub use settings::{Order, RemoteWrite, RemoteWriteError};
pub use trial::TrialError;
