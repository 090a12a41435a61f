//! Rows joined over archives, compared with a model that looks at each second.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchError, FetchRequest, Heartbeat, Reading, Rrd,
    RrdReader, Sample, Schema, SchemaBuilder, Series, Step, Store, StoreError, StoreOptions,
    TimeRange, Timestamp,
};

const START: i64 = 1_000_000_000;

/// The end of a row, its length, and the bits of its values.
type Row = (i64, u64, Vec<u64>);

/// An archive by what a test chooses of it.
#[derive(Clone, Copy, Debug)]
struct Ring {
    function: ConsolidationFunction,
    points: u64,
    rows: u64,
}

#[derive(Clone, Debug)]
struct Case {
    step: u64,
    rings: Vec<Ring>,
    /// The distance of each sample from the one before, and its value if it is known.
    samples: Vec<(i64, Option<i32>)>,
    /// Start and end of the range, from the last sample.
    range: (i64, i64),
    function: ConsolidationFunction,
    resolution: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    use ConsolidationFunction::{Average, Last, Max};
    let function = || prop::sample::select(vec![Average, Average, Max, Last]);
    let ring = (function(), 1..9_u64, 1..25_u64).prop_map(|(function, points, rows)| Ring {
        function,
        points,
        rows,
    });
    let distance = prop_oneof![6 => 1..12_i64, 1 => 30..200_i64];
    let value = prop_oneof![8 => (-99..99).prop_map(Some), 1 => Just(None)];
    let start = prop_oneof![4 => -900..50_i64, 1 => Just(i64::MIN)];
    let end = prop_oneof![4 => -900..50_i64, 2 => -5..5_i64, 1 => Just(i64::MAX)];
    let samples = prop::collection::vec((distance, value), 1..60);
    (1..8_u64, prop::collection::vec(ring, 1..6), samples, (start, end), function(), 1..60_u64)
        .prop_map(|(step, rings, samples, range, function, resolution)| Case {
            step,
            rings,
            samples,
            range,
            function,
            resolution,
        })
}

impl Case {
    fn schema(&self) -> Schema {
        let builder = Schema::builder(Step::from_seconds(self.step).unwrap())
            .gauge("a", Heartbeat::from_seconds(20))
            .counter("b", Heartbeat::from_seconds(20));
        let with = |builder: SchemaBuilder, ring: &Ring| match ring.function {
            ConsolidationFunction::Average => builder.average(0.5, ring.points, ring.rows),
            ConsolidationFunction::Max => builder.max(0.5, ring.points, ring.rows),
            _ => builder.last(0.5, ring.points, ring.rows),
        };
        self.rings.iter().fold(builder, with).build().unwrap()
    }

    fn samples(&self) -> Vec<Sample> {
        let mut now = START;
        let sample = |(distance, value): &(i64, Option<i32>)| {
            now += distance;
            let known = value.map_or(Reading::Unknown, |value| Reading::Number(value.into()));
            Sample::new(Timestamp::from_seconds(now), [known, Reading::Integer(now.into())])
        };
        self.samples.iter().map(sample).collect()
    }

    fn last(&self) -> i64 {
        START + self.samples.iter().map(|(distance, _)| distance).sum::<i64>()
    }

    fn request(&self) -> FetchRequest {
        let last = self.last();
        let (start, end) = self.range;
        let range = TimeRange::from_seconds(last.saturating_add(start), last.saturating_add(end));
        FetchRequest::new(self.function, range).resolution(Duration::from_secs(self.resolution))
    }

    /// The rows that are expected of this file: at each second the row that covers the next one,
    /// from the best archive that has it; then the second is the end of that row.
    fn model(&self, reader: &RrdReader) -> Vec<Row> {
        let archives: Vec<_> = reader
            .schema()
            .archives()
            .iter()
            .enumerate()
            .filter(|(_, archive)| archive.answers(self.function))
            .map(|(index, archive)| (self.step * archive.points_per_row(), held(reader, index)))
            .collect();
        let (start, end) = self.range;
        let (mut now, end) = (start.max(-5000) + self.last(), end.min(0) + self.last());
        let mut rows = Vec::new();
        while now < end {
            let found = archives.iter().filter_map(|(length, held)| {
                let row_end = (now.unsigned_abs() / length + 1) * length;
                let row = held.get(&row_end.cast_signed());
                let row = row.filter(|_| row_end.cast_signed() <= end)?;
                Some((row_end.cast_signed(), *length, row.clone()))
            });
            let best = found.min_by_key(|(_, length, _)| {
                (*length > self.resolution, length.abs_diff(self.resolution))
            });
            now = best.as_ref().map_or(now + 1, |(row_end, ..)| *row_end);
            rows.extend(best);
        }
        rows
    }
}

