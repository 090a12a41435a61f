//! Engines on other hosts: what is sent to them (remote write), and what they ask for (remote
//! read). Nothing of it runs until it is configured or asked for.

pub mod read;
pub mod thread;
pub mod wire;
pub mod write;
