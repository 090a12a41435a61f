//! Files whose lock another program holds.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use tempfile::TempDir;

use crate::program::{RRD, program, run};

/// A folder with these databases.
fn databases(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let line = format!(
            "create {name} --start 1600000000 --step 300 DS:v:GAUGE:600:U:U RRA:LAST:0.5:1:10"
        );
        let created = run(program(RRD, folder.path()).args(line.split(' ')));
        assert!(created.status.success(), "{created:?}");
    }
    folder
}

/// Holds the lock of a file until it is dropped.
fn hold(file: &Path) -> File {
    let file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let lock = libc::flock {
        l_type: libc::c_short::try_from(libc::F_WRLCK).unwrap(),
        l_whence: 0,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&lock)).unwrap();
    file
}

fn message(file: &str, waited: &str) -> String {
    format!(
        "ERROR: could not lock RRD '{file}': another program holds its lock ({waited}); try again when that program is \
         done, or look for it with `fuser '{file}'`\n"
    )
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn both_names_wait_until_the_other_program_is_done() {
    for name in ["rrd", "rrdtool"] {
        for line in
            ["update a.rrd 1600000300:1", "updatev a.rrd 1600000300:1", "tune a.rrd -h v:700"]
        {
            let folder = databases(&["a.rrd"]);
            let held = hold(&folder.path().join("a.rrd"));
            let other = thread::spawn(move || {
                thread::sleep(Duration::from_millis(300));
                drop(held);
            });
            let output = run(program(RRD, folder.path()).arg0(name).args(line.split(' ')));
            other.join().unwrap();
            assert!(output.status.success(), "{name} {line}: {output:?}");
        }
    }
}

#[test]
fn the_mode_try_answers_at_once() {
    let folder = databases(&["a.rrd"]);
    let _held = hold(&folder.path().join("a.rrd"));
    let waited = "not waited for, because the locking mode is 'try'";
    for (name, words) in
        [("rrd", message("a.rrd", waited)), ("rrdtool", "ERROR: could not lock RRD\n".to_owned())]
    {
        let update = || {
            let mut command = program(RRD, folder.path());
            command.arg0(name).args(["update", "a.rrd", "1600000300:1"]);
            command
        };
        for mut command in [
            {
                let mut command = update();
                command.args(["--locking", "try"]);
                command
            },
            {
                let mut command = update();
                command.env("RRD_LOCKING", "try");
                command
            },
        ] {
            let started = Instant::now();
            let output = run(&mut command);
            assert_eq!((output.status.code(), errors(&output)), (Some(1), words.clone()));
            // As long as any command waits for a file.
            assert!(started.elapsed() < Duration::from_secs(10), "it waited");
        }
    }
}

#[test]
fn remote_mode_waits_ten_seconds_for_all_files_together() {
    let folder = databases(&["a.rrd", "b.rrd", "c.rrd", "free.rrd"]);
    let _held = ["a.rrd", "b.rrd", "c.rrd"].map(|file| hold(&folder.path().join(file)));
    let started = Instant::now();
    let mut child = program(RRD, folder.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let line = |file: &str| format!("update {file} 1600000300:1\n");
    let lines = ["a.rrd", "b.rrd", "c.rrd", "a.rrd", "free.rrd"].map(line).concat();
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).unwrap();
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(10), "{:?}", started.elapsed());
    let before = "not waited for, because earlier commands have waited for 10 s";
    let expected = [
        message("a.rrd", "waited for 10.0 s"),
        message("b.rrd", before),
        message("c.rrd", before),
        message("a.rrd", before),
    ];
    let (refused, done) = output.split_at(output.find("OK ").expect("an answer"));
    assert_eq!(refused, expected.concat());
    assert!(done.starts_with("OK u:"), "{done}");
}
