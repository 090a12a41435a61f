//! The tests of the server with real sockets, files and programs.

mod captures;
mod clients;
mod daemon;
mod durability;
mod hostile;
mod journal;
mod listener;
mod programs;
mod queries;
mod running;
mod tap;
#[path = "../../trials/mod.rs"]
mod trials;
mod update_texts;
mod write_back;
