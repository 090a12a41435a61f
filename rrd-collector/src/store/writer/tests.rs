//! Samples on their way to files: names, shapes and files of earlier versions.

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, StoreOptions, TimeRange};

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::*;
use crate::group::Unit;
use crate::source::host::LOAD;
use crate::source::textfile::TEXTFILE;

fn writer(folder: &std::path::Path) -> StoreWriter {
    let data = DataFolder::open(folder, StoreOptions::default()).unwrap();
    StoreWriter::new(Arc::new(data), Retention::default())
}

fn list(writer: &StoreWriter) -> Vec<String> {
    writer.data.store().unwrap().0.list().unwrap()
}

fn second_step() -> Step {
    Step::from_seconds(1).unwrap()
}

/// The sample of a group whose interval is one second.
fn sample<'a>(
    at: Timestamp,
    kind: &'a Kind,
    instance: &'a str,
    values: &'a [f64],
) -> GroupSample<'a> {
    let clock = Duration::from_secs(at.seconds().unsigned_abs());
    GroupSample { at, clock, step: second_step(), kind, instance, values, sent: Sent::Now }
}

#[test]
fn what_was_written_is_in_the_file_after_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let at = Timestamp::from_seconds(1_700_000_000);
    writer.write(sample(at, &LOAD, "", &[0.5, 0.25, 0.125, 1.0, 100.0, 0.125])).unwrap();
    assert!(writer.flush().unwrap().is_empty());
    let reader = RrdReader::open(folder.path().join("load.rrd")).unwrap();
    assert_eq!(reader.last_update(), at);
}

#[test]
fn a_group_that_gains_and_loses_values_keeps_its_file() {
    let kind = |names: &[&'static str]| {
        let metrics: Vec<Metric> =
            names.iter().map(|name| Metric::new(name, Unit::Any, "")).collect();
        Kind { metrics: metrics.into(), ..Kind::new("munin", "", &[]) }
    };
    let folder = tempfile::tempdir().unwrap();
    let at = |second: i64| Timestamp::from_seconds(1_700_000_000 + second);
    let mut first = writer(folder.path());
    for second in 0..3 {
        first.write(sample(at(second), &kind(&["a", "b"]), "df", &[1.0, 2.0])).unwrap();
    }
    let wider = kind(&["c", "b"]);
    for second in 3..6 {
        first.write(sample(at(second), &wider, "df", &[3.0, 2.0])).unwrap();
    }
    assert!(first.flush().unwrap().is_empty());
    let reader = RrdReader::open(folder.path().join("munin/df.rrd")).unwrap();
    let series = reader.fetch(&FetchRequest::new(
        ConsolidationFunction::Average,
        TimeRange::from_seconds(1_700_000_000, 1_700_000_005),
    ));
    let series = series.unwrap();
    assert_eq!(series.names(), ["a", "b", "c"]);
    let rows: Vec<String> = series.rows().map(|(_, row)| format!("{row:?}")).collect();
    assert_eq!(rows[0], "[1.0, 2.0, NaN]");
    assert_eq!(rows[4], "[NaN, 2.0, 3.0]");
}

/// Instances whose names agree in their first 240 bytes.
fn long_names() -> [String; 2] {
    ["a", "b"].map(|end| format!("{}{end}", "x".repeat(260)))
}

fn write_at(writer: &mut StoreWriter, instance: &str, second: i64, value: f64) {
    let at = Timestamp::from_seconds(1_700_000_000 + second);
    writer.write(sample(at, &TEXTFILE, instance, &[value])).unwrap();
}

/// The newest values of the databases of text files, by their names.
fn stored_values(folder: &std::path::Path) -> Vec<(String, f64)> {
    let stored = crate::store::archives::stored(folder, "textfile").unwrap();
    let newest = |path| {
        let reader = RrdReader::open(path).unwrap();
        let end = reader.last_update();
        let range = TimeRange { start: Timestamp::from_seconds(end.seconds() - 1), end };
        let request = FetchRequest::new(ConsolidationFunction::Average, range);
        reader.fetch(&request).unwrap().kept()[0]
    };
    stored.into_iter().map(|(id, path)| (id.instance().to_owned(), newest(path))).collect()
}

