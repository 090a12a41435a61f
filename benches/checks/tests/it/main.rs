//! The claims of this repository's documents, and the rules for its crates.

mod book;
mod contributing;
mod examples;
mod http;
mod imports;
mod manuals;
mod programs;
mod published;
mod readme;
mod reference;
mod rules;
mod self_contained;
mod sources;
mod troubleshooting;
