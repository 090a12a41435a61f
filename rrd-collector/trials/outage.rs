//! A quarter of an hour without Prometheus, with the defaults on this host.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rrd_collector::output::names::SeriesNames;
use rrd_collector::store::archives::Archives;
use rrd_core::{RrdReader, Timestamp};

use super::{lasting, note};
use crate::prepared::known_rows;
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

    // Every row of each series that was there before and after, and nothing else.
    let data = folder.path().join("data");
    let names = SeriesNames::read(&data).unwrap();
    let all = receiver.stored(ALL);
    let (mut whole, mut samples, mut differences) = (0, 0, Vec::new());
    for group in Archives::Folder(data.clone()).groups().unwrap() {
        let file = data.join(group.file_name());
        let reader = RrdReader::open(&file).unwrap();
        let resolution = reader.schema().step().seconds().max(10);
        for source in reader.schema().sources() {
            let name = names.of(&group, source.name.as_str());
            let labels = all.keys().find(|labels| {
                labels["__name__"] == name.name()
                    && name.labels().iter().all(|(name, value)| labels.get(name) == Some(value))
                    && labels.len() == name.labels().len() + 3
            });
            let Some(labels) = labels else { continue };
            let arrived: BTreeMap<_, _> = all[labels].iter().copied().collect();
            let (first, last) = (all[labels][0].0 / 1000, all[labels].last().unwrap().0 / 1000);
            if first < stopped && last > returned {
                (whole, samples) = (whole + 1, samples + arrived.len());
                let rows = known_rows(&file, source.name.as_str(), resolution, first - 1, last);
                if arrived != rows {
                    differences.push(format!("{labels:?}: {} {}", arrived.len(), rows.len()));
                }
            }
        }
    }
    note!(
        "{whole} series with {samples} samples, {} with differences; at the present after \
         {caught_up:?}",
        differences.len()
    );
    println!("{}", differences.join("\n"));
    assert!(whole > 50 && differences.is_empty());
    assert!(caught_up.unwrap() <= Duration::from_secs(120));
    assert!(!metrics.contains("status=\"4"), "{metrics}");
    assert!(!receiver.log().contains("Out of order sample"), "{}", receiver.log());
}
