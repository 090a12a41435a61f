//! A real Prometheus that scrapes the daemon.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::programs::{Collector, Running, free_port, has, installed, wait_until};

/// The answer of Prometheus, once it has one.
fn ask(port: u16, path: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

/// The newest value of each series: its labels and the value.
fn values(port: u16, query: &str) -> Vec<(Value, f64)> {
    let answer = ask(port, &format!("/api/v1/query?query={query}")).unwrap_or_default();
    let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
    let value = |series: Value| {
        (series["metric"].clone(), series["value"][1].as_str().unwrap().parse().unwrap())
    };
    series.into_iter().map(value).collect()
}

#[test]
fn prometheus_scrapes_every_value_without_an_error() {
    if !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let exact = [0.1, 1e-300, 12_345_678_901_234_567.0, -0.25];
    let lines: Vec<String> = exact
        .iter()
        .enumerate()
        .map(|(n, v)| format!("x{n}{{a=\"\\\"q\\\" \\\\ \\n\"}} {v:e}\n"))
        .collect();
    fs::write(files.join("exact.prom"), lines.concat()).unwrap();
    let config = format!("[textfile]\nfolder = \"{}\"\nstep = \"1s\"\n", files.display());
    let collector = Collector::start_configured(folder.path(), &config);

    let scrape = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: rrd\n    static_configs:\n      - targets: [\"{}\"]\n",
        collector.address
    );
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, scrape).unwrap();
    let port = free_port();
    let mut command = installed("prometheus");
    command
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _prometheus = Running(command.spawn().unwrap());
    wait_until("every series of the text file is scraped", || {
        values(port, "{__name__=\"rrd_textfile_value\"}").len() == exact.len()
    });
    for (metric, value) in values(port, "rrd_textfile_value") {
        let name = metric["name"].as_str().unwrap();
        let number: usize = name[1..2].parse().unwrap();
        assert_eq!(value, exact[number]);
        assert_eq!(name[2..], *"{a=\"\\\"q\\\" \\\\ \n\"}");
    }
    // On a busy machine an answer may come after the second that Prometheus waits.
    wait_until("the last scrape has no error", || {
        let targets = ask(port, "/api/v1/targets").unwrap_or_default();
        let target = &targets["data"]["activeTargets"][0];
        target["lastError"] == "" && target["health"] == "up"
    });
    // As many samples as there are lines, and a number that does not change while it is scraped.
    let newest = |metric: &str| values(port, metric).first().map(|(_, value)| *value);
    let mut metrics = String::new();
    wait_until("about as many samples as lines are scraped", || {
        metrics = collector.get("/metrics").1;
        let lines = metrics.lines().filter(|line| !line.starts_with('#')).count();
        let lines = f64::from(u32::try_from(lines).unwrap());
        newest("scrape_samples_scraped").is_some_and(|count| (count - lines).abs() <= lines / 10.0)
    });
    let total = metrics.lines().find_map(|line| line.strip_prefix("rrd_memory_total_bytes "));
    let told: f64 = total.unwrap().parse().unwrap();
    wait_until("the number is scraped", || newest("rrd_memory_total_bytes") == Some(told));
    collector.stop();
}
