//! Needless refusals and wrong answers: sizes that nothing can draw, row times of `updatev`, dumps
//! on standard input, impossible definitions.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::program::{RRD, program, rrd, run};

fn say(folder: &Path, words: &[&str]) -> Output {
    run(rrd(folder).args(words))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A database of one source, with steps of ten seconds from 1,000,000,000 on.
fn create(folder: &Path, name: &str) {
    let shape = ["-b", "1000000000", "-s", "10", "DS:a:GAUGE:30:U:U"];
    let archives = ["RRA:AVERAGE:0.5:1:10", "RRA:MAX:0.5:3:5"];
    let created = say(folder, &[&["create", name][..], &shape, &archives].concat());
    assert!(created.status.success(), "{created:?}");
}

#[test]
fn a_size_that_cannot_be_drawn_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let too_large = |width: &str, height: &str, most: &str| {
        format!(
            "ERROR: a picture of {width} x {height} pixels is too large: expected at most {most}\n"
        )
    };
    let png = "32000 x 32000 and 100000000 pixels in total";
    let (vectors, billion) = ("1000000 x 1000000", "1000000000");
    for (file, options, wanted) in [
        ("x.png", &["-w", billion][..], too_large(billion, "100", png)),
        ("x.png", &["-h", billion], too_large("400", billion, png)),
        ("x.png", &["-w", "32001"], too_large("32001", "100", png)),
        ("x.png", &["-w", "32000", "-h", "32000"], too_large("32000", "32000", png)),
        ("x.png", &["-w", "4000", "-m", "10"], too_large("40000", "1000", png)),
        (
            "x.png",
            &["-m", "1e300"],
            too_large(&format!("4{}", "0".repeat(302)), &format!("1{}", "0".repeat(302)), png),
        ),
        ("x.png", &["-m", "inf"], too_large("inf", "inf", png)),
        ("x.png", &["-D", "-w", billion], too_large(billion, "100", png)),
        ("x.png", &["-j", "-w", billion], too_large(billion, "100", png)),
        ("x.svg", &["-w", billion], too_large(billion, "100", vectors)),
        ("x.pdf", &["-h", "1000001"], too_large("400", "1000001", vectors)),
        ("x.svg", &["-w", "500001", "-m", "2"], too_large("1000002", "200", vectors)),
    ] {
        // The database does not exist, which is found out later.
        let elements = ["DEF:a=none.rrd:a:AVERAGE", "LINE:a#ff0000"];
        for command in ["graph", "graphv"] {
            let refused = say(folder, &[&[command, file], options, &elements].concat());
            // Standing numbers of 1e302 are not round.
            let told = text(&refused.stderr);
            if options.contains(&"1e300") {
                assert!(told.starts_with("ERROR: a picture of 4"), "{told}");
            } else {
                assert_eq!(told, wanted, "{file} {options:?}");
            }
            assert_eq!(refused.status.code(), Some(1));
            assert!(!folder.join(file).exists());
        }
    }
}

#[test]
fn tables_of_any_width_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "x.rrd");
    assert!(say(folder, &["update", "x.rrd", "1000000010:1", "1000000020:2"]).status.success());
    let span = ["-s", "1000000000", "-e", "1000000020"];
    let wide =
        ["graph", "-", "-a", "CSV", "-w", "1000000000", "DEF:a=x.rrd:a:AVERAGE", "LINE:a#f00:a"];
    let table = say(folder, &[&wide[..], &span].concat());
    assert!(table.status.success(), "{table:?}");
    assert_eq!(text(&table.stdout).lines().count(), 3, "{}", text(&table.stdout));
    let rows = |most: &str| {
        let words = ["xport", "-m", most, "DEF:a=x.rrd:a:AVERAGE", "XPORT:a:a"];
        let xport = say(folder, &[&words[..], &span].concat());
        assert!(xport.status.success(), "{xport:?}");
        text(&xport.stdout)
    };
    assert_eq!(rows("4000000000"), rows("400"));
}

