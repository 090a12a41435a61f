//! Invalid files: each out-of-range field is refused with its name, value and offset; salvage
//! recovers what can be recovered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, Finding, HeadError, Heartbeat, OpenError,
    Overwrite, Rrd, RrdReader, Sample, Schema, Season, Step, TimeRange, Timestamp, check, salvage,
};

use crate::errors::chain;

const START: i64 = 1_000_000_000;
const SOURCES: usize = 128;
const ARCHIVES: usize = SOURCES + 2 * 120;
/// AVERAGE, then a forecast with its four companions.
const LIVE: usize = ARCHIVES + 6 * 120;
const PDPS: usize = LIVE + 16;
const POINTERS: usize = PDPS + 2 * 112 + 12 * 80;
const ROWS: usize = POINTERS + 6 * 8;

/// A file with two sources and six archives, with some updates.
fn healthy(folder: &Path) -> PathBuf {
    let path = folder.join("x.rrd");
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("level", Heartbeat::from_seconds(25))
        .gauge("other", Heartbeat::from_seconds(25))
        .average(0.5, 2, 20)
        .forecast(Season::Multiplicative, 40, 0.1, 0.003, 12)
        .build()
        .expect("a schema");
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    for number in 1..60_i64 {
        let at = Timestamp::from_seconds(START + number * 10);
        rrd.update(&Sample::new(at, [number, -number])).expect("updated");
    }
    path
}

