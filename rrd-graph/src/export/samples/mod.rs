//! Samples of many series as text that other engines import: one file a format. Unlike a table,
//! each series has its own times, and nothing but one block of rows is in memory.

mod csv;
mod format;
mod influx;
mod jsonl;
mod openmetrics;
mod vm;
mod writer;

pub use self::writer::{SampleError, SampleFormat, SampleWriter};

#[cfg(test)]
mod tests;
