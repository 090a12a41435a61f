//! Texts of other people: in other codesets, in other languages, with other letters.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::process::{Command, Stdio};

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

use crate::program::{RRD, have, program, rrd, run};

/// The time of the highest value, 2020-03-03 04:30 UTC, and of a month whose name is declined.
const NOON: i64 = 1_583_209_800;

/// An hour of readings around a time; the highest is at the time.
fn database(path: &Path, at: i64) {
    let step = Step::from_seconds(300).unwrap();
    let builder =
        Schema::builder(step).gauge("x", Heartbeat::from_seconds(600)).average(0.5, 1, 100);
    let begin = Timestamp::from_seconds(at - 3600);
    let mut rrd = Rrd::create(path, &builder.build().unwrap(), begin).unwrap();
    for row in -11..=12_i32 {
        let moment = Timestamp::from_seconds(at + 300 * i64::from(row));
        rrd.update(&Sample::new(moment, [100.0 - f64::from(row).abs()])).unwrap();
    }
}

fn range(at: i64) -> [String; 4] {
    ["-s".into(), (at - 3000).to_string(), "-e".into(), (at + 3000).to_string()]
}

fn bytes(text: &[u8]) -> OsString {
    OsString::from_vec(text.to_vec())
}

/// The SVG of a chart with these words.
fn svg(folder: &Path, locale: &str, words: &[OsString]) -> String {
    let output = run(rrd(folder)
        .env("LC_ALL", locale)
        .args(["graph", "-", "-a", "SVG"])
        .args(range(NOON))
        .args(words));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_text_that_is_not_utf_8_costs_at_most_its_own_characters() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("a.rrd"), NOON);
    let words = [
        bytes(b"--title=T\xe4t"),
        bytes(b"--vertical-label=V\xe4v"),
        bytes(b"--right-axis-label=R\xe4r"),
        bytes(b"--watermark=W\xe4w"),
        bytes(b"--x-grid=MINUTE:10:HOUR:1:MINUTE:30:0:X\xe4x"),
        bytes(b"--left-axis-format=%1.0lf\xe4y"),
        bytes(b"DEF:a=a.rrd:x:AVERAGE"),
        bytes(b"LINE1:a#f00:L\xe4l"),
        bytes(b"COMMENT:C\xe4c"),
        bytes(b"GPRINT:a:MAX:G\xe4g %.0lf"),
    ];
    for (locale, letter) in [
        ("C", '\u{fffd}'),
        ("de_DE.UTF-8", '\u{fffd}'),
        ("de_DE.ISO-8859-1", 'ä'),
        ("fr_FR@euro", 'ä'),
    ] {
        let svg = svg(folder.path(), locale, &words);
        for (before, after) in ["Tt", "Vv", "Rr", "Ww", "Xx", "Ll", "Cc", "Gg"].map(pair) {
            let text = format!("{before}{letter}{after}");
            assert!(svg.contains(&text), "{text} in {locale}");
        }
    }
    let graph = [bytes(b"graph"), bytes(b"-"), bytes(b"-a"), bytes(b"SVG")].to_vec();
    let line = graph.into_iter().chain(range(NOON).map(OsString::from)).chain(words);
    let line = line.collect::<Vec<_>>().join(OsStr::new("' '"));
    let mut session =
        rrd(folder.path()).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input = [b"'", line.as_bytes(), b"'\n"].concat();
    session.stdin.take().unwrap().write_all(&input).unwrap();
    let answer = String::from_utf8(session.wait_with_output().unwrap().stdout).unwrap();
    assert!(answer.contains("T\u{fffd}t") && answer.contains("G\u{fffd}g"), "{answer}");
}

fn pair(letters: &str) -> (char, char) {
    let mut letters = letters.chars();
    (letters.next().unwrap(), letters.next().unwrap())
}

#[test]
fn exports_and_charts_of_databases_take_any_text_too() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("a.rrd"), NOON);
    let xport = run(rrd(folder.path())
        .arg("xport")
        .args(range(NOON))
        .args([bytes(b"DEF:a=a.rrd:x:AVERAGE"), bytes(b"XPORT:a:legend \xe4")]));
    let text = String::from_utf8(xport.stdout).unwrap();
    assert!(text.contains("<entry>legend \u{fffd}</entry>"), "{text}");
    let chart = run(rrd(folder.path())
        .env("LC_ALL", "de_DE.ISO-8859-1")
        .args(["chart", "a.rrd", "-t"])
        .arg(bytes(b"T\xe4t")));
    assert!(String::from_utf8(chart.stdout).unwrap().contains(">Tät</title>"));
}

#[test]
fn a_file_name_is_used_as_it_is_given_in_every_locale() {
    let folder = tempfile::tempdir().unwrap();
    let name = bytes(b"l\xe4nge.rrd");
    database(&folder.path().join(&name), NOON);
    for locale in ["C", "de_DE.ISO-8859-1"] {
        for definition in
            [&b"DEF:a=l\xe4nge.rrd:x:AVERAGE"[..], b"DEF:vname=a:rrd=l\xe4nge.rrd:x:AVERAGE"]
        {
            let output = run(rrd(folder.path())
                .env("LC_ALL", locale)
                .arg("graph")
                .arg(bytes(b"p\xe4nge.png"))
                .args(range(NOON))
                .args([bytes(definition), bytes(b"LINE1:a#f00")]));
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{locale}");
            fs::remove_file(folder.path().join(bytes(b"p\xe4nge.png"))).unwrap();
        }
    }
    let chart = run(rrd(folder.path()).arg("chart").arg(&name));
    assert!(String::from_utf8(chart.stdout).unwrap().contains(">l\u{fffd}nge</title>"));
}

