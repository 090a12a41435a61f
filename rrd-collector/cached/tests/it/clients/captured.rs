//! What real clients once said to rrdcached 1.7.2, said again to ours: the recorded answers come.
//!
//! In the records `$` is a call of a client, `>` what it sent, `<` what it got; `/BASE` is the base
//! folder. The calls themselves are made again in `rrdtool` and `bindings`.

use std::fs;
use std::path::Path;

use super::{create_files, without_rows_by_chance};
use crate::programs::{Client, Setup, have, ours, program, succeed, temporary_folder};

/// Where ours answers otherwise: the record, the line, our answer, the reason.
const DEPARTURES: &[(&str, &str, &[&str], &str)] = &[
    (
        "rrdtool",
        "last /BASE/a.rrd",
        &["0 1796035186"],
        "the time of the last value, which the original rounds down to a step",
    ),
    (
        "perl-RRDs",
        "last /BASE/a.rrd",
        &["0 1796035186"],
        "the time of the last value, which the original rounds down to a step",
    ),
    (
        "perl-RRDs",
        "flush /BASE/a.rrd",
        &["0 Nothing to flush: /BASE/a.rrd."],
        "the only value since FORGET was refused; clients look at the number",
    ),
];

/// What a client sent, and the lines that it got.
struct Exchange {
    line: String,
    answer: Vec<String>,
}

fn exchanges(name: &str) -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/clients");
    let text = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("> ") {
            exchanges.push(Exchange { line: line.to_owned(), answer: Vec::new() });
        } else if let Some(line) = line.strip_prefix("< ") {
            exchanges.last_mut().expect("asked before").answer.push(line.to_owned());
        }
    }
    exchanges
}

/// Says again what was recorded.
fn say_again(name: &str, setup: &Setup, client: &mut Client, before: impl Fn(&str)) {
    let base = setup.base().display().to_string();
    let exchanges = exchanges(name);
    assert!(!exchanges.is_empty(), "{name}");
    for Exchange { line, answer } in exchanges {
        let here = line.replace("/BASE", &base);
        before(&here);
        let mut found: Vec<_> = client.ask(&here);
        for line in &mut found {
            *line = line.replace(&base, "/BASE");
        }
        if line == "STATS" {
            // The numbers are those of the moment, and ours has more of them.
            found.truncate(10);
            let names = |lines: &[String]| -> Vec<_> {
                lines
                    .iter()
                    .skip(1)
                    .filter_map(|line| line.split(' ').next())
                    .map(str::to_owned)
                    .collect()
            };
            assert_eq!(names(&found), names(&answer), "{name}");
            continue;
        }
        if line.starts_with("list") {
            found[1..].sort_unstable();
        }
        let departure = DEPARTURES.iter().find(|it| it.0 == name && it.1 == line);
        let expected = match departure {
            Some((_, _, ours, reason)) => {
                assert_ne!(answer, *ours, "no departure: {reason}");
                ours.iter().map(ToString::to_string).collect()
            }
            None => answer,
        };
        let [found, expected] =
            [found, expected].map(|lines| without_rows_by_chance(&lines.join("\n")));
        assert_eq!(found, expected, "{name}: {line}");
    }
}

#[test]
fn calls_of_rrdtool_and_of_libraries_are_answered_as_recorded() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path());
    create_files(&setup.base());
    fs::remove_file(setup.base().join("sub/c.rrd")).unwrap();
    let _server = setup.start();
    say_again("rrdtool", &setup, &mut setup.connect(), |_| {});
    // The record has the call; the client does it itself, after FLUSH and FORGET.
    succeed(program("rrdtool", &setup.base()).args(["tune", "a.rrd", "--heartbeat", "x:30"]));
    for name in ["perl-RRDs", "python-rrdtool", "php-rrd"] {
        say_again(name, &setup, &mut setup.connect(), |_| {});
    }
}

#[test]
fn calls_of_rrdtool_over_tcp_are_answered_as_recorded() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with_port();
    create(&setup.base().join("a.rrd"), "1000000000", "10", 1);
    let _server = setup.start();
    say_again("rrdtool-over-tcp", &setup, &mut setup.connect_remotely(), |_| {});
}

#[test]
fn what_collectd_says_is_answered_as_recorded() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path());
    let _server = setup.start();
    say_again("collectd-rrdcached", &setup, &mut setup.connect(), |line| {
        // It creates its files itself.
        let words: Vec<_> = line.split(' ').collect();
        if let ["update", file, value] = words[..]
            && !Path::new(file).exists()
        {
            let (time, readings) = value.split_once(':').unwrap();
            let start: u64 = time.split('.').next().unwrap().parse().unwrap();
            fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
            create(Path::new(file), &(start - 10).to_string(), "1", readings.split(':').count());
        }
    });
}

fn create(file: &Path, start: &str, step: &str, sources: usize) {
    let names = ["x", "y", "z"].into_iter().take(sources);
    let sources = names.map(|name| format!("DS:{name}:GAUGE:20:U:U"));
    succeed(
        program("rrdtool", file.parent().unwrap())
            .arg("create")
            .arg(file)
            .args(["--start", start, "--step", step])
            .args(sources)
            .arg("RRA:AVERAGE:0.5:1:20"),
    );
}
