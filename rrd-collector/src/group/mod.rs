//! What is sampled, as groups of values: their kinds, names, newest values, and how long they are kept.

pub mod catalog;
mod kind;
pub mod names;
pub mod retention;

pub use kind::{Kind, Metric, Unit};
