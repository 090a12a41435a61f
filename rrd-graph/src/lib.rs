//! Charts.

pub mod cli;
mod color;
pub mod columns;
mod daemon;
pub mod element;
pub mod format;
pub mod statement;
mod system;
pub mod window;

pub use color::Color;
