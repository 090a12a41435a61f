//! Tests of the library as C sees it.

mod c_program;
mod charts_and_times;
mod errors;
mod exports;
mod headers;
mod install;
mod programs;
mod threads;
mod updates_and_rows;
mod variadic;
