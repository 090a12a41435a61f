//! How the bytes of a file are read: by position whatever happens to it, or through a map.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rrd_core::{
    Access, ConsolidationFunction, FetchError, FetchRequest, Heartbeat, ReadOptions, Rrd,
    RrdReader, Sample, Schema, Step, TimeRange, Timestamp,
};

use crate::trials::SmallDisk;

const START: i64 = 1_600_000_000;
const ROWS: i64 = 2_000;

/// A file with a row for each second, whose two sources are the second and its negative.
fn create(folder: &Path) -> Rrd {
    let heartbeat = Heartbeat::from_seconds(60);
    let schema = Schema::builder(Step::from_seconds(1).expect("positive"))
        .gauge("a", heartbeat)
        .gauge("b", heartbeat)
        .average(0.5, 1, ROWS.unsigned_abs())
        .max(0.5, 10, 50)
        .build()
        .expect("a shape");
    Rrd::create(folder.join("x.rrd"), &schema, Timestamp::from_seconds(START)).expect("created")
}

fn advance(rrd: &mut Rrd, seconds: std::ops::RangeInclusive<i64>) {
    let sample =
        |second: i64| Sample::new(Timestamp::from_seconds(START + second), [second, -second]);
    rrd.update_batch(&seconds.map(sample).collect::<Vec<_>>()).expect("updated");
}

fn mapped(path: &Path) -> RrdReader {
    let options = ReadOptions::new().access(Access::Mapped);
    RrdReader::open_with(path, options).expect("opened")
}

fn request(start: i64, end: i64) -> FetchRequest {
    let range = TimeRange::from_seconds(START + start, START + end);
    FetchRequest::new(ConsolidationFunction::Average, range)
}

type Rows = Vec<(i64, Vec<u64>)>;

fn rows<'a>(rows: impl Iterator<Item = (Timestamp, &'a [f64])>) -> Rows {
    rows.map(|(end, row)| (end.seconds(), row.iter().map(|value| value.to_bits()).collect()))
        .collect()
}

fn fetched(reader: &RrdReader, start: i64, end: i64) -> Rows {
    rows(reader.fetch(&request(start, end)).expect("rows").rows())
}

fn scanned(reader: &RrdReader, start: i64, end: i64) -> Rows {
    let mut found = Vec::new();
    let range = TimeRange::from_seconds(START + start, START + end);
    reader.scan(0, range, |part| found.extend(rows(part.rows()))).expect("rows");
    found
}

#[test]
fn a_mapped_file_has_the_rows_of_one_that_is_read_by_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rrd = create(folder.path());
    let readers = [RrdReader::open(rrd.path()).expect("opened"), mapped(rrd.path())];
    assert_eq!(readers.each_ref().map(RrdReader::access), [Access::Position, Access::Mapped]);
    let mut last = 0;
    for seconds in [1, 500, 1_400, 300, 1_999, 5, 4_000] {
        advance(&mut rrd, last + 1..=last + seconds);
        last += seconds;
        for (start, end) in [(-50, 9_000), (last - ROWS + 3, last - 7), (last - 1, last - 1)] {
            let [position, map] = readers.each_ref().map(|reader| fetched(reader, start, end));
            assert_eq!(map, position, "{start} to {end} of {last}");
            let [position, map] = readers.each_ref().map(|reader| scanned(reader, start, end));
            assert_eq!(map, position, "{start} to {end} of {last}");
            assert_eq!(map, fetched(&readers[0], start, end));
        }
        let mut one = [[0.0; 20]; 2];
        for (reader, values) in readers.iter().zip(&mut one) {
            assert_eq!(reader.read_rows(1, 3, values).expect("rows"), 10);
        }
        assert_eq!(one[0].map(f64::to_bits), one[1].map(f64::to_bits));
    }
}

#[test]
fn a_mapped_reader_sees_whole_states_beside_a_writer_at_full_rate() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rrd = create(folder.path());
    advance(&mut rrd, 1..=100);
    let reader = mapped(rrd.path());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut fetches = 0;
            while !done.load(Ordering::Relaxed) || fetches == 0 {
                let series = reader.fetch(&request(0, 10_000)).expect("rows");
                for (end, row) in series.kept_rows().filter(|(_, row)| !row[0].is_nan()) {
                    let second = i32::try_from(end.seconds() - START).expect("small");
                    assert_eq!(row, [f64::from(second), -f64::from(second)]);
                }
                fetches += 1;
            }
        });
        for second in 101..=5_000 {
            advance(&mut rrd, second..=second);
        }
        done.store(true, Ordering::Relaxed);
        reading.join().expect("all rows are right");
    });
}

