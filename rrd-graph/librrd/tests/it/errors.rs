//! Errors of threads.

use crate::c_program::CProgram;

#[test]
fn each_thread_has_its_own_error_until_the_very_end_of_the_process() {
    assert_eq!(
        CProgram::of("errors.c").run(),
        "at first: 0 ''\n\
         a new thread: 0 ''\n\
         it has 'thread 7'\n\
         at the end of a thread: -1 'opening 'nope': No such file or directory'\n\
         afterwards: 1 'main text' 'main text'\n\
         a long text: 4095\n\
         at exit: -1 'opening 'nope': No such file or directory'\n"
    );
}

#[test]
fn functions_of_a_program_with_the_same_names_are_not_called_by_the_library() {
    assert_eq!(
        CProgram::of("same_names.c").run(),
        "text 1\nopening 'nope': No such file or directory\n"
    );
}

#[test]
fn a_command_line_without_a_name_works_as_one_with_it() {
    assert_eq!(
        CProgram::of("unnamed.c").run(),
        "create: 0\n\
         update: 0\n\
         last: 1600000030\n\
         info: filename\n\
         no file: -1 'Usage: rrdtool (null) [--daemon|-d <addr>] <file>'\n"
    );
}
