//! Where answers and files go: a full standard output, permissions of new and replaced files,
//! symbolic links in place of outputs.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::RRD;

/// A command in a folder, with a umask, and without the caller's environment.
fn rrd(folder: &Path, umask: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask $0; exec \"$@\"", umask, RRD])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, umask: &str, arguments: &[&str]) -> Output {
    let output = rrd(folder, umask, arguments).output().expect("sh starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

fn create(folder: &Path, umask: &str, name: &str) {
    let arguments = ["create", name, "--start", "1000000000", "--step", "10"];
    let shape = ["DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"];
    run(folder, umask, &[&arguments[..], &shape[..]].concat());
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<_> =
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_command_reports_that_standard_output_is_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    create(folder, "022", "x.rrd");
    let graph = ["DEF:a=x.rrd:a:AVERAGE", "LINE1:a#ff0000"];
    let span = ["-s", "1000000000", "-e", "1000000050"];
    let concat = |parts: &[&[&'static str]]| parts.concat();
    let commands: Vec<Vec<&str>> = vec![
        vec!["info", "x.rrd"],
        vec!["info", "--json", "x.rrd"],
        vec!["dump", "x.rrd"],
        concat(&[&["fetch", "x.rrd", "AVERAGE"], &span]),
        concat(&[&["fetch", "--json", "x.rrd", "AVERAGE"], &span]),
        vec!["first", "x.rrd"],
        vec!["last", "x.rrd"],
        vec!["lastupdate", "x.rrd"],
        vec!["lastupdate", "--json", "x.rrd"],
        vec!["list", "."],
        vec!["updatev", "x.rrd", "1000000010:1"],
        concat(&[&["graph", "x.png"], &span, &graph]),
        concat(&[&["graphv", "x.png"], &span, &graph]),
        concat(&[&["graph", "-"], &span, &graph]),
        concat(&[&["xport"], &span, &["DEF:a=x.rrd:a:AVERAGE", "XPORT:a:a"]]),
        vec!["export", "openmetrics", "x.rrd"],
        vec!["export", "vm", "x.rrd", "-o", "/dev/full"],
        vec!["help", "dump"],
        vec!["--version", "x"],
        vec![],
    ];
    for arguments in commands {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = rrd(folder, "022", &arguments).stdout(full).output().expect("sh starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("No space left on device"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_a_dump_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path(), "022", "x.rrd");
    let arguments = ["tune", "x.rrd", "RRA#0:=100000"];
    run(folder.path(), "022", &arguments);
    let mut child = rrd(folder.path(), "022", &["dump", "x.rrd"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
}

#[test]
fn new_files_honour_the_umask() {
    for (umask, expected) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("002", 0o664)] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        create(folder, umask, "x.rrd");
        run(folder, umask, &["dump", "x.rrd", "x.xml"]);
        run(folder, umask, &["restore", "x.xml", "y.rrd"]);
        run(folder, umask, &["resize", "x.rrd", "0", "GROW", "2"]);
        let span = ["-s", "1000000000", "-e", "1000000050"];
        let graph = [&["graph", "x.png"][..], &span, &["DEF:a=x.rrd:a:AVERAGE", "LINE1:a#ff0000"]];
        run(folder, umask, &graph.concat());
        for name in ["x.rrd", "x.xml", "y.rrd", "resize.rrd", "x.png"] {
            assert_eq!(mode(&folder.join(name)), expected, "{name} under umask {umask}");
        }
        assert_eq!(names(folder), ["resize.rrd", "x.png", "x.rrd", "x.xml", "y.rrd"]);
    }
}

#[test]
fn a_changed_file_keeps_its_permissions() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    create(folder, "022", "x.rrd");
    let path = folder.join("x.rrd");
    fs::set_permissions(&path, Permissions::from_mode(0o660)).expect("allowed");
    for arguments in [
        &["update", "x.rrd", "1000000010:1"][..],
        &["tune", "x.rrd", "-h", "a:30"],
        &["tune", "x.rrd", "DS:b:GAUGE:20:U:U"],
        &["tune", "x.rrd", "RRA#0:+5"],
    ] {
        run(folder, "077", arguments);
        assert_eq!(mode(&path), 0o660, "{arguments:?}");
    }
    assert_eq!(names(folder), ["x.rrd"]);
}

#[test]
fn a_link_of_the_caller_is_followed_and_stays_a_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    create(folder, "022", "x.rrd");
    run(folder, "022", &["dump", "x.rrd", "x.xml"]);
    let span = ["-s", "1000000000", "-e", "1000000050"];
    let graph = [&["graph", "out"][..], &span, &["DEF:a=x.rrd:a:AVERAGE", "LINE1:a#ff0000"]];
    let graph = graph.concat();
    let (target, out) = (folder.join("target"), folder.join("out"));
    symlink("target", &out).expect("a link");
    symlink("out", folder.join("resize.rrd")).expect("a link to a link");
    for arguments in [
        &["create", "out", "DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"][..],
        &["restore", "-f", "x.xml", "out"],
        &["convert", "-f", "x.rrd", "out"],
        &["resize", "x.rrd", "0", "GROW", "2"],
        &["dump", "-f", "x.rrd", "out"],
        &graph,
    ] {
        fs::write(&target, "old").expect("written");
        run(folder, "022", arguments);
        assert_ne!(fs::read(&target).expect("a file"), b"old", "{arguments:?}");
        assert!(out.symlink_metadata().expect("there").is_symlink(), "{arguments:?}");
    }
    // A link to nothing creates what it leads to, as with RRDtool.
    fs::remove_file(&target).expect("removed");
    run(folder, "022", &graph);
    assert!(target.is_file() && out.symlink_metadata().expect("there").is_symlink());
    assert_eq!(names(folder), ["out", "resize.rrd", "target", "x.rrd", "x.xml"]);
}

#[test]
fn a_changed_database_stays_behind_its_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    create(folder, "022", "x.rrd");
    let link = folder.join("link.rrd");
    symlink("x.rrd", &link).expect("a link");
    for arguments in [
        &["update", "link.rrd", "1000000010:1"][..],
        &["tune", "link.rrd", "-h", "a:30"],
        &["tune", "link.rrd", "RRA#0:+5"],
    ] {
        run(folder, "022", arguments);
        assert!(link.symlink_metadata().expect("there").is_symlink(), "{arguments:?}");
    }
    let info = run(folder, "022", &["info", "x.rrd"]);
    let info = String::from_utf8_lossy(&info.stdout);
    assert!(info.contains("rra[0].rows = 15\n"), "{info}");
    assert!(info.contains("ds[a].minimal_heartbeat = 30\n"), "{info}");
    assert_eq!(names(folder), ["link.rrd", "x.rrd"]);
}

/// Runs the program with arguments and at most this much address space.
fn within_megabytes(folder: &Path, megabytes: u32, arguments: &str) -> Output {
    let limited = format!("ulimit -v $(({megabytes} * 1024)); exec \"$0\" {arguments}");
    Command::new("sh")
        .args(["-c", &limited, RRD])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("sh starts")
}

#[test]
fn an_update_over_a_long_gap_needs_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let shape = ["DS:a:GAUGE:1000000000:U:U", "RRA:AVERAGE:0.5:1:10"];
    run(
        folder,
        "022",
        &[&["create", "x.rrd", "-b", "1000000000", "-s", "10"], &shape[..]].concat(),
    );
    // 120 MB of rows, all of which the update replaces.
    run(folder, "022", &["tune", "x.rrd", "RRA#0:=15000000"]);
    let output = within_megabytes(folder, 64, "update x.rrd 1900000005:1");
    assert!(output.status.success(), "{output:?}");
    for (start, end) in [(1_750_000_000, 1_750_000_010), (1_899_999_980, 1_899_999_990)] {
        let (start_text, end_text) = (start.to_string(), end.to_string());
        let fetch = ["fetch", "x.rrd", "AVERAGE", "-s", &start_text, "-e", &end_text];
        let expected = [start + 10, end + 10].map(|end| format!("{end}: 1.0000000000e+00\n"));
        let rows = run(folder, "022", &fetch).stdout;
        let rows = String::from_utf8_lossy(&rows);
        assert!(rows.ends_with(&expected.concat()), "{rows}");
    }
}

#[test]
fn a_large_dump_needs_little_memory() {
    const MEGABYTES: &str = "96";
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    create(folder, "022", "x.rrd");
    // 80 MB of rows, which are streamed because they are too many to be held in memory.
    run(folder, "022", &["tune", "x.rrd", "RRA#0:=10000000"]);
    let limited = format!("ulimit -v $(({MEGABYTES} * 1024)); exec \"$0\" dump x.rrd");
    let output = Command::new("sh")
        .args(["-c", &format!("({limited}) | tail -c 20"), RRD])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("sh starts");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.ends_with(b"</rra>\n</rrd>\n"), "{output:?}");
}
