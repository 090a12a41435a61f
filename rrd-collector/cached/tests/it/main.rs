//! The tests of the server with real sockets, files and programs.

mod clients;
mod daemon;
mod listener;
mod programs;
mod tap;
