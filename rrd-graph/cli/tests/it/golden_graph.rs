//! `graph`, `graphv` and `xport` compared with recorded answers of RRDtool 1.9: standard output,
//! standard error, exit status.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::program::{NO_FONTS, have, run};
use crate::vectors::{Vectors, differing_lines};

/// Number of concurrent cases; they mostly wait for processes.
const THREADS: usize = 4;

/// Runs the cases of some areas and reports every difference at once.
fn areas(areas: &[&str]) {
    if !have(&["sh", "awk", "sed", "grep", "head", "od", "find"]) {
        return;
    }
    let vectors = Vectors::unpack("graph");
    let cases: Vec<String> = areas.iter().flat_map(|area| vectors.cases(area)).collect();
    assert!(!cases.is_empty());
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut failures = Vec::new();
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        failures.extend(vectors.judge(case, &differences(&vectors, case)));
                    }
                    failures
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let (failed, count) = (failures.len(), cases.len());
    assert!(failures.is_empty(), "{}\n{failed} of {count} cases differ", failures.join("\n"));
}

/// Runs one case in a copy of its folder.
fn differences(vectors: &Vectors, case: &str) -> String {
    let recorded = vectors.folder().join(case);
    let scratch = vectors.scratch(case);
    for entry in fs::read_dir(&recorded).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap();
        if name == "cmd.sh" || file.extension().is_some_and(|end| end == "rrd") {
            fs::copy(&file, scratch.join(name)).unwrap();
        }
    }
    let output = run(Command::new("sh")
        .arg("./cmd.sh")
        .current_dir(&scratch)
        .env("RRDTOOL", vectors.program())
        .env("FONTCONFIG_FILE", NO_FONTS)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_TIME")
        .env_remove("LC_CTYPE")
        .env_remove("RRDCACHED_ADDRESS")
        .env_remove("RRD_DEFAULT_FONT"));
    let text = |bytes: &[u8]| normal(&String::from_utf8_lossy(bytes));
    let expected = |name: &str| fs::read(recorded.join(name)).unwrap_or_default();
    let status = String::from_utf8(expected("rc")).unwrap();
    let status = if status.is_empty() { "0" } else { status.trim() };
    let mut report = String::new();
    for (name, expected, found) in [
        ("stdout", text(&expected("stdout")), text(&output.stdout)),
        ("stderr", text(&expected("stderr")), text(&output.stderr)),
        ("rc", status.to_owned(), output.status.code().map_or(String::new(), |rc| rc.to_string())),
    ] {
        let difference = differing_lines(&expected, &found);
        if !difference.is_empty() {
            write!(report, "== {name}\n{difference}").unwrap();
        }
    }
    // Several hundred of these folders are created.
    remove(&scratch);
    report
}

fn remove(folder: &Path) {
    fs::remove_dir_all(folder).unwrap();
}

/// Removes what the vectors do not fix: the sign of unknown numbers, and the content of an SVG.
fn normal(text: &str) -> String {
    let text = text.replace("-nan", "nan").replace("-NAN", "NAN");
    let lines = text.lines().map(|line| if line.starts_with("<svg ") { "<svg>" } else { line });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn data_are_fetched_reduced_and_merged_as_recorded() {
    areas(&["data", "reduce"]);
}

#[test]
fn every_operator_and_statistic_computes_what_is_recorded() {
    areas(&["rpn", "vdef"]);
}

#[test]
fn prints_are_as_recorded() {
    areas(&["print"]);
}

#[test]
fn exports_are_as_recorded() {
    areas(&["export"]);
}

#[test]
fn days_around_changes_of_the_clock_are_as_recorded() {
    areas(&["dst"]);
}

#[test]
fn elements_and_legends_have_the_recorded_places() {
    areas(&["element", "legend"]);
}

#[test]
fn options_have_the_recorded_effect() {
    areas(&["option"]);
}

#[test]
fn axes_have_the_recorded_ranges() {
    areas(&["axis-x", "axis-y"]);
}

#[test]
fn what_is_refused_is_refused_as_recorded() {
    areas(&["errors"]);
}