#[test]
fn markup_is_drawn_and_what_is_no_whole_markup_is_text() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("a.rrd"), NOON);
    let words = |title: &str| {
        [
            bytes(b"--pango-markup"),
            OsString::from(format!("--title={title}")),
            bytes(b"DEF:a=a.rrd:x:AVERAGE"),
            bytes(b"LINE1:a#f00:<i>slanted</i> R&amp;D"),
            bytes(b"COMMENT:<span color='orange' size='larger'>warm</span>\\l"),
            bytes(b"COMMENT:5 < 6 & 7 <b>\\l"),
        ]
    };
    let text = svg(folder.path(), "C", &words("<b>bold</b> <u>line</u>"));
    for part in [
        "<tspan font-weight=\"bold\">bold</tspan>",
        "<tspan font-style=\"italic\">slanted</tspan> R&amp;D",
        "style=\"fill:#ffa500\">warm</tspan>",
        ">5 &lt; 6 &amp; 7 &lt;b&gt;</text>",
        ">bold line</title>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // The letters and the line are in the other formats, too.
    for format in ["PNG", "PDF"] {
        let drawn = |title: &str| {
            let mut command = rrd(folder.path());
            command.args(["graph", "-", "-a", format]).args(range(NOON)).args(words(title));
            run(&mut command).stdout
        };
        let titles = ["line", "<b>line</b>", "<i>line</i>", "<u>line</u>", "<s>line</s>"];
        let pictures: BTreeSet<Vec<u8>> = titles.map(drawn).into_iter().collect();
        assert_eq!(pictures.len(), titles.len(), "{format}");
    }
}

/// What is printed about the highest value.
fn printed(program: &mut Command, at: i64, words: &[OsString]) -> Vec<u8> {
    let output = run(program
        .args(["graph", "x.png"])
        .args(range(at))
        .args(["DEF:a=a.rrd:x:AVERAGE", "VDEF:m=a,MAXIMUM"])
        .args(words));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let text = output.stdout.strip_prefix(b"0x0\n");
    text.expect("no picture").to_vec()
}

#[test]
fn printed_texts_are_in_the_codeset_of_the_locale_or_of_the_arguments() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("a.rrd"), NOON);
    let of = |locale, format: &[u8]| {
        let word = [b"PRINT:m:", format, b":strftime"].concat();
        printed(rrd(folder.path()).env("LC_ALL", locale), NOON, &[bytes(&word)])
    };
    assert_eq!(of("de_DE.UTF-8", b"%B"), "März\n".as_bytes());
    assert_eq!(of("de_DE.ISO-8859-1", b"%B"), b"M\xe4rz\n");
    assert_eq!(of("de_DE.ISO-8859-1", b"\xe4 %B"), b"\xe4 M\xe4rz\n");
    assert_eq!(of("de_DE@euro", b"\xa4 %d"), b"\xa4 03\n");
    assert_eq!(of("de_DE.ISO-8859-1", "ä %d".as_bytes()), "ä 03\n".as_bytes());
}

/// The locales in which both programs must write times alike. Making one takes a second, so that
/// only the first are tried; `RRD_TRIAL_CASES` sets how many.
const LOCALES: [&str; 21] = [
    "de_DE", "ja_JP", "th_TH", "ko_KR", "zh_TW", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_PT",
    "pt_BR", "pl_PL", "cs_CZ", "sv_SE", "da_DK", "nb_NO", "fi_FI", "ru_RU", "uk_UA", "zh_CN",
    "tr_TR",
];
const TRIALS: usize = 3;

#[test]
fn times_are_written_as_the_installed_rrdtool_writes_them_in_every_language() {
    if !have(&["rrdtool", "localedef"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("a.rrd"), NOON);
    let formats = ["%x|%X|%A|%a|%B|%b|%p|%r|%Ex", "%c", "%OB|%Ob|%Ey|%EY|%EC|%Od|%10A|%^b"];
    let formats = formats.map(|format| format.replace(':', "\\:"));
    let mut words = formats.clone().map(|format| format!("PRINT:m:{format}:strftime")).to_vec();
    // Morning and evening, each month and each day of the week.
    for month in 0..12 {
        let at = NOON + month * 2_635_200;
        words.push(format!("CDEF:c{month}=a,0,*,{at},+"));
        words.push(format!("VDEF:m{month}=c{month},MAXIMUM"));
        words.extend(formats.clone().map(|format| format!("PRINT:m{month}:{format}:valstrftime")));
    }
    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
    let mut faults = Vec::new();
    let trials = std::env::var("RRD_TRIAL_CASES").map_or(TRIALS, |count| count.parse().unwrap());
    for locale in LOCALES.into_iter().take(trials) {
        let name = format!("{locale}.UTF-8");
        let made = folder.path().join(&name);
        run(Command::new("localedef").args(["-i", locale, "-f", "UTF-8"]).arg(&made));
        let of = |called: &str| {
            let mut called = program(called, folder.path());
            called.env_remove("LC_ALL").env("LC_TIME", &name).env("LOCPATH", folder.path());
            String::from_utf8(printed(&mut called, NOON, &words)).unwrap()
        };
        let (ours, theirs) = (of(RRD), of("rrdtool"));
        let lines = ours.lines().zip(theirs.lines()).filter(|(ours, theirs)| ours != theirs);
        faults.extend(lines.map(|(ours, theirs)| format!("{locale}: {ours}, not {theirs}")));
        assert_eq!(ours.lines().count(), theirs.lines().count());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
