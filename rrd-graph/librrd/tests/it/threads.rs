//! Many threads and processes on the same files.

use crate::c_program::CProgram;

#[test]
fn eight_threads_on_two_files_make_each_update_once_and_see_whole_files_and_errors_of_their_own() {
    // The sum of 1 to 3,000: each thread makes so many updates of a file.
    assert_eq!(
        CProgram::of("threads.c").run(),
        "first.rrd: 3000 rows, sum 4501500\nsecond.rrd: 3000 rows, sum 4501500\n"
    );
}
