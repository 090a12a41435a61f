//! Reads this repository as text, so that tests can check what its documents say about it.
//!
//! It links none of the crates that it reads: code that does not compile can still be checked, and
//! published crates can be tested without this one.

pub mod imports;
pub mod markdown;
pub mod repository;
mod source;
pub mod tokens;