/// Opens for reading and for writing and checks; all must report the same.
fn fault(path: &Path) -> HeadError {
    let read = RrdReader::open(path).expect_err("refused for reading");
    let written = Rrd::open(path).expect_err("refused for writing");
    let findings = check(path);
    assert_eq!(read.to_string(), written.to_string());
    match (read, &findings[..]) {
        (
            OpenError::Head { fault, .. },
            [Finding::Unreadable(OpenError::Head { fault: found, .. })],
        ) => {
            assert_eq!(fault, *found);
            fault
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_impossible_field_is_named_with_its_value_and_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    assert!(check(&path).is_empty());
    let count = |value: u64| value.to_le_bytes().to_vec();
    let double = |value: f64| value.to_le_bytes().to_vec();
    let slot = |archive: usize, number: usize| ARCHIVES + archive * 120 + 40 + number * 8;
    let beyond = i64::MAX.cast_unsigned();
    let rows = |archive: usize| ARCHIVES + archive * 120 + 24;
    let cases = [
        (24, count(0), "ds_cnt", "0"),
        (32, count(0), "rra_cnt", "0"),
        (40, count(0), "pdp_step", "0"),
        (40, count(u64::MAX), "pdp_step", "18446744073709551615"),
        (SOURCES, b"\0".to_vec(), "ds[0].name", "''"),
        (SOURCES, b"a\x1bb\0".to_vec(), "ds[0].name", "'a\u{1b}b'"),
        (SOURCES, vec![b'x'; 20], "ds[0].name", "'xxxxxxxxxxxxxxxxxxxx'"),
        (SOURCES + 120 + 20, vec![0xff; 20], "ds[1].type", ""),
        (rows(0), count(0), "rra[0].rows", "0"),
        (rows(0), count(beyond), "the sum of all rra[].rows", ""),
        (rows(0) + 8, count(0), "rra[0].pdp_per_row", "0"),
        (rows(0) + 8, count(beyond), "rra[0].pdp_per_row", "9223372036854775807"),
        (rows(1) + 8, count(2), "rra[1].pdp_per_row", "2"),
        (slot(1, 3), count(6), "rra[1].dependent_rra_idx", "6"),
        (slot(2, 3), count(u64::MAX), "rra[2].dependent_rra_idx", "18446744073709551615"),
        (slot(2, 2), double(1.5), "rra[2].smoothing_window", "1.5"),
        (slot(3, 2), double(f64::NAN), "rra[3].smoothing_window", "NaN"),
        (slot(5, 4), count(0), "rra[5].window_length", "0"),
        (slot(5, 4), count(29), "rra[5].window_length", "29"),
        (slot(5, 5), count(29), "rra[5].failure_threshold", "29"),
        (LIVE, count(u64::MAX / 2), "last_up", "9223372036854775807"),
        (LIVE + 8, count(1_000_000), "last_up_usec", "1000000"),
        (LIVE + 8, count(u64::MAX), "last_up_usec", "-1"),
        (PDPS + 112, vec![b'1'; 30], "ds[1].last_ds", ""),
        (POINTERS, count(20), "rra[0].cur_row", "20"),
        (POINTERS + 40, count(u64::MAX), "rra[5].cur_row", "18446744073709551615"),
    ];
    for (at, bytes, name, wanted) in cases {
        let mut damaged = whole.clone();
        damaged[at..at + bytes.len()].copy_from_slice(&bytes);
        std::fs::write(&path, &damaged).expect("written");
        match fault(&path) {
            HeadError::Field { field, value, offset, .. } => {
                assert_eq!((field.as_str(), offset), (name, u64::try_from(at).expect("small")));
                assert!(wanted.is_empty() || value == wanted, "{name}: {value}");
            }
            other => panic!("{name}: {other:?}"),
        }
        assert!(std::fs::read(&path).expect("bytes") == damaged, "{name}: nothing is written");
    }
    let cases: [(usize, &[u8], &str); 6] = [
        (
            0,
            b"RRX\0",
            "'x.rrd' is not a valid database: the file does not begin as an RRD file does",
        ),
        (
            16,
            &[0; 8],
            "'x.rrd' is not a valid database: the bytes at 16 are those of no known machine",
        ),
        (
            4,
            b"0006\0",
            "'x.rrd' is not a valid database: the version is '0006' at byte 4, but must be 0001 to 0005",
        ),
        (
            4,
            b"abcd\0",
            "'x.rrd' is not a valid database: the version is 'abcd' at byte 4, but must be 0001 to 0005",
        ),
        (
            SOURCES + 20,
            b"FOOBAR\0",
            "'x.rrd' is not a valid database: ds[0].type is 'FOOBAR' at byte 148, which is not a type",
        ),
        (
            ARCHIVES,
            b"FOOBAR\0",
            "'x.rrd' is not a valid database: rra[0].cf is 'FOOBAR' at byte 368, which is not a function",
        ),
    ];
    for (at, bytes, message) in cases {
        let mut damaged = whole.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        std::fs::write(&path, &damaged).expect("written");
        let error = chain(&RrdReader::open(&path).expect_err("refused"));
        assert_eq!(error.replace(path.to_str().expect("text"), "x.rrd"), message);
        fault(&path);
    }
}

/// A definition that cannot be: its bytes, its field, its value.
type Definition = (usize, Vec<u8>, &'static str, &'static str);

/// Every definition of the healthy file that can be read but cannot be.
fn impossible_definitions() -> Vec<Definition> {
    let count = |value: u64| value.to_le_bytes().to_vec();
    let double = |value: f64| value.to_le_bytes().to_vec();
    let slot = |archive: usize, number: usize| ARCHIVES + archive * 120 + 40 + number * 8;
    let mut cases: Vec<Definition> = vec![
        (SOURCES + 120, b"level\0".to_vec(), "ds[1].name", "'level'"),
        (slot(0, 0), double(1.5), "rra[0].xff", "1.5"),
        (slot(0, 0), double(-0.5), "rra[0].xff", "-0.5"),
        (slot(0, 0), double(f64::INFINITY), "rra[0].xff", "inf"),
        (slot(1, 4), count(u64::MAX), "rra[1].season_length", "NaN"),
        (slot(1, 4), double(-12.0), "rra[1].season_length", "-12"),
        (slot(1, 4), double(f64::INFINITY), "rra[1].season_length", "inf"),
        (slot(1, 4), double(0.5), "rra[1].season_length", "0.5"),
    ];
    for archive in [2, 3] {
        let field = |fields: [&'static str; 2]| fields[archive - 2];
        let index = field(["rra[2].seasonal_smooth_idx", "rra[3].seasonal_smooth_idx"]);
        let gamma = field(["rra[2].gamma", "rra[3].gamma"]);
        cases.push((slot(archive, 4), count(12), index, "12"));
        cases.push((slot(archive, 4), count(u64::MAX), index, "18446744073709551615"));
        cases.push((slot(archive, 1), double(-0.1), gamma, "-0.1"));
        cases.push((slot(archive, 1), double(f64::NAN), gamma, "NaN"));
    }
    for (value, text) in [(-1.0, "-1"), (1.5, "1.5"), (f64::NAN, "NaN")] {
        cases.push((slot(1, 1), double(value), "rra[1].alpha", text));
    }
    for (value, text) in [(-0.1, "-0.1"), (1.1, "1.1"), (f64::NAN, "NaN")] {
        cases.push((slot(1, 2), double(value), "rra[1].beta", text));
    }
    for (number, field) in [(1, "rra[5].delta_pos"), (2, "rra[5].delta_neg")] {
        for (value, text) in [(-1.0, "-1"), (f64::INFINITY, "inf"), (f64::NAN, "NaN")] {
            cases.push((slot(5, number), double(value), field, text));
        }
    }
    cases
}

#[test]
fn a_definition_that_cannot_be_is_named_refused_by_writers_and_does_not_hide_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    let wanted = values(&path);
    for (at, bytes, name, text) in impossible_definitions() {
        let mut damaged = whole.clone();
        damaged[at..at + bytes.len()].copy_from_slice(&bytes);
        std::fs::write(&path, &damaged).expect("written");
        let offset = u64::try_from(at).expect("small");
        let fault = match Rrd::open(&path) {
            Err(OpenError::Head { fault, .. }) => fault,
            other => panic!("{name}: {other:?}"),
        };
        match &fault {
            HeadError::Field { field, value, offset: found, .. } => {
                assert_eq!((field.as_str(), value.as_str(), *found), (name, text, offset));
            }
            other => panic!("{name}: {other:?}"),
        }
        match &check(&path)[..] {
            [found @ Finding::Unwritable(OpenError::Head { fault: named, .. })] => {
                assert_eq!(*named, fault);
                assert!(found.is_damage());
                let begin = format!(
                    "impossible field: '{}': {name} is {text} at byte {at}, ",
                    path.display()
                );
                assert!(found.to_string().starts_with(&begin), "{found}");
            }
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(values(&path), wanted, "{name}: the rows can be read");
        let saved = folder.path().join("saved.rrd");
        let report = salvage(&path, &saved, Overwrite::Yes).expect("saved");
        assert_eq!(report.repairs.len(), 1, "{name}: {:?}", report.repairs);
        assert_eq!(report.lost_values, 0);
        assert!(check(&saved).is_empty(), "{name}");
        Rrd::open(&saved).expect("writable");
        assert_eq!(values(&saved), wanted, "{name}");
        assert!(std::fs::read(&path).expect("bytes") == damaged, "{name}: nothing is written");
    }
}

#[test]
fn what_rrdtool_leaves_in_a_definition_is_no_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    let slot = |archive: usize, number: usize| ARCHIVES + archive * 120 + 40 + number * 8;
    for (at, value, what) in [
        (slot(0, 0), f64::NAN, "an xfiles factor that was not a number"),
        (slot(0, 0), 1.0, "an xfiles factor of 1"),
        (slot(1, 4), 0.0, "a season after a restore"),
        (slot(1, 1), 1.0, "a rate that a dump has rounded up"),
        (slot(2, 1), 0.0, "a rate that a dump has rounded down"),
        (slot(1, 2), 0.0, "a slope that does not adapt"),
        (slot(1, 2), 1.0, "a slope that adapts at once"),
        (slot(5, 1), 0.0, "a deviation that was not a number"),
    ] {
        let mut changed = whole.clone();
        changed[at..at + 8].copy_from_slice(&value.to_le_bytes());
        std::fs::write(&path, &changed).expect("written");
        assert!(check(&path).is_empty(), "{what}: {:?}", check(&path));
        let mut rrd = Rrd::open(&path).expect("writable");
        let at = Timestamp::from_seconds(START + 600);
        rrd.update(&Sample::new(at, [1, 2])).expect("updated");
        drop(rrd);
    }
}

#[test]
fn an_expression_without_a_value_is_named_and_refused_by_writers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("level", Heartbeat::from_seconds(25))
        .compute("twice", "level,2,*")
        .average(0.5, 1, 20)
        .build()
        .expect("a schema");
    Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    let mut damaged = std::fs::read(&path).expect("bytes");
    // The second node: an addition in place of the number.
    damaged[SOURCES + 120 + 44] = 8;
    std::fs::write(&path, &damaged).expect("written");
    let message = "ds[1].cdef at byte 288 never has a value: an operator needs more values than the expression has put on the stack";
    let refused = Rrd::open(&path).expect_err("refused");
    assert_eq!(chain(&refused), format!("'{}' is not a valid database: {message}", path.display()));
    let findings = check(&path).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(findings, [format!("impossible field: '{}': {message}", path.display())]);
    RrdReader::open(&path).expect("readable");
}

/// More sources than a search through all of them for each bears.
const MANY: usize = 20_000;

#[test]
fn many_sources_of_one_name_are_found_and_renamed_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, saved) = (folder.path().join("x.rrd"), folder.path().join("saved.rrd"));
    let mut builder = Schema::builder(Step::from_seconds(10).expect("positive"));
    for number in 0..MANY {
        builder = builder.gauge(&format!("s{number}"), Heartbeat::from_seconds(25));
    }
    let schema = builder.average(0.5, 1, 1).build().expect("a schema");
    Rrd::create(&path, &schema, Timestamp::from_seconds(START)).expect("created");
    let mut bytes = std::fs::read(&path).expect("bytes");
    for number in 0..MANY {
        let at = SOURCES + number * 120;
        // The last takes the name that the second would get.
        let name: &[u8] = if number == MANY - 1 { b"ds1\0" } else { b"same\0" };
        bytes[at..at + name.len()].copy_from_slice(name);
    }
    std::fs::write(&path, &bytes).expect("written");
    assert_eq!(check(&path).len(), 1000, "the most that are listed");
    Rrd::open(&path).expect_err("refused");
    salvage(&path, &saved, Overwrite::No).expect("saved");
    assert!(check(&saved).is_empty(), "{:?}", check(&saved)[0]);
    let found = RrdReader::open(&saved).expect("readable").schema().clone();
    let names = [0, 1, 2, MANY - 1].map(|index| found.sources()[index].name.as_str().to_owned());
    assert_eq!(names, ["same", "ds1", "ds2", "ds19999"]);
}

