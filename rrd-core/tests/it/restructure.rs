//! Changed databases: recorded changes of structure, refused changes that modify nothing, and
//! sizes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::{
    Change, Dump, Heartbeat, LastReading, Reading, Reshape, Resize, ResizeError, RowChange, Rrd,
    RrdReader, Sample, Schema, SchemaText, SourceName, Step, Timestamp, TuneError, TuneFileError,
    TuneOption, Tuning,
};

use crate::errors::chain;

use crate::against_rrdtool::rrdtool;
use crate::recorded::Recorded;

fn dump(path: &Path) -> String {
    let mut text = Vec::new();
    let reader = RrdReader::open(path).expect("a database");
    Dump::of(&reader).write_to(&mut text).expect("memory takes all");
    String::from_utf8(text).expect("dumps are text")
}

fn name(name: &str) -> SourceName {
    SourceName::new(name).expect("a legal name")
}

/// The database before the recorded changes.
fn recorded_base(folder: &Path) -> PathBuf {
    let path = folder.join("x.rrd");
    let mut text = SchemaText::new(Step::from_seconds(10).expect("a step"), "x.rrd");
    for argument in [
        "DS:a:GAUGE:20:0:100",
        "DS:b:COUNTER:30:U:U",
        "DS:c:COMPUTE:a,b,+",
        "RRA:AVERAGE:0.5:1:8",
        "RRA:MAX:0.5:3:5",
        "RRA:LAST:0.25:2:6",
    ] {
        text.argument(argument).expect("well formed");
    }
    let schema = text.finish().expect("a schema").schema;
    let start = Timestamp::from_seconds(1_000_000_000);
    let mut rrd = Rrd::create(&path, &schema, start).expect("created");
    for step in 1..=13_i64 {
        let at = Timestamp::from_seconds(1_000_000_003 + step * 10);
        let readings = [step * 3, step * step].map(|value| Reading::Integer(value.into()));
        rrd.update(&Sample::new(at, readings)).expect("updated");
    }
    path
}

/// The changes requested by an argument list of `tune` without options.
fn reshape(arguments: &str) -> Tuning {
    let start = Reshape::new();
    let reshape = arguments.split(' ').try_fold(start, Reshape::argument).expect("well formed");
    Tuning::new().reshape(reshape)
}

fn tune(path: &Path, tuning: &Tuning) -> Result<(), TuneFileError> {
    tuning.apply(&mut Rrd::open(path).expect("a database"))
}

#[test]
fn recorded_changes_of_shape_give_the_recorded_databases() {
    let recorded = Recorded::unpack();
    let cases = fs::read_to_string(recorded.folder().join("tune/structure/transcript.txt"))
        .expect("a transcript");
    let mut compared = 0;
    let mut arguments = "";
    for line in cases.lines() {
        if let Some(next) = line.strip_prefix("# tune ") {
            arguments = next;
        }
        let Some(file) =
            line.strip_prefix("$ rrdtool dump ").and_then(|rest| rest.split('>').nth(1))
        else {
            continue;
        };
        let removes_an_archive = ["DELRRA:0", "DELRRA:x", "RRA#0:=0", "RRA#0:-8", "RRA#0:-9"];
        if removes_an_archive.iter().any(|start| arguments.starts_with(start))
            || arguments == "DEL:a"
        {
            // RRDtool gives the archives after a removed one rows of their neighbours, and leaves a
            // computed data source with the index of a removed one.
            continue;
        }
        let expected =
            fs::read_to_string(recorded.folder().join("tune/structure").join(file.trim()))
                .expect("a dump");
        let folder = tempfile::tempdir().expect("a folder");
        let path = recorded_base(folder.path());
        tune(&path, &reshape(arguments)).unwrap_or_else(|error| panic!("{arguments}: {error}"));
        let found = dump(&path);
        for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
            // For a new archive RRDtool sets the current row to an arbitrary value; the smoothing
            // row of a season depends on the name of the file.
            let odd = ["<primary_value>", "<seasonal_smooth_idx>"];
            if arguments.contains("RRA:") && odd.iter().any(|odd| expected.contains(odd)) {
                continue;
            }
            assert_eq!(found, expected, "{arguments}, line {}", line + 1);
        }
        assert_eq!(found.lines().count(), expected.lines().count(), "{arguments}");
        compared += 1;
    }
    assert_eq!(compared, 23);
}

#[test]
fn archives_after_a_removed_one_keep_their_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recorded_base(folder.path());
    let before = dump(&path);
    tune(&path, &reshape("DELRRA:0")).expect("tuned");
    let after = dump(&path);
    let behind = |text: &str| text[text.find("<cf>MAX</cf>").expect("kept")..].to_owned();
    assert_eq!(behind(&after), behind(&before));
    assert!(!after.contains("AVERAGE"));
}