#[test]
fn each_row_of_an_update_has_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "x.rrd");
    let told = say(folder, &["updatev", "x.rrd", "1000000010:1", "1000000025:2", "1000000061:U"]);
    assert_eq!(
        text(&told.stdout),
        "return_value = 0
[1000000010]RRA[AVERAGE][1]DS[a] = 1.0000000000e+00
[1000000020]RRA[AVERAGE][1]DS[a] = 2.0000000000e+00
[1000000020]RRA[MAX][3]DS[a] = 2.0000000000e+00
[1000000030]RRA[AVERAGE][1]DS[a] = 2.0000000000e+00
[1000000040]RRA[AVERAGE][1]DS[a] = NaN
[1000000050]RRA[AVERAGE][1]DS[a] = NaN
[1000000060]RRA[AVERAGE][1]DS[a] = NaN
[1000000050]RRA[MAX][3]DS[a] = NaN
"
    );
    // The rows that `fetch` shows at these times.
    let rows = say(folder, &["fetch", "x.rrd", "AVERAGE", "-s", "1000000000", "-e", "1000000060"]);
    let times: Vec<_> =
        text(&rows.stdout).lines().skip(2).map(|line| line[..10].to_owned()).collect();
    let wanted: Vec<_> = (1..=7).map(|row| (1_000_000_000 + row * 10).to_string()).collect();
    assert_eq!(times, wanted);
}

/// The answers of a session, without the times of `OK`.
fn session(folder: &Path, input: &[u8]) -> String {
    let mut child =
        program(RRD, folder).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let answers = text(&output.stdout);
    let lines = answers.lines().map(|line| if line.starts_with("OK ") { "OK" } else { line });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_command_after_a_dump_on_standard_input_is_answered_in_step() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "x.rrd");
    assert!(say(folder, &["update", "x.rrd", "1000000010:1"]).status.success());
    let dump = text(&say(folder, &["dump", "x.rrd"]).stdout);
    let flat = dump.replace('\n', " ");
    let broken = dump.replacen("<version>", "<vorsion>", 1);
    let early = dump.replacen("</rrd>", "", 1);
    let cut = &dump[..dump.len() / 2];
    let number = dump.replacen("<step>10<", "<step>1 2<", 1);
    let after = format!("{dump}last x.rrd\n");
    let last = "1000000010\nOK\n";
    let xml = "ERROR: error reading/parsing XML:";
    for (name, dump, end, answer) in [
        ("whole", &*dump, "\u{1a}\n", "OK\n".to_owned()),
        ("flat", &flat, "\u{1a}\n", "OK\n".to_owned()),
        ("rest", &dump, "\u{1a} is ignored\n", "OK\n".to_owned()),
        ("broken", &broken, "\u{1a}\n", "ERROR: parse_tag_rrd: Unknown tag: vorsion\n".to_owned()),
        ("number", &number, "\u{1a}\n", "ERROR: line 6: '1 2' is not a whole number\n".to_owned()),
        ("early", &early, "\u{1a}\n", format!("{xml} the document ends before </rrd> (line 75)\n")),
        ("cut", cut, "\u{1a}\n", String::new()),
        (
            "after",
            &after,
            "\u{1a}\n",
            format!("{xml} Extra content at the end of the document (line 76)\n"),
        ),
        ("nothing", "", "\u{1a}\n", format!("{xml} the document ends before </rrd> (line 1)\n")),
        ("whole", &dump, "\u{1a}\n", "ERROR: creating 'whole': File exists\n".to_owned()),
    ] {
        let input = format!("restore - {name}\n{dump}{end}last x.rrd\nquit\n");
        let answers = session(folder, input.as_bytes());
        if name == "cut" {
            let (first, rest) = answers.split_once('\n').unwrap();
            assert!(first.starts_with("ERROR: ") && rest == last, "{answers}");
        } else {
            assert_eq!(answers, format!("{answer}{last}"), "{name}");
        }
        assert_eq!(folder.join(name).exists(), answer == "OK\n" || name == "whole", "{name}");
    }
    assert_eq!(fs::read(folder.join("whole")).unwrap(), fs::read(folder.join("rest")).unwrap());
}

