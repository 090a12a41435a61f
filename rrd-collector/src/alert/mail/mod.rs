//! Mails about changes: who gets them, what they say, and those that are not delivered yet.

mod account;
mod letter;
mod queue;

pub use account::{MailAccount, MailError};
pub use letter::Letter;
pub use queue::{MailQueue, Next, QueueError, QueuedMail};

pub(super) use account::MailTable;
