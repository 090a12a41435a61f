//! From a plugin's output to groups: the metrics of a graph, and the changes of its counters
//! between two calls.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use thiserror::Error;

use super::drawing::chart;
use super::protocol::{Field, Graph, MUNIN};
use crate::group::names::metric_name;
use crate::group::{Kind, Metric, Unit};
use crate::schedule::Tick;
use crate::source::meter::{Meter, Moment};
use crate::source::sample::SampleBatch;

/// Limits on the graphs of one plugin and the fields of one graph.
const MAX: usize = 256;

/// A plugin describes too many graphs or fields.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found} {what} are more than {MAX}")]
pub struct LimitExceeded {
    what: &'static str,
    found: usize,
}

/// The state of one plugin.
#[derive(Debug, Default)]
pub(super) struct Record {
    graphs: BTreeMap<String, Described>,
}

/// A graph as described by `config`, and its counters.
#[derive(Debug)]
struct Described {
    kind: Kind,
    fields: Vec<KnownField>,
    update_rate: Option<Step>,
    /// The time of its last stored values.
    stored: Option<i64>,
}

#[derive(Debug)]
struct KnownField {
    name: String,
    meter: Meter,
}

/// The result of one call.
#[derive(Debug, Default)]
pub(super) struct CallResult {
    pub(super) batches: Vec<SampleBatch>,
    /// Whether there was a graph or a field that `config` had not described.
    pub(super) is_news: bool,
    /// Whether there was any value.
    pub(super) has_values: bool,
    /// Whether values had their own times.
    pub(super) has_times: bool,
}

impl Record {
    /// Processes the output of `config`. Counters of existing fields continue.
    pub(super) fn describe(&mut self, plugin: &str, graphs: &[Graph]) -> Result<(), LimitExceeded> {
        if graphs.len() > MAX {
            return Err(LimitExceeded { what: "graphs", found: graphs.len() });
        }
        if let Some(graph) = graphs.iter().find(|graph| graph.fields.len() > MAX) {
            return Err(LimitExceeded { what: "fields", found: graph.fields.len() });
        }
        let mut before = std::mem::take(&mut self.graphs);
        for graph in graphs.iter().filter(|graph| !graph.fields.is_empty()) {
            let name = if graph.name.is_empty() { plugin } else { &graph.name };
            let old = before.remove(name);
            let fields = graph
                .fields
                .iter()
                .map(|field| {
                    let same = |known: &&KnownField| known.name == field.name;
                    let old = old.as_ref().and_then(|old| old.fields.iter().find(same));
                    KnownField {
                        name: field.name.clone(),
                        meter: Meter {
                            kind: field.kind(),
                            least: field.limit("min"),
                            most: field.limit("max"),
                            before: old.and_then(|known| known.meter.before),
                        },
                    }
                })
                .collect();
            let described = Described {
                kind: kind(name, graph),
                fields,
                update_rate: update_rate(graph),
                stored: old.and_then(|old| old.stored),
            };
            self.graphs.insert(name.to_owned(), described);
        }
        Ok(())
    }

    /// Processes the values of a tick; `step` is their interval.
    pub(super) fn take(
        &mut self,
        plugin: &str,
        graphs: &[Graph],
        tick: Tick,
        step: Step,
    ) -> CallResult {
        let mut taken = CallResult::default();
        for graph in graphs {
            let name = if graph.name.is_empty() { plugin } else { &graph.name };
            let has_values = graph.fields.iter().any(|field| !field.values.is_empty());
            taken.has_values |= has_values;
            match self.graphs.get_mut(name) {
                Some(described) => described.take(name, graph, tick, step, &mut taken),
                None => taken.is_news |= has_values,
            }
        }
        taken
    }

    /// The graphs: kind, instance, and the interval at which each is stored if the plugin runs
    /// every `step`.
    pub(super) fn groups(&self, step: Step) -> impl Iterator<Item = (&Kind, &str, Step)> {
        self.graphs
            .iter()
            .map(move |(name, graph)| (&graph.kind, &**name, graph.update_rate.unwrap_or(step)))
    }

