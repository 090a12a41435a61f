//! The functions with variable arguments.

use crate::c_program::CProgram;

pub(crate) const PRINTED: &str = "\
no arguments
-1 two 3 -4 5 0x6
1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5 9.5 10.5
1 1.25 2 2.25 3 3.25 4 4.25 5 5.25 6 6.25 text 7.5 8 8.25 9 9.25 10.25 11.25
%   42|left  |3.14
again: %   42|left  |3.14

50 1 1.25 2 2.25 3 3.25 4 4.25 5 5.25 6 6.25 text 7.5
6 long
5
1.50
";

#[test]
fn arguments_of_all_classes_reach_the_text() {
    for level in ["-O0", "-O2", "-Os"] {
        assert_eq!(CProgram::with("variadic.c", &[level]).run(), PRINTED);
    }
}
