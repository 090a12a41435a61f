//! The client of rrdcached: one connection for the process, and clients of a program's own.

mod flushcached;
mod object;
mod process;
mod requests;
mod statistics;
