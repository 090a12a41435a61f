//! Help, misspelt words, and the check of whole folders, as somebody meets them who types `rrd`.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;

use crate::program::{rrd, run};

/// Status, standard output and standard error of a command line in a folder.
fn said(folder: &Path, line: &str) -> (i32, String, String) {
    let output = run(rrd(folder).args(line.split_whitespace()));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder_with_database() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = said(
        folder.path(),
        "create load.rrd --start 1000000000 --step 60 DS:load:GAUGE:120:0:U DS:steal:GAUGE:120:0:U RRA:AVERAGE:0.5:1:60",
    );
    assert_eq!(made, (0, String::new(), String::new()));
    folder
}

#[test]
fn every_command_explains_itself_with_status_zero() {
    let folder = tempfile::tempdir().unwrap();
    let general = said(folder.path(), "help").1;
    let commands = general.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = commands.filter(|name| *name != "-").collect();
    assert!(commands.len() > 20, "{general}");
    for command in commands {
        let (status, help, errors) = said(folder.path(), &format!("help {command}"));
        assert_eq!((status, &*errors), (0, ""), "{command}");
        assert!(help.contains(&format!("Usage: rrd {command} ")), "{help}");
        assert_eq!(said(folder.path(), &format!("{command} --help")), (0, help.clone(), errors));
        // Letters that a command has for something else stay that.
        let short = said(folder.path(), &format!("{command} -h"));
        let is_height = ["graph", "graphv", "chart"].contains(&command);
        let is_own = is_height || ["dump", "tune"].contains(&command);
        assert_eq!(short.1 == help, !is_own, "{command}: {short:?}");
    }
}

#[test]
fn a_misspelt_word_gets_the_nearest_one_in_a_second_line() {
    let folder = folder_with_database();
    for (line, error, meant) in [
        ("updat load.rrd N:1", "unknown function 'updat'", "update"),
        ("help grapf", "unknown function 'grapf'", "graph"),
        ("fetch load.rrd AVERAG", "unknown consolidation function 'AVERAG'", "AVERAGE"),
        ("fetch load.rrd AVERAGE --strat end-1h", "invalid option -- 'strat'", "start"),
        (
            "fetch load.rrd AVERAGE -s yesterdy",
            "start time: unparsable time: yesterdy",
            "yesterday",
        ),
        ("fetch load.rrd AVERAGE -s satruday", "start time: unparsable time: satruday", "saturday"),
        ("update -t laod load.rrd N:1", "unknown DS name 'laod'", "load"),
        ("tune load.rrd --heartbeat steel:9", "unknown data source name 'steel'", "steal"),
        (
            "xport DEF:a=load.rrd:stael:AVERAGE XPORT:a",
            "No DS called 'stael' in 'load.rrd'",
            "steal",
        ),
        ("xport DEF:a=load.rrd:load:AVERGE XPORT:a", "bad CF: AVERGE", "AVERAGE"),
        (
            "xport DEF:load=load.rrd:load:AVERAGE XPORT:laod",
            "laod is not a vname nor a number",
            "load",
        ),
        (
            "xport DEF:a=load.rrd:load:AVERAGE XPRT:a",
            "'XPRT' is not a valid function name in XPRT:a",
            "XPORT",
        ),
        (
            "xport DEF:a=load.rrd:load:AVERAGE CDEF:b=a,FLOR XPORT:b",
            "don't understand 'FLOR'",
            "FLOOR",
        ),
        (
            "create b.rrd DS:a:GUAGE:120:0:U RRA:LAST:0.5:1:6",
            "invalid DS type specified (GUAGE)",
            "GAUGE",
        ),
        (
            "create b.rrd DS:a:GAUGE:120:0:U RRA:LASD:0.5:1:6",
            "Unrecognized consolidation function LASD",
            "LAST",
        ),
    ] {
        let (status, output, errors) = said(folder.path(), line);
        assert_eq!((status, &*output), (1, ""), "{line}");
        assert_eq!(errors, format!("ERROR: {error}\nDid you mean '{meant}'?\n"), "{line}");
    }
    // Nothing is near, or no word is misspelt.
    for line in
        ["frobnicate", "fetch load.rrd MEAN", "info none.rrd", "fetch load.rrd AVERAGE -s 12:99"]
    {
        let (status, _, errors) = said(folder.path(), line);
        assert_eq!((status, errors.lines().count()), (1, 1), "{line}: {errors}");
    }
}

#[test]
fn a_file_that_cannot_be_made_is_named_with_the_reason_in_a_second_line() {
    let folder = folder_with_database();
    let words = "DS:a:GAUGE:120:0:U RRA:LAST:0.5:1:6";
    for (line, wanted) in [
        (format!("create no/a.rrd {words}"), "creating 'no/a.rrd': No such file or directory"),
        (format!("create load.rrd/a.rrd {words}"), "creating 'load.rrd/a.rrd': Not a directory"),
    ] {
        let wanted = format!("ERROR: Cannot create temporary file\n{wanted}\n");
        assert_eq!(said(folder.path(), &line), (1, String::new(), wanted), "{line}");
    }
}

#[test]
fn under_rrdtools_name_errors_are_one_line_as_its_own() {
    let folder = folder_with_database();
    for (line, error) in [
        ("updat load.rrd N:1", "unknown function 'updat'"),
        ("info --help", "invalid option -- 'help'"),
    ] {
        let output = run(rrd(folder.path()).arg0("rrdtool").args(line.split(' ')));
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("ERROR: {error}\n"));
    }
}

#[test]
fn folders_are_checked_whole_and_only_findings_are_named() {
    let folder = folder_with_database();
    let inner = folder.path().join("hosts/web");
    fs::create_dir_all(&inner).unwrap();
    for name in ["a", "b", "c"] {
        fs::copy(folder.path().join("load.rrd"), inner.join(format!("{name}.rrd"))).unwrap();
    }
    fs::write(inner.join("notes.txt"), "no database").unwrap();
    symlink(folder.path(), inner.join("circle")).unwrap();
    let sound = said(folder.path(), "check hosts");
    assert_eq!(sound, (0, "3 files in folders are sound\n".to_owned(), String::new()));
    let both = said(folder.path(), "check load.rrd hosts");
    assert_eq!(both.1, "load.rrd: ok\n3 files in folders are sound\n");

    let whole = fs::read(inner.join("b.rrd")).unwrap();
    fs::write(inner.join("b.rrd"), &whole[..whole.len() - 8]).unwrap();
    let (status, output, errors) = said(folder.path(), "check hosts");
    let (bytes, asked) = (whole.len() - 8, whole.len());
    assert_eq!(
        output,
        format!(
            "hosts/web/b.rrd: truncated: 'hosts/web/b.rrd' has {bytes} bytes, but its head asks for {asked}\n2 files in folders are sound\n"
        )
    );
    assert!(errors.starts_with("ERROR: 1 of 3 files are damaged:"), "{errors}");
    assert_eq!(status, 1);

    fs::create_dir(folder.path().join("empty")).unwrap();
    let (status, output, errors) = said(folder.path(), "check empty");
    assert_eq!((status, &*output), (1, ""));
    assert_eq!(errors, "ERROR: no file below 'empty' ends in .rrd\n");
}
