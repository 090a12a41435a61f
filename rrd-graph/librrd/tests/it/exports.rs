//! What the dynamic linker sees of the library.

use std::collections::BTreeSet;
use std::process::Command;

use crate::c_program::{library, run, text};

/// The functions of RRDtool 1.9, those of its headers that it does not have, and no others.
const EXPORTS: &str = include_str!("../exports.txt");

/// The lines that a program prints about the library.
fn told(program: &str, options: &[&str]) -> Vec<String> {
    let output = run(Command::new(program).args(options).arg(library()));
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn exactly_the_functions_of_the_interface_are_exported() {
    let mut names = Vec::new();
    for line in told("nm", &["-D", "--defined-only"]) {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Functions only.
        assert_eq!(words[1], "T", "{line}");
        // Without a version, which would stand behind an `@`.
        names.push(words[2].to_owned());
    }
    names.sort();
    assert_eq!(names, EXPORTS.lines().collect::<Vec<_>>());
}

#[test]
fn every_function_of_the_headers_is_exported() {
    let exports: BTreeSet<&str> = EXPORTS.lines().collect();
    let mut declared = BTreeSet::new();
    for header in [include_str!("../../include/rrd.h"), include_str!("../../include/rrd_client.h")]
    {
        let words = header.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let names = words.filter(|word| word.starts_with("rrd_") || word.starts_with("rrdc_"));
        declared.extend(names.filter(|name| header.contains(&format!("{name}("))));
    }
    let missing: Vec<&&str> = declared.difference(&exports).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // RRDtool has these in headers of its own.
    let undeclared: Vec<&str> = exports.difference(&declared).copied().collect();
    assert_eq!(
        undeclared,
        [
            "rrd_cf_conv",
            "rrd_fetch_cb_register",
            "rrd_lcd",
            "rrd_reduce_data",
            "rrd_snprintf",
            "rrd_strtod",
            "rrd_strtodbl",
        ]
    );
}

#[test]
fn the_library_has_its_name_stays_loaded_and_needs_only_the_c_library() {
    let lines = told("readelf", &["--dynamic", "--wide"]);
    let values = |tag: &str| -> Vec<String> {
        let lines = lines.iter().filter(|line| line.contains(&format!("({tag})")));
        let value = |line: &String| line.split(['[', ']']).nth(1).expect("a name").to_owned();
        lines.map(value).collect()
    };
    assert_eq!(values("SONAME"), ["librrd.so.8"]);
    // The mathematics of glibc are a library of their own.
    let known = [
        "libc.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
    ];
    for needed in values("NEEDED") {
        assert!(known.contains(&needed.as_str()), "{needed}");
    }
    assert!(lines.iter().any(|line| line.contains("(FLAGS_1)") && line.contains("NODELETE")));
    assert!(!lines.iter().any(|line| line.contains("(VERDEF)")));
}

#[test]
fn every_function_of_c_is_guarded_against_panics() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let output = run(Command::new("grep").args(["-rl", "no_mangle", sources]));
    let mut files: Vec<_> = text(&output.stdout).lines().map(str::to_owned).collect();
    files.sort();
    // The macro, and two functions that only jump to C.
    assert_eq!(files, [format!("{sources}/c/call.rs"), format!("{sources}/c/variadic.rs")]);
}
