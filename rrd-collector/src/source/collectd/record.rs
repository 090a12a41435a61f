//! The state of collectd's scripts: the newest values of all metrics, and the changes of their
//! counters.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use rrd_graph::PaletteColor;
use rrd_graph::description::{SeriesDescription, Shape};
use thiserror::Error;

use super::protocol::{Command, Identifier, ValueList};
use super::types::{Source, Types};
use crate::group::names::metric_name;
use crate::group::{GroupChart, Kind, Metric, Unit, page_style};
use crate::process::HostName;
use crate::schedule::Now;
use crate::source::meter::{Meter, Moment};
use crate::source::sample::SampleBatch;

/// The kind of every metric of scripts; the instance is the identifier.
pub const COLLECTD: &str = "collectd";
/// Limit on the number of metrics; a further one takes the place of the one unsent for longest.
const MAX: usize = 10_000;
/// Limit on new metrics per minute: each creates a file, while the host must still be sampled.
const MAX_NEW: usize = 500;
const MINUTE: Duration = Duration::from_secs(60);
/// How many seconds the clock of a program may be ahead of ours.
const MAX_AHEAD: f64 = 60.0;

/// Why values are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The type is not known.
    #[error("type `{0}` is in no types.db")]
    Type(String),
    /// The type has another number of values.
    #[error("`{identifier}` has {wanted} values, not {found}")]
    Width {
        /// The metric.
        identifier: String,
        /// Number of values of its type.
        wanted: usize,
        /// Number of values given.
        found: usize,
    },
    /// There are too many new metrics.
    #[error("more than {MAX_NEW} new metrics in a minute")]
    TooMany,
    /// The metric is not known.
    #[error("no such value")]
    Missing,
}

/// The answer to a command.
#[derive(Debug)]
pub(super) enum Reply {
    /// Number of times that were accepted, and what is to be stored.
    Taken(Vec<SampleBatch>, usize),
    /// The lines of an answer.
    Lines(Vec<String>),
    /// The message was passed on.
    Told { severity: String, message: String },
    /// Number of metrics to be written.
    Flush(usize),
}

/// The metrics of all scripts.
#[derive(Debug)]
pub(super) struct Record {
    host: String,
    types: Types,
    /// The default interval of values.
    interval: Step,
    metrics: BTreeMap<String, StoredMetric>,
    /// The start of the current minute, and the number of metrics added in it.
    new: (Duration, usize),
}

#[derive(Debug)]
struct StoredMetric {
    kind: Kind,
    instance: String,
    meters: Vec<Meter>,
    /// The time at which it was sent last, on the monotonic clock.
    sent: Duration,
    at: f64,
    values: Vec<f64>,
}

impl Record {
    pub(crate) fn new(host: String, types: Types, interval: Step) -> Self {
        Self { host, types, interval, metrics: BTreeMap::new(), new: Default::default() }
    }

    /// Replaces the types.
    pub(crate) fn replace_types(&mut self, types: Types) {
        self.types = types;
    }

