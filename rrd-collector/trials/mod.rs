//! Trials that take minutes: see the README beside this file. They are ignored tests of the binary
//! `it`, so that they use what its tests use.

mod fleet;
mod outage;
mod poison;
mod silence;

use std::time::Duration;

/// Prints a line with the time.
macro_rules! note {
    ($($text:tt)*) => {
        println!("{} {}", rrd_core::Timestamp::now().seconds(), format_args!($($text)*))
    };
}
use note;

/// A length of time that is shortened by an environment variable, in seconds.
fn lasting(variable: &str, seconds: u64) -> Duration {
    let set = std::env::var(variable).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(set.unwrap_or(seconds))
}
