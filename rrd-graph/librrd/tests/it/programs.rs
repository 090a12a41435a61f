//! Programs of distributions on this library, compared with the installed one on the same input:
//! the quick ones of `trials/programs`, whose scripts say what each does.

use std::process::Command;

use crate::c_program::{libraries, run, text};

const COMPARE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/trials/programs/compare");

/// Runs a program with both libraries; its databases, texts and names of pictures are the same.
fn same(program: &str, needed: &[&str], root: bool) {
    if !have(needed) || root && !is_root() {
        return;
    }
    let output = run(Command::new(COMPARE).arg(libraries()).arg(program));
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}{}", text(&output.stderr));
    println!("{printed}");
}

/// Whether these programs are installed. In CI a missing one fails the test; elsewhere it is
/// reported and the test passes.
fn have(programs: &[&str]) -> bool {
    for program in ["bash", "python3", "rrdtool"].iter().chain(programs) {
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
fn is_root() -> bool {
    let root = text(&run(Command::new("id").arg("-u")).stdout).trim() == "0";
    if !root {
        assert!(std::env::var_os("CI").is_none(), "the rights of root are needed");
        println!("left out: needs the rights of root");
    }
    root
}

#[test]
fn collectd_writes_the_same_files_over_a_kill() {
    same("collectd", &["collectd"], false);
}
