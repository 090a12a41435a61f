//! Charts.

pub mod cli;
mod color;
pub mod columns;
pub mod element;
pub mod statement;

pub use color::Color;
