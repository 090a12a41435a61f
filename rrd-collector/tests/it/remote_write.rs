//! Samples that are sent to other engines: real ones, which are away for a while.

use std::time::Duration;

use prost::Message;
use rrd_collector::net::page::Page;
use rrd_collector::output::remote::wire::compress;
use rrd_collector::output::remote::wire::v1::{Label, STALE, Sample, TimeSeries, WriteRequest};
use rrd_collector::output::remote::write::{Endpoint, Outcome, Protocol};
use rrd_core::Timestamp;

use crate::peers::run;
use crate::programs::wait_until;
use crate::receivers::{Engine, Labels, Receiver};

/// A body with samples of one series: milliseconds and values.
fn body(labels: &Labels, samples: &[(i64, f64)]) -> Vec<u8> {
    let label =
        |(name, value): (&String, &String)| Label { name: name.clone(), value: value.clone() };
    let sample = |(timestamp, value): &(i64, f64)| Sample { value: *value, timestamp: *timestamp };
    let series = TimeSeries {
        labels: labels.iter().map(label).collect(),
        samples: samples.iter().map(sample).collect(),
    };
    compress(&WriteRequest { timeseries: vec![series] }.encode_to_vec())
}

#[test]
fn every_engine_stores_what_was_sent_before_and_after_it_was_away() {
    let labels = [("__name__", "rrd_x_ratio"), ("name", "/a \"b\" ü"), ("instance", "here")];
    let labels: Labels =
        labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let now = Timestamp::now().seconds() * 1000;
    let before = [(now - 60_000, 0.1), (now - 49_999, -1e-9)];
    let after = [(now - 30_000, 98_765.432_1e9), (now - 20_000, STALE)];
    let all = [before[0], before[1], after[0]];
    for engine in [Engine::Prometheus, Engine::VictoriaMetrics, Engine::InfluxDb] {
        let Some(mut receiver) = Receiver::start(engine) else { continue };
        let page = Page::parse(&receiver.url()).unwrap();
        run(async {
            let mut endpoint = Endpoint::new(page, Duration::from_secs(30));
            let first = body(&labels, &before);
            let outcome = endpoint.send(first.into(), Protocol::V1).await;
            assert!(matches!(outcome, Outcome::Done { written: None }), "{engine:?}: {outcome:?}");
            receiver.stop();
            let second = body(&labels, &after);
            let outcome = endpoint.send(second.clone().into(), Protocol::V1).await;
            assert!(matches!(outcome, Outcome::Failed(_)), "{engine:?}: {outcome:?}");
            receiver.start_again();
            let outcome = endpoint.send(second.into(), Protocol::V1).await;
            assert!(matches!(outcome, Outcome::Done { written: None }), "{engine:?}: {outcome:?}");
        });
        wait_until("the samples are stored", || {
            let stored = receiver.stored("rrd_x_ratio");
            let samples = stored.get(&labels).cloned().unwrap_or_default();
            stored.len() <= 1 && samples == all
        });
        if engine == Engine::Prometheus {
            assert!(!receiver.is_current("rrd_x_ratio"));
        }
    }
}
