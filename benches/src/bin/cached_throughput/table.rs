//! Rows of the table: medians of the rounds, and the ratio of ours to rrdcached's in each.

use std::fmt;
use std::time::Duration;

/// The first lines of the table.
pub(crate) const HEAD: &str = "\
    | work, each | echo server | rrdcached | ours | ours / rrdcached | spread | target |\n\
    |---|---|---|---|---|---|---|";

/// What a round took, in seconds for each unit of work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) time: f64,
    pub(crate) cpu: f64,
}

impl Figure {
    /// The shares of `count` units.
    pub(crate) fn of(time: Duration, cpu: f64, count: u32) -> Self {
        let count = f64::from(count);
        Self { time: time.as_secs_f64() / count, cpu: cpu / count }
    }
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    target: Option<f64>,
    echo: Option<Spread>,
    theirs: Spread,
    ours: Spread,
    ratio: Spread,
}

impl Row {
    /// The row of one of the figures of all rounds.
    pub(crate) fn new(
        name: &str,
        target: Option<f64>,
        echo: &[Figure],
        theirs: &[Figure],
        ours: &[Figure],
        of: impl Fn(&Figure) -> f64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            target,
            echo: (!echo.is_empty()).then(|| Spread::of(echo.iter().map(&of))),
            theirs: Spread::of(theirs.iter().map(&of)),
            ours: Spread::of(ours.iter().map(&of)),
            ratio: Spread::of(ours.iter().zip(theirs).map(|(ours, theirs)| of(ours) / of(theirs))),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | ", self.name)?;
        if let Some(echo) = &self.echo {
            write!(f, "{} ", Microseconds(echo.median))?;
        }
        let Self { theirs, ours, ratio, .. } = self;
        let (theirs, ours) = (Microseconds(theirs.median), Microseconds(ours.median));
        write!(
            f,
            "| {theirs} | {ours} | {:.2} | {:.2} to {:.2} |",
            ratio.median, ratio.least, ratio.most
        )?;
        match self.target {
            Some(target) if ratio.median <= target => write!(f, " {target:.2} (met) |"),
            Some(target) => write!(f, " {target:.2} (missed) |"),
            None => f.write_str(" |"),
        }
    }
}

/// Values of all rounds.
#[derive(Clone, Copy, Debug)]
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        Self { least: at(0), median: at(last / 2), most: at(last) }
    }
}

/// Seconds, printed in microseconds.
struct Microseconds(f64);

impl fmt::Display for Microseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0 * 1e6;
        let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        write!(f, "{value:.decimals$} us")
    }
}
