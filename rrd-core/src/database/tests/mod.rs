//! A file on a disk that is killed, fails or loses power at every operation.

mod crash;
mod replacement;
mod tail;
