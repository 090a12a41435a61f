//! What belongs to the process that uses the library.

use crate::c_program::CProgram;

#[test]
fn nothing_of_the_process_is_changed() {
    assert_eq!(CProgram::of("unchanged.c").run(), "unchanged\n");
}
