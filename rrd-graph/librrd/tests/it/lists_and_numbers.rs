//! What programs keep in memory: lists, numbers, arrays. What the programs print is what they print
//! with RRDtool 1.7.2, except for arguments that this does not survive.

use crate::c_program::CProgram;

#[test]
fn lists_of_keys_and_values_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("lists.c").run(), include_str!("lists.txt"));
}

#[test]
fn numbers_durations_and_merged_rows_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("numbers.c").run(), include_str!("numbers.txt"));
}

#[test]
fn arrays_and_folders_are_those_of_rrdtools_library() {
    assert_eq!(CProgram::of("pointers.c").run(), include_str!("pointers.txt"));
}

#[test]
fn arguments_that_no_program_should_pass_are_errors() {
    assert_eq!(CProgram::of("hostile.c").run(), include_str!("hostile.txt"));
}