#[test]
fn a_file_with_holes_is_read_by_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = sparse(folder.path());
    let reader = mapped(&path);
    assert_eq!(reader.access(), Access::Position);
    assert_eq!(reader.fetch(&request(-10, 0)).expect("rows").kept(), [0.0; 20]);
}

/// A file whose rows have no space on the disk.
fn sparse(folder: &Path) -> PathBuf {
    let path = folder.join("x.rrd");
    drop(create(folder));
    let header = RrdReader::open(&path).expect("opened").header_size();
    let whole = std::fs::read(&path).expect("bytes");
    let file = std::fs::File::create(&path).expect("a file");
    let head = usize::try_from(header).expect("small");
    std::io::Write::write_all(&mut &file, &whole[..head]).expect("written");
    file.set_len(u64::try_from(whole.len()).expect("small")).expect("a sparse file");
    path
}

#[test]
fn a_sparse_file_on_a_full_disk_reads_as_zeros() {
    let Some(disk) = SmallDisk::mount() else { return };
    let path = sparse(disk.folder());
    disk.fill();
    for reader in [RrdReader::open(&path).expect("opened"), mapped(&path)] {
        assert_eq!(reader.access(), Access::Position);
        let series = reader.fetch(&request(-ROWS, -1)).expect("rows");
        assert!(series.kept().iter().all(|value| value.to_bits() == 0));
        assert_eq!(series.kept().len(), 2 * usize::try_from(ROWS).expect("small"));
    }
}

#[test]
fn a_file_that_is_cut_or_copied_over_while_it_is_read_gives_rows_or_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rrd = create(folder.path());
    advance(&mut rrd, 1..=ROWS);
    let (path, whole) = (rrd.path(), std::fs::read(rrd.path()).expect("bytes"));
    let other = tempfile::tempdir().expect("a folder");
    let mut shorter = create(other.path());
    advance(&mut shorter, 1..=10);
    let other = std::fs::read(shorter.path()).expect("bytes");
    let reader = RrdReader::open(path).expect("opened");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut good, mut bad) = (0, 0);
            while !done.load(Ordering::Relaxed) || good == 0 {
                match reader.fetch(&request(0, ROWS)) {
                    Ok(_) => good += 1,
                    Err(FetchError::Read { .. } | FetchError::Open(_)) => bad += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            (good, bad)
        });
        let file = std::fs::File::options().write(true).open(path).expect("a file");
        for length in (0..whole.len()).rev().step_by(97) {
            file.set_len(u64::try_from(length).expect("small")).expect("cut");
            std::fs::write(path, if length % 2 == 0 { &whole } else { &other }).expect("written");
        }
        std::fs::write(path, &whole).expect("written");
        done.store(true, Ordering::Relaxed);
        reading.join().expect("no signal and no other error");
    });
    assert_eq!(fetched(&reader, 0, ROWS).len(), usize::try_from(ROWS).expect("small") + 1);
}

#[test]
fn a_mapped_file_that_is_shorter_than_before_is_read_by_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rrd = create(folder.path());
    advance(&mut rrd, 1..=ROWS);
    let (path, whole) = (rrd.path(), std::fs::read(rrd.path()).expect("bytes"));
    let reader = mapped(path);
    assert_eq!(reader.access(), Access::Mapped);
    let before = fetched(&reader, 0, ROWS);
    for length in [whole.len() - 8, whole.len() / 2, 600, 0] {
        let file = std::fs::File::options().write(true).open(path).expect("a file");
        file.set_len(u64::try_from(length).expect("small")).expect("cut");
        let refused = reader.fetch(&request(0, ROWS));
        let is_refused = matches!(refused, Err(FetchError::Read { .. } | FetchError::Open(_)));
        // The last row belongs to another archive.
        assert!(is_refused || length == whole.len() - 8, "{length}: {refused:?}");
        std::fs::write(path, &whole).expect("written");
        assert_eq!(fetched(&reader, 0, ROWS), before);
    }
}
