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
        let is_command = program.contains(' ');
        let question = if is_command { "" } else { "command -v " };
        let found = Command::new("sh").arg("-c").arg([question, program].concat()).output();
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
fn the_program_rrdtool_of_the_distribution_answers_the_same() {
    same("rrdtool", &[], false);
}

#[test]
fn the_program_rrdcgi_of_the_distribution_writes_the_same_pages() {
    same("rrdcgi", &["rrdcgi"], false);
}

#[test]
fn the_program_rrdcached_of_the_distribution_starts_and_says_why_it_refuses_updates() {
    same("rrdcached", &["rrdcached"], false);
}

#[test]
fn collectd_writes_the_same_files_over_a_kill() {
    same("collectd", &["collectd"], false);
}

#[test]
fn collectd_stores_the_same_through_a_caching_daemon() {
    same("collectd_rrdcached", &["collectd", "rrdcached"], false);
}

#[test]
fn gmetad_writes_the_same_files() {
    same("gmetad", &["gmetad", "unshare", "ip"], false);
}

#[test]
fn munin_writes_and_draws_the_same_files() {
    same("munin", &["test -x /usr/share/munin/munin-graph", "setpriv", "faketime"], true);
}
