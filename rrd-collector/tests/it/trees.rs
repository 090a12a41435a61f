//! Trees of other programs, which Prometheus asks for where they are.

use std::fs;
use std::path::Path;

use rrd_core::ConsolidationFunction::{Average, Max};
use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Sample, Schema, Step,
    TimeRange, Timestamp,
};
use serde_json::Value;

use crate::programs::{Collector, configure, has, wait_until};
use crate::remote_read::{get, now, prometheus};

/// Seconds of a row.
const ROW: i64 = 300;
/// Rows of an archive.
const ROWS: i64 = 24;

/// Creates a database with rows up to `end`.
fn create(tree: &Path, file: &str, sources: &[&str], end: i64) {
    let path = tree.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let heartbeat = Heartbeat::from_seconds(600);
    let mut schema = Schema::builder(Step::from_seconds(300).unwrap());
    for source in sources {
        schema = schema.gauge(source, heartbeat);
    }
    let schema = schema.average(0.5, 1, 24).max(0.5, 1, 24).build().unwrap();
    let begin = end - ROWS * ROW;
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(begin)).unwrap();
    for row in 1..=ROWS {
        let values = (1..).take(sources.len()).map(|source: i32| {
            f64::from(i32::try_from(row * row % 17).unwrap()) + 0.1 * f64::from(source)
        });
        let values: Vec<f64> = values.collect();
        rrd.update(&Sample::new(Timestamp::from_seconds(begin + row * ROW), values)).unwrap();
    }
}

/// Makes a file as a big-endian machine with 64 bits writes it. All of it is words, apart from the
/// names at the beginnings of the definitions; what comes after the rows is of our library.
fn make_big_endian(path: &Path, sources: usize, archives: usize, rows: usize) {
    let native = fs::read(path).unwrap();
    let (head, definition, archive, live, point) = (128, 120, 120, 16, 112);
    let points = head + sources * definition + archives * archive + live;
    let consolidated = points + sources * point;
    let length =
        consolidated + sources * archives * 80 + archives * 8 + sources * archives * rows * 8;
    let mut texts: Vec<_> = std::iter::once(0..16).collect();
    texts.extend((0..sources).map(|source| head + source * definition).map(|at| at..at + 40));
    let first = head + sources * definition;
    texts.extend((0..archives).map(|number| first + number * archive).map(|at| at..at + 24));
    texts.extend((0..sources).map(|source| points + source * point).map(|at| at..at + 32));
    let words = native[..length].chunks(8).enumerate().flat_map(|(word, bytes)| {
        let is_text = texts.iter().any(|text| text.contains(&(word * 8)));
        let mut bytes = bytes.to_vec();
        if !is_text {
            bytes.reverse();
        }
        bytes
    });
    fs::write(path, words.collect::<Vec<u8>>()).unwrap();
}

/// The rows of a source in the last hour before `end`.
fn rows(file: &Path, source: &str, function: ConsolidationFunction, end: i64) -> Vec<f64> {
    let request = FetchRequest::new(function, TimeRange::from_seconds(end - 3600, end));
    let series = RrdReader::open(file).unwrap().fetch(&request).unwrap();
    let column = series.column(source).unwrap();
    let rows = column.filter(|(at, _)| (end - 3600 + 1..=end).contains(&at.seconds()));
    rows.map(|(_, value)| value).collect()
}

/// What an expression gives at a time: labels and value of each series.
fn answer(port: u16, expression: &str, at: i64) -> Vec<(Value, f64)> {
    let at = at.to_string();
    let answer = get(port, "/api/v1/query", &[("query", expression), ("time", &at)]).unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    let result = answer["data"]["result"].as_array().unwrap().iter();
    let value = |series: &Value| series["value"][1].as_str().unwrap().parse().unwrap();
    result.map(|series| (series["metric"].clone(), value(series))).collect()
}

