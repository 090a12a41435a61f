//! Tests of the library as C sees it.

mod c_program;
mod exports;
mod headers;
mod install;
mod variadic;