    /// The interval that the plugin asks for, if any.
    pub(super) fn update_rate(&self) -> Option<Step> {
        self.graphs.values().filter_map(|graph| graph.update_rate).min()
    }
}

impl Described {
    fn take(&mut self, name: &str, graph: &Graph, tick: Tick, step: Step, taken: &mut CallResult) {
        let mut rows: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        let mut timed = false;
        for field in graph.fields.iter().filter(|field| !field.values.is_empty()) {
            let position = self.fields.iter().position(|known| known.name == field.name);
            let Some((position, known)) =
                position.and_then(|at| Some((at, self.fields.get_mut(at)?)))
            else {
                taken.is_news = true;
                continue;
            };
            for (own, value) in sorted(field) {
                timed |= own.is_some();
                let moment = Moment { own: own.map(exact), clock: tick.clock };
                let value = known.meter.read(moment, value);
                let width = self.kind.metrics.len();
                let row = rows
                    .entry(own.unwrap_or(tick.at.seconds()))
                    .or_insert_with(|| vec![f64::NAN; width]);
                if let Some(place) = row.get_mut(position) {
                    *place = value;
                }
            }
        }
        taken.has_times |= timed;
        let step = if timed { self.update_rate.unwrap_or(step) } else { step };
        // What was stored in the future was stored before the clock was set back.
        let limit = tick.at + Duration::from(step);
        self.stored = self.stored.filter(|stored| *stored <= limit.seconds());
        for (at, values) in rows {
            if self.stored.is_none_or(|stored| at > stored) {
                self.stored = Some(at);
                let groups = VecDeque::from([(self.kind.clone(), name.to_owned(), values)]);
                taken.batches.push(SampleBatch {
                    groups,
                    ..SampleBatch::new(Timestamp::from_seconds(at), step)
                });
            }
        }
    }
}

