//! Files that took samples while a clock was ahead.

use std::fs;
use std::path::Path;

use crate::program::{RRD, program, run};

const CREATE: &str = "create x.rrd --start 1000000000 --step 10 DS:a:GAUGE:20:U:U \
                      RRA:AVERAGE:0.5:1:100 RRA:MAX:0.5:6:50";

fn rrd(folder: &Path, line: &str) -> (bool, String) {
    let output = run(program(RRD, folder).env("TZ", "UTC").args(line.split_ascii_whitespace()));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn done(folder: &Path, line: &str) -> String {
    let (is_done, text) = rrd(folder, line);
    assert!(is_done, "{line}: {text}");
    text
}

#[test]
fn a_file_takes_samples_again_after_a_rewind_and_keeps_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, CREATE);
    done(folder, "update x.rrd 1000000010:1 1000000020:2 1000000030:3");
    done(folder, "update x.rrd 1000000500:7");
    assert!(!rrd(folder, "update x.rrd 1000000040:4").0);
    assert_eq!(
        done(folder, "rewind x.rrd 1000000030"),
        "removed 55 rows: the last update was 1000000500 and is now 1000000030\n"
    );
    done(folder, "update x.rrd 1000000040:4");
    let fetched = done(folder, "fetch x.rrd AVERAGE -s 1000000000 -e 1000000040");
    let rows: Vec<&str> = fetched.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "1000000010: 1.0000000000e+00",
            "1000000020: 2.0000000000e+00",
            "1000000030: 3.0000000000e+00",
            "1000000040: 4.0000000000e+00",
            "1000000050: -nan",
        ]
    );
    assert_eq!(done(folder, "check x.rrd"), "x.rrd: ok\n");
}

#[test]
fn the_time_is_now_unless_another_one_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, CREATE);
    done(folder, "update x.rrd 4000000000:1");
    assert!(
        done(folder, "rewind x.rrd")
            .starts_with("removed 150 rows: the last update was 4000000000")
    );
    done(folder, "update x.rrd now+1d@1");
    assert!(done(folder, "rewind x.rrd now-1h").starts_with("removed "));
    let unchanged = done(folder, "rewind x.rrd");
    assert!(unchanged.starts_with("unchanged: the last update, "), "{unchanged}");
}

#[test]
fn a_rewind_that_is_refused_says_why_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, CREATE);
    done(folder, "update x.rrd 1000000500:7");
    let before = fs::read(folder.join("x.rrd")).unwrap();
    for (line, error) in [
        ("rewind x.rrd now 5", "ERROR: Usage: rrd rewind FILE [TIME]\n"),
        (
            "rewind x.rrd 900000000",
            "ERROR: no row ends before 900000000, so that none would be left: expected at least \
             999997560, the end of the oldest row; a new file is made with `rrd create`\n",
        ),
    ] {
        assert_eq!(rrd(folder, line), (false, error.to_owned()), "{line}");
    }
    let (is_done, text) = rrd(folder, "rewind x.rrd yesterdy");
    assert!(!is_done && text.starts_with("ERROR: invalid time: "), "{text}");
    let (is_done, text) = rrd(folder, "rewind missing.rrd");
    assert!(!is_done && text.contains("missing.rrd"), "{text}");
    assert!(fs::read(folder.join("x.rrd")).unwrap() == before);
}
