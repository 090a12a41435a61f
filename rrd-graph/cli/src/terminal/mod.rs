//! Terminals: what they can show, and charts as they show them.

mod braille;
mod device;
mod kitty;
mod sixel;
#[cfg(test)]
mod tests;

pub(crate) use braille::{Page, braille};
pub(crate) use device::Graphics;
pub use device::Terminal;
pub(crate) use kitty::kitty;
pub(crate) use sixel::sixels;