/// The readings of a field in order of time.
fn sorted(field: &Field) -> Vec<(Option<i64>, f64)> {
    let mut values = field.values.clone();
    values.sort_by_key(|(own, _)| own.unwrap_or(i64::MAX));
    values
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970, far below 2^53")]
fn exact(seconds: i64) -> f64 {
    seconds as f64
}

/// The metrics of a graph, and the chart that it describes.
fn kind(name: &str, graph: &Graph) -> Kind {
    let title = graph.attributes.get("graph_title").map_or(name, |title| title).to_owned();
    let metrics: Vec<Metric> = graph
        .fields
        .iter()
        .map(|field| {
            let label = field.attributes.get("label").unwrap_or(&field.name);
            Metric {
                name: Cow::Owned(metric_name(&field.name)),
                unit: Unit::Any,
                help: Cow::Owned(label.clone()),
            }
        })
        .collect();
    Kind {
        name: Cow::Borrowed(MUNIN),
        title: Cow::Owned(title),
        metrics: Cow::Owned(metrics),
        chart: Some(Arc::new(chart(name, graph))),
    }
}

/// The interval of a graph's values as given by itself: seconds, from one to an hour.
fn update_rate(graph: &Graph) -> Option<Step> {
    let text = graph.attributes.get("update_rate")?;
    text.parse().ok().filter(|seconds| *seconds <= 3600).and_then(Step::from_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::protocol::parse;

    fn tick(at: i64) -> Tick {
        let clock = Duration::from_secs(u64::try_from(at).unwrap());
        Tick { at: Timestamp::from_seconds(at), clock }
    }

    fn step() -> Step {
        Step::from_seconds(300).unwrap()
    }

    /// What a record makes of values, one call every five minutes: moment, graph and values of each
    /// batch.
    fn taken(config: &str, calls: &[&str]) -> Vec<(i64, String, Vec<f64>)> {
        let mut record = Record::default();
        record.describe("plug", &parse(config).0).unwrap();
        let mut found = Vec::new();
        for (at, text) in (300..).step_by(300).zip(calls) {
            let batches = record.take("plug", &parse(text).0, tick(at), step()).batches;
            for SampleBatch { at, groups, .. } in batches {
                let (_, instance, values) = groups.into_iter().next().unwrap();
                found.push((at.seconds(), instance, values));
            }
        }
        found
    }

    fn last(config: &str, calls: &[&str]) -> f64 {
        taken(config, calls).last().unwrap().2[0]
    }

    #[test]
    fn counters_become_rates_by_their_type() {
        let of = |kind: &str, before: &str, now: &str| {
            let config = format!("graph_title x\nf.type {kind}\n");
            last(&config, &[&format!("f.value {before}\n"), &format!("f.value {now}\n")])
        };
        assert_eq!(of("GAUGE", "5", "7"), 7.0);
        assert_eq!(of("derive", "100", "700"), 2.0);
        assert_eq!(of("COUNTER", "4294967196", "500"), 2.0);
        assert_eq!(of("ABSOLUTE", "999", "600"), 2.0);
        assert!(of("DERIVE", "U", "100").is_nan());
    }

    #[test]
    fn the_first_reading_of_a_counter_says_nothing_yet() {
        assert!(last("f.type DERIVE\n", &["f.value 100\n"]).is_nan());
    }

    #[test]
    fn what_is_outside_its_limits_is_unknown() {
        assert!(last("f.min 0\n", &["f.value -1\n"]).is_nan());
        assert!(last("f.max 10\n", &["f.value 11\n"]).is_nan());
        let reset = ["f.value 700\n", "f.value 100\n"];
        assert!(last("f.type DERIVE\nf.min 0\n", &reset).is_nan());
    }

    #[test]
    fn each_graph_of_a_plugin_is_a_group() {
        let config = "multigraph disk\na.label a\nmultigraph disk.vda\nb.label b\n";
        let found =
            taken(config, &["multigraph disk\na.value 1\nmultigraph disk.vda\nb.value 2\n"]);
        let expected =
            [("disk", 1.0), ("disk.vda", 2.0)].map(|(n, v)| (300, n.to_owned(), vec![v]));
        assert_eq!(found, expected);
    }

    #[test]
    fn values_with_times_of_their_own_are_stored_at_those_and_once() {
        let config = "update_rate 10\nf.type DERIVE\ng.label g\n";
        let first = "f.value 280:0\nf.value 290:20\nf.value 300:60\ng.value 290:5\n";
        let second = "f.value 300:60\nf.value 310:60\n";
        let found = taken(config, &[first, second]);
        let moments: Vec<i64> = found.iter().map(|(at, ..)| *at).collect();
        assert_eq!(moments, [280, 290, 300, 310]);
        let rates: Vec<f64> = found.iter().map(|(.., values)| values[0]).collect();
        assert!(rates[0].is_nan());
        assert_eq!(rates[1..], [2.0, 4.0, 0.0]);
        assert_eq!(found[1].2[1], 5.0);
    }

    #[test]
    fn a_field_that_config_did_not_describe_is_new() {
        let mut record = Record::default();
        record.describe("plug", &parse("a.label a\n").0).unwrap();
        let (graphs, _) = parse("a.value 1\nb.value 2\n");
        let taken = record.take("plug", &graphs, tick(300), step());
        assert!(taken.is_news && taken.has_values && !taken.has_times);
        assert_eq!(taken.batches[0].groups[0].2, [1.0]);
    }

    #[test]
    fn counters_go_on_when_the_description_changes() {
        let mut record = Record::default();
        record.describe("plug", &parse("a.type DERIVE\n").0).unwrap();
        record.take("plug", &parse("a.value 100\n").0, tick(300), step());
        record.describe("plug", &parse("b.label b\na.type DERIVE\n").0).unwrap();
        let taken = record.take("plug", &parse("a.value 700\nb.value 1\n").0, tick(600), step());
        assert_eq!(taken.batches[0].groups[0].2, [1.0, 2.0]);
    }

    #[test]
    fn more_than_can_be_meant_is_refused() {
        let lines: Vec<String> = (0..300).map(|n| format!("f{n}.label x\n")).collect();
        let config = lines.concat();
        let error = Record::default().describe("plug", &parse(&config).0).unwrap_err();
        assert_eq!(error.to_string(), "300 fields are more than 256");
    }
}
