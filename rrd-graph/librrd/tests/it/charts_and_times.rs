//! Charts, exported series, rows of the program itself, and times.
//!
//! The texts beside the programs are what they print with RRDtool 1.7.2.

use std::process::Command;

use crate::c_program::CProgram;

#[test]
fn charts_give_what_rrdtools_library_gives() {
    assert_eq!(CProgram::of("graph.c").run(), include_str!("graph.txt"));
}

#[test]
fn charts_are_the_same_in_threads_with_small_stacks_and_after_a_fork() {
    assert_eq!(
        CProgram::of("drawing.c").run(),
        "again: 0\n\
         8 threads: 0\n\
         stack of 512 KiB: 0\n\
         stack of 128 KiB: 0\n\
         forked: 0\n\
         ''\n"
    );
}

/// RRDtool prints `3,75` where the process has German numbers.
#[test]
fn names_of_days_are_those_of_the_locale_that_the_process_has_set() {
    let program = CProgram::of("locale.c");
    let locale = program.folder().join("de_DE.UTF-8");
    let made = Command::new("localedef").args(["-i", "de_DE", "-f", "UTF-8"]).arg(locale).output();
    if !made.is_ok_and(|made| made.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "no localedef, or no German locale");
        return;
    }
    let output = program.command().env("LOCPATH", program.folder()).output();
    let output = output.expect("a program that runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "at first: Sunday 09. September, 3.75\n\
         German: Sonntag 09. September, 3.75\n\
         English, German numbers: Sunday 09. September, 3.75\n"
    );
}

#[test]
fn series_are_exported_as_by_rrdtools_library() {
    assert_eq!(CProgram::of("xport.c").run(), include_str!("xport.txt"));
}

#[test]
fn rows_of_a_function_of_the_program_are_fetched_drawn_and_exported() {
    assert_eq!(CProgram::of("fetch_callback.c").run(), include_str!("fetch_callback.txt"));
}

#[test]
fn rows_that_cannot_be_are_an_error_and_no_crash() {
    let program = CProgram::of("fetch_callback.c");
    let output = program.command().arg("odd").output().expect("a program that runs");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<_> = printed.lines().filter(|line| line.starts_with("-1 'Your")).collect();
    assert_eq!(
        answers,
        [
            "-1 'Your callback returns a step of 0'",
            "-1 'Your callback returns a start after end. start: 1000000000 end: 999999900'",
            "-1 'Your callback returns a data source without a name'",
            "-1 'Your callback returns a data source without a name'",
            "-1 'Your callback returns no values'",
            "-1 'Your callback returns 18446744073709551615 data sources, which are too many'",
            "-1 'Your callback returns 109951162784 rows of 2 values, which are too many'",
        ]
    );
}

#[test]
fn times_have_the_parts_and_ranges_of_rrdtools_library_in_each_zone() {
    assert_eq!(CProgram::of("at_time.c").run(), include_str!("at_time.txt"));
}
