//! The state of a command line that is being read, and why an option is refused.

use super::accounts::Accounts;
use super::settings::{Options, Request};
use super::sockets::Sockets;

/// What the options change while they are applied from left to right.
pub(super) struct Parsing<'a> {
    pub(super) options: Options,
    pub(super) sockets: Sockets,
    pub(super) request: Request,
    pub(super) accounts: &'a dyn Accounts,
    pub(super) notes: Vec<String>,
    pub(super) prints_usage: bool,
    /// The status of the last option that has one.
    pub(super) status: u8,
}

/// Why an option is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The options after it are still read, and may have another status.
    Noted { text: String, status: u8 },
    /// The process ends at once.
    Fatal { text: String, status: u8 },
}