#[test]
fn numbers_of_companions_and_variables_follow_what_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("h.rrd");
    let schema = Schema::builder(Step::from_seconds(10).expect("a step"))
        .gauge("gone", Heartbeat::from_seconds(20))
        .gauge("a", Heartbeat::from_seconds(20))
        .average(0.5, 1, 4)
        .forecast(rrd_core::Season::Additive, 20, 0.1, 0.01, 5)
        .build()
        .expect("a schema");
    Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000)).expect("created");
    tune(&path, &reshape("DS:twice:COMPUTE:a,2,*")).expect("tuned");
    tune(&path, &reshape("DELRRA:0 DEL:gone")).expect("tuned");
    let text = dump(&path);
    assert!(text.contains("<cdef> a,2,* </cdef>"));
    let numbers: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("<dependent_rra_idx>"))
        .map(|rest| rest.split('<').next().unwrap_or_default())
        .collect();
    assert_eq!(numbers, ["1", "0", "0", "2", "2"]);
    let refused = |arguments| match tune(&path, &reshape(arguments)) {
        Err(TuneFileError::Tune(error)) => error,
        other => panic!("{arguments}: {other:?}"),
    };
    assert_eq!(refused("DELRRA:1"), TuneError::ArchiveInUse { archive: 1, user: 0 });
    let (name, user) = ("a".to_owned(), "twice".to_owned());
    assert_eq!(refused("DEL:a"), TuneError::SourceInUse { name, user });
    let step = Tuning::new()
        .reshape(Reshape::new().step(Duration::from_secs(5)).define("DS:b:GAUGE:9:U:U"));
    let error = tune(&path, &step).expect_err("forecasts");
    assert!(matches!(error, TuneFileError::Tune(TuneError::StepOfForecast { archive: 0 })));
}

#[test]
fn a_change_that_is_refused_leaves_every_byte_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recorded_base(folder.path());
    let before = fs::read(&path).expect("a file");
    let good = Change::Maximum { source: name("a"), value: 5.0 };
    for (bad, message) in [
        (Change::Maximum { source: name("zz"), value: 5.0 }, "unknown data source 'zz'"),
        (
            Change::Rename { source: name("a"), name: name("b") },
            "two data sources have the name 'b'",
        ),
        (Change::Gamma(0.5), "the database has no forecasting archive"),
        (Change::SmoothingWindow(0.5), "the database has no forecasting archive"),
        (Change::Alpha(0.5), "the database has no forecasting archive"),
        (Change::DeltaPositive(3.0), "the database has no FAILURES archive"),
        (Change::FailureWindow(29), "invalid count 29: expected 1 to 28"),
        (
            Change::Heartbeat { source: name("c"), heartbeat: Heartbeat::from_seconds(5) },
            "data source 'c' is computed from others: delete it and add another instead of changing it",
        ),
    ] {
        let error =
            tune(&path, &Tuning::new().change(good.clone()).change(bad)).expect_err(message);
        assert_eq!(chain(&error), message);
    }
    for (arguments, message) in [
        ("DS:a:GAUGE:20:0:1", "two data sources have the name 'a'"),
        ("DS:d:GAUGE:20:U", "invalid data source '20:U': expected MIN:MAX after the heartbeat"),
        ("RRA:FOO:1:1:1", "unknown consolidation function 'FOO'"),
        ("DEL:a DEL:b DEL:c", "a database has at least one data source"),
        ("DELRRA:0 DELRRA:1 DELRRA:2", "a database has at least one archive"),
    ] {
        let error = tune(&path, &reshape(arguments)).expect_err(message);
        assert_eq!(chain(&error), message);
    }
    for (seconds, works) in [(3, false), (10, false), (20, false), (5, true)] {
        let tuning = Tuning::new()
            .reshape(Reshape::new().step(Duration::from_secs(seconds)).rows(0, RowChange::Add(1)));
        assert_eq!(fs::read(&path).expect("a file"), before);
        assert_eq!(tune(&path, &tuning).is_ok(), works, "{seconds}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn options_change_what_they_name_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recorded_base(folder.path());
    let before = dump(&path);
    let mut tuning = Tuning::new();
    for (option, argument) in [
        (TuneOption::Heartbeat, "a:5m"),
        (TuneOption::Minimum, "a:U"),
        (TuneOption::Maximum, "b:5e3x"),
        (TuneOption::Rate, "a:DERIVE"),
        (TuneOption::Rename, "b:a_name_that_is_longer_than_19"),
    ] {
        tuning = tuning.change(Change::from_option(option, argument).expect("well formed"));
    }
    tune(&path, &tuning).expect("tuned");
    let after = dump(&path);
    let changed: Vec<_> = before
        .lines()
        .zip(after.lines())
        .filter(|(before, after)| before != after)
        .map(|(_, after)| after.trim())
        .collect();
    assert_eq!(
        changed,
        [
            "<type> DERIVE </type>",
            "<minimal_heartbeat>5</minimal_heartbeat>",
            "<min>NaN</min>",
            "<last_ds>UNKN</last_ds>",
            "<name> a_name_that_is_long </name>",
            "<max>5.0000000000e+03</max>",
            "<cdef> a,a_name_that_is_long,+ </cdef>",
        ]
    );
    let rrd = Rrd::open(&path).expect("a database");
    let forgotten = LastReading::of(&Reading::Text("UNKN".into()));
    assert_eq!(rrd.head().live.pdps[0].last_reading, forgotten);
}

#[test]
fn a_link_stays_a_link_and_permissions_stay_as_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let path = recorded_base(folder.path());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("allowed");
    let link = folder.path().join("link.rrd");
    symlink("x.rrd", &link).expect("a link");
    tune(&link, &reshape("DS:d:GAUGE:20:U:U")).expect("tuned");
    assert!(link.symlink_metadata().expect("a link").is_symlink());
    assert_eq!(RrdReader::open(&path).expect("a database").schema().sources().len(), 4);
    assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o7777, 0o640);
}

