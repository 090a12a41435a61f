//! Checks of servers that are as they should be, and of others.

use std::path::Path;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::fault::chain;
use crate::net::page::Page;
use crate::net::tls::{Identity, Trust};
use crate::source::sample::recorder::Recorder;

/// A server at a free port that answers one request after the other with these bytes.
async fn server(answer: &'static str, identity: Option<Identity>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = identity.map(|identity| Rc::new(TlsAcceptor::from(identity.config())));
    tokio::task::spawn_local(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            if let Some(acceptor) = &acceptor {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            } else {
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    port
}

/// A certificate for `www.example` that expires after this many seconds since 1970.
fn identity(folder: &Path, expires: u64) -> Identity {
    let mut wanted = rcgen::CertificateParams::new(["www.example".to_owned()]).unwrap();
    wanted.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(expires);
    let key = rcgen::KeyPair::generate().unwrap();
    let made = wanted.self_signed(&key).unwrap();
    let (certificate, secret) = (folder.join("www.pem"), folder.join("www.key"));
    std::fs::write(&certificate, made.pem()).unwrap();
    std::fs::write(&secret, key.serialize_pem()).unwrap();
    Identity::read(&certificate, &secret).unwrap()
}

fn check(page: Page, status: &str, contains: Option<&str>) -> HttpCheck {
    let (status, contains) = (vec![status.parse().unwrap()], contains.map(str::to_owned));
    HttpCheck { page, expected: Expected { status, contains } }
}

/// The values of a check, and what is wrong.
async fn run(check: &HttpCheck) -> (impl Fn(&str) -> f64 + use<>, Option<String>) {
    run_within(check, Duration::from_secs(60)).await
}

/// The same within a time limit.
async fn run_within(
    check: &HttpCheck,
    limit: Duration,
) -> (impl Fn(&str) -> f64 + use<>, Option<String>) {
    let answer = check.ask(limit).await.unwrap();
    let fault = check.check(&answer).err().map(|error| chain(&error));
    let mut seen = Recorder::default();
    CheckedPage::new("x".to_owned()).take(Some(answer), Duration::ZERO, Duration::ZERO, &mut seen);
    (move |metric: &str| seen.value(&HTTP_CHECK, "x", metric), fault)
}

fn local<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall is up\n";

#[test]
fn an_answer_is_judged_by_its_status_and_its_text() {
    local(async {
        let port = server(OK, None).await;
        let page = || Page::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let (value, fault) = run(&check(page(), "200", Some("is up"))).await;
        assert_eq!(fault, None);
        assert_eq!((value("up"), value("status"), value("bytes")), (1.0, 200.0, 10.0));
        assert_eq!(value("tls"), 0.0);
        let parts = value("connect") + value("first_byte");
        assert!(parts > 0.0 && parts <= value("seconds"));
        assert!(value("certificate_days").is_nan());

        let (value, fault) = run(&check(page(), "200", Some("is down"))).await;
        assert_eq!(fault.unwrap(), "the content does not contain \"is down\"");
        assert_eq!((value("up"), value("status")), (0.0, 200.0));
        let (value, fault) = run(&check(page(), "3xx", None)).await;
        assert_eq!(fault.unwrap(), "the server answered 200 OK: expected 3xx");
        assert_eq!(value("up"), 0.0);
    });
}

#[test]
fn a_redirect_is_its_status_and_is_not_followed() {
    local(async {
        let moved =
            "HTTP/1.1 301 Moved\r\nLocation: http://a.example/\r\nContent-Length: 0\r\n\r\n";
        let port = server(moved, None).await;
        let page = || Page::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let (value, fault) = run(&check(page(), "200", None)).await;
        assert_eq!(fault.unwrap(), "the server answered 301 Moved Permanently: expected 200");
        assert_eq!(value("status"), 301.0);
        assert_eq!(run(&check(page(), "301", None)).await.1, None);
    });
}

#[test]
fn the_end_of_a_certificate_is_known_whether_it_is_believed_or_not() {
    local(async {
        let folder = tempfile::tempdir().unwrap();
        let now = clock::now().wall.as_secs();
        let day = 86_400;
        for (expires, days, wrong) in
            [(now + 10 * day, 10.0, None), (now - 3 * day, -3.0, Some("certificate expired"))]
        {
            let identity = identity(folder.path(), expires);
            let port = server(OK, Some(identity)).await;
            let page = Page::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
            let page = page.for_host("www.example");

            let (value, fault) = run(&check(page.clone(), "200", None)).await;
            let fault = fault.unwrap();
            assert!(fault.contains("invalid peer certificate"), "{fault}");
            assert_eq!((value("up"), value("certificate_days").round()), (0.0, days));
            assert!(value("status").is_nan() && value("bytes").is_nan());

            let believed = Trust::only(&folder.path().join("www.pem")).unwrap();
            let (value, fault) =
                run(&check(page.clone().trusting(believed).unwrap(), "200", None)).await;
            assert_eq!(value("certificate_days").round(), days);
            match wrong {
                None => assert_eq!((value("up"), fault), (1.0, None)),
                Some(wrong) => assert!(fault.unwrap().contains(wrong)),
            }

            let page = page.trusting(Trust::anybody()).unwrap();
            let (value, fault) = run(&check(page, "200", None)).await;
            assert_eq!(fault, None);
            assert_eq!((value("up"), value("certificate_days").round()), (1.0, days));
            assert!(value("tls") > 0.0);
        }
    });
}

#[test]
fn a_certificate_for_another_name_is_refused_with_both_names() {
    local(async {
        let folder = tempfile::tempdir().unwrap();
        let identity = identity(folder.path(), clock::now().wall.as_secs() + 900_000);
        let port = server(OK, Some(identity)).await;
        let page = Page::parse(&format!("https://localhost:{port}/")).unwrap();
        let believed = Trust::only(&folder.path().join("www.pem")).unwrap();
        let (value, fault) = run(&check(page.trusting(believed).unwrap(), "200", None)).await;
        let fault = fault.unwrap();
        assert!(fault.contains("\"localhost\"") && fault.contains("www.example"), "{fault}");
        assert_eq!(value("certificate_days").round(), 10.0);
    });
}

#[test]
fn what_does_not_come_is_named_by_the_part_that_is_missing() {
    local(async {
        let silent = server("", None).await;
        // A listener that nobody accepts from: connected by the kernel, and then nothing.
        let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let deaf_port = deaf.local_addr().unwrap().port();
        let half = server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", None).await;
        let other = server("SSH-2.0-OpenSSH_10\r\n", None).await;
        for (address, expected) in [
            (format!("http://127.0.0.1:{silent}/"), "connection lost"),
            (format!("http://127.0.0.1:{deaf_port}/"), "no answer within 0.5 s"),
            (format!("https://127.0.0.1:{deaf_port}/"), "no TLS handshake within 0.5 s"),
            (format!("http://127.0.0.1:{half}/"), "connection lost"),
            (format!("http://127.0.0.1:{other}/"), "connection lost"),
            (format!("https://127.0.0.1:{other}/"), "no TLS with 127.0.0.1"),
            ("http://127.0.0.1:1/".to_owned(), "cannot connect to 127.0.0.1:1"),
            ("http://name.invalid/".to_owned(), "cannot connect to name.invalid:80"),
            ("unix:/nonexistent.sock:/".to_owned(), "cannot connect to /nonexistent.sock"),
        ] {
            let page = Page::parse(&address).unwrap();
            let is_awaited = expected.ends_with("within 0.5 s");
            let limit = Duration::from_millis(if is_awaited { 500 } else { 60_000 });
            let (value, fault) = run_within(&check(page, "200", None), limit).await;
            let fault = fault.unwrap_or_default();
            assert!(fault.starts_with(expected), "{address}: {fault}");
            assert_eq!(value("up"), 0.0);
            assert!(value("seconds") >= 0.0);
        }
    });
}

#[test]
fn an_answer_that_drips_ends_at_the_deadline() {
    local(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::task::spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
            let _ = stream.write_all(head).await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let page = Page::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let limit = Duration::from_secs(2);
        let (value, fault) = run_within(&check(page, "200", None), limit).await;
        assert_eq!(fault.unwrap(), "no complete answer within 2 s");
        assert_eq!((value("up"), value("status")), (0.0, 200.0));
        assert!(value("bytes") > 0.0);
    });
}
