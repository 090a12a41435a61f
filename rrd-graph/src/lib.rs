//! Charts.

pub mod cli;
mod color;
pub mod columns;
mod daemon;
pub mod element;
pub mod statement;
mod system;

pub use color::Color;
