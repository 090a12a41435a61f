//! Commands that replace a file, killed at every relevant system call: afterwards the name refers
//! to the old file or the new one, byte for byte, and the command run again ends normally.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{RRD, have, program, rrd};

/// System calls that change files and names.
const CALLS: [&str; 4] = [
    "pwrite64,write,ftruncate,fallocate",
    "fsync,fdatasync",
    "rename,renameat,renameat2,link,linkat",
    "unlink,unlinkat",
];

fn quiet(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("the program starts").success()
}

/// Whether a command succeeds.
fn succeeds(folder: &Path, line: &str) -> bool {
    quiet(rrd(folder).args(line.split_ascii_whitespace()))
}

/// Runs a command that is killed at the given number of one of these system calls; returns whether
/// it ended before.
fn killed(folder: &Path, line: &str, calls: &str, number: u32) -> bool {
    let inject = format!("inject={calls}:signal=SIGKILL:when={number}");
    let mut strace = program("strace", folder);
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject, RRD]);
    quiet(strace.args(line.split_ascii_whitespace()))
}

#[test]
fn a_command_killed_at_any_call_leaves_the_old_file_or_the_new_one() {
    if !have(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shape = "DS:a:GAUGE:60:U:U RRA:AVERAGE:0.5:1:50 RRA:HWPREDICT:60:0.1:0.003:45";
    for name in ["old.rrd", "other.rrd"] {
        assert!(succeeds(folder, &format!("create {name} --start 1000000000 --step 10 {shape}")));
    }
    assert!(succeeds(folder, "update old.rrd 1000000010:1 1000000020:2 1000000030:3"));
    assert!(succeeds(folder, "update other.rrd 1000000010:7 1000000025:5"));
    let dump = rrd(folder).args(["dump", "other.rrd"]).output().unwrap();
    fs::write(folder.join("other.xml"), dump.stdout).unwrap();
    let old = fs::read(folder.join("old.rrd")).unwrap();
    let file = folder.join("x.rrd");
    for line in [
        format!("create x.rrd --start 1000000000 --step 10 {shape}"),
        "restore -f other.xml x.rrd".to_owned(),
        "convert -f other.rrd x.rrd".to_owned(),
        "tune x.rrd DS:new:GAUGE:60:U:U".to_owned(),
        "tune x.rrd RRA#0:+10 --heartbeat a:90".to_owned(),
    ] {
        fs::write(&file, &old).unwrap();
        assert!(succeeds(folder, &line), "{line}");
        let new = fs::read(&file).unwrap();
        assert_ne!(new, old, "{line}");
        let mut kills = 0;
        for calls in CALLS {
            for number in 1.. {
                fs::write(&file, &old).unwrap();
                let ended = killed(folder, &line, calls, number);
                let found = fs::read(&file).unwrap();
                assert!(found == old || found == new, "{line}: {calls} {number}");
                // A readable file can be written and replaced again.
                assert!(succeeds(folder, "check x.rrd"), "{line}: {calls} {number}");
                fs::write(&file, &old).unwrap();
                assert!(succeeds(folder, &line) && fs::read(&file).unwrap() == new, "{line}");
                if ended {
                    break;
                }
                kills += 1;
            }
        }
        assert!(kills >= 3, "{line}: killed {kills} times only");
    }
}

#[test]
fn a_conversion_killed_at_any_call_leaves_a_whole_file_or_none() {
    if !have(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shape = "DS:a:GAUGE:60:U:U RRA:AVERAGE:0.5:1:50";
    assert!(succeeds(folder, &format!("create old.rrd --start 1000000000 --step 10 {shape}")));
    assert!(succeeds(folder, "update old.rrd 1000000010:1 1000000020:2 1000000030:3"));
    let old = fs::read(folder.join("old.rrd")).unwrap();
    let file = folder.join("x.rrd");
    let mut kills = 0;
    for calls in CALLS {
        for number in 1.. {
            let ended = killed(folder, "convert old.rrd x.rrd", calls, number);
            let whole = fs::read(&file).is_ok_and(|found| found == old);
            assert!(whole || !file.exists() && !ended, "{calls} {number}");
            assert_eq!(fs::read(folder.join("old.rrd")).unwrap(), old);
            let _ = fs::remove_file(&file);
            if ended {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills >= 3, "killed {kills} times only");
}

#[test]
fn a_copy_of_a_file_whose_writer_was_killed_is_whole() {
    if !have(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A seasonal archive is written in place: each update needs the record of its change.
    let shape = "DS:a:GAUGE:60:U:U RRA:AVERAGE:0.5:1:50 RRA:HWPREDICT:60:0.1:0.003:45";
    assert!(succeeds(folder, &format!("create x.rrd --start 1000000000 --step 10 {shape}")));
    assert!(succeeds(folder, "update x.rrd 1000000010:1 1000000020:2 1000000030:3"));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let before = read("x.rrd");
    let update = "update x.rrd 1000000040:4 1000000050:5";
    assert!(succeeds(folder, update));
    let after = read("x.rrd");
    let (mut unfinished, mut completed) = (0, 0);
    for number in 1.. {
        fs::write(folder.join("x.rrd"), &before).unwrap();
        let ended = killed(folder, update, CALLS[0], number);
        let found = read("x.rrd");
        assert!(succeeds(folder, "copy -f x.rrd copy.rrd"), "{number}");
        assert!(read("x.rrd") == found, "a copy changes nothing");
        let copy = read("copy.rrd");
        assert!(copy == before || copy == after, "killed at write {number}");
        let torn = found != before && found != after;
        unfinished += u32::from(torn);
        completed += u32::from(torn && copy == after);
        if ended {
            break;
        }
    }
    assert!(completed > 0, "{unfinished} files were unfinished, {completed} copies complete");
}
