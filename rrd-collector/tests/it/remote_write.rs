//! Samples that are sent to other engines: real ones, which are away for a while, and one that
//! answers as it should not.

use std::collections::BTreeSet;
use std::fs;

use prost::Message;
use rrd_collector::net::page::Page;
use rrd_collector::output::remote::wire::compress;
use rrd_collector::output::remote::wire::v1::{Label, STALE, Sample, TimeSeries, WriteRequest};
use rrd_collector::output::remote::write::{Endpoint, Outcome, Protocol};
use rrd_collector::source::host::{FILESYSTEM, LOAD as LOAD_KIND};
use rrd_core::Timestamp;

use crate::peers::{LIMIT, run};
use crate::prepared::{Prepared, SERIES, known_rows};
use crate::programs::wait_until;
use crate::receivers::{Engine, Labels, Receiver, Stored};
use crate::stub_receiver::{Reply, Stub, TAKEN, name};

const HOUR: i64 = 3600;
const LOAD: &str = "rrd_load_load1";

/// A section of the configuration.
fn endpoint(name: &str, url: &str, more: &str) -> String {
    format!(
        "[[remote_write]]\nname = \"{name}\"\nurl = \"{url}\"\n\
         external_labels = {{ instance = \"here\", endpoint = \"{name}\" }}\n{more}\n"
    )
}

