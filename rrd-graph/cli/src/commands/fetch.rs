//! `rrd fetch`: the rows of a time range.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use rrd_core::at_style::{self, TimeSpec, TimeSpecError};
use rrd_core::duration::{self, DurationError};
use rrd_core::number::scientific;
use rrd_core::{
    ConsolidationFunction, FetchError, FetchRequest, RrdReader, Series, Step, TimeRange, Timestamp,
};

use crate::answered::Answered;
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, Output, text};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rows_of_program::asks_program;
use crate::rrdcached::Daemon;

pub(crate) const COMMAND: Command = Command {
    name: "fetch",
    about: "print the rows of a time range",
    usage: &["fetch FILE CF [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database, Operand::Words(&["AVERAGE", "MIN", "MAX", "LAST"])],
    manual: include_str!("../../manual/fetch.md"),
    related: &["xport", "info"],
    run,
};

struct FetchOptions {
    start: Option<TimeSpec>,
    end: Option<TimeSpec>,
    /// Seconds.
    resolution: u64,
    align: bool,
    daemon: Option<OsString>,
    json: bool,
}

const OPTIONS: &[OptionSpec<FetchOptions>] = &[
    OptionSpec::value(
        Some('r'),
        "resolution",
        "DURATION",
        "The wanted length of a row.",
        |fetch, length| {
            let length = duration::parse(text(length)?, NonZeroU64::MIN);
            fetch.resolution = length.map_err(FetchRefusal::Resolution)?;
            Ok(())
        },
    ),
    OptionSpec::start(|fetch, time| {
        fetch.start = Some(at_style::parse(text(time)?).map_err(FetchRefusal::Start)?);
        Ok(())
    }),
    OptionSpec::end(|fetch, time| {
        fetch.end = Some(at_style::parse(text(time)?).map_err(FetchRefusal::End)?);
        Ok(())
    }),
    OptionSpec::flag(
        Some('a'),
        "align-start",
        "Move the range back to begin at a multiple of the resolution.",
        |fetch, _| {
            fetch.align = true;
            Ok(())
        },
    ),
    OptionSpec::daemon(|fetch, address| {
        fetch.daemon = Some(address.to_owned());
        Ok(())
    }),
    OptionSpec::json(|fetch, _| {
        fetch.json = true;
        Ok(())
    }),
];

/// Ten years after 1970; earlier rows were never written, and a small number is probably a mistake.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

#[derive(Debug, thiserror::Error)]
enum FetchRefusal {
    #[error("start time")]
    Start(#[source] TimeSpecError),
    #[error("end time")]
    End(#[source] TimeSpecError),
    #[error("resolution")]
    Resolution(#[source] DurationError),
    #[error("the first entry to fetch should be after 1980")]
    TooEarly,
    #[error("start ({start}) should be less than end ({end})")]
    Backwards { start: i64, end: i64 },
}

/// There is no consolidation function with this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown consolidation function '{0}'")]
pub struct UnknownFunction(pub(crate) String);

/// A command line.
struct Asked<'a> {
    file: &'a Path,
    function: &'a OsStr,
    range: TimeRange,
    /// Seconds.
    resolution: u64,
    daemon: Option<OsString>,
    json: bool,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let asked = read(arguments, context)?;
    let Asked { file, function, range, json, .. } = asked;
    let form: &dyn Form = if json { &Json } else { &Lines };
    context.ask(
        asked.daemon.as_deref(),
        |mut daemon, context| {
            let rows = asked.of_daemon(&mut daemon)?;
            let out = &mut context.out;
            let range = TimeRange::new(rows.start(), rows.end());
            form.begin(range, rows.step(), rows.names(), out)?;
            form.rows(&rows, rows.start(), out)?;
            form.end(out)
        },
        |context| {
            let request = asked.request(consolidation_function(function)?);
            let reader = RrdReader::open(file)?;
            let selection = reader.select(&request)?;
            let out = &mut context.out;
            let shown = TimeRange::new(selection.start(), selection.end());
            let names = reader.schema().sources().iter().map(|source| source.name.to_string());
            form.begin(shown, selection.step(), &names.collect::<Vec<_>>(), out)?;
            reader
                .try_scan(selection.archive(), range, |rows| form.rows(rows, shown.start, out))?;
            form.end(out)
        },
    )
}

/// The rows of a span of time.
pub(crate) fn find(
    arguments: &[OsString],
    context: &Context<'_>,
) -> Result<Answered<Series>, Failure> {
    let asked = read(arguments, context)?;
    if let Some(rows) = context.rows.filter(|_| asks_program(asked.file)) {
        let request = asked.request(consolidation_function(asked.function)?);
        return Ok(Answered::new(rows(asked.file, &request)?, None));
    }
    let here = || Ok::<_, Failure>(asked.of_file(consolidation_function(asked.function)?)?);
    let (rows, unreachable) = match context.environment.daemon(asked.daemon.as_deref()) {
        Ok(Some(mut daemon)) => (asked.of_daemon(&mut daemon)?, None),
        Ok(None) => (here()?, None),
        Err(unreachable) => (here()?, Some(unreachable)),
    };
    Ok(Answered::new(rows, unreachable))
}

impl Asked<'_> {
    fn request(&self, function: ConsolidationFunction) -> FetchRequest {
        FetchRequest::new(function, self.range).resolution(Duration::from_secs(self.resolution))
    }

    fn of_file(&self, function: ConsolidationFunction) -> Result<Series, FetchError> {
        RrdReader::fetch_file(self.file, &self.request(function))
    }

    fn of_daemon(&self, daemon: &mut Daemon) -> Result<Series, Failure> {
        let TimeRange { start, end } = self.range;
        Ok(daemon.fetch(self.file, text(self.function)?, start.seconds(), end.seconds())?)
    }
}

fn read<'a>(arguments: &'a [OsString], context: &Context<'_>) -> Result<Asked<'a>, Failure> {
    let mut options = FetchOptions {
        start: None,
        end: None,
        resolution: 1,
        align: false,
        daemon: None,
        json: false,
    };
    let positional = options::parse(arguments, OPTIONS, &mut options)?;
    let FetchOptions { start, end, resolution, align, daemon, json } = options;
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
        return Err(context.usage("Usage: ", "fetch", " <file> <CF> [options]"));
    };
    Ok(Asked { file: Path::new(file), function, range, resolution, daemon, json })
}

/// The consolidation function with this name, as commands read it.
///
/// # Errors
///
/// No consolidation function has this name.
pub fn consolidation_function(function: &OsStr) -> Result<ConsolidationFunction, UnknownFunction> {
    let name = function.to_string_lossy();
    name.parse().map_err(|_| UnknownFunction(name.into_owned()))
}

/// The range from start to end; the default is the last 24 hours.
fn span(
    start: Option<TimeSpec>,
    end: Option<TimeSpec>,
    context: &Context<'_>,
) -> Result<TimeRange, Failure> {
    let start = start.map_or_else(|| at_style::parse("end-24h"), Ok);
    let end = end.map_or_else(|| at_style::parse("now"), Ok);
    let (start, end) = (start.map_err(FetchRefusal::Start)?, end.map_err(FetchRefusal::End)?);
    Ok(at_style::resolve_pair(&start, &end, context.environment.now(), context.environment.zone())?)
}

/// Both ends moved back to make the start a multiple of the resolution.
fn aligned(range: TimeRange, resolution: u64) -> TimeRange {
    let back = i64::try_from(resolution)
        .map_or(range.start.seconds(), |step| range.start.seconds().rem_euclid(step));
    TimeRange::from_seconds(range.start.seconds() - back, range.end.seconds().saturating_sub(back))
}

/// How rows are printed: a head, rows in any number of parts, and an end.
trait Form {
    fn begin(
        &self,
        range: TimeRange,
        step: Step,
        names: &[String],
        out: &mut Output<'_>,
    ) -> Outcome;

    /// Rows of a range that begins at `start`.
    fn rows(&self, rows: &Series, start: Timestamp, out: &mut Output<'_>) -> Outcome;

    fn end(&self, out: &mut Output<'_>) -> Outcome;
}

/// RRDtool's lines.
struct Lines;

impl Form for Lines {
    fn begin(&self, _: TimeRange, _: Step, names: &[String], out: &mut Output<'_>) -> Outcome {
        write!(out, "{:11}", "")?;
        for name in names {
            write!(out, "{name:>20}")?;
        }
        writeln!(out, "\n")?;
        Ok(())
    }

    fn rows(&self, rows: &Series, _: Timestamp, out: &mut Output<'_>) -> Outcome {
        for (time, values) in rows.rows() {
            write!(out, "{:>10}:", time.seconds())?;
            for value in values {
                write!(out, " {}", scientific(*value, 10))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn end(&self, _: &mut Output<'_>) -> Outcome {
        Ok(())
    }
}

/// One object: the range, the names, and for each row an array of its time and values, with `null`
/// for unknown.
struct Json;

impl Form for Json {
    fn begin(
        &self,
        range: TimeRange,
        step: Step,
        names: &[String],
        out: &mut Output<'_>,
    ) -> Outcome {
        let (TimeRange { start, end }, step) = (range, step.seconds());
        write!(out, "{{\"start\":{start},\"end\":{end},\"step\":{step},\"names\":")?;
        serde_json::to_writer(&mut *out, names)?;
        write!(out, ",\"rows\":[")?;
        Ok(())
    }

    fn rows(&self, rows: &Series, start: Timestamp, out: &mut Output<'_>) -> Outcome {
        for (index, (time, values)) in rows.rows().enumerate() {
            let is_first = index == 0 && rows.start() == start;
            write!(out, "{}\n[{}", if is_first { "" } else { "," }, time.seconds())?;
            for value in values {
                write!(out, ",")?;
                serde_json::to_writer(&mut *out, value)?;
            }
            write!(out, "]")?;
        }
        Ok(())
    }

    fn end(&self, out: &mut Output<'_>) -> Outcome {
        writeln!(out, "\n]}}")?;
        Ok(())
    }
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