#[test]
fn a_dump_on_standard_input_of_one_command_ends_with_the_input_or_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder, "x.rrd");
    let dump = say(folder, &["dump", "x.rrd"]).stdout;
    for (end, wanted) in [
        ("", ""),
        ("\n\n", ""),
        ("\u{1a}", ""),
        ("\u{1a}\nmore", ""),
        (
            "more",
            "ERROR: error reading/parsing XML: Extra content at the end of the document (line 75)\n",
        ),
    ] {
        let mut child = program(RRD, folder)
            .args(["restore", "-f", "-", "y.rrd"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&[&dump, end.as_bytes()].concat()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stderr), wanted);
        assert_eq!(output.status.success(), wanted.is_empty());
    }
}

#[test]
fn a_command_without_arguments_prints_its_usage() {
    let folder = tempfile::tempdir().unwrap();
    let usage = |words: &[&str]| text(&say(folder.path(), words).stdout);
    let line = |text: &str, number: usize| text.lines().nth(number).unwrap_or_default().to_owned();
    assert_eq!(line(&usage(&["list"]), 2), "Usage: rrd list FOLDER [OPTION]...");
    assert_eq!(line(&usage(&["help", "last"]), 2), "Usage: rrd last FILE [OPTION]...");
    let refused = say(folder.path(), &["list", "--recursive"]);
    assert_eq!(
        text(&refused.stderr),
        "ERROR: Usage: rrdtool list [--daemon <addr> [--noflush]] [--recursive] <directory>\n"
    );
}

#[test]
fn two_sources_of_one_name_are_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shape = ["-b", "1000000000", "-s", "10", "DS:a:GAUGE:30:U:U", "DS:b:GAUGE:30:U:U"];
    let created = say(folder, &[&["create", "x.rrd"][..], &shape, &["RRA:LAST:0.5:1:3"]].concat());
    assert!(created.status.success(), "{created:?}");
    assert!(say(folder, &["update", "x.rrd", "1000000010:1:2"]).status.success());
    let mut bytes = fs::read(folder.join("x.rrd")).unwrap();
    bytes[248] = b'a';
    fs::write(folder.join("x.rrd"), &bytes).unwrap();
    let fault = "ds[1].name is 'a' at byte 248, but must be a name that no other data source has";
    let checked = say(folder, &["check", "x.rrd"]);
    assert_eq!(text(&checked.stdout), format!("x.rrd: impossible field: 'x.rrd': {fault}\n"));
    assert_eq!(checked.status.code(), Some(1));
    for words in [
        &["update", "x.rrd", "1000000020:1:2"][..],
        &["updatev", "x.rrd", "1000000020:1:2"],
        &["tune", "x.rrd", "-h", "a:60"],
    ] {
        let refused = say(folder, words);
        assert_eq!(text(&refused.stderr), format!("ERROR: 'x.rrd': {fault}\n"));
        assert_eq!(refused.status.code(), Some(1));
    }
    assert_eq!(fs::read(folder.join("x.rrd")).unwrap(), bytes);
    for words in
        [&["info", "x.rrd"][..], &["dump", "x.rrd"], &["last", "x.rrd"], &["lastupdate", "x.rrd"]]
    {
        let read = say(folder, words);
        assert!(read.status.success() && read.stderr.is_empty(), "{words:?}: {read:?}");
    }
    let rows = say(folder, &["fetch", "x.rrd", "LAST", "-s", "1000000000", "-e", "1000000009"]);
    let row = text(&rows.stdout).lines().nth(2).unwrap_or_default().to_owned();
    assert_eq!(row, "1000000010: 1.0000000000e+00 2.0000000000e+00");
    // The copy that `check` makes can be written.
    let saved = say(folder, &["check", "x.rrd", "--salvage", "y.rrd"]);
    assert_eq!(
        text(&saved.stdout),
        "x.rrd: ds[1].name was 'a', now ds1\ny.rrd: written, 0 values are lost\n"
    );
    assert!(say(folder, &["update", "y.rrd", "1000000020:1:2"]).status.success());
}
