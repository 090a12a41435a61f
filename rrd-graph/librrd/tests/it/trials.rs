//! Programs that call the whole interface: what they print is what they print with RRDtool's
//! library, which made the `.txt` files.

use crate::c_program::CProgram;

fn prints(name: &str, expected: &str) {
    let printed = CProgram::of(name).run();
    for (printed, expected) in printed.lines().zip(expected.lines()) {
        assert_eq!(printed, expected);
    }
    assert_eq!(printed, expected);
}

#[test]
fn the_life_of_a_file_is_told_as_by_rrdtools_library() {
    prints("trial1.c", include_str!("trial1.txt"));
}

#[test]
fn callbacks_defaults_and_usages_are_those_of_rrdtools_library() {
    prints("trial2.c", include_str!("trial2.txt"));
}