#[test]
fn any_value_in_any_word_of_a_head_is_refused_or_harmless() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    let words = [0, 1, u64::MAX, i64::MAX.cast_unsigned(), 1 << 60, 1 << 32, f64::NAN.to_bits()];
    for at in (24..ROWS).step_by(8) {
        for word in words {
            let mut changed = whole.clone();
            changed[at..at + 8].copy_from_slice(&word.to_le_bytes());
            std::fs::write(&path, &changed).expect("written");
            check(&path);
            let Ok(mut rrd) = Rrd::open(&path) else { continue };
            let last = rrd.last_update().seconds();
            for seconds in [1, 15, 95, 1000] {
                let at = Timestamp::from_seconds(last.saturating_add(seconds));
                let _ = rrd.update(&Sample::new(at, [seconds, -seconds]));
            }
        }
    }
}

#[test]
fn a_check_names_every_impossible_field_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let mut damaged = std::fs::read(&path).expect("bytes");
    let mut put = |at: usize, bytes: &[u8]| damaged[at..at + bytes.len()].copy_from_slice(bytes);
    let slot = |archive: usize, number: usize| ARCHIVES + archive * 120 + 40 + number * 8;
    let rows = |archive: usize| ARCHIVES + archive * 120 + 24;
    let nothing = [0; 8];
    let everything = [0xff; 8];
    put(40, &nothing);
    put(SOURCES, b"\0");
    put(SOURCES + 20, b"FOOBAR\0");
    put(SOURCES + 120 + 20, &[0xff; 20]);
    put(ARCHIVES, b"BARFOO\0");
    put(rows(0), &nothing);
    put(rows(0) + 8, &nothing);
    put(slot(1, 3), &everything);
    put(slot(2, 2), &1.5_f64.to_le_bytes());
    put(slot(5, 4), &nothing);
    put(slot(5, 5), &everything);
    put(LIVE, &(u64::MAX / 2).to_le_bytes());
    put(LIVE + 8, &everything);
    put(PDPS, &[b'1'; 30]);
    // Without rows the current row of an archive cannot be valid either.
    put(POINTERS, &everything);
    put(POINTERS + 40, &everything);
    std::fs::write(&path, &damaged).expect("written");
    let told = check(&path).iter().map(ToString::to_string).collect::<Vec<_>>();
    let name = path.display();
    let field = |what: &str| format!("impossible field: '{name}': {what}");
    let wanted = [
        field("pdp_step is 0 at byte 40, but must be 1 to 2^60 seconds"),
        field("ds[0].name is '' at byte 128, but must be 1 to 19 printable characters"),
        field("ds[0].type is 'FOOBAR' at byte 148"),
        field(&format!(
            "ds[1].type is '{}' at byte 268, but must be UTF-8 text that ends in its field",
            "\\xff".repeat(20)
        )),
        field("rra[0].cf is 'BARFOO' at byte 368"),
        field("rra[0].rows is 0 at byte 392, but must be at least 1"),
        field("rra[0].pdp_per_row is 0 at byte 400, but must be at least 1 and below 2^60 seconds"),
        field(
            "rra[1].dependent_rra_idx is 18446744073709551615 at byte 552, but must be below the number of archives",
        ),
        field("rra[2].smoothing_window is 1.5 at byte 664, but must be 0 to 1"),
        field("rra[5].window_length is 0 at byte 1040, but must be 1 to 28"),
        field("rra[5].failure_threshold is 18446744073709551615 at byte 1048, but must be 1 to 28"),
        field(
            "ds[0].last_ds is '111111111111111111111111111111' at byte 1104, but must be text that ends in its field",
        ),
        field(
            "rra[5].cur_row is 18446744073709551615 at byte 2328, but must be below the number of rows",
        ),
        field(
            "last_up is 9223372036854775807 at byte 1088, but must be within 2^60 seconds of 1970",
        ),
        field("last_up_usec is -1 at byte 1096, but must be 0 to 999999"),
    ];
    assert_eq!(told, wanted);
    // Everything else refuses the file for the first of them.
    let refused = RrdReader::open(&path).expect_err("refused");
    assert_eq!(Finding::Unreadable(refused).to_string(), wanted[0]);
    assert!(std::fs::read(&path).expect("bytes") == damaged, "nothing is written");
}