    /// Executes a command.
    pub(super) fn take(&mut self, command: Command, now: Now) -> Result<Reply, Refusal> {
        match command {
            Command::Values { identifier, lists } => {
                let batches = self.put(&identifier, &lists, now)?;
                Ok(Reply::Taken(batches, lists.len()))
            }
            Command::Get(identifier) => {
                let held = self.metrics.get(&identifier.to_string()).ok_or(Refusal::Missing)?;
                let names = held.kind.metrics.iter().map(|metric| &metric.help);
                let line =
                    |(name, value): (&Cow<'_, str>, &f64)| format!("{name}={}", c_style(*value));
                Ok(Reply::Lines(names.zip(&held.values).map(line).collect()))
            }
            Command::List => {
                let line =
                    |(name, held): (&String, &StoredMetric)| format!("{:.3} {name}", held.at);
                Ok(Reply::Lines(self.metrics.iter().map(line).collect()))
            }
            Command::Flush(identifiers) => Ok(Reply::Flush(identifiers.len().max(1))),
            Command::Notification { severity, message } => Ok(Reply::Told { severity, message }),
        }
    }

    fn put(
        &mut self,
        identifier: &Identifier,
        lists: &[ValueList],
        now: Now,
    ) -> Result<Vec<SampleBatch>, Refusal> {
        let name = identifier.to_string();
        let sources = self
            .types
            .find(&identifier.kind)
            .ok_or_else(|| Refusal::Type(identifier.kind.clone()))?;
        if let Some(list) = lists.iter().find(|list| list.values.len() != sources.len()) {
            let (wanted, found) = (sources.len(), list.values.len());
            return Err(Refusal::Width { identifier: name, wanted, found });
        }
        if !self.metrics.contains_key(&name) {
            if now.clock.saturating_sub(self.new.0) >= MINUTE {
                self.new = (now.clock, 0);
            }
            if self.new.1 >= MAX_NEW {
                return Err(Refusal::TooMany);
            }
            if self.metrics.len() >= MAX {
                let unsent = self.metrics.iter().min_by_key(|(_, metric)| metric.sent);
                if let Some(name) = unsent.map(|(name, _)| name.clone()) {
                    self.metrics.remove(&name);
                }
            }
            self.new.1 += 1;
            let held = StoredMetric::new(instance(identifier, &self.host), identifier, sources);
            self.metrics.insert(name.clone(), held);
        }
        let Some(held) = self.metrics.get_mut(&name) else { return Err(Refusal::Missing) };
        held.sent = now.clock;
        let mut batches = Vec::new();
        for ValueList { time, interval, values } in lists {
            let step =
                interval.and_then(whole).and_then(Step::from_seconds).unwrap_or(self.interval);
            let at = time.unwrap_or(now.wall.as_secs_f64());
            // What came with a time of the future came before the clock was set back.
            let latest = now.wall.as_secs_f64() + MAX_AHEAD;
            let was_set_back = held.at > latest && at <= latest;
            // Older values are dropped, as by collectd.
            if at <= held.at && !was_set_back {
                log::debug!("collectd {name}: {at:.3} is not after {:.3}", held.at);
                continue;
            }
            let moment = Moment { own: Some(at), clock: now.clock };
            let is_new_second = was_set_back || whole(at) > whole(held.at);
            held.at = at;
            held.values = held
                .meters
                .iter_mut()
                .zip(values)
                .map(|(meter, v)| meter.read(moment, *v))
                .collect();
            if is_new_second {
                let group = (held.kind.clone(), held.instance.clone(), held.values.clone());
                let at = i64::try_from(whole(at).unwrap_or(0)).unwrap_or(i64::MAX);
                let (at, groups) = (Timestamp::from_seconds(at), VecDeque::from([group]));
                batches.push(SampleBatch { groups, ..SampleBatch::new(at, step) });
            }
        }
        Ok(batches)
    }
}

impl StoredMetric {
    fn new(instance: String, identifier: &Identifier, sources: &[Source]) -> Self {
        let metrics: Vec<Metric> = sources
            .iter()
            .map(|source| Metric {
                name: Cow::Owned(metric_name(&source.name)),
                unit: Unit::Any,
                help: Cow::Owned(source.name.clone()),
            })
            .collect();
        Self {
            kind: Kind {
                name: Cow::Borrowed(COLLECTD),
                title: Cow::Owned(identifier.plugin.clone()),
                metrics: Cow::Owned(metrics),
                chart: Some(Arc::new(chart(&identifier.plugin, sources))),
            },
            instance,
            meters: sources.iter().map(Source::meter).collect(),
            sent: Duration::ZERO,
            at: f64::NEG_INFINITY,
            values: vec![f64::NAN; sources.len()],
        }
    }
}

/// `PLUGIN[-INSTANCE]/TYPE[-INSTANCE]`, preceded by the host if it is another one. Programs may use
/// the kernel's name of this host where another one is configured.
fn instance(identifier: &Identifier, host: &str) -> String {
    let name = identifier.to_string();
    let own = [host, "localhost", HostName::of_system().as_str()].contains(&&*identifier.host);
    match name.split_once('/') {
        Some((_, rest)) if own => rest.to_owned(),
        _ => name,
    }
}

fn chart(plugin: &str, sources: &[Source]) -> GroupChart {
    let mut chart = page_style(plugin);
    if sources.iter().all(Source::is_counter) {
        chart.unit = "/s".into();
        chart.lower = Some(0.0);
    }
    let series = sources.iter().enumerate().map(|(index, source)| {
        let mut series = SeriesDescription::of(metric_name(&source.name));
        series.label = Some(source.name.clone());
        series.color = Some(PaletteColor::nth(index).into());
        series.draw = if source.is_counter() { Shape::Hill } else { Shape::Line };
        series.envelope = true;
        series
    });
    chart.series = series.collect();
    GroupChart { name: COLLECTD.to_owned(), kind: COLLECTD.to_owned(), description: chart }
}

/// A time or duration in whole seconds; `None` if it is not valid.
fn whole(seconds: f64) -> Option<u64> {
    Duration::try_from_secs_f64(seconds).ok().map(|span| span.as_secs())
}

/// Formats as C's `%e`: six decimals, an exponent of at least two digits.
fn c_style(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let text = format!("{value:.6e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    let mut text = digits.to_owned();
    let _ = write!(text, "e{sign}{exponent:0>2}");
    text
}

#[cfg(test)]
mod tests {
    use super::super::protocol::parse_line;
    use super::*;

    fn record() -> Record {
        let mut types = Types::default();
        types.parse("if_octets rx:DERIVE:0:U, tx:DERIVE:0:U\n");
        Record::new("web1".to_owned(), types, Step::from_seconds(10).unwrap())
    }

    fn say(record: &mut Record, line: &str) -> Result<Reply, Refusal> {
        let now = Now { wall: Duration::from_secs(1_000_100), clock: Duration::from_secs(100) };
        record.take(parse_line(line).unwrap().unwrap(), now)
    }

    fn taken(record: &mut Record, line: &str) -> Vec<(i64, u64, String, Vec<f64>)> {
        let Ok(Reply::Taken(batches, _)) = say(record, line) else { panic!("{line}") };
        let flat = |batch: SampleBatch| {
            let (_, instance, values) = batch.groups.into_iter().next().unwrap();
            (batch.at.seconds(), batch.step.seconds(), instance, values)
        };
        batches.into_iter().map(flat).collect()
    }

    fn lines(record: &mut Record, line: &str) -> Vec<String> {
        let Ok(Reply::Lines(lines)) = say(record, line) else { panic!("{line}") };
        lines
    }

    #[test]
    fn counters_become_rates_and_are_declared_as_such() {
        let mut record = record();
        let line = "PUTVAL web1/exec-b/if_octets interval=5 1000000:1:2 1000010:11:202";
        let found = taken(&mut record, line);
        assert_eq!(found[1], (1_000_010, 5, "exec-b/if_octets".to_owned(), vec![1.0, 20.0]));
        assert!(found[0].3[0].is_nan());
        let answer = lines(&mut record, "GETVAL web1/exec-b/if_octets");
        assert_eq!(answer, ["rx=1.000000e+00", "tx=2.000000e+01"]);
        assert_eq!(lines(&mut record, "LISTVAL"), ["1000010.000 web1/exec-b/if_octets"]);
    }

    #[test]
    fn an_unknown_reading_is_a_sample_and_each_list_has_its_interval() {
        let mut record = record();
        let line = "PUTVAL web1/a/gauge interval=5 1000000:nan interval=2 1000002:7";
        let found = taken(&mut record, line);
        assert!(found[0].3[0].is_nan());
        assert_eq!((found[0].0, found[0].1, found.len()), (1_000_000, 5, 2));
        assert_eq!(found[1], (1_000_002, 2, "a/gauge".to_owned(), vec![7.0]));
    }

    #[test]
    fn another_hosts_metrics_are_kept_apart() {
        let mut record = record();
        assert_eq!(taken(&mut record, "PUTVAL db/a/gauge-x N:1")[0].2, "db/a/gauge-x");
        assert_eq!(taken(&mut record, "PUTVAL localhost/a/gauge-x N:1")[0].2, "a/gauge-x");
    }

    #[test]
    fn what_is_not_newer_is_dropped() {
        let mut record = record();
        assert_eq!(taken(&mut record, "PUTVAL web1/a/gauge 50:1 50:2 40:3 51:4").len(), 2);
        assert_eq!(lines(&mut record, "GETVAL web1/a/gauge"), ["value=4.000000e+00"]);
    }

    #[test]
    fn values_are_taken_at_once_after_the_clock_was_set_back() {
        let mut record = record();
        let line = "PUTVAL web1/a/gauge 1260000:1 1000110:2 1000109:3 1000111:4";
        let times = taken(&mut record, line).into_iter().map(|batch| batch.0);
        assert_eq!(times.collect::<Vec<_>>(), [1_260_000, 1_000_110, 1_000_111]);
    }

    #[test]
    fn more_new_metrics_than_can_be_meant_are_refused() {
        let mut record = record();
        for number in 0..MAX_NEW {
            taken(&mut record, &format!("PUTVAL a/b/gauge-{number} N:1"));
        }
        assert_eq!(say(&mut record, "PUTVAL a/b/gauge-x N:1").unwrap_err(), Refusal::TooMany);
        assert_eq!(taken(&mut record, "PUTVAL a/b/gauge-0 1000101:2").len(), 1);
    }

    #[test]
    fn what_cannot_be_taken_is_reported() {
        let mut record = record();
        let error = |record: &mut Record, line| say(record, line).unwrap_err().to_string();
        assert_eq!(error(&mut record, "PUTVAL a/b/odd N:1"), "type `odd` is in no types.db");
        assert_eq!(
            error(&mut record, "PUTVAL a/b/if_octets N:1:2:3"),
            "`a/b/if_octets` has 2 values, not 3"
        );
        assert_eq!(error(&mut record, "GETVAL a/b/c"), "no such value");
    }

    #[test]
    fn numbers_are_printed_as_c_prints_them() {
        assert_eq!(c_style(0.0), "0.000000e+00");
        assert_eq!(c_style(1.26), "1.260000e+00");
        assert_eq!(c_style(-1.5e-120), "-1.500000e-120");
        assert_eq!(c_style(f64::NAN), "NaN");
    }
}
