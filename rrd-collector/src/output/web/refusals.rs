//! Wrong passwords: their answers are delayed, few at a time for each address, and they are logged,
//! few lines a minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::net::connections::Origin;

/// How long the answer to a wrong password takes.
pub(super) const DELAY: Duration = Duration::from_secs(1);
/// Limit on delayed answers of one address, also of clients that do not wait for them.
const MAX_DELAYED: usize = 10;
/// Limit on the addresses with delayed answers. One listener cannot reach it.
const MAX_GUESSING: usize = 4096;
/// Time for which further attempts of an address are not logged.
const QUIET: Duration = Duration::from_secs(60);
/// Limit on the addresses logged in that time.
const MAX_LOGGED: usize = 10;

/// The wrong passwords of the last minute. Times are those of a monotonic clock.
#[derive(Debug, Default)]
pub struct Refusals {
    /// When the delayed answers were asked for.
    delayed: HashMap<IpAddr, Vec<Duration>>,
    forgotten: Duration,
    logged: Vec<String>,
    logged_since: Duration,
    silent: u64,
}

impl Refusals {
    /// Whether no further password of this client is looked at now. Clients of a Unix socket are
    /// not told apart, so none of them suffers from another.
    pub(super) fn is_exhausted(&self, origin: Origin, now: Duration) -> bool {
        let delayed = origin.address().and_then(|address| self.delayed.get(&address));
        delayed.is_some_and(|times| {
            times.iter().filter(|at| is_recent(**at, now)).count() >= MAX_DELAYED
        })
    }

    /// Records a wrong password. Returns whether it can be counted; if not, it is answered as if
    /// the address were exhausted.
    pub(super) fn delay(&mut self, origin: Origin, now: Duration) -> bool {
        let Some(address) = origin.address() else { return true };
        if !is_recent(self.forgotten, now) {
            self.forgotten = now;
            self.delayed.retain(|_, times| {
                times.retain(|at| is_recent(*at, now));
                !times.is_empty()
            });
        }
        if self.delayed.len() >= MAX_GUESSING && !self.delayed.contains_key(&address) {
            return false;
        }
        let times = self.delayed.entry(address).or_default();
        times.retain(|at| is_recent(*at, now));
        times.push(now);
        true
    }

    /// The line to log for a wrong user or password from a client, if any. The line does not
    /// contain the input: people type passwords into the user field.
    pub(super) fn line(&mut self, client: &str, now: Duration) -> Option<String> {
        if now.saturating_sub(self.logged_since) >= QUIET {
            self.logged_since = now;
            self.logged.clear();
        }
        if self.logged.len() >= MAX_LOGGED || self.logged.iter().any(|known| known == client) {
            self.silent = self.silent.saturating_add(1);
            return None;
        }
        self.logged.push(client.to_owned());
        let more = match std::mem::take(&mut self.silent) {
            0 => String::new(),
            silent => format!(" ({silent} more were not logged)"),
        };
        Some(format!("{client}: wrong user or password{more}"))
    }
}

fn is_recent(at: Duration, now: Duration) -> bool {
    now.saturating_sub(at) < DELAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Duration {
        Duration::from_secs(1000 + second)
    }

    fn origin(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_ten_passwords_a_second_and_others_have_theirs() {
        let mut refusals = Refusals::default();
        let (one, same, other) = (origin("2001:db8::1"), origin("2001:db8::2"), origin("::1"));
        for _ in 0..MAX_DELAYED {
            assert!(!refusals.is_exhausted(one, at(0)));
            assert!(refusals.delay(one, at(0)));
        }
        assert!(refusals.is_exhausted(same, at(0)) && !refusals.is_exhausted(other, at(0)));
        assert!(!refusals.is_exhausted(same, at(1)));
        for _ in 0..100 {
            assert!(refusals.delay(Origin::SOCKET, at(0)));
        }
        assert!(!refusals.is_exhausted(Origin::SOCKET, at(0)));
    }

    #[test]
    fn passwords_from_everywhere_are_counted_in_bounded_memory_and_forgotten() {
        let mut refusals = Refusals::default();
        let address = |number: u32| Origin::of(IpAddr::from(number.to_be_bytes()));
        let counted = (0..100_000).filter(|number| refusals.delay(address(*number), at(0))).count();
        assert_eq!((counted, refusals.delayed.len()), (MAX_GUESSING, MAX_GUESSING));
        assert!(refusals.delay(address(100_000), at(1)));
        assert_eq!(refusals.delayed.len(), 1);
    }

    #[test]
    fn an_address_is_logged_once_a_minute_with_the_number_of_attempts() {
        let mut refusals = Refusals::default();
        let first = refusals.line("192.0.2.1", at(0));
        assert_eq!(first.as_deref(), Some("192.0.2.1: wrong user or password"));
        assert!((1..60).all(|second| refusals.line("192.0.2.1", at(second)).is_none()));
        let other = refusals.line("2001:db8::1", at(59));
        assert_eq!(
            other.as_deref(),
            Some("2001:db8::1: wrong user or password (59 more were not logged)")
        );
        let later = refusals.line("192.0.2.1", at(60));
        assert_eq!(later.as_deref(), Some("192.0.2.1: wrong user or password"));
    }

    #[test]
    fn a_flood_from_everywhere_gives_ten_lines_a_minute() {
        let mut refusals = Refusals::default();
        let lines: Vec<String> = (0..100_000_u64)
            .filter_map(|number| refusals.line(&format!("address {number}"), at(number / 1000)))
            .collect();
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[10], "address 60000: wrong user or password (59990 more were not logged)");
        assert!(refusals.logged.len() <= MAX_LOGGED);
    }
}
