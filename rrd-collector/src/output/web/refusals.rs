//! Logging of wrong passwords: the clients' addresses, limited to a few lines a minute.

use std::time::Duration;

/// Time for which further attempts of an address are not logged.
const QUIET: Duration = Duration::from_secs(60);
/// Limit on the addresses logged in that time.
const MAX_ADDRESSES: usize = 10;

/// Recently logged addresses, and the number of suppressed attempts.
#[derive(Debug, Default)]
pub struct Refusals {
    since: Duration,
    reported: Vec<String>,
    silent: u64,
}

impl Refusals {
    /// Records a wrong user or password from an address at `now`, on a monotonic clock; returns the
    /// line to log, if any. The line does not contain the input: people type passwords into the
    /// user field.
    pub(super) fn note(&mut self, address: &str, now: Duration) -> Option<String> {
        if now.saturating_sub(self.since) >= QUIET {
            self.since = now;
            self.reported.clear();
        }
        if self.reported.len() >= MAX_ADDRESSES
            || self.reported.iter().any(|known| known == address)
        {
            self.silent = self.silent.saturating_add(1);
            return None;
        }
        self.reported.push(address.to_owned());
        let more = match std::mem::take(&mut self.silent) {
            0 => String::new(),
            silent => format!(" ({silent} more were not logged)"),
        };
        Some(format!("{address}: wrong user or password{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Duration {
        Duration::from_secs(1000 + second)
    }

    #[test]
    fn an_address_is_logged_once_a_minute_with_the_number_of_attempts() {
        let mut refusals = Refusals::default();
        let first = refusals.note("192.0.2.1", at(0));
        assert_eq!(first.as_deref(), Some("192.0.2.1: wrong user or password"));
        assert!((1..60).all(|second| refusals.note("192.0.2.1", at(second)).is_none()));
        let other = refusals.note("2001:db8::1", at(59));
        assert_eq!(
            other.as_deref(),
            Some("2001:db8::1: wrong user or password (59 more were not logged)")
        );
        let later = refusals.note("192.0.2.1", at(60));
        assert_eq!(later.as_deref(), Some("192.0.2.1: wrong user or password"));
    }

    #[test]
    fn a_flood_from_everywhere_gives_ten_lines_a_minute() {
        let mut refusals = Refusals::default();
        let lines: Vec<String> = (0..100_000_u64)
            .filter_map(|number| refusals.note(&format!("address {number}"), at(number / 1000)))
            .collect();
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[10], "address 60000: wrong user or password (59990 more were not logged)");
        assert!(refusals.reported.len() <= MAX_ADDRESSES);
    }
}
