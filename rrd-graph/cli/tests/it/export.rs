//! `rrd export`: texts for other engines, files of periods, trees, and what cannot be read.

use std::fs;
use std::path::Path;

use crate::program::{rrd, run};

/// The end of the first row of the files here: a multiple of a day.
const FIRST: i64 = 1_699_920_000;

/// Status, standard output and standard error of a command line in a folder.
fn said(folder: &Path, line: &str) -> (i32, String, String) {
    let output = run(rrd(folder).args(line.split_whitespace()));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A file with a row an hour for 72 hours, with values 1, 2, ... and the third one unknown.
fn make(folder: &Path, name: &str) {
    let start = FIRST - 3600;
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let shape = "DS:load:GAUGE:3600:U:U RRA:AVERAGE:0.5:1:72 RRA:MAX:0.5:24:3";
    let made = said(folder, &format!("create {name} --start {start} --step 3600 {shape}"));
    assert_eq!(made, (0, String::new(), String::new()));
    let value = |row: i64| if row == 2 { "U".to_owned() } else { (row + 1).to_string() };
    let updates = (0..72).map(|row| format!(" {}:{}", FIRST + row * 3600, value(row)));
    let updated = said(folder, &format!("update {name}{}", updates.collect::<String>()));
    assert_eq!(updated, (0, String::new(), String::new()));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn known_rows_are_written_and_the_command_for_promtool_is_said() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "load.rrd");
    let end = FIRST + 3 * 3600;
    let line = format!("export openmetrics load.rrd --end {end} --label job=x");
    let (status, text, errors) = said(folder.path(), &line);
    assert_eq!(status, 0, "{errors}");
    let series = "rrd_load_load{file=\"load\",job=\"x\",source=\"load\"}";
    let line = |row: i64| format!("{series} {} {}\n", row + 1, FIRST + row * 3600);
    let lines = [0, 1, 3].map(line).concat();
    assert_eq!(text, format!("# TYPE rrd_load_load gauge\n{lines}# EOF\n"));
    assert_eq!(
        errors,
        "3 samples\npromtool tsdb create-blocks-from --max-block-duration=744h openmetrics FILE BLOCKS\n"
    );
}

#[test]
fn functions_steps_and_dense_rows_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "load.rrd");
    let samples = |options: &str| -> Vec<(String, String)> {
        let (status, text, errors) = said(folder.path(), &format!("export csv load.rrd {options}"));
        assert_eq!(status, 0, "{errors}");
        let fields = |line: &str| {
            let (rest, value) = line.rsplit_once(',').unwrap();
            (rest.split(',').next().unwrap().to_owned(), value.to_owned())
        };
        text.lines().skip(1).map(fields).collect()
    };
    let average = samples("");
    assert_eq!(average.len(), 71);
    let name = &average[0].0;
    let maximum = samples("--cf MAX");
    assert!(maximum.iter().all(|(max, _)| *max == format!("{name}_max")), "{maximum:?}");
    let both = samples("--cf MAX --cf AVERAGE --cf MAX");
    assert_eq!(both, [average.clone(), maximum].concat());
    let dense = samples(&format!("--densify --end {FIRST}"));
    assert_eq!(dense, vec![(name.clone(), "1".to_owned()); 15]);
}

#[test]
fn complete_files_of_periods_are_kept_and_the_last_one_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make(folder, "tree/a/load.rrd");
    let end = FIRST + 60 * 3600;
    let line = |end: i64| format!("export vm tree --split 1d -o out --end {end}");
    let (status, text, errors) = said(folder, &line(end));
    assert_eq!((status, &*text, &*errors), (0, "", "60 samples\n"));
    let days = ["tree-2023-11-13.jsonl", "tree-2023-11-14.jsonl", "tree-2023-11-15.jsonl"];
    let out = folder.join("out");
    let found = names(&out);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(days.iter().all(|day| found.contains(&(*day).to_owned())), "{found:?}");
    fs::write(out.join(days[1]), "kept").unwrap();
    fs::write(out.join("tree-2023-11-16.jsonl"), "not complete").unwrap();
    let (status, _, errors) = said(folder, &line(FIRST + 71 * 3600));
    assert_eq!((status, &*errors), (0, "23 samples, 3 complete files were kept\n"));
    assert_eq!(fs::read_to_string(out.join(days[1])).unwrap(), "kept");
    let last = fs::read_to_string(out.join("tree-2023-11-16.jsonl")).unwrap();
    assert!(last.ends_with("]}\n"), "{last}");
    let (status, _, errors) = said(folder, "export openmetrics tree --split 31d -o out");
    assert_eq!(status, 0);
    assert!(errors.contains("for file in out/tree-*.om; do promtool"), "{errors}");
}