#[test]
fn two_instances_whose_names_agree_in_their_first_240_bytes_have_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = long_names();
    for _start in 0..2 {
        let mut writer = writer(folder.path());
        let begin = list(&writer).len();
        for second in 0..3 {
            let second = second + 3 * i64::try_from(begin).unwrap();
            write_at(&mut writer, &one, second, 1.0);
            write_at(&mut writer, &other, second, 2.0);
        }
        assert!(writer.flush().unwrap().is_empty());
    }
    // Their full names are in `names.json`.
    assert_eq!(stored_values(folder.path()), [(one, 1.0), (other, 2.0)]);
}

#[test]
fn without_its_full_name_a_file_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let at = Timestamp::from_seconds(1_700_000_000);
    symlink("nowhere/names.json", folder.path().join("names.json")).unwrap();
    let error = writer.write(sample(at, &TEXTFILE, &long_names()[0], &[1.0])).unwrap_err();
    assert!(matches!(error, WriteError::FullNames(NamesFileError::Write { .. })), "{error}");
    assert_eq!(list(&writer), [""; 0]);
    // Short names need no such file.
    write_at(&mut writer, "short", 0, 1.0);
    assert_eq!(list(&writer), ["textfile/short.rrd"]);
}

/// A folder as an earlier version left it, with one file under the cut name of both.
fn cut_name(folder: &std::path::Path) -> PathBuf {
    let mut earlier = writer(folder);
    write_at(&mut earlier, "x", -9, 7.0);
    assert!(earlier.flush().unwrap().is_empty());
    let cut = folder.join(format!("textfile/{}.rrd", "x".repeat(240)));
    fs::rename(folder.join("textfile/x.rrd"), &cut).unwrap();
    cut
}

#[test]
fn a_file_of_a_cut_name_is_taken_over_by_the_only_group_that_can_be_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let cut = cut_name(folder.path());
    let [one, _] = long_names();
    let mut writer = writer(folder.path());
    for second in 0..3 {
        write_at(&mut writer, &one, second, 1.0);
    }
    assert!(writer.flush().unwrap().is_empty() && !cut.exists());
    let path = folder.path().join(GroupId::of(&TEXTFILE, &one).file_name());
    let moment = Timestamp::from_seconds;
    let range = TimeRange { start: moment(1_699_999_989), end: moment(1_700_000_002) };
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let series = RrdReader::open(path).unwrap().fetch(&request).unwrap();
    let values = series.kept();
    assert!(values.contains(&7.0) && values.contains(&1.0), "{values:?}");
}

#[test]
fn a_file_of_a_cut_name_is_left_alone_where_several_groups_can_be_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let cut = cut_name(folder.path());
    let [one, other] = long_names();
    let mut both = writer(folder.path());
    for second in 0..3 {
        write_at(&mut both, &one, second, 1.0);
        write_at(&mut both, &other, second, 2.0);
    }
    assert!(both.flush().unwrap().is_empty() && cut.exists());
    let values = stored_values(folder.path());
    assert_eq!(values, [("x".repeat(240), 7.0), (one, 1.0), (other, 2.0)]);
    // A group whose whole name it is keeps its file.
    let folder = tempfile::tempdir().unwrap();
    let cut = cut_name(folder.path());
    let [one, _] = long_names();
    let mut with_owner = writer(folder.path());
    for second in 0..3 {
        write_at(&mut with_owner, &one, second, 1.0);
        write_at(&mut with_owner, &"x".repeat(240), second, 2.0);
    }
    assert!(with_owner.flush().unwrap().is_empty() && cut.exists());
    assert_eq!(stored_values(folder.path()), [("x".repeat(240), 2.0), (one, 1.0)]);
}

