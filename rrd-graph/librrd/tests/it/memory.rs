//! Memory: what the library hands out and keeps.

use std::process::Command;

use crate::c_program::{CProgram, run, text, with_library};
use crate::variadic;

#[test]
fn a_library_that_is_opened_used_and_closed_a_hundred_times_grows_by_nothing() {
    let program = CProgram::of("dlopen.c");
    // Blocks that a thread keeps for its next `malloc` would count as used.
    let mut command = program.command();
    let output = run(command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "0 bytes, 0 descriptors, 0 maps more\n");
}

#[test]
fn the_sanitizers_of_the_compiler_find_nothing_in_the_file_in_c() {
    // It is compiled once more, and the program calls it instead of the library.
    let program = CProgram::with(
        "variadic.c",
        &[
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all",
            "-Drrd_set_error=rrd_variadic_set_error",
            "-Drrd_snprintf=rrd_variadic_snprintf",
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/c/variadic.c"),
        ],
    );
    assert_eq!(program.run(), variadic::PRINTED);
}

/// Runs a program under valgrind, which must find neither a wrong access nor a block that nobody
/// can free. Those that are "possibly lost" are the time zones that the process keeps, whose
/// pointers are marked.
fn under_valgrind(program: &CProgram) {
    if run(Command::new("sh").args(["-c", "command -v valgrind"])).stdout.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "valgrind is not installed");
        println!("not run: valgrind is not installed");
        return;
    }
    let options = ["--quiet", "--error-exitcode=9", "--leak-check=full"];
    let kinds =
        ["--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"];
    let mut command = with_library("valgrind", &program.folder());
    let output = run(command.args(options).args(kinds).arg(program.path()));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn valgrind_finds_no_wrong_access_and_no_leak() {
    under_valgrind(&CProgram::of("trial1.c"));
    under_valgrind(&CProgram::of("trial2.c"));
    // Valgrind runs one thread at a time. To a process that is forked beside threads, what these
    // have is lost.
    under_valgrind(&CProgram::with("threads.c", &["-DCALLS=200", "-DFORKS=0"]));
}
