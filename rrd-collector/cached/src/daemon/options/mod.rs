//! The command line: rrdcached's options, and ours.

mod accounts;
mod amount;
mod command_line;
mod described;
mod parsing;
mod settings;
mod sockets;
mod table;
#[cfg(test)]
mod tests;
mod usage;

pub(super) use accounts::{Accounts, SystemAccounts, User};
pub(super) use command_line::{CommandLine, parse};
pub(super) use described::described;
pub(super) use settings::{Options, Request};
pub(super) use usage::{VERSION, usage};
