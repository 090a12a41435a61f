//! Reads this repository as text, so that tests can hold what its documents say about it.
//!
//! It links none of the crates that it reads: what does not compile can still be checked, and a
//! published crate tests itself without this one.

pub mod imports;
pub mod repository;
mod source;
pub mod tokens;
