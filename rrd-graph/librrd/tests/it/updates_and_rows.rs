//! Functions that make files, update them and read their rows. What the programs print is what
//! they print with RRDtool 1.7.2.

use crate::c_program::CProgram;

#[test]
fn readings_are_taken_and_refused_as_by_rrdtools_library() {
    assert_eq!(CProgram::of("update.c").run(), include_str!("update.txt"));
}

#[test]
fn new_files_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("create.c").run(), include_str!("create.txt"));
}

#[test]
fn rows_and_times_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("fetch.c").run(), include_str!("fetch.txt"));
}

#[test]
fn spans_without_measure_have_unknown_rows_or_an_error_and_no_crash() {
    let program = CProgram::of("fetch.c");
    let output = program.command().arg("odd").output().expect("a program that runs");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("fetch_odd.txt"));
}

#[test]
fn an_update_waits_for_the_lock_of_another_process_unless_it_is_told_not_to() {
    assert_eq!(
        CProgram::of("locking.c").run(),
        "create_r: 0 ''\n\
         RRD_FLAGS_LOCKING_MODE_TRY: -1 'could not lock RRD'\n\
         RRD_FLAGS_LOCKING_MODE_NONE: 0 ''\n\
         0: -1 'could not lock RRD'\n\
         by words: -1 'could not lock RRD'\n\
         0: 0 ''\n\
         0: 0 ''\n\
         the other process: 0\n\
         RRD_FLAGS_LOCKING_MODE_BLOCK: 0 ''\n\
         the other process: 0\n"
    );
}
