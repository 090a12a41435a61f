//! One daemon per host: samples CPU, disks, Apache and the rest into round-robin archives and shows
//! them.
//!
//! | what | module |
//! |---|---|
//! | where the kernel's files are | [`Host`] |
//! | pages of other servers, TLS, sockets | [`net`] |
//! | children, signals, the log, the service manager | [`process`] |
//! | when to sample | [`schedule`] |
//! | kinds, names and newest values of groups | [`group`] |
//! | reading one section of the configuration | [`section`] |
//! | what is sampled, one folder a source | [`source`] |
//! | the databases | [`store`] |
//! | when a value is too much | [`alert`] |
//! | what is served | [`output`] |
//! | durations and sizes in words | [`duration`], [`bytes`] |
//! | faults and how they are reported | [`fault`] |
//! | what is to be done, and the program that does it | [`config`], [`cli`], [`daemon`] |

pub mod alert;
pub mod bytes;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod duration;
pub mod fault;
pub mod group;
pub mod moved;
pub mod net;
pub mod output;
pub mod process;
mod replace_file;
mod rootfs;
pub mod schedule;
pub mod section;
pub mod source;
pub mod store;

pub use rootfs::{Host, KeptFile, ReadError};
