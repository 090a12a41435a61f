//! Time ranges far larger than a file: what a fetch returns, and what it refuses.

use std::path::Path;

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchError, FetchRequest, Heartbeat, Overwrite, Rrd,
    RrdReader, Sample, SampleError, Schema, Step, TimeRange, Timestamp, UNKNOWN, UpdateError,
};

const START: i64 = 1_600_000_000;

/// A file of one-second rows for a minute, full.
fn file(folder: &Path) -> RrdReader {
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
fn a_span_around_the_rows_has_up_to_a_billion_rows_and_takes_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    // 40 rows after those of the archive.
    let end = START + 100;
    let longest = file.fetch(&request(end - 1_000_000_000, end - 1)).expect("as long as it may be");
    assert_eq!(
        (longest.len(), longest.kept(), longest.after()),
        (1_000_000_000, &[2.0; 60][..], 40)
    );
    assert_eq!((longest.start().seconds(), longest.end().seconds()), (end - 1_000_000_000, end));
    let first_kept = longest.kept_rows().next();
    assert_eq!(first_kept, Some((Timestamp::from_seconds(START + 1), [2.0].as_slice())));
    let longer = file.fetch(&request(end - 1_000_000_001, end - 1));
    assert!(matches!(longer, Err(FetchError::TooManyRows { rows: 1_000_000_001 })), "{longer:?}");
    assert_eq!(
        longer.expect_err("refused").to_string(),
        "1000000001 rows are more than the 1000000000 of one fetch: ask for a shorter time range \
         or a coarser resolution"
    );
}

#[test]
fn rows_outside_the_archive_are_rows_like_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = file(folder.path());
    let series = file.fetch(&request(START - 3, START + 61)).expect("rows");
    let unknown = |rows| std::iter::repeat_n(UNKNOWN.to_bits(), rows);
    let expected: Vec<u64> = unknown(3).chain([2.0_f64.to_bits(); 60]).chain(unknown(2)).collect();
    let bits = |values: &mut dyn Iterator<Item = f64>| values.map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&mut series.values()), expected);
    assert_eq!(bits(&mut series.rows().flat_map(|(_, row)| row.to_vec())), expected);
    assert_eq!(bits(&mut series.column("a").expect("a source").map(|(_, value)| value)), expected);
    let ends: Vec<i64> = series.rows().map(|(end, _)| end.seconds()).collect();
    assert_eq!(ends, (START - 2..=START + 62).collect::<Vec<_>>());
    for (start, end) in [(START - 9, START - 5), (START + 90, START + 99)] {
        let series = file.fetch(&request(start, end)).expect("rows");
        assert_eq!(series.kept(), [0.0; 0]);
        assert_eq!(series.rows().count(), usize::try_from(end - start + 1).expect("few"));
    }
}

/// A file of ten thousand one-second rows of eight sources, full: more than a scan shows at once.
fn long_file(folder: &Path) -> Rrd {
    let second = Step::from_seconds(1).expect("positive");
    let mut schema = Schema::builder(second);
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        schema = schema.gauge(name, Heartbeat::from_seconds(100));
    }
    let schema = schema.average(0.5, 1, 10_000).build().expect("a shape");
    let start = Timestamp::from_seconds(START);
    let mut rrd = Rrd::create(folder.join("long.rrd"), &schema, start).expect("created");
    for number in 1..=150 {
        advance(&mut rrd, number);
    }
    rrd
}

/// Writes the hundred rows with this number.
fn advance(rrd: &mut Rrd, number: i64) {
    let readings: Vec<i64> = (0..8).map(|source| number * 10 + source).collect();
    let at = Timestamp::from_seconds(START + number * 100);
    rrd.update(&Sample::new(at, readings)).expect("updated");
}

/// The end of a row and the bits of its values.
type RowBits = (i64, Vec<u64>);

