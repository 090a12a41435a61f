//! Synthetic incidents on a host of many groups.

use std::fs;
use std::path::Path;

use rrd_core::{Rrd, Sample, Step, Timestamp};

use super::*;
use crate::group::catalog::trial::put;
use crate::group::retention::Retention;
use crate::source::host::{CPU_TOTAL, DISK, LOAD, MEMORY};
use crate::source::network::NETWORK;

const END: i64 = 1_700_000_000;
/// Five minutes.
const SPAN: i64 = 300;

/// Noise between -1 and 1 that is the same in every run.
fn noise(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    state ^= state >> 31;
    state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^= state >> 29;
    u32::try_from(state >> 32).map_or(0.0, f64::from) / f64::from(1_u32 << 31) - 1.0
}

/// A file of a group with two spans of samples each second; `value` is given metric and second,
/// where 0 is the beginning of the incident.
fn store(data: &Path, kind: &Kind, instance: &str, value: impl Fn(&str, i64) -> f64) {
    let path = data.join(GroupId::of(kind, instance).file_name());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Retention::default().schema(kind, Step::from_seconds(1).unwrap()).unwrap();
    let begin = Timestamp::from_seconds(END - 2 * SPAN - 60);
    let mut rrd = Rrd::create(&path, &schema, begin).unwrap();
    for second in -SPAN - 59..=SPAN {
        let values = kind.metrics.iter().map(|metric| value(&metric.name, second));
        let at = Timestamp::from_seconds(END - SPAN + second);
        rrd.update(&Sample::new(at, values.collect::<Vec<_>>())).unwrap();
    }
}

/// A usual value of a metric with a tenth of noise.
fn usual(instance: &str, metric: &str, second: i64, level: f64) -> f64 {
    let name = instance
        .bytes()
        .chain(metric.bytes())
        .fold(7_u64, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
    level
        * (1.0 + 0.1 * noise(name.wrapping_add(second.unsigned_abs() * 2 + u64::from(second < 0))))
}

/// A host with an incident: cpu and one disk follow `cpu` and `disk`, all else is as usual.
fn host(
    cpu: impl Fn(&str, i64) -> Option<f64>,
    disk: impl Fn(&str, i64) -> Option<f64>,
) -> Movements {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut catalog = Catalog::default();
    let mut add = |kind: &Kind, instance: &str, change: &dyn Fn(&str, i64) -> Option<f64>| {
        put(&mut catalog, kind, instance, 0.5);
        store(data, kind, instance, |metric, second| {
            let changed = (second > 0).then(|| change(metric, second)).flatten();
            changed.unwrap_or_else(|| usual(instance, metric, second, 0.2))
        });
    };
    add(&CPU_TOTAL, "", &cpu);
    add(&DISK, "vdb", &disk);
    for kind in [&LOAD, &MEMORY] {
        add(kind, "", &|_, _| None);
    }
    for index in 0..8 {
        add(&DISK, &format!("vd{index}"), &|_, _| None);
        add(&NETWORK, &format!("eth{index}"), &|_, _| None);
    }
    let range = TimeRange::from_seconds(END - SPAN, END);
    movements(&Archives::Folder(data.to_owned()), &groups_of(&catalog), range)
}

fn names(found: &Movements) -> Vec<String> {
    found.moved.iter().map(|moved| moved.target.to_string()).collect()
}

#[test]
fn on_a_host_without_an_incident_nothing_moved() {
    let found = host(|_, _| None, |_, _| None);
    assert_eq!((names(&found), found.compared), (vec![], 20));
}

#[test]
fn steal_and_the_disk_that_waits_with_it_are_first_and_alone() {
    let steal = |metric: &str, second: i64| match metric {
        "steal" => Some(0.6 + 0.05 * noise(second.unsigned_abs())),
        _ => None,
    };
    let queue = |metric: &str, _: i64| (metric == "util").then_some(0.98);
    let found = host(steal, queue);
    assert_eq!(names(&found), ["disk:vdb.util", "cpu.steal"]);
    let steal = found.moved.last().unwrap().departure;
    assert_eq!(steal.part, Part::Level);
    assert!((steal.before - 0.2).abs() < 0.02 && (steal.during - 0.6).abs() < 0.02, "{steal:?}");
}

#[test]
fn peaks_in_a_fifth_of_the_span_are_found_and_a_single_outlier_is_not() {
    let peaks = |metric: &str, second: i64| (metric == "iowait" && second % 5 == 0).then_some(0.9);
    let outlier = |metric: &str, second: i64| (metric == "util" && second == 9).then_some(1.0);
    let found = host(peaks, outlier);
    assert_eq!(names(&found), ["cpu.iowait"]);
    assert_eq!(found.moved.first().unwrap().departure.part, Part::Peaks);
}

#[test]
fn what_stops_has_moved_down() {
    let stops = |metric: &str, _: i64| (metric == "write_bytes").then_some(0.0);
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), &DISK, "vda", |metric, second| match stops(metric, second) {
        Some(stopped) if second > 0 => stopped,
        _ => usual("vda", metric, second, 5e6),
    });
    let mut catalog = Catalog::default();
    put(&mut catalog, &DISK, "vda", 0.5);
    let range = TimeRange::from_seconds(END - SPAN, END);
    let archives = Archives::Folder(folder.path().to_owned());
    let found = movements(&archives, &groups_of(&catalog), range);
    assert_eq!(names(&found), ["disk:vda.write_bytes"]);
    let departure = found.moved.first().unwrap().departure;
    assert!(departure.size < -10.0 && departure.during == 0.0, "{departure:?}");
}

#[test]
fn groups_without_rows_for_both_spans_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), &LOAD, "", |metric, second| usual("", metric, second, 1.0));
    let mut catalog = Catalog::default();
    put(&mut catalog, &LOAD, "", 0.5);
    put(&mut catalog, &DISK, "never", 0.5);
    let archives = Archives::Folder(folder.path().to_owned());
    let compared = |start, end| {
        let range = TimeRange::from_seconds(start, end);
        movements(&archives, &groups_of(&catalog), range).compared
    };
    assert_eq!(compared(END - SPAN, END), 1);
    assert_eq!(compared(END + 1000, END + 1300), 0);
    assert_eq!(compared(i64::MIN, i64::MAX), 0);
}
