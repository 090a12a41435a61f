//! The program under test, and how tests start it and others.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program under test.
pub(crate) const RRD: &str = env!("CARGO_BIN_EXE_rrd");

/// The program under test in a folder of a machine without fonts; see [`program`].
pub(crate) fn rrd(folder: &Path) -> Command {
    let mut command = program(RRD, folder);
    command.env("FONTCONFIG_FILE", NO_FONTS);
    command
}

/// A program in a folder: in UTC, with nothing to read, and without the settings of whoever runs
/// the tests.
pub(crate) fn program(name: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    for name in ["RRDCACHED_ADDRESS", "RRDCACHED_STRIPPATH", "RRD_LOCKING", "RRD_DEFAULT_FONT"] {
        command.env_remove(name);
    }
    command
}

/// The configuration of a machine without fonts.
pub(crate) const NO_FONTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/no-fonts.conf");

/// Runs a program, which must start.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Writes an executable script for the shell. Another process does so: while the tests start
/// programs, a file that they write themselves can stay open for writing in a child for a moment,
/// and running it fails with "text file busy".
pub(crate) fn script(file: &Path, text: &str) {
    let mut install = Command::new("install");
    install.args(["-m", "755", "/dev/stdin"]).arg(file).stdin(Stdio::piped());
    let mut install = install.spawn().expect("it starts");
    let mut input = install.stdin.take().expect("a pipe");
    write!(input, "#!/bin/sh\n{text}").expect("it reads");
    drop(input);
    assert!(install.wait().expect("it ends").success(), "{}", file.display());
}

/// Copies a program that the tests then run; in another process, as [`script`].
pub(crate) fn copy_program(program: &str, copy: &Path) {
    let copied = Command::new("install").args(["-m", "755", program]).arg(copy).status();
    assert!(copied.expect("it starts").success(), "{}", copy.display());
}

/// Whether these programs are installed. In CI a missing one fails the test; elsewhere it is
/// reported and the test passes.
pub(crate) fn have(programs: &[&str]) -> bool {
    for program in programs {
        let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "{program} is not installed");
            println!("not run: {program} is not installed");
            return false;
        }
    }
    true
}

/// Whether the test runs as root. In CI it must; elsewhere that is reported and the test passes.
pub(crate) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        assert!(std::env::var_os("CI").is_none(), "the rights of root are needed");
        println!("left out: needs the rights of root");
    }
    root
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("allowed");
}
