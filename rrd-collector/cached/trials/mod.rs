//! Trials that take too long for every run of the tests; `README.md` says how to run them.

mod collectd;
mod ganglia;
mod proxmox;
mod sync;
mod two_writers;
