//! Every address in the reference of the collector's HTTP interface answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rrd_checks::repository::text;

use crate::programs::{Running, command};

/// The status of the answer to a request.
fn status(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the page");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn every_example_of_the_http_reference_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut daemon = command("rrd-collector", folder.path());
    daemon.args(["--config", "/dev/null", "--data", "data", "--listen", "127.0.0.1:0"]);
    let daemon = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut daemon = Running(daemon);
    let mut line = String::new();
    let output = daemon.0.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("its address");
    let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();

    let reference = text("docs/reference/rrd-collector-http.md");
    let examples = reference.split("Example:").skip(1);
    let examples: Vec<&str> = examples.filter_map(|text| text.split('`').nth(1)).collect();
    assert!(examples.len() > 15, "{examples:?}");
    for path in examples {
        // What needs samples answers after the first ones.
        let answers = (0..600).any(|_| {
            let is_answered = status(&address, path) == "200";
            if !is_answered {
                assert!(daemon.0.try_wait().expect("a child").is_none(), "the daemon has ended");
                thread::sleep(Duration::from_millis(200));
            }
            is_answered
        });
        assert!(answers, "{path}: {}", status(&address, path));
    }
}
