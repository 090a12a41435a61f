//! Updates that are refused, completely or from some reading on, and readings that are too far in
//! the future.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::program::{RRD, have, program};

const START: i64 = 1_000_000_000;

fn run(name: &str, folder: &Path, arguments: &[&str]) -> Output {
    program(name, folder).args(arguments).output().expect("the program starts")
}

fn create(folder: &Path) {
    let shape = ["--start", "1000000000", "--step", "10", "DS:a:GAUGE:600:U:U"];
    let arguments = [&["create", "x.rrd"][..], &shape, &["RRA:AVERAGE:0.5:1:10"]].concat();
    assert!(run(RRD, folder, &arguments).status.success());
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_reading_beyond_the_skew_is_refused_and_the_file_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder);
    let before = fs::read(folder.join("x.rrd")).unwrap();
    for name in ["update", "updatev"] {
        let refused = run(RRD, folder, &[name, "x.rrd", "--max-skew", "1d", "4070908800:1"]);
        assert_eq!(refused.status.code(), Some(1));
        let error = error(&refused);
        let (said, clock) = error.split_once("ahead of the clock (").expect("the whole refusal");
        assert_eq!(said, "ERROR: x.rrd: a sample of 4070908800 is more than 86400 s ");
        let (clock, rest) = clock.split_once(')').expect("the clock");
        assert!(clock.parse::<f64>().expect("a moment") > 1.7e9 && rest == "\n", "{error}");
        assert_eq!(fs::read(folder.join("x.rrd")).unwrap(), before);
    }
    // The first refused reading ends the command; the preceding ones are in the file.
    let late = run(RRD, folder, &["update", "x.rrd", "--max-skew=60", "N:1", "4070908800:2"]);
    assert_eq!(late.status.code(), Some(1));
    assert_ne!(fs::read(folder.join("x.rrd")).unwrap(), before);
    // Without the option any time is accepted, as by RRDtool.
    assert!(run(RRD, folder, &["update", "x.rrd", "4070908800:1"]).status.success());
    assert_eq!(run(RRD, folder, &["last", "x.rrd"]).stdout, b"4070908800\n");
}

#[test]
fn a_skew_that_is_no_span_and_one_beside_a_daemon_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder);
    for (span, fault) in [
        ("soon", "value must be (suffixed) positive number"),
        ("0", "value must be positive"),
        ("5x", "value has trailing garbage"),
    ] {
        let refused = run(RRD, folder, &["update", "x.rrd", "--max-skew", span, "N:1"]);
        assert_eq!(error(&refused), format!("ERROR: --max-skew '{span}': {fault}\n"));
    }
    let address = folder.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&address).unwrap();
    let daemon = format!("unix:{}", address.display());
    let refused = run(RRD, folder, &["update", "x.rrd", "-d", &daemon, "--max-skew", "60", "N:1"]);
    assert_eq!(
        error(&refused),
        "ERROR: The caching daemon cannot be used together with max-skew: it alone reads the times of its readings. Leave one of the two out.\n"
    );
}

#[test]
fn each_line_of_a_pipe_has_its_own_skew() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path());
    let mut child = program(RRD, folder.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "update x.rrd --max-skew 60 4070908800:1\nupdate x.rrd 4070908800:1\nupdate x.rrd --max-skew 60 4070908900:1\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = answers.lines().map(|line| line.get(..14).unwrap_or(line)).collect();
    assert_eq!(answers, ["ERROR: x.rrd: ", "OK u:0.00 s:0.", "ERROR: x.rrd: "]);
}

/// Readings number `from` to `to`, ten seconds apart.
fn readings(from: i64, to: i64) -> Vec<String> {
    (from..=to).map(|number| format!("{}:{}", START + number * 10, number * 7 % 31)).collect()
}

/// The file as RRDtool prints it, except for the text of a refused reading, which does not affect
/// values.
fn told(folder: &Path) -> String {
    let dump = run("rrdtool", folder, &["dump", "x.rrd"]);
    assert!(dump.status.success(), "{dump:?}");
    let dump = String::from_utf8(dump.stdout).unwrap();
    dump.lines().filter(|line| !line.contains("last_ds")).collect::<Vec<_>>().join("\n")
}

#[test]
fn readings_before_one_that_is_refused_are_taken_as_rrdtool_takes_them() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Our current row always has the same initial index, so that both smooth the season at the same
    // reading.
    let shape = ["--start", "1000000000", "--step", "10", "DS:a:GAUGE:60:U:U"];
    let forecast = ["RRA:HWPREDICT:240:0.1:0.0035:60"];
    let create = [&["create", "x.rrd"][..], &shape, &forecast].concat();
    assert!(run(RRD, folder, &create).status.success());
    let first = readings(1, 115);
    let first = [vec!["update", "x.rrd"], first.iter().map(String::as_str).collect()].concat();
    assert!(run(RRD, folder, &first).status.success());
    let whole = fs::read(folder.join("x.rrd")).unwrap();

    // The season is complete within these, and is smoothed after the last reading of a successful
    // command.
    let batch = readings(116, 125);
    let mut told_of = Vec::new();
    let ends: [&[&str]; 9] = [
        &[],
        &["1000000000:5"],
        &["1000001260:x"],
        &["1000001260"],
        &["junk"],
        &["x:3"],
        &["1000001260:1:2"],
        &["foo@3"],
        &["1000001260:1", "1000001270"],
    ];
    for end in ends {
        let arguments = batch.iter().map(String::as_str).chain(end.iter().copied());
        let arguments = ["update", "x.rrd"].into_iter().chain(arguments).collect::<Vec<_>>();
        let [theirs, ours] = ["rrdtool", RRD].map(|program| {
            fs::write(folder.join("x.rrd"), &whole).unwrap();
            let output = run(program, folder, &arguments);
            assert_eq!(output.status.success(), end.is_empty(), "{program} {end:?}: {output:?}");
            (told(folder), error(&output))
        });
        assert_eq!(ours, theirs, "{end:?}");
        told_of.push(ours.0);
    }
    assert_ne!(told_of[0], told_of[1], "the season is not smoothed when a reading is refused");
    assert!(told_of[1..8].iter().all(|told| *told == told_of[1]));
}