#[test]
fn what_is_damaged_is_named_and_all_else_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make(folder, "tree/a.rrd");
    make(folder, "tree/c.rrd");
    fs::write(folder.join("tree/b.rrd"), "junk").unwrap();
    let shape = "--start 1000000000 --step 60 DS:a:GAUGE:120:U:U RRA:LAST:0.5:2:60";
    assert_eq!(said(folder, &format!("create tree/d.rrd {shape}")).0, 0);
    let (status, text, errors) = said(folder, "export jsonl tree missing.rrd");
    assert_eq!(status, 1);
    assert_eq!(text.lines().count(), 2 * 71);
    let errors: Vec<&str> = errors.lines().collect();
    let [damaged, lacks, missing, samples, last] = errors[..] else { panic!("{errors:?}") };
    assert!(damaged.contains("tree/b.rrd"), "{damaged}");
    assert!(lacks.contains("'tree/d.rrd' has no archive of AVERAGE"), "{lacks}");
    assert!(missing.contains("missing.rrd"), "{missing}");
    assert_eq!(samples, "142 samples");
    assert_eq!(last, "ERROR: 3 of 5 files were not exported, or not all of them");
}

#[test]
fn families_of_a_tree_are_not_mixed_and_no_two_series_are_called_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for file in ["one/x.rrd", "one/y.rrd", "two/x.rrd"] {
        make(folder, file);
    }
    let (status, text, errors) = said(folder, "export openmetrics one two one/x.rrd");
    assert_eq!(status, 0, "{errors}");
    let mut families: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE")).collect();
    let all = families.len();
    families.dedup();
    assert_eq!(families.len(), all, "{families:?}");
    let mut series: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplitn(3, ' ').last().unwrap())
        .collect();
    assert!(series.is_sorted());
    series.dedup();
    assert_eq!(
        series,
        [
            "rrd_x_load{file=\"x\",path=\"two/x.rrd\",source=\"load\"}",
            "rrd_x_load{file=\"x\",source=\"load\"}",
            "rrd_y_load{file=\"y\",source=\"load\"}",
        ]
    );
}

#[test]
fn impossible_requests_are_refused_with_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "load.rrd");
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (line, error) in [
        (
            "export vm",
            "Usage: rrd export openmetrics|vm|influx|csv|jsonl FILE|FOLDER... [OPTION]...",
        ),
        (
            "export xml load.rrd",
            "unknown format \"xml\": use openmetrics, vm, influx, csv or jsonl",
        ),
        ("export vm empty", "no file below these folders ends in .rrd"),
        ("export vm load.rrd --split 31d", "--split needs the folder of its files: -o FOLDER"),
        ("export vm load.rrd --split 60", "too short a period: expected 1h or longer, e.g. 31d"),
        (
            "export vm load.rrd --label a-b=1",
            "invalid label \"a-b=1\": expected NAME=VALUE, the name of letters, digits and '_'",
        ),
        (
            "export vm load.rrd --tree cacti",
            "unknown kind of tree \"cacti\": use collectd, munin or plain",
        ),
        (
            "export vm load.rrd -s 1700000000 -e 1600000000",
            "start (1700000000) should be less than end (1600000000)",
        ),
    ] {
        let (status, text, errors) = said(folder.path(), line);
        assert_eq!((status, &*text, &*errors), (1, "", &*format!("ERROR: {error}\n")), "{line}");
    }
    let (_, _, errors) = said(folder.path(), "export vm load.rrd --split 31d -o load.rrd");
    assert!(errors.starts_with("ERROR: making the folder 'load.rrd': "), "{errors}");
    let line = "export vm load.rrd --split 1h -o out -e 20401010";
    let (_, _, errors) = said(folder.path(), line);
    assert!(errors.contains("files, at most 10000: expected a later start or"), "{errors}");
}
