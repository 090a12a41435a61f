//! The bindings of Perl, Python, PHP, Ruby, Lua and Tcl: a script of each in `tests/bindings` calls
//! every function, with RRDtool's library and with this one, and prints what it gets.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::c_program::{libraries, run, text, with_library};

/// Lines that differ from those with RRDtool's library.
struct Departure {
    theirs: &'static str,
    ours: &'static str,
    reason: &'static str,
}

#[test]
fn scripts_of_perl_print_the_same() {
    let departures = [
        Departure {
            theirs: "dump to no folder: 1\n",
            ours: "dump to no folder: undef\n  error: creating 'nope/d.xml': No such file or \
                   directory\n",
            reason: "a dump that cannot be written is an error",
        },
        Departure {
            theirs: "Document is empty \n",
            ours: "Document is empty (line 2)\n",
            reason: "the line is where the text ends without an element",
        },
        ENCODING,
        Departure {
            theirs: "graph of a bad color: [] 481 141\n",
            ours: "graph of a bad color: undef\n  error: malformed color '#xyz' in LINE1:x#xyz: \
                   give 3, 4, 6 or 8 hexadecimal digits\n",
            reason: "a color that cannot be read is an error",
        },
    ];
    compare("perl", "perl.pl", PERL, &departures);
}

#[test]
fn the_piped_program_answers_perl_the_same() {
    compare("perl", "piped.pl", "command -v rrdtool && perl -MRRDp -e 1", &[ENCODING]);
}

#[test]
fn scripts_of_python_print_the_same() {
    let departures = [
        Departure {
            theirs: "dump to no folder: OperationalError: \n",
            ours: "dump to no folder: OperationalError: creating 'nope/a.xml': No such file or \
                   directory\n",
            reason: "an error has a text",
        },
        Departure {
            theirs: "update of no server: None\n",
            ours: "update of no server: OperationalError: Unable to connect to rrdcached: No such \
                   file or directory\n",
            reason: "a reading that is lost is an error",
        },
        Departure {
            theirs: "fetch of computed rows: OperationalError: \n",
            ours: "fetch of computed rows: [[1000000000, 1000000070, 10], ['low', 'high'], [[6.0, \
                   None], [2.0, None], [5.0, None], [1.0, None], [4.0, None], [0.0, None], [3.0, \
                   None]]]\n",
            reason: "the program's rows are given",
        },
        VERSION,
    ];
    compare("/usr/bin/python3", "python.py", PYTHON, &departures);
}

/// With RRDtool's library the module frees what it was not given, which ends the process by chance.
#[test]
fn a_failed_fetch_of_python_raises_an_error() {
    if succeeds(PYTHON) {
        let usage = "Usage: rrdtool fetch <file> <CF> [options]\n";
        assert_eq!(
            printed(Library::Ours, "/usr/bin/python3", "refused.py"),
            format!(
                "unknown consolidation function 'NOPE'\n\
                 opening 'nope.rrd': No such file or directory\n\
                 start time: unparsable time: rubbish\n{usage}{usage}"
            )
        );
    }
}

#[test]
fn scripts_of_php_print_the_same() {
    let works = "php -r 'exit(extension_loaded(\"rrd\") ? 0 : 1);'";
    let lost = Departure {
        theirs: "update of no server: true\n",
        ours: "update of no server: false\n",
        reason: "a reading that is lost is an error",
    };
    compare("php", "php.php", works, &[lost, VERSION]);
}

#[test]
fn scripts_of_ruby_print_the_same() {
    compare("ruby", "ruby.rb", RUBY, &[]);
}

#[test]
fn scripts_of_lua_print_the_same() {
    compare("lua5.3", "lua.lua", LUA, &[]);
}

#[test]
fn scripts_of_tcl_print_the_same() {
    let resize = Departure {
        theirs: "resize without a name: ended with CHILDKILLED SIGSEGV\n",
        ours: "resize without a name: RRD Error: missing file name\n",
        reason: "a call without arguments is an error",
    };
    compare("tclsh", "tcl.tcl", TCL, &[resize]);
}

