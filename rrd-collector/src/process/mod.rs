//! This process among others: its children, signals, log and service manager.

pub mod child;
pub mod logging;
pub mod notify;
pub mod signal;
