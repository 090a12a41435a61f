//! What was sent to engines on other hosts, as counts for Prometheus.

use std::collections::BTreeMap;

use super::metrics::Counter;
use crate::output::remote_status::{DropReason, RemoteStatus};

/// The counts of all endpoints, by their names; nothing if there are none.
pub(crate) fn counts(endpoints: &BTreeMap<String, RemoteStatus>) -> Vec<Counter> {
    let (mut sent, mut dropped, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (endpoint, status) in endpoints {
        let name = || ("name", endpoint.clone());
        sent.push((vec![name()], status.sent));
        for reason in DropReason::ALL {
            let count = status.dropped.get(&reason).copied().unwrap_or(0);
            dropped.push((vec![name(), ("reason", reason.word().to_owned())], count));
        }
        for (code, count) in &status.failures {
            let code = if *code == 0 { "none".to_owned() } else { code.to_string() };
            failures.push((vec![name(), ("status", code)], *count));
        }
    }
    let counters = [
        ("remote_write_sent_samples", "samples that an engine took", sent),
        ("remote_write_dropped_samples", "samples that an engine will never get", dropped),
        ("remote_write_failures", "requests that failed, by status of the answer", failures),
    ];
    let counters = counters.into_iter().filter(|(_, _, counts)| !counts.is_empty());
    counters.map(|(name, help, counts)| Counter { name, help, counts }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::Catalog;
    use crate::output::prometheus::metrics::{Form, metrics};

    #[test]
    fn each_endpoint_has_its_counts_and_without_endpoints_there_are_none() {
        assert!(counts(&BTreeMap::new()).is_empty());
        let status = RemoteStatus {
            sent: 5000,
            dropped: BTreeMap::from([(DropReason::Refused, 2)]),
            failures: BTreeMap::from([(0, 3), (503, 1)]),
            ..RemoteStatus::default()
        };
        let counters = counts(&BTreeMap::from([("engine".to_owned(), status)]));
        let text = metrics(&Catalog::default(), &counters, Form::Prometheus, 0);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "rrd_remote_write_sent_samples_total{name=\"engine\"} 5000",
                "rrd_remote_write_dropped_samples_total{name=\"engine\",reason=\"too_old\"} 0",
                "rrd_remote_write_dropped_samples_total{name=\"engine\",reason=\"refused\"} 2",
                "rrd_remote_write_failures_total{name=\"engine\",status=\"none\"} 3",
                "rrd_remote_write_failures_total{name=\"engine\",status=\"503\"} 1",
            ]
        );
    }
}