#[test]
fn a_file_with_other_values_is_left_alone_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let at = Timestamp::from_seconds(1_700_000_000);
    let schema = Schema::builder(second_step())
        .gauge("old", rrd_core::Heartbeat::from_seconds(5))
        .average(0.5, 1, 10);
    rrd_core::Rrd::create(folder.path().join("load.rrd"), &schema.build().unwrap(), at).unwrap();
    let error = writer(folder.path())
        .write(sample(Timestamp::from_seconds(1_700_000_001), &LOAD, "", &[0.0; 6]))
        .unwrap_err();
    assert!(matches!(error, WriteError::OtherShape { found, .. } if found == "old"));
}

/// 2026-11-30 00:00 UTC, and three days later.
const TODAY: i64 = 1_795_996_800;
const AHEAD: i64 = TODAY + 3 * 86_400;

fn today() -> Now {
    Now { wall: Duration::from_secs(1_795_996_800), clock: Duration::from_secs(100) }
}

fn writer_at(folder: &std::path::Path, clock: fn() -> Now) -> StoreWriter {
    let options = StoreOptions::default().max_skew(None);
    let data = Arc::new(DataFolder::open(folder, options).unwrap());
    StoreWriter::with_clock(data, Retention::default(), clock)
}

fn load_at(writer: &mut StoreWriter, second: i64) {
    let at = Timestamp::from_seconds(second);
    writer.write(sample(at, &LOAD, "", &[0.5; 6])).unwrap();
}

#[test]
fn samples_of_a_file_that_is_ahead_of_the_clock_are_held_back_without_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer_at(folder.path(), today);
    for second in [AHEAD, TODAY + 1, TODAY + 2, AHEAD + 1] {
        load_at(&mut writer, second);
    }
    assert!(writer.ahead.lock().holds_back("load.rrd", Timestamp::from_seconds(TODAY + 3)));
    assert_eq!(
        writer.data.store().unwrap().0.last_update("load.rrd").unwrap().seconds(),
        AHEAD + 1
    );
    // A sample that is not later than the last one, which is not of the future, is an error.
    let at = Timestamp::from_seconds(TODAY);
    writer.write(sample(at, &TEXTFILE, "x", &[1.0])).unwrap();
    let error = writer.write(sample(at, &TEXTFILE, "x", &[1.0])).unwrap_err();
    let WriteError::Store(StoreError::Update(UpdateError::Sample { source, .. })) = error else {
        panic!("{error}");
    };
    assert_eq!(source, SampleError::Past { at, last_update: at });
}

#[test]
fn a_sample_that_was_taken_before_the_clock_was_set_back_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path(), StoreOptions::default()).unwrap();
    let mut writer = StoreWriter::new(Arc::new(data), Retention::default());
    let now = clock::now();
    let second = |days: u64| Timestamp::now() + Duration::from_secs(days * 86_400);
    let mut write = |at| writer.write(sample(at, &LOAD, "", &[0.5; 6]));
    write(second(0)).unwrap();
    let error = write(second(3)).unwrap_err();
    let said = crate::fault::chain(&error);
    assert!(said.contains("ahead of the clock"), "{said}");
    let before = Now { wall: now.wall + Duration::from_secs(3 * 86_400), ..now };
    writer.ahead.lock().observe(before, None);
    writer.write(sample(second(3), &LOAD, "", &[0.5; 6])).unwrap();
}

#[test]
fn no_file_is_created_in_1970() {
    let folder = tempfile::tempdir().unwrap();
    let boot = || Now { wall: Duration::from_secs(9), clock: Duration::from_secs(9) };
    let mut writer = writer_at(folder.path(), boot);
    load_at(&mut writer, 9);
    assert_eq!(list(&writer), [""; 0]);
    writer.ahead.lock().observe(today(), None);
    load_at(&mut writer, TODAY);
    assert_eq!(list(&writer), ["load.rrd"]);
}

#[test]
fn a_sample_that_fails_because_the_folder_went_says_that() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let mut writer = writer(&path);
    writer.begin_round().unwrap();
    fs::remove_dir_all(&path).unwrap();
    let at = Timestamp::from_seconds(1_700_000_000);
    let error = writer.write(sample(at, &LOAD, "", &[0.5; 6])).unwrap_err();
    assert!(matches!(error, WriteError::DataFolder(DataFolderError::Gone { .. })), "{error}");
}
