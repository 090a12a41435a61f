//! The tests of the server with real sockets, files and programs.
mod listener;