#[test]
fn a_file_cut_anywhere_is_truncated_not_a_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    for length in (1..whole.len()).step_by(13).chain([127, 128, ROWS - 1, ROWS, whole.len() - 1]) {
        std::fs::write(&path, &whole[..length]).expect("written");
        let found = u64::try_from(length).expect("small");
        match fault(&path) {
            HeadError::Truncated { length, needed, .. } => {
                assert!(
                    length == found
                        && needed > found
                        && length < u64::try_from(ROWS).expect("small"),
                    "{found}"
                );
            }
            HeadError::TooShort { length, needed } => {
                assert_eq!((length, needed), (found, u64::try_from(whole.len()).expect("small")));
                assert!(length >= u64::try_from(ROWS).expect("small"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn counts_that_ask_for_more_than_there_is_cost_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    for (sources, archives) in
        [(u64::MAX, 1), (1, u64::MAX), (1 << 61, 1 << 61), (1 << 20, 1 << 20)]
    {
        let mut damaged = whole.clone();
        damaged[24..32].copy_from_slice(&sources.to_le_bytes());
        damaged[32..40].copy_from_slice(&archives.to_le_bytes());
        std::fs::write(&path, &damaged).expect("written");
        // A count above 2^32 looks like the two counts of a 32-bit file.
        assert!(matches!(fault(&path), HeadError::Truncated { .. } | HeadError::Field { .. }));
        // The same with a length that would be sufficient: no memory is allocated for it.
        let file = std::fs::File::options().write(true).open(&path).expect("a file");
        if file.set_len(1 << 43).is_ok() {
            let found = fault(&path);
            assert!(!matches!(found, HeadError::TooShort { .. }), "{found:?}");
        }
    }
}

fn values(path: &Path) -> Vec<u64> {
    let range = TimeRange::from_seconds(START + 200, START + 580);
    let function = ConsolidationFunction::Average;
    let reader = RrdReader::open(path).expect("readable");
    let series = reader
        .fetch(&FetchRequest::new(function, range).resolution(Duration::from_secs(20)))
        .expect("rows");
    series.values().map(f64::to_bits).collect()
}

#[test]
fn what_can_be_saved_of_a_damaged_file_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let saved = folder.path().join("saved.rrd");
    let whole = std::fs::read(&path).expect("bytes");
    let wanted = values(&path);
    let mut damaged = whole.clone();
    damaged[LIVE + 8] = 0xff;
    damaged[LIVE + 15] = 0xff;
    damaged[PDPS..PDPS + 30].fill(b'9');
    damaged[SOURCES] = 0;
    damaged[POINTERS + 8..POINTERS + 16].fill(0xff);
    damaged.truncate(whole.len() - 20);
    std::fs::write(&path, &damaged).expect("written");
    let report = salvage(&path, &saved, Overwrite::No).expect("saved");
    assert_eq!(report.repairs.len(), 5, "{:?}", report.repairs);
    assert_eq!(report.lost_values, 3);
    assert!(report.repairs.iter().any(|line| line.starts_with("ds[0].name was '', now ds0")));
    assert!(check(&saved).is_empty());
    assert_eq!(values(&saved), wanted, "the rows of the healthy archive");
    assert!(std::fs::read(&path).expect("bytes") == damaged, "the damaged file is as it was");
    // A file has no meaning without its step.
    damaged[40..48].fill(0);
    std::fs::write(&path, &damaged).expect("written");
    let refused = salvage(&path, folder.path().join("none.rrd"), Overwrite::No);
    assert!(chain(&refused.expect_err("nothing to save")).contains("pdp_step is 0 at byte 40"));
    assert!(!folder.path().join("none.rrd").exists());
}

#[test]
fn new_files_honour_the_umask_and_links_stay_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = healthy(folder.path());
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").expect("written");
    assert_eq!(mode(&path), mode(&plain), "as any file of this process");
    let (target, link) = (folder.path().join("target.rrd"), folder.path().join("link.rrd"));
    std::fs::write(&target, "old").expect("written");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let schema = RrdReader::open(&path).expect("readable").schema().clone();
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    Rrd::create_with(&link, &schema, Timestamp::from_seconds(START), options).expect("created");
    assert!(link.symlink_metadata().expect("a link").is_symlink());
    let written = RrdReader::open(&target).expect("a database");
    assert_eq!(written.last_update(), Timestamp::from_seconds(START));
}
