//! Files that are damaged under the running daemon, and a full disk: each fault is reported, the
//! others continue, and what comes back is used again.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rrd_core::RrdReader;

use crate::programs::{Collector, configure, wait_until};

/// The time of the last sample in a file; 0 if it cannot be read.
fn last(file: &Path) -> i64 {
    RrdReader::open(file).map_or(0, |reader| reader.last_update().seconds())
}

/// Puts something in the place of a file, which the daemon makes again as soon as it is gone.
fn replace(file: &Path, make: fn(&Path) -> io::Result<()>) {
    wait_until("the file is replaced", || {
        fs::remove_file(file).unwrap();
        match make(file) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => panic!("{}: {error}", file.display()),
        }
    });
}

/// The lines of a log that warn about something.
fn warnings<'a>(log: &'a str, about: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains("WARN") && line.contains(about)).collect()
}

#[test]
fn files_that_are_damaged_are_reported_and_those_beside_them_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let file = |name: &str| data.join(name);
    let collector = Collector::start(data, &[]);
    let names = ["load.rrd", "memory.rrd", "processes.rrd", "vm.rrd", "cpu.rrd"];
    wait_until("the files are written", || names.iter().all(|name| last(&file(name)) > 0));
    let whole = fs::read(file("load.rrd")).unwrap();
    // Truncated, removed, replaced by a folder, replaced by a link.
    fs::File::options().write(true).open(file("load.rrd")).unwrap().set_len(900).unwrap();
    fs::remove_file(file("memory.rrd")).unwrap();
    replace(&file("processes.rrd"), |path| fs::create_dir(path));
    replace(&file("vm.rrd"), |path| symlink("/etc/hostname", path));
    let before = last(&file("cpu.rrd"));
    // The daemon writes samples to the files every ten seconds.
    wait_until("a sound file is written", || last(&file("cpu.rrd")) > before);
    wait_until("a file that is gone is made anew", || last(&file("memory.rrd")) > before);
    assert_eq!(collector.get("/-/ready").0, 200);
    let (_, info) = collector.get("/api/v1/info");
    assert!(info.contains("load.rrd"), "{info:.2000}");
    assert_eq!(fs::metadata(file("load.rrd")).unwrap().len(), 900, "a bad file is left alone");
    fs::write(file("load.rrd"), &whole).unwrap();
    fs::remove_dir(file("processes.rrd")).unwrap();
    fs::remove_file(file("vm.rrd")).unwrap();
    let back = last(&file("cpu.rrd"));
    wait_until("they are used again", || {
        ["load.rrd", "processes.rrd", "vm.rrd", "cpu.rrd"]
            .iter()
            .all(|name| last(&file(name)) > back)
    });
    let log = collector.stop();
    for (name, words) in [
        ("load", "the file ends in its head"),
        ("processes", "Is a directory"),
        ("vm", "the path leads out of the base folder"),
    ] {
        let told = warnings(&log, name);
        let told = told.iter().filter(|line| line.contains(words)).count();
        // Once for the incoming sample, once for the write to the file, once by the rule that
        // watches it.
        assert!((1..=3).contains(&told), "{name} is told {told} times: {log}");
    }
    for concern in ["storing cpu:", "writing cpu.rrd:", ": cpu."] {
        assert!(warnings(&log, concern).is_empty(), "{log}");
    }
    assert!(!log.contains("panicked"), "{log}");
}

/// A file system of a megabyte.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mounted = disk.mount_with(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
        if !mounted {
            assert!(std::env::var_os("CI").is_none(), "the right to mount is needed");
            println!("not run: no right to mount a small file system");
        }
        mounted.then_some(disk)
    }

    fn mount_with(&self, options: &[&str]) -> bool {
        let mut mount = Command::new("mount");
        let status = mount.args(options).arg(self.0.path()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_reported_and_what_has_its_place_goes_on() {
    let Some(disk) = SmallDisk::mount() else { return };
    let data = disk.0.path();
    // The files of this configuration take some tens of kilobytes, so that a few of them have room.
    let config = tempfile::tempdir().unwrap();
    let config = configure(config.path(), "keep = \"1s for 10m, 1m for 10h\"\n");
    let collector = Collector::start(data, &["--config", config.to_str().unwrap()]);
    let files = || {
        let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.extension().is_some_and(|ending| ending == "rrd"))
            .collect::<Vec<_>>()
    };
    wait_until("some files are written", || files().iter().any(|file| last(file) > 0));
    wait_until("the full disk is told", || {
        collector.get("/api/v1/info").1.contains("No space left on device")
    });
    let few = files();
    assert_eq!(collector.get("/-/ready").0, 200);
    // Files with allocated blocks are written repeatedly.
    let before = few.iter().map(|file| last(file)).max().unwrap();
    wait_until("a file goes on", || few.iter().any(|file| last(file) > before));
    // No incomplete file is left where there was no space.
    for file in files() {
        assert!(RrdReader::open(&file).is_ok(), "{}", file.display());
    }
    assert!(disk.mount_with(&["-o", "remount,size=64m"]));
    wait_until("there is room", || {
        files().len() > few.len() && files().iter().all(|file| last(file) > before)
    });
    std::thread::sleep(Duration::from_secs(1));
    let log = collector.stop();
    let told = warnings(&log, "No space left on device");
    let mut concerns = told.iter().filter_map(|line| line.split(": ").next()).collect::<Vec<_>>();
    concerns.sort_unstable();
    concerns.dedup();
    assert_eq!(concerns.len(), told.len(), "told once each: {log}");
    assert!(!concerns.is_empty() && !log.contains("panicked"), "{log}");
}
