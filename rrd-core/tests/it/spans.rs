//! Time ranges far larger than a file: what a fetch returns, and what it refuses.

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchError, FetchRequest, Heartbeat, Overwrite, Rrd,
    RrdReader, Sample, SampleError, Schema, Step, TimeRange, Timestamp, UpdateError,
};

const START: i64 = 1_600_000_000;

/// A file of one-second rows for a minute, full.
fn file(folder: &std::path::Path) -> RrdReader {
    let schema = Schema::builder(Step::from_seconds(1).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(5))
        .average(0.5, 1, 60)
        .build()
        .expect("a shape");
    let path = folder.join("x.rrd");
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    let samples =
        (1..=60).map(|second| Sample::new(Timestamp::from_seconds(START + second), [2.0]));
    rrd.update_batch(&samples.collect::<Vec<_>>()).expect("updated");
    RrdReader::open(path).expect("opened")
}

fn request(start: i64, end: i64) -> FetchRequest {
    let function = ConsolidationFunction::Average;
    FetchRequest::new(function, TimeRange::from_seconds(start, end))
}

#[test]
fn a_span_around_the_rows_may_be_long_but_not_without_measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    // 60 rows that exist, and 3,500,000 that do not.
    let longest = request(START - 3_499_999, START + 60);
    let series = file.fetch(&longest).expect("as long as it may be");
    assert_eq!(series.values().len(), 3_500_060);
    assert_eq!(series.values().iter().filter(|value| **value == 2.0).count(), 60);
    let longer = file.fetch(&request(START - 3_500_000, START + 60));
    assert!(matches!(longer, Err(FetchError::TooManyRows { rows: 3_500_061 })), "{longer:?}");
    assert_eq!(
        longer.expect_err("refused").to_string(),
        "3500061 rows are more than one fetch gives: ask for a shorter span or a coarser resolution"
    );
}

#[test]
fn spans_at_the_ends_of_time_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    for (start, end) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MIN, 0), (0, 1 << 40)] {
        let refused = file.fetch(&request(start, end));
        assert!(matches!(refused, Err(FetchError::TooManyRows { .. })), "{start} {end}");
    }
    let far = file.fetch(&request(i64::MAX - 10, i64::MAX - 5)).expect("a short span");
    assert!(far.values().iter().all(|value| value.is_nan()));
}

#[test]
fn the_years_2038_2106_and_10000_are_years_like_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 20)
        .max(0.5, 3, 10)
        .build()
        .expect("a shape");
    for turn in [1_i64 << 31, 1 << 32, 253_402_300_800] {
        let before = turn - turn % 10 - 50;
        let start = Timestamp::from_seconds(before);
        let options = CreateOptions::new().overwrite(Overwrite::Yes);
        let mut rrd = Rrd::create_with(&path, &schema, start, options).expect("created");
        for number in 1..=10_i64 {
            let at = Timestamp::from_seconds(before + number * 10);
            rrd.update(&Sample::new(at, [number])).expect("updated");
        }
        let series = rrd.fetch(&request(before, before + 99)).expect("rows");
        let wanted = (1..=10).map(f64::from).collect::<Vec<_>>();
        assert_eq!((series.start().seconds(), series.into_values()), (before, wanted), "{turn}");
        assert_eq!(RrdReader::open(&path).expect("opened").last_update().seconds(), before + 100);
    }
}

#[test]
fn a_time_that_no_file_holds_is_refused_and_the_file_stays_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    drop(file(folder.path()));
    let before = std::fs::read(&path).expect("bytes");
    let mut rrd = Rrd::open(&path).expect("opened");
    let width = rrd.schema().measured_sources();
    for seconds in [(1 << 60) + 1, 1 << 62, i64::MAX] {
        let at = Timestamp::from_seconds(seconds);
        let refused = rrd.update(&Sample::new(at, vec![1_i64; width]));
        let Err(UpdateError::Sample { source, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(source, SampleError::Unstorable { at });
        assert_eq!(
            source.to_string(),
            format!(
                "a sample of {at} is more than 2^60 seconds from 1970, and no file holds such a time"
            )
        );
        assert!(std::fs::read(&path).expect("bytes") == before);
    }
    let last = Timestamp::from_seconds(1 << 60);
    rrd.update(&Sample::new(last, vec![1_i64; width])).expect("a time that files hold");
    assert_eq!(RrdReader::open(&path).expect("opened").last_update(), last);
}
