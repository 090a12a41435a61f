//! RRDtool's C library `librrd.so.8`: the functions of its headers over `rrd-core`, `rrd-graph` and
//! `rrd-cli`, so that programs that are linked to it run unmodified.
//!
//! Functions that take `argc` and `argv` run the commands of `rrd-cli`; functions whose names end
//! in `_r` call the libraries. Everything that is handed to C comes from C's `malloc`; nothing
//! unwinds into C; the process's locale, signals, folder and environment stay as they are.
#![expect(unsafe_code, reason = "C calls these functions with pointers of its own")]

mod at_time;
mod c;
mod client;
mod create;
mod dump;
mod error;
mod fetch;
mod fetch_callback;
mod first_last;
mod folders;
mod graph;
mod info;
mod last_update;
mod list;
mod numbers;
mod pointers;
mod raw_records;
mod reduce;
mod restore;
mod thread_context;
mod tune;
mod update;
mod version;
mod xport;