#[test]
fn prometheus_asks_for_trees_of_other_programs_where_they_are() {
    if !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collectd, munin) = (folder.path().join("collectd"), folder.path().join("munin"));
    let end = now() / ROW * ROW;
    create(&collectd, "db1/interface-eth0/if_octets.rrd", &["rx", "tx"], end);
    create(&collectd, "db1/load/load.rrd", &["shortterm", "midterm", "longterm"], end);
    create(&collectd, "db2/load/load.rrd", &["shortterm", "midterm", "longterm"], end);
    let sparc = collectd.join("db2/load/load.rrd");
    let native = rows(&sparc, "midterm", Average, end);
    make_big_endian(&sparc, 3, 2, 24);
    assert_eq!(RrdReader::open(&sparc).unwrap().layout().to_string(), "64-bit big-endian");
    assert_eq!(rows(&sparc, "midterm", Average, end), native);
    create(&munin, "lab/web-1-mg_one-sub-used-g.rrd", &["42"], end);
    create(&munin, "lab/web-1-if_eth0-down-d.rrd", &["42"], end);
    fs::write(munin.join("datafile"), "version 2.0.73\nlab;web-1:mg_one.sub.used.label used\n")
        .unwrap();
    fs::write(collectd.join("db2/load/damaged.rrd"), "no database").unwrap();
    let content = |file: &Path| fs::read(file).unwrap();
    let before = content(&sparc);

    let tree = |path: &Path, kind: &str| {
        format!("[[tree]]\npath = \"{}\"\nkind = \"{kind}\"\n", path.display())
    };
    let missing = folder.path().join("missing");
    let config =
        format!("host = \"web1\"\n{}{}", tree(&missing, "plain"), tree(&collectd, "collectd"));
    let collector = Collector::start_configured(folder.path(), &config);
    let scrape = format!(
        "remote_read:\n  - url: \"http://{}/api/v1/read\"\n    read_recent: true\n    required_matchers: {{job: rrd}}\n",
        collector.address
    );
    let (_prometheus, port) = prometheus(folder.path(), &scrape, &[]);

    let mean =
        |rows: &[f64]| rows.iter().sum::<f64>() / f64::from(u32::try_from(rows.len()).unwrap());
    let largest = |rows: &[f64]| rows.iter().copied().fold(f64::MIN, f64::max);
    let octets = rows(&collectd.join("db1/interface-eth0/if_octets.rrd"), "rx", Average, end);
    let load = rows(&collectd.join("db1/load/load.rrd"), "midterm", Max, end);
    for (expression, labels, expected) in [
        (
            "collectd_interface_if_octets_rx{job=\"rrd\",interface=~\"eth.\"}",
            serde_json::json!({
                "__name__": "collectd_interface_if_octets_rx", "instance": "db1",
                "interface": "eth0", "job": "rrd",
            }),
            octets[octets.len() - 1],
        ),
        (
            "avg_over_time(collectd_interface_if_octets_rx{job=\"rrd\"}[1h])",
            serde_json::json!({"instance": "db1", "interface": "eth0", "job": "rrd"}),
            mean(&octets),
        ),
        (
            "max_over_time(collectd_load_midterm{job=\"rrd\",instance!=\"db2\"}[1h])",
            serde_json::json!({"instance": "db1", "job": "rrd"}),
            largest(&load),
        ),
        (
            "avg_over_time(collectd_load_midterm{job=\"rrd\",instance=\"db2\"}[1h])",
            serde_json::json!({"instance": "db2", "job": "rrd"}),
            mean(&native),
        ),
        (
            "count({job=\"rrd\",__name__=~\"collectd_load_.+\"}) by (instance)",
            serde_json::json!({"instance": "db1"}),
            3.0,
        ),
    ] {
        // Both ends of a range count, so it does not begin at the end of a row.
        let found = answer(port, expression, end + 30);
        let (_, value) = found
            .iter()
            .find(|(found, _)| *found == labels)
            .unwrap_or_else(|| panic!("{expression}: {found:?}"));
        assert!((value - expected).abs() <= expected.abs() * 1e-12, "{expression}: {found:?}");
    }

    // A tree is added while the daemon runs.
    assert_eq!(answer(port, "{job=\"rrd\",__name__=~\"munin_.+\"}", end), []);
    configure(folder.path(), &format!("{config}{}", tree(&munin, "munin")));
    collector.reload();
    let used = rows(&munin.join("lab/web-1-mg_one-sub-used-g.rrd"), "42", Average, end);
    let labels = serde_json::json!({
        "__name__": "munin_mg_one_sub", "field": "used", "group": "lab", "host": "web-1",
        "instance": "web1", "job": "rrd", "plugin": "mg_one.sub", "type": "gauge",
    });
    wait_until("the tree of Munin is there", || {
        answer(port, "munin_mg_one_sub{job=\"rrd\",field=\"used\"}", end)
            == [(labels.clone(), used[used.len() - 1])]
    });
    assert_eq!(content(&sparc), before);
    let log = collector.stop();
    for left_out in [
        format!("remote read of the tree {0}: cannot read {0}: No such file", missing.display()),
        "damaged.rrd: ".to_owned(),
    ] {
        assert_eq!(log.matches(&left_out).count(), 1, "{left_out}: {log}");
    }
}
