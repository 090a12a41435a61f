//! The pauses between attempts while a receiver fails.

use std::time::Duration;

/// The first pause; each one is twice as long as the one before.
const FIRST: Duration = Duration::from_millis(30);
const MINUTE: Duration = Duration::from_secs(60);

/// The longest pause after a failure of this length: a receiver that comes back is not to be
/// flooded by all hosts.
const fn longest(failing: Duration) -> Duration {
    match failing.as_secs() {
        0..60 => Duration::from_secs(5),
        60..600 => Duration::from_secs(30),
        _ => MINUTE,
    }
}

/// Pauses that become longer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    /// When the first attempt failed on a monotonic clock, and the pause after the last one.
    failing: Option<(Duration, Duration)>,
}

impl Backoff {
    /// Whether the last attempt failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }

    /// The pause after an attempt that failed at `now` on a monotonic clock. It differs by up to a
    /// fifth from that of other hosts, as their numbers `random` do.
    pub(super) fn fail(&mut self, now: Duration, random: u64) -> Duration {
        let (since, pause) = match self.failing {
            None => (now, FIRST),
            Some((since, pause)) => (since, (pause * 2).min(longest(now.saturating_sub(since)))),
        };
        self.failing = Some((since, pause));
        let thousandth = u32::try_from(random % 401).unwrap_or_default() + 800;
        pause * thousandth / 1000
    }

    /// An attempt succeeded.
    pub(super) fn succeed(&mut self) {
        self.failing = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_bounded_by_how_long_it_has_failed() {
        let (mut backoff, mut now) = (Backoff::default(), Duration::from_secs(1000));
        let mut pauses = Vec::new();
        while now < Duration::from_secs(1800) {
            let pause = backoff.fail(now, 200);
            pauses.push(pause.as_millis());
            now += pause;
        }
        let first = [30, 60, 120, 240, 480, 960, 1920, 3840, 5000, 5000];
        assert_eq!(pauses[..10], first);
        assert_eq!(pauses.iter().filter(|pause| **pause == 5000).count(), 11);
        assert_eq!(pauses.iter().filter(|pause| **pause == 10_000).count(), 1);
        assert_eq!(pauses.iter().filter(|pause| **pause == 30_000).count(), 17);
        assert_eq!(pauses.last(), Some(&60_000));
        backoff.succeed();
        assert_eq!(backoff.fail(now, 200).as_millis(), 30);
    }

    #[test]
    fn hosts_differ_by_up_to_a_fifth() {
        let pause = |random| Backoff::default().fail(Duration::ZERO, random).as_micros();
        assert_eq!((pause(0), pause(400), pause(401)), (24_000, 36_000, 24_000));
    }
}
