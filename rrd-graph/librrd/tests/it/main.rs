//! Tests of the library as C sees it.

mod bindings;
mod c_program;
mod charts_and_times;
mod client;
mod dumps_and_changes;
mod errors;
mod exports;
mod headers;
mod install;
mod lists_and_numbers;
mod memory;
mod process;
mod programs;
mod scripted_daemon;
mod threads;
mod trials;
mod updates_and_rows;
mod variadic;
