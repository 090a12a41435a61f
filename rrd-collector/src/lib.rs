//! One daemon per host: samples CPU, disks, Apache and the rest into round-robin archives and shows them.
//!
//! | stage | module |
//! |---|---|
//! | where the kernel's files are | [`Host`] |
//! | whose certificates are believed | [`tls`] |
//! | what is read there, as rates in base units | [`probe`] |
//! | what other programs hand over, as text and as samples | [`intake`], [`munin`], [`collectd`], [`statsd`], [`textfile`] |
//! | how services are asked, and programs run | [`watch`], [`child`] |
//! | when, and in which files | [`schedule`], [`sampler`], [`plan`], [`sink`] |
//! | what was sampled, now and before | [`catalog`], [`archives`] |
//! | the same under the names of another program | [`node`] |
//! | when a value is too much | [`alert`] |
//! | what is served | [`web`] |
//! | what is said of it | [`fault`], [`logging`] |
//! | what is to be done, and the program that does it | [`config`], [`cli`], [`daemon`] |

pub mod alert;
pub mod archives;
pub mod catalog;
pub mod child;
pub mod cli;
pub mod clock;
pub mod collectd;
pub mod config;
pub mod daemon;
pub mod fault;
mod host;
pub mod intake;
pub mod logging;
pub mod munin;
pub mod node;
pub mod notify;
pub mod own;
pub mod plan;
pub mod probe;
pub mod sampler;
pub mod schedule;
pub mod signal;
pub mod sink;
pub mod socket_file;
pub mod statsd;
pub mod textfile;
pub mod tls;
pub mod view;
pub mod watch;
pub mod web;

pub use host::{Host, KeptFile, ReadError};