#[test]
fn both_libraries_work_on_one_file_in_turn() {
    if succeeds(PERL) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/trials/two-libraries");
        let output = run(Command::new(script).arg(libraries()).env("TZ", "UTC"));
        let printed = text(&output.stdout);
        assert!(output.status.success(), "{printed}{}", text(&output.stderr));
        assert!(
            printed.contains("4000 answers and the dumps of 131187 bytes are equal"),
            "{printed}"
        );
    }
}

/// Every client of the library in Debian finds its functions, of those that are installed in CI.
#[test]
fn clients_find_all_their_functions() {
    let packages = [
        ("librrds-perl", PERL),
        ("python3-rrdtool", PYTHON),
        ("rrdcached", "command -v rrdcached"),
        ("rrdtool", "command -v rrdtool"),
        ("ruby-rrd", RUBY),
        ("lua-rrd", LUA),
        ("rrdtool-tcl", TCL),
        ("collectd-core", "command -v collectd"),
    ];
    let installed = packages.iter().filter(|(_, works)| succeeds(works)).map(|(name, _)| name);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/trials/clients-load");
    let output = run(Command::new(script).arg(libraries()).args(installed));
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

// Commands that succeed if a module is installed.
const PERL: &str = "perl -MRRDs -e 1";
const PYTHON: &str = "/usr/bin/python3 -c 'import rrdtool'";
const RUBY: &str = "ruby -e 'require \"RRD\"'";
const LUA: &str = "lua5.3 -e 'require \"rrd\"'";
const TCL: &str = "echo 'package require Rrd' | tclsh";

const VERSION: Departure =
    Departure { theirs: "1.7.2", ours: "1.9.0", reason: "the library tells the version it speaks" };

const ENCODING: Departure = Departure {
    theirs: "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
    ours: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    reason: "the legend is UTF-8 and not in ASCII",
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Theirs,
    Ours,
}

/// Runs a script with both libraries; what it prints must be equal but for the departures, each of
/// which must occur.
fn compare(interpreter: &str, script: &str, works: &str, departures: &[Departure]) {
    if !succeeds(works) {
        return;
    }
    let mut expected = printed(Library::Theirs, interpreter, script);
    for Departure { theirs, ours, reason } in departures {
        assert!(expected.contains(theirs), "no departure any more: {reason}: {theirs}");
        expected = expected.replace(theirs, ours);
    }
    let ours = printed(Library::Ours, interpreter, script);
    for (number, (expected, ours)) in expected.lines().zip(ours.lines()).enumerate() {
        assert_eq!(ours, expected, "line {} of what {script} prints", number + 1);
    }
    assert_eq!(ours.lines().count(), expected.lines().count());
}

/// What a script of `tests/bindings` prints, in a folder of its own.
fn printed(library: Library, interpreter: &str, script: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bindings"));
    fs::copy(scripts.join(script), folder.path().join(script)).expect("it can be copied");
    let mut command = with_library(interpreter, folder.path());
    if library == Library::Theirs {
        command.env_remove("LD_LIBRARY_PATH");
    }
    // Perl gives the keys of its tables in an order by chance.
    command.env("LC_ALL", "C.UTF-8").env("PERL_HASH_SEED", "0");
    let output = run(command.arg(script));
    assert!(output.status.success(), "{output:?}");
    comparable(&text(&output.stdout))
}

/// Whether a command of the shell succeeds. In CI it must; elsewhere that is reported and the test
/// passes.
fn succeeds(command: &str) -> bool {
    let works = run(Command::new("sh").args(["-c", command])).status.success();
    if !works {
        assert!(env::var_os("CI").is_none(), "this must work: {command}");
        println!("not run: {command}");
    }
    works
}

/// What a script prints without the values that differ from run to run or by a pixel: the current
/// row, which RRDtool chooses by chance, and where the texts of a legend are.
fn comparable(printed: &str) -> String {
    let masked = |line: &str| {
        let key = line.split_once(" = ").map(|(key, _)| key);
        let key = key.filter(|key| key.ends_with("cur_row") || key.contains("coords["));
        key.map_or_else(|| line.to_owned(), |key| format!("{key} = N"))
    };
    printed.lines().map(|line| masked(line) + "\n").collect()
}
