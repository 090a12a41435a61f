//! What people see of the engines that samples are sent to: a check of the connection, the page,
//! `/metrics`, and a reload with another token.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use crate::programs::{Collector, configure, wait_until};
use crate::receivers::{Engine, Receiver};

/// A receiver that takes everything with this token, and nothing without; its address.
fn receiver(token: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut has_token, mut length) = (false, 0);
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                has_token |= line.trim_end() == format!("authorization: Bearer {token}");
                if let Some(number) = line.strip_prefix("content-length: ") {
                    length = number.trim_end().parse().unwrap();
                }
                line.clear();
            }
            let _ = stream.read_exact(&mut vec![0; length]);
            let status = if has_token { "204 No Content" } else { "401 Unauthorized" };
            let head =
                format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.get_mut().write_all(head.as_bytes());
        }
    });
    format!("http://{address}/api/v1/write")
}

#[test]
fn a_check_of_the_connection_names_each_endpoint_with_what_it_takes_or_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = String::new();
    let mut expected = Vec::new();
    let mut engines = Vec::new();
    let mut add = |name: &str, url: &str, outcome: &str| {
        let _ = writeln!(config, "[[remote_write]]\nname = \"{name}\"\nurl = \"{url}\"");
        let address = url.split('/').nth(2).unwrap();
        expected.push(format!("remote_write {name} ({address}): {outcome}"));
    };
    for (name, engine) in [
        ("prometheus", Engine::Prometheus),
        ("victoria", Engine::VictoriaMetrics),
        ("influx", Engine::InfluxDb),
    ] {
        let Some(running) = Receiver::start(engine) else { continue };
        add(name, &running.url(), "takes samples, in version 1.0");
        engines.push(running);
    }
    let stub = receiver("new-t0ken");
    add(
        "stub",
        &stub,
        "answered 401 Unauthorized: check user and password, or bearer, and what they may do there",
    );
    // No other program can have this address.
    config += "[[remote_write]]\nname = \"away\"\nurl = \"unix:/nonexistent/engine.sock:/\"\n";
    expected.push(
        "remote_write away (/nonexistent/engine.sock): cannot connect to /nonexistent/engine.sock: No \
         such file or directory (os error 2): is it running, and is the path of the socket right?"
            .to_owned(),
    );
    let file = configure(folder.path(), &config);
    let check = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
        command.arg("check").args(more).arg("--config").arg(&file);
        let output = command.current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let lines = text.lines().map(|line| line.trim_start_matches("rrd-collector: "));
        let lines = lines.filter(|line| line.starts_with("remote_write "));
        (output.status.code(), lines.map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(check(&[]), (Some(0), vec![]));
    assert_eq!(check(&["--connect"]), (Some(1), expected));
}

#[test]
fn a_new_token_is_used_after_a_reload_and_the_page_and_metrics_show_the_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "old-t0ken\n").unwrap();
    let config = format!(
        "[[remote_write]]\nname = \"stub\"\nurl = \"{}\"\nstep = \"1s\"\nkeep = [\"rrd_load_*\"]\n\
         bearer = \"${{file:{}}}\"\n",
        receiver("new-t0ken"),
        token.display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let count = |series: &str| {
        let metrics = collector.get("/metrics").1;
        let value = metrics.lines().find_map(|line| line.strip_prefix(series));
        value.map(|value| value.trim().parse::<f64>().unwrap())
    };
    wait_until("the old token is refused", || {
        let failed = count("rrd_remote_write_failures_total{name=\"stub\",status=\"401\"}");
        failed.is_some_and(|count| count >= 1.0)
    });
    wait_until("it is behind", || {
        let behind = count("rrd_remote_write_behind_seconds{name=\"stub\"}");
        behind.is_some_and(|seconds| seconds >= 1.0)
    });
    let page = collector.get("/").1;
    assert!(page.contains("401 Unauthorized"), "{page:.2000}");
    fs::write(&token, "new-t0ken\n").unwrap();
    collector.reload();
    wait_until("samples are sent", || {
        let sent = count("rrd_remote_write_sent_samples_total{name=\"stub\"}");
        sent.is_some_and(|count| count >= 1.0)
    });
    for reason in ["too_old", "refused"] {
        let dropped =
            format!("rrd_remote_write_dropped_samples_total{{name=\"stub\",reason=\"{reason}\"}}");
        assert_eq!(count(&dropped), Some(0.0));
    }
    assert!(collector.get("/").1.contains("Remote write"));
    let log = collector.stop();
    assert!(!log.contains("t0ken"), "{log}");
}