/// All rows of an archive by their ends.
fn held(reader: &RrdReader, archive: usize) -> BTreeMap<i64, Vec<u64>> {
    let last = reader.last_update().seconds();
    let mut rows = BTreeMap::new();
    let range = TimeRange::from_seconds(last - 5000, last + 100);
    reader
        .scan(archive, range, |part| {
            rows.extend(part.kept_rows().map(|(end, values)| (end.seconds(), bits(values))));
        })
        .unwrap();
    rows
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn rows_of(block: &Series) -> Vec<Row> {
    assert_eq!((block.before(), block.after()), (0, 0));
    assert!((1..=4096).contains(&block.len()));
    let row =
        |(end, values): (Timestamp, &[f64])| (end.seconds(), block.step().seconds(), bits(values));
    block.kept_rows().map(row).collect()
}

/// All rows of a joined read, or why there are none.
fn joined(reader: &RrdReader, request: &FetchRequest) -> Result<Vec<Row>, FetchError> {
    let blocks = reader.joined(request)?.collect::<Result<Vec<_>, _>>()?;
    Ok(blocks.iter().flat_map(rows_of).collect())
}

fn joined_in_store(store: &Store, request: &FetchRequest) -> Result<Vec<Row>, StoreError> {
    let blocks = store.joined("x.rrd", request)?.collect::<Result<Vec<_>, _>>()?;
    Ok(blocks.iter().flat_map(rows_of).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_part_of_a_range_comes_from_the_best_archive_that_has_it(case in cases()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.rrd");
        let start = Timestamp::from_seconds(START);
        Rrd::create(&path, &case.schema(), start).unwrap().update_batch(&case.samples()).unwrap();
        let reader = RrdReader::open(&path).unwrap();
        match joined(&reader, &case.request()) {
            Ok(rows) => {
                prop_assert_eq!(&rows, &case.model(&reader));
                prop_assert!(rows.is_sorted_by(|before, after| before.0 < after.0));
            }
            Err(FetchError::NoArchive { function }) => {
                prop_assert_eq!(function, case.function);
                let answers = |ring: &Ring| ring.points == 1 || ring.function == function;
                prop_assert!(!case.rings.iter().any(answers));
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn a_store_joins_the_same_rows_before_and_after_they_are_in_the_file(
        (case, written) in cases().prop_flat_map(|case| (0..=case.samples.len()).prop_map(move |written| (case.clone(), written)))
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), StoreOptions::new().segment_size(64 << 10)).unwrap();
        let start = Timestamp::from_seconds(START);
        store.create("x.rrd", &case.schema(), start, CreateOptions::default()).unwrap();
        let samples = case.samples();
        store.update_batch("x.rrd", &samples[..written]).unwrap();
        store.flush_all();
        store.update_batch("x.rrd", &samples[written..]).unwrap();
        prop_assert_eq!(store.unwritten("x.rrd"), (samples.len() - written) as u64);
        let before = joined_in_store(&store, &case.request());
        store.flush_all();
        let after = joined_in_store(&store, &case.request());
        let reader = RrdReader::open(folder.path().join("x.rrd")).unwrap();
        let direct = joined(&reader, &case.request());
        match (before, after, direct) {
            (Ok(before), Ok(after), Ok(direct)) => {
                prop_assert_eq!(&before, &direct);
                prop_assert_eq!(&after, &direct);
            }
            (before, after, direct) => {
                let refused = |error: StoreError| matches!(error, StoreError::Fetch(FetchError::NoArchive { .. }));
                prop_assert!(before.is_err_and(refused) && after.is_err_and(refused) && direct.is_err());
            }
        }
    }
}

/// A file of ten thousand one-second rows and a thousand one-minute rows, each with the second of
/// its middle as its value.
fn long_file(folder: &Path) -> Rrd {
    let schema = Schema::builder(Step::from_seconds(1).unwrap())
        .gauge("a", Heartbeat::from_seconds(10))
        .average(0.5, 1, 10_000)
        .average(0.5, 60, 1000)
        .build()
        .unwrap();
    let start = Timestamp::from_seconds(START - START % 60);
    let mut rrd = Rrd::create(folder.join("x.rrd"), &schema, start).unwrap();
    advance(&mut rrd, 15_000);
    rrd
}

fn number(seconds: i64) -> f64 {
    f64::from(i32::try_from(seconds).unwrap())
}

fn advance(rrd: &mut Rrd, seconds: i64) {
    let last = rrd.last_update().seconds();
    let sample = |end: i64| {
        let middle = Reading::Number(number(end - START) - 0.5);
        Sample::new(Timestamp::from_seconds(end), [middle])
    };
    rrd.update_batch(&(last + 1..=last + seconds).map(sample).collect::<Vec<_>>()).unwrap();
}

#[test]
fn a_ring_that_moves_between_two_blocks_gives_no_wrong_row_and_loses_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut rrd = long_file(folder.path());
    let reader = RrdReader::open(rrd.path()).unwrap();
    let first = START - START % 60;
    let range = TimeRange::from_seconds(first, first + 20_000);
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let (mut now, mut lengths) = (first, Vec::new());
    for block in reader.joined(&request).unwrap() {
        let block = block.unwrap();
        let length = block.step().seconds().cast_signed();
        // The first minute may have begun before.
        now -= (now - first) % length;
        for (end, values) in block.kept_rows() {
            now += length;
            assert_eq!(end.seconds(), now);
            let middle = number(now - START) - number(length) / 2.0;
            assert!((values[0] - middle).abs() < 1e-6, "{now}: {} is not {middle}", values[0]);
        }
        lengths.push((length, block.len()));
        if lengths.len() == 2 {
            // The rest of the one-second rows of now is dropped.
            advance(&mut rrd, 10_001);
        }
    }
    assert_eq!(now, first + 20_000);
    // 5,040 s in minutes, 4,096 s; then the ring begins at 15,001 s.
    assert_eq!(lengths, [(60, 84), (1, 4096), (60, 99), (1, 4096), (1, 844)]);
}

#[test]
fn a_range_of_all_time_is_what_the_archives_hold() {
    let folder = tempfile::tempdir().unwrap();
    let rrd = long_file(folder.path());
    let reader = RrdReader::open(rrd.path()).unwrap();
    let rows = |start, end| {
        let range = TimeRange::from_seconds(start, end);
        joined(&reader, &FetchRequest::new(ConsolidationFunction::Average, range)).unwrap()
    };
    let all = rows(i64::MIN, i64::MAX);
    let (first, last) = (START - START % 60, reader.last_update().seconds());
    assert_eq!(all, rows(first - 60_000, last));
    // 834 minutes until the second 5,040, then seconds.
    assert_eq!(all.len(), 834 + 9960);
    assert_eq!(all.last().map(|(end, ..)| *end), Some(last));
    for (start, end) in
        [(i64::MAX, i64::MAX), (i64::MIN, i64::MIN), (i64::MAX, i64::MIN), (last, first)]
    {
        assert_eq!(rows(start, end), []);
    }
}

#[test]
fn a_function_without_an_archive_and_a_file_that_is_not_there_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let rrd = long_file(folder.path());
    let request = FetchRequest::new(
        ConsolidationFunction::HwPredict,
        TimeRange::from_seconds(START, START + 1),
    );
    let reader = RrdReader::open(rrd.path()).unwrap();
    let refused = reader.joined(&request).err().unwrap();
    assert_eq!(refused.to_string(), "the database has no archive of HWPREDICT");
    let store = Store::open(folder.path(), StoreOptions::new()).unwrap();
    let refused = store.joined("y.rrd", &request).err().unwrap();
    assert!(refused.is_not_found(), "{refused}");
    let refused = store.joined("../x.rrd", &request).err().unwrap();
    assert!(matches!(refused, StoreError::Name { .. }), "{refused}");
}
