//! `rrd fetch`: the rows of a span of time.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use rrd_core::at_style::{self, ResolveError, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::number::scientific;
use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, Series, TimeRange};

use crate::context::{Command, Context};
use crate::failure::{Outcome, Output, WrongUse, text};
use crate::options::{Rule, Word, words};

pub(crate) const COMMAND: Command = Command {
    name: "fetch",
    about: "the rows of a span of time",
    synopsis: &[
        "fetch FILE CF",
        "[--start|-s TIME] [--end|-e TIME]",
        "[--resolution|-r DURATION] [--align-start|-a]",
        "[--daemon|-d ADDRESS] [--json]",
    ],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Resolution,
    Start,
    End,
    AlignStart,
    Daemon,
    Json,
}

const RULES: [Rule<Means>; 6] = [
    Rule::value(Some('r'), "resolution", Means::Resolution),
    Rule::value(Some('s'), "start", Means::Start),
    Rule::value(Some('e'), "end", Means::End),
    Rule::flag(Some('a'), "align-start", Means::AlignStart),
    Rule::value(Some('d'), "daemon", Means::Daemon),
    Rule::flag(None, "json", Means::Json),
];

/// Ten years after 1970; earlier rows were never written, and a small number is more likely a slip.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

#[derive(Debug, thiserror::Error)]
enum FetchRefusal {
    #[error("start time: {0}")]
    Start(TimeSpecError),
    #[error("end time: {0}")]
    End(TimeSpecError),
    #[error("resolution: {0}")]
    Resolution(DurationError),
    #[error(transparent)]
    Span(#[from] ResolveError),
    #[error("the first entry to fetch should be after 1980")]
    TooEarly,
    #[error("start ({start}) should be less than end ({end})")]
    Backwards { start: i64, end: i64 },
    #[error("unknown consolidation function '{0}'")]
    UnknownFunction(String),
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut start = None;
    let mut end = None;
    let mut resolution = 1;
    let mut align = false;
    let mut address = None;
    let mut json = false;
    let mut positional = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::Start, value) => {
                start = Some(at_style::parse(text(value)?).map_err(FetchRefusal::Start)?);
            }
            Word::Option(Means::End, value) => {
                end = Some(at_style::parse(text(value)?).map_err(FetchRefusal::End)?);
            }
            Word::Option(Means::Resolution, value) => {
                resolution = duration::parse(text(value)?, NonZeroU64::MIN)
                    .map_err(FetchRefusal::Resolution)?;
            }
            Word::Option(Means::AlignStart, _) => align = true,
            Word::Option(Means::Daemon, value) => address = Some(value),
            Word::Option(Means::Json, _) => json = true,
            Word::Positional(value) => positional.push(value),
        }
    }
    let mut range = span(start, end, context)?;
    if range.start.seconds() < EARLIEST {
        return Err(FetchRefusal::TooEarly.into());
    }
    if align {
        range = aligned(range, resolution);
    }
    if range.end.seconds() < range.start.seconds() {
        let (start, end) = (range.start.seconds(), range.end.seconds());
        return Err(FetchRefusal::Backwards { start, end }.into());
    }
    let [file, function, ..] = positional[..] else {
        return Err(WrongUse("Usage: rrdtool fetch <file> <CF> [options]").into());
    };
    let file = Path::new(file);
    let print = if json { print_json } else { print_lines };
    context.ask(
        address,
        |mut daemon, context| {
            let rows =
                daemon.fetch(file, text(function)?, range.start.seconds(), range.end.seconds())?;
            print(&rows, &mut context.out)
        },
        |context| {
            let request = FetchRequest::new(named(function)?, range)
                .resolution(Duration::from_secs(resolution));
            let series = RrdReader::open(file)?.fetch(&request)?;
            print(&series, &mut context.out)
        },
    )
}

fn named(function: &OsStr) -> Result<ConsolidationFunction, FetchRefusal> {
    let name = function.to_string_lossy();
    name.parse().map_err(|_| FetchRefusal::UnknownFunction(name.into_owned()))
}

/// The span that start and end mean; without them the last 24 hours.
fn span(
    start: Option<TimeSpec>,
    end: Option<TimeSpec>,
    context: &Context<'_>,
) -> Result<TimeRange, FetchRefusal> {
    let start = start.map_or_else(|| at_style::parse("end-24h"), Ok);
    let end = end.map_or_else(|| at_style::parse("now"), Ok);
    let (start, end) = (start.map_err(FetchRefusal::Start)?, end.map_err(FetchRefusal::End)?);
    Ok(at_style::resolve_pair(&start, &end, context.world.now(), context.world.zone())?)
}

/// Both ends moved back by as much as the start lies behind a multiple of the resolution.
fn aligned(range: TimeRange, resolution: u64) -> TimeRange {
    let back = i64::try_from(resolution)
        .map_or(range.start.seconds(), |step| range.start.seconds().rem_euclid(step));
    TimeRange::from_seconds(range.start.seconds() - back, range.end.seconds().saturating_sub(back))
}

fn print_lines(series: &Series, out: &mut Output<'_>) -> Outcome {
    write!(out, "{:11}", "")?;
    for name in series.names() {
        write!(out, "{name:>20}")?;
    }
    writeln!(out, "\n")?;
    for (time, values) in series.rows() {
        write!(out, "{:>10}:", time.seconds())?;
        for value in values {
            write!(out, " {}", scientific(*value, 10))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One object: the span, the names, and a row as an array of its time and its values, `null` for unknown.
fn print_json(series: &Series, out: &mut Output<'_>) -> Outcome {
    let (start, end, step) = (series.start(), series.end(), series.step().seconds());
    write!(out, "{{\"start\":{start},\"end\":{end},\"step\":{step},\"names\":")?;
    serde_json::to_writer(&mut *out, series.names())?;
    write!(out, ",\"rows\":[")?;
    for (index, (time, values)) in series.rows().enumerate() {
        write!(out, "{}\n[{}", if index == 0 { "" } else { "," }, time.seconds())?;
        for value in values {
            write!(out, ",")?;
            serde_json::to_writer(&mut *out, value)?;
        }
        write!(out, "]")?;
    }
    writeln!(out, "\n]}}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_moves_both_ends_by_the_same_seconds() {
        let range = TimeRange::from_seconds(1_000_000_007, 1_000_000_029);
        let expected = TimeRange::from_seconds(1_000_000_000, 1_000_000_022);
        assert_eq!(aligned(range, 10), expected);
    }
}