#[test]
fn a_resized_copy_keeps_the_newest_rows_wherever_they_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("y.rrd"), folder.path().join("resize.rrd"));
    let schema = Schema::builder(Step::from_seconds(10).expect("a step"))
        .gauge("a", Heartbeat::from_seconds(20))
        .average(0.5, 1, 5)
        .build()
        .expect("a schema");
    let values = |path: &Path| -> Vec<String> {
        let text = dump(path);
        let rows = text.lines().filter_map(|line| line.split("<v>").nth(1));
        rows.map(|value| value.split('<').next().unwrap_or_default().to_owned()).collect()
    };
    let start = 1_000_000_000;
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(start)).expect("created");
    for step in 1..=14 {
        let at = Timestamp::from_seconds(start + step * 10);
        rrd.update(&Sample::new(at, [Reading::Integer(step.into())])).expect("updated");
        if step < 5 {
            continue;
        }
        let reader = RrdReader::open(&path).expect("a database");
        let before = values(&path);
        for count in 1..=4 {
            Resize::Shrink(count).write(&reader, 0, &copy).expect("resized");
            assert_eq!(values(&copy), before[usize::try_from(count).expect("small")..]);
            Resize::Grow(count).write(&reader, 0, &copy).expect("resized");
            let grown = values(&copy);
            assert_eq!(grown[grown.len() - 5..], before);
            assert!(grown[..grown.len() - 5].iter().all(|value| value == "NaN"));
        }
        let error = Resize::Shrink(5).write(&reader, 0, &copy).expect_err("nothing would be left");
        assert!(matches!(error, ResizeError::TooFewRows { rows: 5, shrink: 5 }));
        let error = Resize::Grow(1).write(&reader, 1, &copy).expect_err("one archive");
        assert!(matches!(error, ResizeError::NoArchive { archive: 1 }));
    }
}

#[test]
fn rrdtool_restores_and_tunes_to_the_same_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recorded_base(folder.path());
    let rrdtool = |arguments: &[&str]| rrdtool(folder.path(), arguments);
    fs::write(folder.path().join("ours.xml"), dump(&path)).expect("written");
    if rrdtool(&["restore", "ours.xml", "theirs.rrd"]).is_none() {
        return;
    }
    let theirs = folder.path().join("theirs.rrd");
    assert_eq!(dump(&theirs), dump(&path));
    // One change after another, on the file of either program. (RRDtool damages the archives after
    // a removed one and sets the current row of a new one to an arbitrary value; both are
    // excluded.)
    for arguments in [
        &["DEL:c"][..],
        &["DS:d:DERIVE:20:0:5", "RRA#0:+5"],
        &["--step", "5", "RRA#1:-2"],
        &["-h", "a:77", "-i", "b:5", "-a", "a:6e2", "-d", "a:ABSOLUTE", "-r", "b:newname"],
        &["RRA#2:=9", "DEL:d"],
        &["--step", "1", "RRA#2:+1", "RRA#0:-1"],
    ] {
        let mut command = vec!["tune", "theirs.rrd"];
        command.extend(arguments);
        rrdtool(&command).expect("it ran before");
        let (mut tuning, mut shape) = (Tuning::new(), Reshape::new());
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let option = match *word {
                "-h" => TuneOption::Heartbeat,
                "-i" => TuneOption::Minimum,
                "-a" => TuneOption::Maximum,
                "-d" => TuneOption::Rate,
                "-r" => TuneOption::Rename,
                "--step" => {
                    shape = shape.step_argument(words.next().expect("an argument"));
                    continue;
                }
                argument => {
                    shape = shape.argument(argument).expect("well formed");
                    continue;
                }
            };
            let argument = words.next().expect("an argument");
            tuning = tuning.change(Change::from_option(option, argument).expect("well formed"));
        }
        tune(&path, &tuning.reshape(shape)).expect("tuned");
        assert_eq!(dump(&theirs), dump(&path), "{arguments:?}");
    }
    for (direction, resize) in [("GROW", Resize::Grow(4)), ("SHRINK", Resize::Shrink(4))] {
        rrdtool(&["resize", "theirs.rrd", "0", direction, "4"]).expect("it ran before");
        let copy = folder.path().join("copy.rrd");
        resize.write(&RrdReader::open(&path).expect("a database"), 0, &copy).expect("resized");
        assert_eq!(dump(&folder.path().join("resize.rrd")), dump(&copy));
    }
}
