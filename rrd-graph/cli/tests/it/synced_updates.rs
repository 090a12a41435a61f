//! Updates that wait until their readings survive a power loss.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::program::{RRD, have, program};

/// How often a command waited for the disk.
fn waits(name: &str, folder: &Path, line: &str) -> usize {
    let mut strace = program("strace", folder);
    strace.args(["-f", "-qq", "-o", "calls", "-e", "trace=fsync,fdatasync", name]);
    let output = strace.args(line.split_ascii_whitespace()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let calls = fs::read_to_string(folder.join("calls")).unwrap();
    calls.lines().filter(|line| line.contains("sync(") && line.ends_with("= 0")).count()
}

#[test]
fn an_update_waits_for_the_disk_if_it_is_asked_to() {
    if !have(&["strace"]) {
        return;
    }
    for name in [RRD, "./rrdtool"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        symlink(RRD, folder.join("rrdtool")).unwrap();
        let create = "create x.rrd --start 1000000000 --step 10 DS:a:GAUGE:600:U:U \
                      RRA:AVERAGE:0.5:1:10";
        waits(name, folder, create);
        assert_eq!(waits(name, folder, "update x.rrd 1000000010:1"), 0);
        // The record of the change, then the change.
        assert!(waits(name, folder, "update x.rrd --sync 1000000020:2") >= 2);
        assert!(waits(name, folder, "updatev x.rrd --sync 1000000030:3") >= 2);
        assert_eq!(waits(name, folder, "update x.rrd 1000000040:4"), 0);
        let last = program(RRD, folder).args(["lastupdate", "x.rrd"]).output().unwrap();
        assert!(String::from_utf8_lossy(&last.stdout).contains("1000000040: 4"), "{last:?}");
    }
}

#[test]
fn the_caching_daemon_decides_alone_when_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("socket");
    let _listener = UnixListener::bind(&address).unwrap();
    let daemon = format!("unix:{}", address.display());
    let words = ["update", "x.rrd", "-d", &daemon, "--sync", "N:1"];
    let refused = program(RRD, folder.path()).args(words).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&refused.stderr),
        "ERROR: The caching daemon cannot be used together with sync: it alone writes its files. Leave one of the two out.\n"
    );
}
