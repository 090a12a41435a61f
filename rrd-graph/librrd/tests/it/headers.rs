//! The headers that programs are compiled with.

use crate::c_program::CProgram;

#[test]
fn programs_in_c_for_either_version_of_the_headers_compile() {
    for standard in ["-std=c11", "-std=gnu17"] {
        assert_eq!(
            CProgram::with("headers.c", &[standard, "-Wpedantic"]).run(),
            "char **: -1 'opening 'nope': No such file or directory'\n\
             const char **: -1 'opening 'nope': No such file or directory'\n\
             char *[]: -1 'opening 'nope': No such file or directory'\n\
             macro: -2 'opening 'nope': No such file or directory'\n\
             pointer: -1 'opening 'nope': No such file or directory'\n"
        );
    }
}

#[test]
fn programs_in_cpp_for_either_version_of_the_headers_compile() {
    assert_eq!(
        CProgram::of("headers.cc").run(),
        "text 1\n-1 -1 -1\nopening 'nope': No such file or directory\n"
    );
}
