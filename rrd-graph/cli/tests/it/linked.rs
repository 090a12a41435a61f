//! The shared libraries that the program needs.

use std::process::Command;

use crate::program::RRD;

/// The only functions of the C library's `libm` are those that the font reader would call for kinds
/// of glyphs that the embedded fonts do not contain. It requests other code (`core_maths`), but the
/// compiler prefers the standard library's as soon as any crate in the build uses it, as rustls and
/// tempfile do; `rrd` built alone needs none.
const UNUSED: [&str; 3] = ["hypotf", "sincosf", "tanf"];

/// Functions of `libm` that the standard library of Rust or a crate could use; `rrd_core::number`
/// has its own.
const ELEMENTARY: [&str; 25] = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp",
    "exp2", "expm1", "hypot", "log", "log10", "log1p", "log2", "pow", "sin", "sincos", "sinh",
    "tan", "tanh", "tgamma",
];

#[test]
fn the_program_needs_no_shared_library_but_those_of_the_c_library() {
    let Some(listing) = readelf("--dynamic") else { return };
    let needed = listing
        .lines()
        .filter_map(|line| line.split_once("(NEEDED)")?.1.split_once('[')?.1.strip_suffix(']'));
    let foreign = needed
        .filter(|name| {
            !["libc.so.", "libm.so.", "ld-linux"].iter().any(|own| name.starts_with(own))
        })
        .collect::<Vec<_>>();
    assert_eq!(foreign, [""; 0]);
}

#[test]
fn no_figure_comes_from_the_c_library_of_the_machine() {
    let Some(listing) = readelf("--dyn-syms") else { return };
    let asked_for = listing
        .lines()
        .filter_map(|line| line.split_once(" UND ")?.1.split_once('@'))
        .map(|(name, _)| name)
        .filter(|name| ELEMENTARY.contains(&name.strip_suffix('f').unwrap_or(name)))
        .filter(|name| !UNUSED.contains(name))
        .collect::<Vec<_>>();
    assert_eq!(asked_for, [""; 0]);
}

/// The output of `readelf` for the program; `None` if it is not installed.
fn readelf(question: &str) -> Option<String> {
    let Ok(listing) = Command::new("readelf").args(["--wide", question, RRD]).output() else {
        assert!(std::env::var_os("CI").is_none(), "readelf is not installed");
        return None;
    };
    Some(String::from_utf8(listing.stdout).expect("text"))
}
