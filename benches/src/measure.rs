//! Two programs, the same work, the same run: rounds alternate, so that a noisy machine disturbs
//! both equally.

use std::fmt;
use std::time::Duration;

/// The result of one pair of measurements.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The work.
    pub work: String,
    /// The peer.
    pub peer: String,
    /// Our median time for one unit of work.
    pub ours: Duration,
    /// The peer's median time for one unit of work.
    pub theirs: Duration,
    /// The median over the rounds of ours / theirs.
    pub ratio: f64,
    /// The smallest and the largest ratio of a round.
    pub spread: (f64, f64),
    /// The target ratio, if any.
    pub target: Option<f64>,
}

/// Runs both sides `rounds` times, alternating. Each closure does its work once and returns the
/// time and the number of units.
///
/// # Panics
///
/// If `rounds` is zero.
pub fn compare(
    work: &str,
    peer: &str,
    target: Option<f64>,
    rounds: usize,
    mut ours: impl FnMut() -> (Duration, u32),
    mut theirs: impl FnMut() -> (Duration, u32),
) -> Comparison {
    assert!(rounds > 0, "a comparison takes at least one round");
    let mut our_times = Vec::with_capacity(rounds);
    let mut their_times = Vec::with_capacity(rounds);
    let mut ratios = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // The first side changes with each round, so that neither always finds the warmer cache.
        let (a, b) = if round % 2 == 0 {
            let a = per_unit(ours());
            (a, per_unit(theirs()))
        } else {
            let b = per_unit(theirs());
            (per_unit(ours()), b)
        };
        our_times.push(a);
        their_times.push(b);
        ratios.push(a / b);
    }
    for list in [&mut our_times, &mut their_times, &mut ratios] {
        list.sort_by(f64::total_cmp);
    }
    Comparison {
        work: work.to_owned(),
        peer: peer.to_owned(),
        ours: Duration::from_secs_f64(our_times[rounds / 2]),
        theirs: Duration::from_secs_f64(their_times[rounds / 2]),
        ratio: ratios[rounds / 2],
        spread: (ratios[0], ratios[rounds - 1]),
        target,
    }
}

fn per_unit((time, units): (Duration, u32)) -> f64 {
    time.as_secs_f64() / f64::from(units.max(1))
}

impl fmt::Display for Comparison {
    /// One row of a Markdown table: work, peer, both times, ratio, spread, target.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {} | {} | {} | {} | {} to {} |",
            self.work,
            self.peer,
            Time(self.ours),
            Time(self.theirs),
            Ratio(self.ratio),
            Ratio(self.spread.0),
            Ratio(self.spread.1),
        )?;
        match self.target {
            Some(target) if self.ratio <= target => write!(f, " {} (met) |", Ratio(target)),
            Some(target) => write!(f, " {} (missed) |", Ratio(target)),
            None => f.write_str(" |"),
        }
    }
}

/// A ratio as a fraction such as `1/12`, or `1.3` if ours is slower.
struct Ratio(f64);

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 0.95 { write!(f, "{:.2}", self.0) } else { write!(f, "1/{:.1}", 1.0 / self.0) }
    }
}

/// A time with three significant digits and its unit.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_secs_f64() * 1e9;
        let (value, unit) = match nanoseconds {
            n if n < 1e3 => (n, "ns"),
            n if n < 1e6 => (n / 1e3, "us"),
            n if n < 1e9 => (n / 1e6, "ms"),
            n => (n / 1e9, "s"),
        };
        let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        write!(f, "{value:.decimals$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_gives_the_median_ratio_and_its_spread() {
        let mut theirs = [40u64, 20, 80].into_iter();
        let result = compare(
            "count",
            "peer",
            Some(0.5),
            3,
            || (Duration::from_micros(10), 1),
            || (Duration::from_micros(theirs.next().unwrap()), 1),
        );
        assert_eq!(
            result.to_string(),
            "| count | peer | 10.0 us | 40.0 us | 1/4.0 | 1/8.0 to 1/2.0 | 1/2.0 (met) |"
        );
    }
}
