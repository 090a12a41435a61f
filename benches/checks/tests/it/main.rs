//! What the documents of this repository promise, and what its crates must keep to.

mod contributing;
mod imports;
mod programs;
mod readme;
mod rules;
mod self_contained;
