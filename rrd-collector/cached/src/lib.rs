//! A server in rrdcached's place: the protocol of `rrdcached` over a [`Store`](rrd_core::Store).
//!
//! A line goes from a connection (`listener`) to the state of that connection (`session`), which
//! parses it (`grammar`) and runs its command (`command`) on what all connections share (`server`).
//! `write_back` brings the files up to date later, on a thread of its own. `daemon` is the program
//! around it: options, sockets, users, signals, log.

mod command;
mod daemon;
mod grammar;
mod listener;
mod listing;
mod log_limit;
mod names;
mod refused_links;
mod rrdcached_journal;
mod server;
mod session;
mod shared_memory;
mod statistics;
mod write_back;

pub use daemon::run;
#[doc(hidden)]
pub use daemon::said_of;
#[doc(hidden)]
pub use grammar::typed_value;
pub use grammar::{Permissions, UnknownPermission, Verb};
pub use listener::{
    Access, BindError, BoundSocket, FileAccess, ListenAddress, Serving, inherited,
    raise_descriptor_limit,
};
pub use rrdcached_journal::TakeOver;
pub use server::{Ending, Server, ServerError, ServerOptions};
#[doc(hidden)]
pub use session::converse;
pub use write_back::WriteBackOptions;
