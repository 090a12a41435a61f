//! The installed `rrdtool` as a black box: each program reads the other's files.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, Heartbeat, Overwrite, Rrd, RrdReader,
    Sample, Schema, Season, Step, TimeRange, Timestamp,
};

/// The output of `rrdtool`; `None` (with a note) if it is not installed and this is not CI.
pub(crate) fn rrdtool(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("rrdtool")
        .args(arguments)
        .current_dir(folder)
        .env("TZ", "UTC")
        .env("LC_ALL", "C")
        .output();
    match output {
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "rrdtool {arguments:?}: {error}");
            Some(String::from_utf8(output.stdout).expect("rrdtool prints text"))
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "rrdtool is needed: {error}");
            println!("left out: rrdtool cannot be started: {error}");
            None
        }
    }
}

fn schema() -> Schema {
    Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("level", Heartbeat::from_seconds(25))
        .counter("octets", Heartbeat::from_seconds(25))
        .maximum(1e9)
        .average(0.5, 1, 7)
        .max(0.5, 3, 5)
        .last(0.25, 2, 4)
        .build()
        .expect("a plain schema")
}

const START: i64 = 1_000_000_003;

#[test]
fn rrdtool_makes_the_same_file_but_for_the_row_that_it_begins_with() {
    let folder = tempfile::tempdir().expect("a folder");
    Rrd::create(folder.path().join("ours.rrd"), &schema(), Timestamp::from_seconds(START))
        .expect("created");
    let arguments = [
        "create",
        "theirs.rrd",
        "--start",
        "1000000003",
        "--step",
        "10",
        "DS:level:GAUGE:25:U:U",
        "DS:octets:COUNTER:25:U:1e9",
        "RRA:AVERAGE:0.5:1:7",
        "RRA:MAX:0.5:3:5",
        "RRA:LAST:0.25:2:4",
    ];
    if rrdtool(folder.path(), &arguments).is_none() {
        return;
    }
    let mut ours = std::fs::read(folder.path().join("ours.rrd")).expect("ours");
    let mut theirs = std::fs::read(folder.path().join("theirs.rrd")).expect("theirs");
    let pointers = 128 + 120 * 2 + 120 * 3 + 16 + 112 * 2 + 80 * 6;
    for bytes in [&mut ours, &mut theirs] {
        bytes[pointers..pointers + 24].fill(0);
    }
    let difference = ours.iter().zip(&theirs).position(|(our, their)| our != their);
    assert_eq!((difference, ours.len()), (None, theirs.len()));
}

#[test]
fn rows_that_rrdtool_wrote_are_fetched_with_the_same_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    Rrd::create(&path, &schema(), Timestamp::from_seconds(START)).expect("created");
    for step in 1..40_i64 {
        let reading = format!("{}:{}:{}", START + step * 9, step * step, step * 1000);
        if rrdtool(folder.path(), &["update", "x.rrd", &reading]).is_none() {
            return;
        }
    }
    let reader = RrdReader::open(&path).expect("a file of rrdtool");
    for (function, resolution) in [
        (ConsolidationFunction::Average, 10),
        (ConsolidationFunction::Max, 30),
        (ConsolidationFunction::Last, 20),
        (ConsolidationFunction::Last, 1),
    ] {
        for (start, end) in [(START, START + 400), (START + 250, START + 351), (START, START)] {
            let request = FetchRequest::new(function, TimeRange::from_seconds(start, end))
                .resolution(Duration::from_secs(resolution));
            let series = reader.fetch(&request).expect("rows");
            let lines = series.rows().map(|(time, values)| {
                let values = values.iter().map(|value| format!(" {value:.10e}"));
                format!("{time}:{}", values.collect::<String>())
            });
            let ours = lines.collect::<Vec<_>>().join("\n").to_lowercase();
            let text = [resolution.to_string(), start.to_string(), end.to_string()];
            let arguments =
                ["fetch", "x.rrd", function.name(), "-r", &text[0], "-s", &text[1], "-e", &text[2]];
            let theirs = rrdtool(folder.path(), &arguments).expect("rrdtool was there before");
            let theirs = theirs.lines().skip(2).map(rust_exponents).collect::<Vec<_>>().join("\n");
            assert_eq!(ours, theirs, "{arguments:?}");
        }
    }
}

#[test]
fn the_same_samples_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, theirs) = (folder.path().join("ours.rrd"), folder.path().join("theirs.rrd"));
    let shapes = [
        schema(),
        Schema::builder(Step::from_seconds(10).expect("positive"))
            .gauge("a", Heartbeat::from_seconds(50))
            .gauge("b", Heartbeat::from_seconds(50))
            .forecast(Season::Additive, 60, 0.1, 0.0035, 45)
            .build()
            .expect("a forecast"),
    ];
    for schema in shapes {
        let options = CreateOptions::new().overwrite(Overwrite::Yes);
        Rrd::create_with(&ours, &schema, Timestamp::from_seconds(START), options).expect("created");
        std::fs::copy(&ours, &theirs).expect("copied");
        let mut rrd = Rrd::open(&ours).expect("opened");
        let mut at = START;
        for number in 0..150_i64 {
            at +=
                [10, 3, 7, 10, 25, 10, 11, 44, 10, 9][usize::try_from(number % 10).expect("small")];
            let readings = [number % 17 * 3, number * 1000];
            rrd.update(&Sample::new(Timestamp::from_seconds(at), readings)).expect("updated");
            let text = format!("{at}:{}:{}", readings[0], readings[1]);
            if rrdtool(folder.path(), &["update", "theirs.rrd", &text]).is_none() {
                return;
            }
            let ours = std::fs::read(&ours).expect("ours");
            let theirs = std::fs::read(&theirs).expect("theirs");
            let difference = ours.iter().zip(&theirs).position(|(our, their)| our != their);
            assert_eq!((difference, number), (None, number), "after {text}");
        }
        drop(rrd);
        let names = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(names, 2, "a journal goes with its writer");
    }
}

/// `1.5000000000e+01` as Rust prints it, and no sign before NaN.
fn rust_exponents(line: &str) -> String {
    let word = |word: &str| match word.split_once('e') {
        Some((digits, exponent)) => {
            format!("{digits}e{}", exponent.parse::<i32>().expect("an exponent"))
        }
        None => word.replace("-nan", "nan"),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
