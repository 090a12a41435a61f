//! What is said about receivers that do not take samples.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use super::*;
use crate::output::remote::write::settings::read;
use crate::section::{Environment, SectionFile};

/// An endpoint at this address, with these further lines.
fn endpoint(url: &str, lines: &str) -> RemoteWrite {
    let text = format!("[[remote_write]]\nurl = \"{url}\"\ntimeout = \"60s\"\n{lines}\n");
    let environment = Environment { variable: &|_| None, credentials: None };
    let file = SectionFile::new(Path::new("x.toml"), &text, &environment);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let value = file.tables().unwrap().remove("remote_write").unwrap();
    for part in file.parts("remote_write", true, value, &mut errors) {
        file.read("remote_write", part, &mut errors, |reader, value| {
            read(&mut found, reader, value)
        });
    }
    assert!(errors.is_empty(), "{errors:?}");
    found.remove(0)
}

/// The result of a trial with a server that gives these answers in turn, a connection for each.
async fn tried(lines: &str, answers: &[&str]) -> Result<Protocol, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            let (head, content) = answer.split_once('|').unwrap_or((&answer, ""));
            let length = content.len();
            let text = format!(
                "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{content}"
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    let url = format!("http://127.0.0.1:{port}/api/v1/write");
    endpoint(&url, lines).try_out().await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "current_thread")]
async fn an_endpoint_that_takes_nothing_says_which_version_it_takes() {
    const V2: &str = "204 No Content\r\nX-Prometheus-Remote-Write-Samples-Written: 0";
    let auto = "version = \"auto\"";
    assert_eq!(tried("", &["204 No Content"]).await, Ok(Protocol::V1));
    assert_eq!(tried("version = \"2.0\"", &[V2]).await, Ok(Protocol::V2));
    assert_eq!(tried(auto, &[V2]).await, Ok(Protocol::V2));
    assert_eq!(tried(auto, &["204 No Content", "204 No Content"]).await, Ok(Protocol::V1));
    assert_eq!(tried(auto, &["415 No", "200 OK"]).await, Ok(Protocol::V1));
    assert_eq!(
        tried("version = \"2.0\"", &["204 No Content"]).await.unwrap_err(),
        "the answer does not say what was written: it does not take version 2.0; set version to \
         \"1.0\" or \"auto\""
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_endpoint_that_refuses_is_reported_with_what_to_do() {
    for (answer, expected) in [
        (
            "401 Unauthorized|no token\n",
            "answered 401 Unauthorized: no token: check user and password, or bearer, and what they \
             may do there",
        ),
        (
            "404 Not Found|404 page not found\n",
            "answered 404 Not Found: 404 page not found: check the path in url: /api/v1/write, for \
             InfluxDB /api/v1/prom/write?db=NAME with a database that exists; Prometheus needs \
             --web.enable-remote-write-receiver",
        ),
        (
            "415 No",
            "answered 415 Unsupported Media Type: it takes another version; set version to \"1.0\", \
             \"2.0\" or \"auto\"",
        ),
        (
            "301 Moved\r\nLocation: https://new.example/",
            "answered 301 Moved Permanently: moved to https://new.example/: set url to the new \
             address",
        ),
        (
            "503 Busy",
            "answered 503 Service Unavailable: it can be reached and takes nothing at present; look \
             at its log",
        ),
    ] {
        assert_eq!(tried("", &[answer]).await.unwrap_err(), expected);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn an_endpoint_that_cannot_be_reached_is_reported_with_what_to_do() {
    // It has a port and does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let failed = |url: String| async move { endpoint(&url, "").try_out().await.unwrap_err() };
    let error = failed(format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(error.advice, "is it running, and is the port right?");
    assert!(error.problem.starts_with(&format!("cannot connect to 127.0.0.1:{port}: ")), "{error}");
    let error = failed("unix:/nonexistent/engine.sock:/".to_owned()).await;
    assert_eq!(error.advice, "is it running, and is the path of the socket right?");
    // A name that no resolver has, whether there is one or not.
    let error = failed("http://engine.invalid/".to_owned()).await;
    assert_eq!(error.advice, "check the name in url");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = failed(format!("https://127.0.0.1:{port}/")).await;
    assert_eq!(error.advice, "check ca, the name in url, and that the port speaks TLS");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut silent = endpoint(&format!("http://127.0.0.1:{port}/"), "");
    silent.timeout = Duration::from_millis(50);
    let error = silent.try_out().await.unwrap_err();
    assert_eq!(error.problem, "no answer within 0.05 s");
}
