//! Charts.

mod color;
pub mod statement;

pub use color::Color;
