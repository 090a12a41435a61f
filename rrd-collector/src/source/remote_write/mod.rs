//! What is sent to engines on other hosts, as the collector counts it: a group for each endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{Counters, Limits, to_f64};
use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::sample::SampleSink;

/// Remote write; its groups come from the sampling thread.
pub static SOURCE: Source = Source {
    kinds: || vec![&REMOTE_WRITE],
    // A host that was away catches up in two minutes.
    rules: &[(
        "remote-write-behind",
        "last of remote_write:*.behind > 600, clear below 60, for 5m",
    )],
    charts: &[include_str!("charts.toml")],
    page: &[PageSection { heading: "Remote write", kinds: &["remote_write"] }],
    many: &[ManyInstances {
        kind: "remote_write",
        columns: &[
            TableColumn::new("Behind", &["behind"]),
            TableColumn::new("Sent", &["sent"]),
            TableColumn::new("Dropped", &["dropped"]),
            TableColumn::new("Failed", &["failed"]),
        ],
        heat_maps: &[],
    }],
    ..Source::EMPTY
};

/// An endpoint of remote write.
pub static REMOTE_WRITE: Kind = Kind::new("remote_write", "Remote write", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("behind", Unit::Seconds, "age of what waits to be sent; 0 if nothing waits"),
    Metric::new("sent", Unit::PerSecond, "samples that the receiver took"),
    Metric::new("dropped", Unit::PerSecond, "samples that were given up: too old, or refused"),
    Metric::new("failed", Unit::PerSecond, "requests that failed"),
];

/// The state of an endpoint; its counts are those since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteTotals {
    /// Seconds since the oldest sample that waits to be sent.
    pub behind: u64,
    /// Samples that the receiver took.
    pub sent: u64,
    /// Samples that were given up.
    pub dropped: u64,
    /// Requests that failed.
    pub failed: u64,
}

/// Keeps the counts of each endpoint until the next sample.
#[derive(Debug, Default)]
pub struct RemoteWrites {
    counters: BTreeMap<String, Counters<3>>,
}

impl RemoteWrites {
    /// Reports the endpoints at `clock`. Those that are not among them are forgotten.
    pub fn sample(
        &mut self,
        clock: Duration,
        endpoints: &[(String, RemoteTotals)],
        sink: &mut dyn SampleSink,
    ) {
        self.counters.retain(|name, _| endpoints.iter().any(|(known, _)| known == name));
        for (name, totals) in endpoints {
            let RemoteTotals { behind, sent, dropped, failed } = *totals;
            let counters = self.counters.entry(name.clone()).or_default();
            let counts = [sent, dropped, failed].map(Some);
            let [sent, dropped, failed] = counters.rates(clock, counts, &[Limits::ANY; 3], sink);
            sink.group(&REMOTE_WRITE, name, &[to_f64(behind), sent, dropped, failed]);
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::Timestamp;

    use super::*;
    use crate::schedule::whole_seconds;
    use crate::source::sample::SampleBatch;

    /// The instances and values of a sample.
    fn sample(
        writes: &mut RemoteWrites,
        clock: u64,
        endpoints: &[(&str, [u64; 4])],
    ) -> Vec<(String, Vec<f64>)> {
        let totals = |(name, [behind, sent, dropped, failed]): &(&str, [u64; 4])| {
            let totals =
                RemoteTotals { behind: *behind, sent: *sent, dropped: *dropped, failed: *failed };
            ((*name).to_owned(), totals)
        };
        let endpoints: Vec<_> = endpoints.iter().map(totals).collect();
        let mut batch = SampleBatch::new(Timestamp::from_seconds(1000), whole_seconds(10));
        writes.sample(Duration::from_secs(clock), &endpoints, &mut batch);
        batch.groups.into_iter().map(|(_, instance, values)| (instance, values)).collect()
    }

    #[test]
    fn counts_become_rates_and_an_endpoint_that_returns_begins_again() {
        let mut writes = RemoteWrites::default();
        let first = sample(&mut writes, 10, &[("a", [5, 1000, 0, 0]), ("b", [0, 0, 0, 0])]);
        assert_eq!((&*first[0].0, first[0].1[0]), ("a", 5.0));
        assert!(first[0].1[1].is_nan());
        let second = sample(&mut writes, 20, &[("a", [0, 3000, 20, 1])]);
        assert_eq!(second, [("a".to_owned(), vec![0.0, 200.0, 2.0, 0.1])]);
        let third = sample(&mut writes, 30, &[("b", [0, 500, 0, 0])]);
        assert!(third[0].1[1].is_nan(), "{third:?}");
    }
}
