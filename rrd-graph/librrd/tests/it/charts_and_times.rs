//! Charts, exported series, rows of the program itself, and times.
//!
//! The texts beside the programs are what they print with RRDtool 1.7.2.

use crate::c_program::CProgram;

#[test]
fn charts_give_what_rrdtools_library_gives() {
    assert_eq!(CProgram::of("graph.c").run(), include_str!("graph.txt"));
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
