//! What `rrd export` writes, in the engine that it is written for.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rrd_core::{Rrd, Sample, Schema, Timestamp};
use serde_json::Value;

use crate::program::{have, program, rrd, run};

/// The last update of the files here.
const LAST: i64 = 1_699_920_000;
/// Munin's step.
const STEP: i64 = 300;

/// A file as Munin makes it, with a year of values and two hours that are unknown.
fn make(path: &Path, value: impl Fn(i64) -> f64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Schema::builder(Duration::from_secs(STEP.unsigned_abs()))
        .gauge("42", Duration::from_secs(600))
        .average(0.5, 1, 576)
        .average(0.5, 6, 432)
        .average(0.5, 24, 540)
        .average(0.5, 288, 450)
        .max(0.5, 288, 450)
        .build()
        .unwrap();
    let samples = 366 * 86_400 / STEP;
    let at = |sample: i64| Timestamp::from_seconds(LAST - (samples - sample) * STEP);
    let mut file = Rrd::create(path, &schema, at(0)).unwrap();
    for sample in 1..=samples {
        if !(samples - 200..samples - 176).contains(&sample) {
            file.update(&Sample::new(at(sample), [value(sample)])).unwrap();
        }
    }
}

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prometheus on a folder of blocks, once it answers, and its port.
fn prometheus(folder: &Path) -> (Running, u16) {
    fs::write(folder.join("prometheus.yml"), "").unwrap();
    let begun = Instant::now();
    let mut running: Option<(Running, u16)> = None;
    loop {
        // It ends if another program has taken the port meanwhile.
        let is_running =
            running.as_mut().is_some_and(|(child, _)| matches!(child.0.try_wait(), Ok(None)));
        if !is_running {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = program("prometheus", folder)
                .args(["--config.file=prometheus.yml", "--storage.tsdb.path=BLOCKS"])
                .args(["--storage.tsdb.retention.time=100y"])
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            running = Some((Running(child), port));
        }
        if let Some((_, port)) = &running
            && ask(*port, "/-/ready").is_some()
        {
            return running.unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(240), "in vain: Prometheus is ready");
        sleep(Duration::from_millis(50));
    }
}

/// The body of an answer with success.
fn ask(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.split(' ').nth(1)?.starts_with('2').then(|| body.to_owned())
}

/// The rows of all archives of AVERAGE, as fetch prints them: their ends and values.
fn fetched(folder: &Path, file: &str) -> BTreeSet<(i64, String)> {
    let mut fetched = BTreeSet::new();
    // The rows of each archive, and how many days it reaches back.
    for (row, days) in [("300", 2), ("1800", 9), ("7200", 45), ("86400", 366)] {
        let [start, end] = [LAST - days * 86_400, LAST].map(|time| time.to_string());
        let range = ["-r", row, "-s", &start, "-e", &end];
        let output = run(rrd(folder).args(["fetch", "--json", file, "AVERAGE"]).args(range));
        // A line has a row, `[1699920000,0.5],`: libraries read some numbers with another last
        // digit.
        for line in String::from_utf8(output.stdout).unwrap().lines().skip(1) {
            let row = line.trim_start_matches('[').trim_end_matches([']', ',', '}']);
            let Some((end, value)) = row.split_once(',') else { continue };
            let value: Result<f64, _> = value.parse();
            fetched.extend(value.map(|value| (end.parse().unwrap(), value.to_string())));
        }
    }
    fetched
}

#[test]
fn prometheus_answers_for_a_year_of_a_munin_tree_what_fetch_prints() {
    if !have(&["promtool", "prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let small = |sample: i64| f64::from(i32::try_from(sample % 1009).unwrap()) / 8.0;
    make(&folder.join("munin/lab/web1-load-load-g.rrd"), small);
    make(&folder.join("munin/lab/web1-memory-swap-g.rrd"), |sample| small(sample) * 65_536.0);

    let export = "export openmetrics munin --tree munin --split 31d -o out --label job=munin";
    let export = run(rrd(folder).args(export.split(' ')).args(["--end", &LAST.to_string()]));
    let said = String::from_utf8(export.stderr).unwrap();
    assert!(export.status.success(), "{said}");
    let [samples, command] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    let samples: usize = samples.strip_suffix(" samples").unwrap().parse().unwrap();
    let checked = run(program("sh", folder).args(["-c", &command.replace("done", "done >made")]));
    assert!(checked.status.success(), "{checked:?}");

    let (_prometheus, port) = prometheus(folder);
    let mut found = 0;
    for (file, series) in [
        ("munin/lab/web1-load-load-g.rrd", "munin_load%7Bfield=%22load%22%7D"),
        ("munin/lab/web1-memory-swap-g.rrd", "munin_memory%7Bfield=%22swap%22%7D"),
    ] {
        let query = format!("/api/v1/query?time={LAST}&query={series}%5B400d%5D");
        let answer: Value = serde_json::from_str(&ask(port, &query).unwrap()).unwrap();
        let [series] = &answer["data"]["result"].as_array().unwrap()[..] else {
            panic!("{answer}")
        };
        assert_eq!(series["metric"]["host"], "web1", "{series}");
        assert_eq!(series["metric"]["job"], "munin", "{series}");
        let fetched = fetched(folder, file);
        let rows = series["values"].as_array().unwrap();
        let mut before = 0;
        for row in rows {
            let end = row[0].as_i64().unwrap();
            let value: f64 = row[1].as_str().unwrap().parse().unwrap();
            assert!(end > before && fetched.contains(&(end, value.to_string())), "{row}");
            before = end;
        }
        assert_eq!(before, LAST);
        found += rows.len();
    }
    // Two days of 5 minutes without two hours and the row after, a week of half hours, 36 days of
    // two hours, and days.
    assert_eq!((found, samples), (samples, 2 * (576 - 25 + 336 + 432 + 321)));
}
