//! A quarter of an hour without Prometheus, with the defaults on this host.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rrd_core::Timestamp;

use super::{lasting, note};
use crate::programs::Collector;
use crate::receivers::{Engine, Receiver};

/// All series.
const ALL: &str = "{__name__=~\"rrd_.+\"}";

#[test]
#[ignore = "takes 20 minutes"]
fn fifteen_minutes_without_prometheus_leave_no_gap() {
    let Some(mut receiver) = Receiver::start(Engine::Prometheus) else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[[remote_write]]\nurl = \"{}\"\n", receiver.url());
    let collector = Collector::start_configured(folder.path(), &config);
    let newest = |receiver: &Receiver| {
        let stored = receiver.stored("rrd_load_load1");
        stored.values().flatten().map(|(time, _)| time / 1000).max().unwrap_or(0)
    };
    sleep(Duration::from_secs(90));
    let stopped = Timestamp::now().seconds();
    assert!(newest(&receiver) > stopped - 25, "nothing arrives");
    receiver.stop();
    note!("the receiver is away");
    sleep(lasting("RRD_TRIAL_AWAY", 900));
    receiver.start_again();
    let (returned, begun) = (Timestamp::now().seconds(), Instant::now());
    note!("the receiver is back");
    let mut caught_up = None;
    while begun.elapsed() < Duration::from_secs(240) {
        let behind = Timestamp::now().seconds() - newest(&receiver);
        note!("the newest sample is {behind} s old");
        if behind <= 25 && caught_up.is_none() {
            caught_up = Some(begun.elapsed());
        }
        if caught_up.is_some_and(|at| begun.elapsed() > at + Duration::from_secs(60)) {
            break;
        }
        sleep(Duration::from_secs(2));
    }
    let metrics = collector.get("/metrics").1;
    for line in metrics.lines().filter(|line| line.starts_with("rrd_remote_write_")) {
        note!("{line}");
    }
    let log = collector.stop();
    println!("{log}");

    // Every series that was there before and after: a sample every ten seconds.
    let (mut whole, mut samples, mut gaps) = (0, 0, Vec::new());
    for (labels, stored) in receiver.stored(ALL) {
        let times: Vec<i64> = stored.iter().map(|(time, _)| time / 1000).collect();
        if times[0] < stopped && *times.last().unwrap() > returned {
            (whole, samples) = (whole + 1, samples + times.len());
            let pairs = times.windows(2).filter(|pair| pair[1] - pair[0] != 10);
            gaps.extend(pairs.map(|pair| format!("{labels:?}: {pair:?}")));
        }
    }
    note!(
        "{whole} series with {samples} samples, {} gaps; present after {caught_up:?}",
        gaps.len()
    );
    println!("{}", gaps.join("\n"));
    assert!(whole > 50 && gaps.is_empty());
    assert!(caught_up.unwrap() <= Duration::from_secs(120));
    assert!(!metrics.contains("status=\"4"), "{metrics}");
    assert!(!receiver.log().contains("Out of order sample"), "{}", receiver.log());
}
