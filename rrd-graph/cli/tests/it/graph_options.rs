//! Every option of `graph`, short and long: both do the same, and either something changes or a
//! reason is given.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

use crate::program::{RRD, program, rrd, run};
use crate::vectors::Vectors;

/// The effect of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    /// The picture or its description differs from that without the option.
    Shows,
    /// No effect, for this reason.
    None(&'static str),
}
use Effect::{None as Nothing, Shows};

/// An option: its letter or `_`, its name, its value unless it is a flag, additional arguments, its
/// effect.
type Row = (char, &'static str, Option<&'static str>, &'static str, Effect);

const ROWS: &[Row] = &[
    ('s', "start", Some("1600060000"), "", Shows),
    ('e', "end", Some("1600100000"), "", Shows),
    ('S', "step", Some("3600"), "", Shows),
    ('t', "title", Some("Title"), "", Shows),
    ('v', "vertical-label", Some("label"), "", Shows),
    ('w', "width", Some("300"), "", Shows),
    ('h', "height", Some("80"), "", Shows),
    ('j', "only-graph", None, "", Shows),
    ('D', "full-size-mode", None, "", Shows),
    ('u', "upper-limit", Some("500"), "", Shows),
    ('l', "lower-limit", Some("-500"), "", Shows),
    ('r', "rigid", None, "-l 20 -u 50", Shows),
    ('_', "allow-shrink", None, "-l 0 -u 1000 -r", Shows),
    ('A', "alt-autoscale", None, "", Shows),
    ('J', "alt-autoscale-min", None, "", Shows),
    ('M', "alt-autoscale-max", None, "", Shows),
    ('N', "no-gridfit", None, "", Nothing("lines are sharp without moving the axis to the pixels")),
    ('x', "x-grid", Some("HOUR:1:HOUR:6:HOUR:6:0:%Hh"), "", Shows),
    ('_', "week-fmt", Some("W%V"), "-s 1598400000", Shows),
    ('y', "y-grid", Some("10:3"), "", Shows),
    ('_', "left-axis-formatter", Some("timestamp"), "", Shows),
    ('_', "left-axis-format", Some("%.3lf!"), "", Shows),
    ('Y', "alt-y-grid", None, "-h 300", Shows),
    ('o', "logarithmic", None, "", Shows),
    ('X', "units-exponent", Some("3"), "", Shows),
    ('L', "units-length", Some("12"), "", Shows),
    ('_', "units", Some("si"), "-o -l 0.1 -u 1e6", Shows),
    ('_', "right-axis", Some("2:40"), "", Shows),
    ('_', "right-axis-label", Some("right"), "", Shows),
    ('_', "right-axis-formatter", Some("duration"), "--right-axis 1000:0", Shows),
    ('_', "right-axis-format", Some("%.3lf!"), "--right-axis 2:0", Shows),
    ('g', "no-legend", None, "", Shows),
    ('F', "force-rules-legend", None, "-u 200", Shows),
    ('_', "legend-position", Some("north"), "", Shows),
    ('_', "legend-direction", Some("bottomup"), "", Shows),
    ('f', "imginfo", Some("<%s %lu %lu>"), "", Shows),
    ('c', "color", Some("BACK#ff0000"), "", Shows),
    ('_', "grid-dash", Some("5:2"), "", Shows),
    ('_', "border", Some("5"), "", Shows),
    ('_', "dynamic-labels", None, "", Shows),
    ('m', "zoom", Some("2"), "", Shows),
    ('n', "font", Some("LEGEND:12"), "", Shows),
    (
        'R',
        "font-render-mode",
        Some("mono"),
        "",
        Nothing("letters are always drawn as well as they can be"),
    ),
    ('B', "font-smoothing-threshold", Some("5"), "", Nothing("so are small ones")),
    ('P', "pango-markup", None, "-t <b>bold</b>", Shows),
    ('G', "graph-render-mode", Some("mono"), "", Shows),
    ('E', "slope-mode", None, "", Shows),
    ('a', "imgformat", Some("SVG"), "", Shows),
    (
        'i',
        "interlaced",
        None,
        "",
        Nothing("interlaced pictures are larger and nobody waits for half of one"),
    ),
    ('T', "tabwidth", Some("90"), "", Shows),
    ('b', "base", Some("1024"), "-u 5000", Shows),
    ('W', "watermark", Some("mark"), "", Shows),
    ('Z', "use-nan-for-all-missing-data", None, "DEF:none=none.rrd:x:AVERAGE", Shows),
    ('_', "add-jsontime", None, "", Shows),
    ('_', "utc", None, "", Shows),
    ('I', "no-minor", None, "", Shows),
    ('_', "disable-rrdtool-tag", None, "", Shows),
    ('_', "alt-y-mrtg", None, "", Nothing("RRDtool does nothing either")),
    ('_', "graph-type", Some("TIME"), "", Nothing("there is no other type")),
    ('_', "theme", Some("dark"), "", Shows),
];

/// A day of readings in five-minute rows.
fn database(folder: &Path) {
    let step = Step::from_seconds(300).unwrap();
    let builder =
        Schema::builder(step).gauge("load", Heartbeat::from_seconds(600)).average(0.5, 1, 9000);
    let start = 1_598_400_000;
    let schema = builder.build().unwrap();
    let path = folder.join("load.rrd");
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(start)).unwrap();
    for row in 1..=5784_i64 {
        let value = f64::from(u32::try_from(row * 7919 % 97).unwrap());
        let at = Timestamp::from_seconds(start + 300 * row);
        rrd.update(&Sample::new(at, [value])).unwrap();
    }
}