/// The labels of an endpoint.
fn labels(name: &str) -> Labels {
    let labels = [("instance", "here"), ("job", "rrd"), ("endpoint", name)];
    labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The times and values of the load at an endpoint.
fn load(stored: &Stored, endpoint: &str) -> Vec<(i64, f64)> {
    let mut labels = labels(endpoint);
    labels.insert("__name__".to_owned(), LOAD.to_owned());
    stored.get(&labels).cloned().unwrap_or_default()
}

/// All series of the prepared groups.
fn all_of(receiver: &Receiver) -> Stored {
    SERIES.iter().flat_map(|(_, _, name, _)| receiver.stored(name)).collect()
}

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
            let mut endpoint = Endpoint::new(page, LIMIT);
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

#[test]
fn outages_of_three_and_of_24_hours_leave_no_gap_in_any_engine_that_takes_any_order() {
    let engines = [Engine::PrometheusWithWindow, Engine::VictoriaMetrics, Engine::InfluxDb];
    let receivers: Vec<_> = engines.into_iter().filter_map(Receiver::start).collect();
    let prepared = Prepared::new(25);
    let mut config = String::new();
    let mut outages = Vec::new();
    for (number, receiver) in receivers.iter().enumerate() {
        for hours in [3, 24] {
            let name = format!("{hours}h-{number}");
            let since = prepared.end - hours * HOUR;
            prepared.sent_until(&name, since);
            config += &endpoint(&name, &receiver.url(), "order = \"any\"");
            outages.push((receiver, name, since));
        }
    }
    let collector = prepared.start(&config);
    for (receiver, name, since) in &outages {
        wait_until(&format!("all has arrived of {name}"), || {
            prepared.differences(&all_of(receiver), &labels(name), *since).is_empty()
        });
        wait_until("present samples arrive", || {
            let newest = load(&receiver.stored(LOAD), name).last().copied();
            newest.is_some_and(|(time, _)| time > prepared.end * 1000)
        });
    }
    let log = collector.stop();
    assert!(!log.contains("remote"), "{log}");
}

#[test]
fn prometheus_that_was_away_has_every_second_and_refuses_nothing() {
    let Some(mut receiver) = Receiver::start(Engine::Prometheus) else { return };
    let prepared = Prepared::new(1);
    let collector = prepared.start(&endpoint("p", &receiver.url(), "step = \"1s\""));
    let newest = |receiver: &Receiver| {
        load(&receiver.stored(LOAD), "p").last().map_or(0, |(time, _)| time / 1000)
    };
    wait_until("samples arrive", || newest(&receiver) > 0);
    receiver.stop();
    let stopped = Timestamp::now().seconds();
    wait_until("samples are taken meanwhile", || {
        collector.known_seconds(30).last().is_some_and(|last| *last > stopped + 5)
    });
    receiver.start_again();
    let returned = Timestamp::now().seconds();
    wait_until("the present arrives", || newest(&receiver) > returned);
    assert!(receiver.is_current(LOAD));
    let log = collector.stop();
    wait_until("the end arrives", || !receiver.is_current(LOAD));
    let samples = load(&receiver.stored(LOAD), "p");
    let (first, last) = (samples[0].0 / 1000, newest(&receiver));
    let rows = known_rows(&prepared.data().join("load.rrd"), "load1", 1, first - 1, last);
    assert_eq!(samples, rows.into_iter().collect::<Vec<_>>());
    assert!(first <= stopped && last > returned, "{first} {stopped} {returned} {last}");
    assert!(!log.contains("not wanted"), "{log}");
    assert!(!receiver.log().contains("Out of order sample"), "{}", receiver.log());
}

#[test]
fn prometheus_gets_the_last_hour_and_what_is_older_is_counted_and_logged_once() {
    let Some(receiver) = Receiver::start(Engine::Prometheus) else { return };
    let prepared = Prepared::new(4);
    prepared.sent_until("p", prepared.end - 3 * HOUR);
    let collector = prepared.start(&endpoint("p", &receiver.url(), ""));
    // Nothing was sampled then, so that the limit passes over nothing while the test runs.
    let since = prepared.end - HOUR + 300;
    wait_until("the last hour has arrived", || {
        prepared.differences(&all_of(&receiver), &labels("p"), since).is_empty()
    });
    let first = load(&receiver.stored(LOAD), "p")[0].0;
    assert!(first > (prepared.end - HOUR) * 1000, "{first} {}", prepared.end);
    let rows =
        known_rows(&prepared.data().join("load.rrd"), "load1", 10, prepared.end - 3 * HOUR, since);
    let skipped = rows.len() * (LOAD_KIND.metrics.len() + FILESYSTEM.metrics.len());
    let metrics = collector.get("/metrics").1;
    let line = "rrd_remote_write_dropped_samples_total{name=\"p\",reason=\"too_old\"} ";
    assert!(metrics.contains(&format!("{line}{skipped}\n")), "{skipped}\n{metrics:.2000}");
    let log = collector.stop();
    let line = format!("remote write to p: {skipped} samples older than 1h are not sent\n");
    assert_eq!(log.matches(&line).count(), 1, "{log}");
}

#[test]
fn a_daemon_that_is_killed_while_it_catches_up_misses_nothing() {
    let stub = Stub::start(|_| TAKEN);
    let prepared = Prepared::new(13);
    let since = prepared.end - 12 * HOUR;
    prepared.sent_until("s", since);
    let slow = "max_age = \"2d\"\nmax_samples_per_second = 5000";
    let config = endpoint("s", &stub.url(), slow);
    for requests in [3, 6] {
        let collector = prepared.start(&config);
        wait_until("a part has arrived", || stub.requests().len() >= requests);
        assert!(!prepared.differences(&stub.stored(), &labels("s"), since).is_empty());
        collector.kill();
    }
    let collector = prepared.start(&config);
    wait_until("all has arrived", || {
        prepared.differences(&stub.stored(), &labels("s"), since).is_empty()
    });
    collector.stop();
}

#[test]
fn a_receiver_that_refuses_requests_with_some_series_gets_all_others() {
    const REFUSED: [&str; 3] = [LOAD, "rrd_filesystem_used_bytes", "rrd_filesystem_inodes_free"];
    let stub = Stub::start(|request| {
        let series = &request.message.timeseries;
        let is_refused = series.iter().any(|series| REFUSED.contains(&name(series)));
        if is_refused { Reply::Status(400, "out of order sample") } else { TAKEN }
    });
    let prepared = Prepared::new(1);
    let since = prepared.end - 1800;
    prepared.sent_until("s", since);
    let collector = prepared.start(&endpoint("s", &stub.url(), ""));
    let differences = || {
        let mut found = prepared.differences(&stub.stored(), &labels("s"), since);
        found.retain(|text| !REFUSED.iter().any(|name| text.contains(name)));
        found
    };
    wait_until("the others have arrived", || differences().is_empty());
    let log = collector.stop();
    assert_eq!(log.matches("out of order sample").count(), 1, "{log}");
}

#[test]
fn a_receiver_that_never_answers_delays_neither_another_one_nor_the_stop() {
    let (dead, live) = (Stub::start(|_| Reply::Never), Stub::start(|_| TAKEN));
    let prepared = Prepared::new(1);
    // The request lasts longer than the test.
    let second = "step = \"1s\"\ntimeout = \"10m\"";
    let endpoints =
        [("dead", &dead), ("live", &live)].map(|(name, stub)| endpoint(name, &stub.url(), second));
    let collector = prepared.start(&endpoints.concat());
    wait_until("the dead one has a request", || dead.requests().len() == 1);
    let times =
        || live.samples(LOAD).iter().map(|sample| sample.timestamp).collect::<BTreeSet<_>>();
    let before = times().len();
    wait_until("the other one gets further samples", || times().len() > before + 5);
    assert_eq!(dead.requests().len(), 1);
    collector.stop();
}

#[test]
fn another_token_is_used_after_a_reload_and_series_end_with_what_they_show() {
    let stub = Stub::start(|request| match request.header("Authorization") {
        Some("Bearer second") => TAKEN,
        _ => Reply::Status(401, "who are you?"),
    });
    let prepared = Prepared::new(1);
    let token = prepared.data().with_file_name("token");
    let bearer = format!("step = \"1s\"\nbearer = \"${{file:{}}}\"", token.display());
    let config = endpoint("s", &stub.url(), &bearer);
    fs::write(&token, "first\n").unwrap();
    let collector = prepared.start(&config);
    wait_until("the first token is refused", || !stub.requests().is_empty());
    assert_eq!(stub.stored(), Stored::new());
    fs::write(&token, "second\n").unwrap();
    collector.reload();
    wait_until("samples are taken", || !stub.stored().is_empty());
    let ends = || {
        let samples = stub.samples(LOAD);
        let ends = samples.iter().filter(|sample| sample.value.to_bits() == STALE.to_bits());
        ends.map(|sample| sample.timestamp).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(ends(), 0);
    prepared.configure(&format!("[probe.load]\nenabled = false\n{config}"));
    collector.reload();
    wait_until("the load has ended", || ends() == 1);
    prepared.configure(&config);
    collector.reload();
    let goes_on = || stub.samples(LOAD).last().is_some_and(|sample| !sample.value.is_nan());
    wait_until("the load goes on", goes_on);
    collector.stop();
    assert!(!goes_on());
}
