//! The daemon on this real host: files appear, and RRDtool reads the same values.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, Series, TimeRange};

use crate::programs::{Collector, has, wait_until};

/// Every database below a folder.
fn databases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(databases(&path));
        } else if path.extension().is_some_and(|extension| extension == "rrd") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn ours(path: &Path, range: TimeRange) -> Series {
    let function = ConsolidationFunction::Average;
    RrdReader::open(path).unwrap().fetch(&FetchRequest::new(function, range)).unwrap()
}

#[test]
fn a_few_seconds_on_this_host_are_read_by_rrdtool_as_we_read_them() {
    if !has("rrdtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A busy machine may violate rules.
    let collector = Collector::start_configured(folder.path(), "[alerts]\ndefaults = false\n");
    wait_until("some seconds are sampled", || collector.known_seconds(20).len() >= 4);
    let log = collector.stop();
    // A machine that runs other tests may miss ticks; anything else is a fault.
    let warnings = log.lines().filter(|line| line.contains("WARN") && !line.contains("missed"));
    assert_eq!(warnings.count(), 0, "{log}");

    let data = folder.path().join("data");
    let files = databases(&data);
    let names: Vec<_> = files.iter().map(|file| file.strip_prefix(&data).unwrap()).collect();
    for name in ["cpu.rrd", "memory.rrd", "load.rrd", "processor/0.rrd"] {
        assert!(names.iter().any(|found| *found == Path::new(name)), "no {name} in {names:?}");
    }
    for file in files {
        let end = RrdReader::open(&file).unwrap().last_update().seconds();
        let range = TimeRange::from_seconds(end - 6, end);
        let series = ours(&file, range);
        let output = Command::new("rrdtool")
            .arg("fetch")
            .arg(&file)
            .args([
                "AVERAGE",
                "--start",
                &range.start.seconds().to_string(),
                "--end",
                &range.end.seconds().to_string(),
            ])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let rows: Vec<_> = series.rows().collect();
        assert_eq!(lines.len(), rows.len(), "{}", file.display());
        for (line, (at, row)) in lines.iter().zip(rows) {
            let (moment, values) = line.split_once(": ").unwrap();
            assert_eq!(moment.parse(), Ok(at.seconds()));
            for (value, number) in values.split(' ').zip(row) {
                let printed: f64 = value.parse().unwrap();
                let same: f64 = format!("{number:.10e}").parse().unwrap();
                assert!(printed == same || printed.is_nan() && number.is_nan(), "{line}: {number}");
            }
        }
    }
}

#[test]
fn every_second_has_its_sample_and_the_last_ones_survive_the_stop() {
    wait_until("no tick is missed, as it may be on a busy machine", || {
        let folder = tempfile::tempdir().unwrap();
        let collector = Collector::start(folder.path(), &[]);
        let file = folder.path().join("load.rrd");
        let mut shown = Vec::new();
        wait_until("some seconds are sampled", || {
            shown = collector.known_seconds(20);
            shown.len() >= 5
        });
        let log = collector.stop();
        let end = RrdReader::open(&file).unwrap().last_update().seconds();
        let before = *shown.last().unwrap();
        assert!(end >= before, "{end} {before}");
        let series = ours(&file, TimeRange::from_seconds(before - 3, before));
        let known: Vec<bool> = series
            .rows()
            .filter(|(at, _)| at.seconds() <= before)
            .map(|(_, row)| !row[0].is_nan())
            .collect();
        assert!(known == [true; 3] || log.contains("missed "), "{known:?}\n{log}");
        known == [true; 3]
    });
}

#[test]
fn what_the_daemon_has_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for trial in 0..4 {
        let collector = Collector::start(folder.path(), &[]);
        let before = acknowledged.last().copied().unwrap_or(0);
        wait_until("new samples are shown", || {
            acknowledged.extend(collector.known_seconds(20));
            acknowledged.last().is_some_and(|last| *last > before + 1)
        });
        // Each test kills it at another time between two ticks.
        std::thread::sleep(Duration::from_millis(130 * trial));
        acknowledged.extend(collector.known_seconds(20));
        collector.kill();
    }
    Collector::start(folder.path(), &[]).stop();
    let file = folder.path().join("load.rrd");
    let (start, end) = (acknowledged.iter().min().unwrap(), acknowledged.iter().max().unwrap());
    let series = ours(&file, TimeRange::from_seconds(*start - 1, *end));
    let known: Vec<i64> =
        series.rows().filter(|(_, row)| !row[0].is_nan()).map(|(at, _)| at.seconds()).collect();
    let lost = acknowledged.iter().filter(|moment| !known.contains(moment)).count();
    assert_eq!(lost, 0, "of {acknowledged:?} the file has {known:?}");
}

/// How often a daemon with this setting has synced its journal in some seconds, and its files.
fn syncs(sync: &str, files_are_written: bool) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    // The tracer is a grandchild, so that the child is the daemon.
    let mut daemon = Command::new("strace")
        .args(["-D", "-f", "-qq", "-y", "-e", "trace=fdatasync,syncfs", "-o"])
        .arg(&calls)
        .arg(env!("CARGO_BIN_EXE_rrd-collector"))
        .args(["--listen", "127.0.0.1:0", "--sync", sync, "--data"])
        .arg(folder.path().join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let count = |what: &str| {
        let calls = std::fs::read_to_string(&calls).unwrap_or_default();
        calls.lines().filter(|line| line.contains(what)).count()
    };
    if sync == "never" {
        std::thread::sleep(Duration::from_secs(4));
    } else {
        wait_until("the journal is synced", || count(".log>") >= 3);
    }
    let id = rustix::process::Pid::from_child(&daemon);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
    if files_are_written {
        wait_until("the tracer has written all", || count(".rrd>") > 0);
    }
    (count(".log>"), count(".rrd>"))
}

#[test]
fn the_disk_is_waited_for_as_the_configuration_says() {
    if !has("strace") {
        return;
    }
    assert_eq!(syncs("never", false), (0, 0));
    for sync in ["1s", "each"] {
        let (journal, files) = syncs(sync, true);
        assert!(journal >= 3 && files > 0, "{sync}: {journal}, {files}");
    }
}

#[test]
fn a_second_daemon_goes_on_where_the_first_one_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let collector = Collector::start(folder.path(), &[]);
        let newest = || collector.known_seconds(20).last().copied();
        let before = newest();
        wait_until("the host is sampled", || newest() > before);
        collector.stop();
        RrdReader::open(folder.path().join("load.rrd")).unwrap().last_update()
    };
    let first = run();
    assert!(run() > first);
}

#[test]
fn a_command_line_that_is_wrong_exits_with_two_and_says_why() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_rrd-collector")).arg("--nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "rrd-collector: \"--nonsense\" is not a known command or option: see --help\n"
    );
}
