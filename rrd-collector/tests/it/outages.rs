//! What is missing for a while: the data folder, ports, sockets. Each is reported, and used again
//! when it is there.

use std::fs;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

use rrd_core::RrdReader;

use crate::programs::{Collector, configure, wait_until};

fn lines<'a>(log: &'a str, level: &str, about: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(level) && line.contains(about)).collect()
}

/// Whether a process has files open that were removed.
fn keeps_removed_files(process: u32) -> bool {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| {
        target.to_string_lossy().contains(".rrd-store")
            && target.to_string_lossy().ends_with(" (deleted)")
    })
}

/// The time of the newest sample of the load that the daemon shows.
fn shown(collector: &Collector) -> i64 {
    let groups = collector.get("/api/v1/groups").1;
    let groups: serde_json::Value = serde_json::from_str(&groups).unwrap();
    let mut groups = groups.as_array().unwrap().iter();
    let load = groups.find(|group| group["group"] == "load").unwrap();
    load["at"].as_i64().unwrap()
}

/// Copies a folder as people do. A file that goes while it is copied makes `cp` fail, so it is done
/// again, as they would.
fn copy(from: &Path, to: &Path) {
    let is_copied = || Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success();
    wait_until("the folder is copied", is_copied);
}

/// Removes a file or a folder whose owner may add and remove files at the same time.
fn remove(path: &Path) {
    let is_removed = || {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match removed {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => false,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    };
    wait_until("what is in the way is removed", is_removed);
}

#[test]
fn a_data_folder_that_is_moved_removed_or_restored_is_used_again_when_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (data, old) = (folder.path().join("data"), folder.path().join("old"));
    let collector = Collector::start(&data, &[]);
    let is_ready = || collector.get("/-/ready").0 == 200;
    let is_stored = || is_ready() && data.join("load.rrd").exists();
    wait_until("samples are stored", is_stored);

    fs::rename(&data, &old).unwrap();
    wait_until("the loss is reported", || !is_ready());
    let gone = format!(
        "not storing: the data folder: {} was removed, renamed or unmounted: samples are not \
         stored until it is there again\n",
        data.display()
    );
    assert_eq!(collector.get("/-/ready"), (503, gone));
    assert!(collector.get("/api/v1/info").1.contains("\"stops_storing\":true"));
    let before = shown(&collector);
    wait_until("samples are shown", || shown(&collector) > before);
    let last = || RrdReader::open(old.join("load.rrd")).unwrap().last_update().seconds();
    wait_until("the moved files have the samples until then", || last() > 0);
    assert!(!data.exists());

    fs::create_dir(&data).unwrap();
    wait_until("another folder is used", is_stored);
    let backup = folder.path().join("backup");
    copy(&data.join("."), &backup);
    remove(&data);
    wait_until("the loss is noticed", || !is_ready());
    fs::rename(&old, &data).unwrap();
    wait_until("the first folder is used again", is_stored);

    for entry in fs::read_dir(&data).unwrap() {
        remove(&entry.unwrap().path());
    }
    wait_until("the empty folder is used", is_stored);
    let before = collector.log();
    copy(&backup.join("."), &data);
    // The folder is looked at each second: perhaps while it was still being copied.
    let copied = shown(&collector);
    wait_until("the copy is used", || is_stored() && shown(&collector) > copied + 3);
    wait_until("removed files are closed", || !keeps_removed_files(collector.id()));
    let losses = || lines(&collector.log(), "WARN", "the data folder").len();
    wait_until("the third loss is reported", || losses() >= 3);

    let log = collector.stop();
    assert!(RrdReader::open(data.join("load.rrd")).is_ok());
    let (bad, good) =
        (lines(&log, "WARN", "the data folder"), lines(&log, "INFO", "the data folder"));
    // What was just being copied may have been no whole store.
    assert!(bad.len() >= 3 && good.len() == 1, "{log}");
    // A file may have been read while it was being copied.
    assert!(!before.contains("rule ") && !before.contains("storing load"), "{before}");
    assert!(good[0].contains("the data folder: works again after"), "{log}");
    assert!(bad[1].contains("the data folder: fails again: "), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_port_and_a_socket_that_cannot_be_had_are_reported_at_each_reload_and_used_once_they_can() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let socket = run.join("collectd.sock");
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap();
    let config =
        format!("[statsd]\nlisten = \"{port}\"\n[collectd]\nsocket = \"{}\"\n", socket.display());
    let collector = Collector::start_configured(folder.path(), &config);
    let info = || collector.get("/api/v1/info").1;
    let taken = format!("cannot listen at {port}, which ");
    let process = format!("(process {}) has: Address already in use", std::process::id());
    let missing = format!("cannot listen at unix:{}: No such file or directory", socket.display());
    wait_until("both are reported", || info().contains(&taken) && info().contains(&missing));
    assert!(info().contains(&process), "{}", info());
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    let server = "[[nginx]]\nurl = \"http://127.0.0.1:9/\"\nstep = \"1s\"\n";
    configure(folder.path(), &format!("{config}{server}"));
    collector.reload();
    wait_until("the configuration is reloaded", || info().contains("nginx"));
    drop(other);
    fs::create_dir(&run).unwrap();
    wait_until("both are used", || !info().contains("cannot listen") && socket.exists());
    let log = collector.stop();
    for (concern, words) in [("statsd.listen", &taken), ("collectd.socket", &missing)] {
        assert_eq!(lines(&log, "WARN", words).len(), 2, "{log}");
        let good = lines(&log, "INFO", &format!("{concern}: works again after"));
        assert_eq!(good.len(), 1, "{log}");
    }
}

#[test]
fn a_folder_that_is_gone_at_the_end_makes_the_stop_fail_and_a_damaged_file_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let damaged = data.join("load.rrd");
    let collector = Collector::start(&data, &[]);
    wait_until("samples are stored", || damaged.exists());
    fs::write(&damaged, "no database").unwrap();
    // It must be stopped before it writes its files for the first time.
    let log = collector.stop();
    let told = lines(&log, "ERROR", "writing load.rrd: ");
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].ends_with("; its last samples stay in the journal"), "{log}");

    fs::remove_file(&damaged).unwrap();
    let collector = Collector::start(&data, &[]);
    wait_until("samples are stored", || damaged.exists());
    fs::rename(&data, folder.path().join("old")).unwrap();
    wait_until("the loss is reported", || collector.get("/-/ready").0 == 503);
    let log = collector.fail();
    let reason =
        format!("rrd-collector: the last samples could not be stored: {} was", data.display());
    assert!(log.contains(&reason), "{log}");
}

#[test]
fn a_file_that_is_removed_after_a_clean_stop_is_not_missed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for _ in 0..2 {
        let collector = Collector::start(&data, &[]);
        wait_until("samples are stored", || data.join("load.rrd").exists());
        let log = collector.stop();
        assert!(
            !log.contains("could not be stored") && !log.contains("of an earlier run"),
            "{log}"
        );
        fs::remove_file(data.join("load.rrd")).unwrap();
    }
}
