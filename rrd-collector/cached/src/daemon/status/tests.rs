//! `--status` against a daemon of the test, and the formats of a report.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rrd_core::StoreOptions;

use super::counters::COUNTERS;
use super::report::{FileError, Report, parse_counter};
use super::{AskError, StatusFormat, status};
use crate::grammar::Answer;
use crate::listener::ListenAddress;
use crate::{Server, ServerOptions, WriteBackOptions, command};

/// A daemon that answers commands of one connection from a list.
fn daemon(socket: &Path, answers: &'static [(&'static str, &'static str)]) -> JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut answer = stream.try_clone().unwrap();
        for line in BufReader::new(stream).lines() {
            let line = line.unwrap();
            let found = answers.iter().find(|(command, _)| *command == line);
            answer.write_all(found.unwrap().1.as_bytes()).unwrap();
        }
    })
}

fn ask(answers: &'static [(&'static str, &'static str)], format: StatusFormat) -> String {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let daemon = daemon(&socket, answers);
    let mut out = Vec::new();
    status(&ListenAddress::Unix(socket), format, &mut out).unwrap();
    daemon.join().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_counters_of_the_original_are_printed_with_rates() {
    const NINE: &str = "3 Statistics follow\nQueueLength: 2\nUpdatesReceived: 7\nOther: 5\n";
    let text = ask(&[("STATS", NINE), ("STATS ERRORS", NINE)], StatusFormat::Text);
    assert_eq!(text, "QueueLength: 2\nUpdatesReceived: 7 (0.0 per second)\n");
}

#[test]
fn files_that_fail_are_metrics_with_labels() {
    let text = ask(
        &[
            ("STATS", "1 Statistics follow\nUpdatesReceived: 7\n"),
            ("STATS ERRORS", "1 Errors follow\n12 3 /base/a\\ b.rrd says\\ \"no\"\n"),
        ],
        StatusFormat::Prometheus,
    );
    assert_eq!(
        text,
        "# HELP rrdcached_updates_received_total UPDATE commands, also those that failed.\n\
         # TYPE rrdcached_updates_received_total counter\n\
         rrdcached_updates_received_total 7\n\
         # HELP rrdcached_file_failing_seconds For how long a file could not be written.\n\
         # TYPE rrdcached_file_failing_seconds gauge\n\
         rrdcached_file_failing_seconds{file=\"/base/a b.rrd\",error=\"says \\\"no\\\"\"} 12\n"
    );
}

#[test]
fn a_rate_is_the_growth_in_a_second_and_a_daemon_that_started_again_has_none() {
    let report = |count| Report {
        counters: vec![("UpdatesReceived".to_owned(), count)],
        errors: vec![FileError {
            age: 12,
            attempts: 3,
            path: "/base/a.rrd".to_owned(),
            error: "is locked".to_owned(),
        }],
    };
    assert_eq!(
        report(30).text(&report(10), 2.0),
        "UpdatesReceived: 30 (10.0 per second)\n\n\
         Files that cannot be written:\n/base/a.rrd: is locked (3 attempts in 12 s)\n"
    );
    assert!(report(0).text(&report(10), 2.0).starts_with("UpdatesReceived: 0 (0.0 per second)\n"));
}

#[test]
fn a_daemon_that_is_missing_or_refuses_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let address = ListenAddress::Unix(socket.clone());
    let error = status(&address, StatusFormat::Text, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, AskError::Connect { .. }), "{error:?}");
    let daemon = daemon(&socket, &[("STATS", "-1 Permission denied.\n")]);
    let error = status(&address, StatusFormat::Text, &mut Vec::new()).unwrap_err();
    daemon.join().unwrap();
    assert_eq!(error.to_string(), format!("unix:{} refuses: Permission denied.", socket.display()));
}

#[test]
fn every_line_of_our_stats_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Duration::from_secs(3600);
    let options = WriteBackOptions { delay: slow, jitter: Duration::ZERO, interval: slow };
    let base = ServerOptions::new(folder.path());
    let server = Server::open(base, options, StoreOptions::new()).unwrap();
    let Answer::Success { body, .. } = command::stats(&server) else { panic!() };
    let lines = body.split(|byte| *byte == b'\n').filter_map(parse_counter);
    let names: Vec<_> = lines.map(|(name, _)| name).collect();
    let known: Vec<_> = COUNTERS.iter().map(|counter| counter.name).collect();
    assert_eq!(names, known);
}

#[test]
fn metrics_have_different_names_and_counters_end_in_total() {
    let mut metrics: Vec<_> = COUNTERS.iter().map(|counter| counter.metric).collect();
    metrics.sort_unstable();
    metrics.dedup();
    assert_eq!(metrics.len(), COUNTERS.len());
    for counter in COUNTERS {
        let is_total = counter.metric.ends_with("_total");
        assert_eq!(is_total, counter.kind == super::counters::Kind::Counter, "{}", counter.name);
    }
}