/// The end and the values of each row of a scan, and the number of its parts.
fn scanned(
    reader: &RrdReader,
    range: TimeRange,
    mut meanwhile: impl FnMut(),
) -> Result<(Vec<RowBits>, usize), FetchError> {
    let (mut rows, mut parts) = (Vec::new(), 0);
    reader.scan(0, range, |part| {
        rows.extend(part.rows().map(row_bits));
        parts += 1;
        meanwhile();
    })?;
    Ok((rows, parts))
}

fn row_bits((end, values): (Timestamp, &[f64])) -> RowBits {
    (end.seconds(), values.iter().map(|value| value.to_bits()).collect())
}

#[test]
fn the_parts_of_a_scan_are_the_rows_of_a_fetch() {
    let folder = tempfile::tempdir().expect("a folder");
    let rrd = long_file(folder.path());
    let reader = RrdReader::open(rrd.path()).expect("opened");
    for (start, end, parts) in [
        (START, START + 20_000, 3),
        (START + 5_000, START + 14_999, 3),
        (START + 7_000, START + 11_095, 1),
        (START + 7_000, START + 11_096, 2),
        (START - 100, START + 4_000, 1),
        (START + 16_000, START + 17_000, 1),
        (START + 2, START, 0),
    ] {
        let range = TimeRange::from_seconds(start, end);
        let whole = reader.fetch(&request(start, end)).expect("rows");
        let expected: Vec<_> = whole.rows().map(row_bits).collect();
        assert_eq!(scanned(&reader, range, || {}).expect("rows"), (expected, parts), "{start}");
        let selection = reader.select(&request(start, end)).expect("an archive");
        assert_eq!((selection.archive(), selection.step()), (0, whole.step()));
        assert_eq!((selection.start(), selection.end()), (whole.start(), whole.end()));
        assert_eq!(selection.rows(), whole.len());
    }
    let beyond = reader.scan(1, TimeRange::from_seconds(START, START + 1), |_| {});
    assert!(matches!(beyond, Err(FetchError::NoSuchArchive { archive: 1 })), "{beyond:?}");
    let long = reader.scan(0, TimeRange::from_seconds(0, 1_000_000_000), |_| {});
    assert!(matches!(long, Err(FetchError::TooManyRows { rows: 1_000_000_001 })), "{long:?}");
}

#[test]
fn a_scan_shows_one_state_and_rows_that_are_dropped_meanwhile_as_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rrd = long_file(folder.path());
    let reader = RrdReader::open(rrd.path()).expect("opened");
    let range = TimeRange::from_seconds(START + 5_000, START + 29_999);
    let before = reader.fetch(&request(START + 5_000, START + 29_999)).expect("rows");
    let mut number = 150;
    let (rows, parts) = scanned(&reader, range, || {
        // 6,000 rows: the first part has 4,096.
        while number < 210 {
            number += 1;
            advance(&mut rrd, number);
        }
    })
    .expect("rows");
    assert_eq!((rows.len(), parts), (25_000, 3));
    for (index, (row, old)) in rows.into_iter().zip(before.rows().map(row_bits)).enumerate() {
        let unknown = (old.0, vec![UNKNOWN.to_bits(); 8]);
        assert_eq!(row, if (4_096..6_000).contains(&index) { unknown } else { old }, "{index}");
    }
}

#[test]
fn a_scan_ends_when_the_file_gets_another_structure() {
    let folder = tempfile::tempdir().expect("a folder");
    let rrd = long_file(folder.path());
    drop(file(folder.path()));
    let other = std::fs::read(folder.path().join("x.rrd")).expect("bytes");
    let reader = RrdReader::open(rrd.path()).expect("opened");
    let range = TimeRange::from_seconds(START + 5_000, START + 14_999);
    let mut parts = 0;
    let error = reader.scan(0, range, |_| {
        parts += 1;
        std::fs::write(rrd.path(), &other).expect("written");
    });
    assert!(
        matches!(error, Err(FetchError::Changed { ref path }) if path == rrd.path()),
        "{error:?}"
    );
    assert_eq!(parts, 1);
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
    assert_eq!((far.len(), far.kept().len()), (6, 0));
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
        assert_eq!((series.start().seconds(), series.kept()), (before, &*wanted), "{turn}");
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
