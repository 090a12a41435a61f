//! The list of all names, and names of groups that are sampled, gone or described by programs.

use std::fmt::Write as _;
use std::fs;

use rrd_core::{Step, Timestamp};

use super::*;
use crate::group::{Metric, Unit};
use crate::source::host::{DISK, LOAD};

/// A kind as a document in JSON describes it.
fn described(metrics: &[(&'static str, Unit)]) -> Kind {
    let metric = |(name, unit): &(&'static str, Unit)| Metric::new(name, *unit, "");
    let metrics: Vec<Metric> = metrics.iter().map(metric).collect();
    Kind { metrics: metrics.into(), ..Kind::new("http_json", "", &[]) }
}

fn put(shared: &Shared, kind: &Kind, instance: &str) {
    let values = vec![0.5; kind.metrics.len()];
    let (at, step) = (Timestamp::from_seconds(1000), Step::from_seconds(1).unwrap());
    shared.catalog().put(at, step, kind, instance, &values);
}

/// A name as Prometheus writes it.
fn text(name: &SeriesName) -> String {
    let mut text = name.name().to_owned();
    for (label, value) in name.labels() {
        let _ = write!(text, " {label}={value}");
    }
    text
}

fn group(text: &str) -> GroupId {
    text.parse().unwrap()
}

#[test]
fn groups_that_are_gone_are_called_as_before_by_every_program() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(Shared::default());
    put(&shared, &DISK, "serial");
    shared.catalog().label("disk", "serial", "sda");
    put(&shared, &LOAD, "");
    put(&shared, &described(&[("delay", Unit::Seconds), ("jobs", Unit::Count)]), "api");
    let live = SeriesNames::live(shared.clone(), folder.path());
    let mut keeper = NamesKeeper::new(live.clone(), folder.path());
    keeper.keep(1).unwrap();
    for file in ["disk/serial.rrd", "http_json/api.rrd"] {
        fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
        fs::write(folder.path().join(file), "").unwrap();
    }
    let names = [
        ("disk:serial", "read_bytes", "rrd_disk_read_bytes_per_second device=sda name=serial"),
        ("disk:other", "read_bytes", "rrd_disk_read_bytes_per_second name=other"),
        ("load", "load1", "rrd_load_load1"),
        ("http_json:api", "delay", "rrd_http_json_delay_seconds name=api"),
        ("http_json:api", "jobs", "rrd_http_json_jobs name=api"),
    ];
    let check = |series: &SeriesNames| {
        for (id, metric, name) in names {
            assert_eq!(text(&series.of(&group(id), metric)), name);
        }
    };
    check(&live);
    check(&SeriesNames::read(folder.path()).unwrap());
    shared.catalog().remove(&group("disk:serial"));
    shared.catalog().remove(&group("http_json:api"));
    check(&live);
    keeper.keep(1).unwrap();
    check(&live);
    check(&SeriesNames::live(Arc::default(), folder.path()));
}

#[test]
fn a_metric_that_a_program_describes_no_more_keeps_its_unit_for_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Arc::new(Shared::default());
    let live = SeriesNames::live(shared.clone(), folder.path());
    let mut keeper = NamesKeeper::new(live.clone(), folder.path());
    put(&shared, &described(&[("delay", Unit::Seconds), ("size", Unit::Bytes)]), "api");
    keeper.keep(1).unwrap();
    put(&shared, &described(&[("size", Unit::Any)]), "api");
    keeper.keep(1).unwrap();
    let read = SeriesNames::read(folder.path()).unwrap();
    for names in [live, read] {
        let name = |metric| text(&names.of(&group("http_json:api"), metric));
        assert_eq!(name("delay"), "rrd_http_json_delay_seconds name=api");
        assert_eq!(name("size"), "rrd_http_json_size name=api");
    }
}

#[test]
fn the_file_is_written_only_for_a_change_and_for_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("series.json");
    let shared = Arc::new(Shared::default());
    let mut keeper =
        NamesKeeper::new(SeriesNames::live(shared.clone(), folder.path()), folder.path());
    put(&shared, &LOAD, "");
    keeper.keep(1).unwrap();
    assert!(!file.exists(), "names without labels need no file");
    put(&shared, &DISK, "serial");
    shared.catalog().label("disk", "serial", "sda");
    keeper.keep(1).unwrap();
    let expected = "{\n  \"disk/serial.rrd\": {\n    \"device\": \"sda\"\n  }\n}";
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    fs::remove_file(&file).unwrap();
    put(&shared, &DISK, "serial");
    shared.catalog().label("disk", "serial", "sda");
    keeper.keep(1).unwrap();
    assert!(!file.exists(), "nothing has changed");
    keeper.keep(2).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    // Its archive was never made, so there is nothing to be called so.
    shared.catalog().remove(&group("disk:serial"));
    keeper.keep(2).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("series.json");
    for content in ["[]", r#"{"disk/a.rrd": {"unknown": 1}}"#, r#"{"disk/a.rrd": {"device": 1}}"#] {
        fs::write(&file, content).unwrap();
        let error = SeriesNames::read(folder.path()).unwrap_err();
        let expected = format!("invalid {}: move it away to start a new one", file.display());
        assert_eq!(error.to_string(), expected);
        let shared = Arc::new(Shared::default());
        let live = SeriesNames::live(shared.clone(), folder.path());
        put(&shared, &DISK, "serial");
        shared.catalog().label("disk", "serial", "sda");
        let mut keeper = NamesKeeper::new(live.clone(), folder.path());
        assert!(matches!(keeper.keep(1), Err(NamesFileError::Invalid { .. })));
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
        let name = text(&live.of(&group("disk:serial"), "util"));
        assert_eq!(name, "rrd_disk_util_ratio device=sda name=serial");
    }
}

/// What engines have stored under these names goes on only under the same.
#[test]
fn no_series_that_exists_gets_another_name() {
    let mut names = String::new();
    let mut kinds: Vec<_> = kinds().collect();
    kinds.sort_by(|one, other| one.name.cmp(&other.name));
    for kind in kinds {
        for metric in kind.metrics.iter() {
            let unit = unit_name(metric.unit);
            let series = series_name(&kind.name, "instance", None, &metric.name, unit);
            let _ = writeln!(names, "{}.{} {}", kind.name, metric.name, series.name());
        }
    }
    let listed = include_str!("names.txt");
    let missing: Vec<&str> = listed.lines().filter(|l| !names.lines().any(|n| n == *l)).collect();
    assert!(
        missing.is_empty(),
        "these series exist in other databases and must keep their names: {missing:#?}"
    );
    let new: Vec<&str> = names.lines().filter(|n| !listed.lines().any(|l| n == &l)).collect();
    assert!(new.is_empty(), "add these lines to src/output/names/names.txt: {new:#?}");
}