fn told(folder: &Path, beside: &str, option: &[String]) -> Vec<u8> {
    let elements = [
        "DEF:a=load.rrd:load:AVERAGE",
        "AREA:a#4fa8e0:load\\l",
        "LINE1:a#000000",
        "HRULE:1000#00aa00:far\\l",
        "COMMENT:one\\ttwo\\l",
        "GPRINT:a:AVERAGE:%.2lf\\l",
    ];
    let output = run(rrd(folder)
        .args(["graphv", "-", "-s", "1600041600", "-e", "1600128000"])
        .args(beside.split_whitespace())
        .args(option)
        .args(elements)
        .env("TZ", "Asia/Tokyo"));
    [output.stdout, output.stderr].concat()
}

/// `--lazy` and `--daemon` have tests of their own.
#[test]
fn every_option_that_help_shows_has_its_row() {
    let help = run(rrd(Path::new(".")).args(["help", "graph"]));
    let help = String::from_utf8(help.stdout).unwrap();
    let names = help.lines().filter_map(|line| {
        let names = line.strip_prefix("  ")?.trim_start().strip_prefix('-').map(|_| line)?;
        names.split_once("--")?.1.split_ascii_whitespace().next()
    });
    let shown: BTreeSet<_> = names.collect();
    let rows = ROWS.iter().map(|(_, name, ..)| *name);
    assert_eq!(shown, rows.chain(["lazy", "daemon"]).collect());
}

/// How the files begin that `graph` makes of a name, called as `name`: `graph`, `graphv`, pipe
/// mode.
fn beginnings(name: &Path, folder: &Path, file: &str, options: &[&str]) -> [Vec<u8>; 3] {
    let elements = ["DEF:a=load.rrd:load:AVERAGE", "LINE1:a#f00"];
    let line = [&["graph", file][..], options, &elements].concat();
    let file = folder.join(file);
    let beginning = || {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        bytes[..4].to_vec()
    };
    let called = || program(name, folder);
    assert_eq!(run(called().args(&line)).stderr, b"");
    let graph = beginning();
    assert_eq!(run(called().arg("graphv").args(&line[1..])).stderr, b"");
    let graphv = beginning();
    let mut session =
        called().arg("-").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    writeln!(session.stdin.take().unwrap(), "{}", line.join(" ")).unwrap();
    assert!(session.wait().unwrap().success());
    [graph, graphv, beginning()]
}

#[test]
fn the_ending_of_the_file_determines_the_format_except_under_the_name_of_rrdtool() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path());
    let programs = Vectors::programs();
    let (rrd, rrdtool) = (Path::new(RRD), &*programs.program());
    let beginning = |program, name, options: &[&str], expected: &[u8]| {
        let found = beginnings(program, folder.path(), name, options);
        assert_eq!(found, [expected; 3], "{} {name}", program.display());
    };
    beginning(rrd, "day.svg", &[], b"<?xm");
    beginning(rrd, "day.pdf", &[], b"%PDF");
    beginning(rrd, "day.xml", &[], b"<?xm");
    beginning(rrd, "day.csv", &[], b"\"tim");
    beginning(rrd, "day.png", &[], b"\x89PNG");
    beginning(rrd, "day.gif", &[], b"\x89PNG");
    beginning(rrd, "day.svg", &["-a", "PNG"], b"\x89PNG");
    beginning(rrdtool, "day.svg", &[], b"\x89PNG");
    beginning(rrdtool, "day.png", &["-a", "SVG"], b"<?xm");
}

#[test]
fn every_option_has_its_effect_short_and_long() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().to_owned();
    database(&path);
    let mut faults = Vec::new();
    for &(letter, name, value, beside, effect) in ROWS {
        let value = value.map(str::to_owned);
        let without = told(&path, beside, &[]);
        let long: Vec<String> = [format!("--{name}")].into_iter().chain(value.clone()).collect();
        let with = told(&path, beside, &long);
        if with.starts_with(b"ERROR") {
            faults.push(format!("--{name}: {}", String::from_utf8_lossy(&with)));
        } else if (with == without) == (effect == Shows) {
            faults.push(format!("--{name} does not do what is said: {effect:?}"));
        }
        if letter != '_' {
            let short: Vec<String> =
                [format!("-{letter}")].into_iter().chain(value.clone()).collect();
            if told(&path, beside, &short) != with {
                faults.push(format!("-{letter} is not --{name}"));
            }
        }
        if let Some(value) = value
            && told(&path, beside, &[format!("--{name}={value}")]) != with
        {
            faults.push(format!("--{name}={value} is not --{name} {value}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `--lazy` keeps a file that is young enough; `--daemon` asks the daemon, which `caching_daemon`
/// tries.
#[test]
fn a_lazy_picture_is_drawn_once() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path());
    let file = folder.path().join("lazy.png");
    for (letter, drawn) in [("-z", true), ("--lazy", false)] {
        let before = std::fs::metadata(&file).and_then(|data| data.modified()).ok();
        let output = run(rrd(folder.path())
            .args(["graph", "lazy.png", letter, "-s", "end-1w", "-e", "now"])
            .args(["DEF:a=load.rrd:load:AVERAGE", "LINE1:a#f00"]));
        assert_eq!(output.stdout, b"481x141\n");
        let after = std::fs::metadata(&file).and_then(|data| data.modified()).ok();
        assert_eq!(after != before, drawn, "{letter}");
    }
}
