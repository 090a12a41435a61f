//! Conversations with servers that answer as receivers and proxies do.

use std::sync::mpsc::{Receiver, channel};

use hyper::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use super::*;
use crate::fault::chain;

const LIMIT: Duration = Duration::from_secs(60);

/// A server that gives these answers in turn, one connection after the other; a connection ends
/// where an answer says `Connection: close`, or after it if that is empty. The requests are
/// preceded by the number of their connection.
async fn server(answers: Vec<String>) -> (u16, Receiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, requests) = channel();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        for connection in 1.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            while let Some(request) = request(&mut stream).await {
                sender.send((connection, request)).unwrap();
                let Some(answer) = answers.next() else { return };
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.is_empty() || answer.contains("Connection: close") {
                    break;
                }
            }
        }
    });
    (port, requests)
}

/// A request with its content, or the end of the connection.
async fn request(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    loop {
        let request = text(&bytes);
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(request);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn answer(status: &str, more: &str, content: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n{content}", content.len())
}

fn page(port: u16) -> Page {
    Page::parse(&format!("http://127.0.0.1:{port}/api/v1/write?db=prom")).unwrap()
}

async fn send(endpoint: &mut Endpoint) -> String {
    match endpoint.send(Bytes::from_static(b"hello"), Protocol::V1).await {
        Outcome::Done { written } => format!("done {written:?}"),
        Outcome::Retry { status, text, .. } => format!("later {} {text}", status.as_u16()),
        Outcome::Refused { status, text } => format!("never {} {text}", status.as_u16()),
        Outcome::Failed(error) => format!("failed {}", chain(&error)),
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_request_has_the_headers_of_its_version_and_those_that_are_configured() {
    let (port, requests) = server(vec![answer("204 No Content", "", ""); 2]).await;
    let page = page(port).for_user("me", "secret").unwrap();
    let page = page.with_header("X-Scope-OrgID", "lab").unwrap();
    let mut endpoint = Endpoint::new(page, LIMIT);
    for protocol in [Protocol::V1, Protocol::V2] {
        let outcome = endpoint.send(Bytes::from_static(b"hello"), protocol).await;
        assert!(matches!(outcome, Outcome::Done { written: None }), "{outcome:?}");
    }
    let expected = |content_type: &str, version: &str| {
        format!(
            "POST /api/v1/write?db=prom HTTP/1.1\r\n\
             host: 127.0.0.1:{port}\r\n\
             user-agent: rrd-collector/{}\r\n\
             authorization: Basic bWU6c2VjcmV0\r\n\
             x-scope-orgid: lab\r\n\
             content-encoding: snappy\r\n\
             content-type: {content_type}\r\n\
             x-prometheus-remote-write-version: {version}\r\n\
             content-length: 5\r\n\r\nhello",
            env!("CARGO_PKG_VERSION")
        )
    };
    assert_eq!(requests.recv().unwrap(), (1, expected("application/x-protobuf", "0.1.0")));
    let content_type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    assert_eq!(requests.recv().unwrap(), (1, expected(content_type, "2.0.0")));
}

#[tokio::test(flavor = "current_thread")]
async fn a_connection_is_kept_until_the_server_closes_it_and_then_replaced() {
    let done = answer("200 OK", "", "ok");
    let last = answer("200 OK", "Connection: close\r\n", "ok");
    // The fourth request gets no answer on a connection that was fine before.
    let answers = vec![done.clone(), last, done.clone(), String::new(), done];
    let (port, requests) = server(answers).await;
    let mut endpoint = Endpoint::new(page(port), LIMIT);
    for _ in 0..4 {
        assert_eq!(send(&mut endpoint).await, "done None");
    }
    let connections: Vec<usize> = requests.try_iter().map(|(connection, _)| connection).collect();
    assert_eq!(connections, [1, 1, 2, 2, 3]);
}

#[tokio::test(flavor = "current_thread")]
async fn answers_are_read_to_a_limit_and_what_is_longer_ends_the_connection() {
    let long = "x".repeat(100_000);
    let answers = vec![
        answer("400 Bad Request", "", "out of order\n"),
        answer("400 Bad Request", "", &long),
        answer("500 Oops", "", "no\n"),
    ];
    let (port, requests) = server(answers).await;
    let mut endpoint = Endpoint::new(page(port), LIMIT);
    assert_eq!(send(&mut endpoint).await, "never 400 out of order");
    assert_eq!(send(&mut endpoint).await, format!("never 400 {}", "x".repeat(256)));
    assert_eq!(send(&mut endpoint).await, "later 500 no");
    let connections: Vec<usize> = requests.try_iter().map(|(connection, _)| connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test(flavor = "current_thread")]
async fn another_path_of_the_same_server_is_followed_once() {
    let moved = |status: &str, to: &str| answer(status, &format!("Location: {to}\r\n"), "");
    let done = answer("204 No Content", "", "");
    let (port, requests) = server(vec![
        moved("308 Permanent Redirect", "/new"),
        done,
        moved("307 Temporary Redirect", "/new"),
        moved("307 Temporary Redirect", "/newer"),
        moved("302 Found", "/new"),
        moved("307 Temporary Redirect", "http://127.0.0.2:1/new"),
        moved("307 Temporary Redirect", "//127.0.0.2/new"),
    ])
    .await;
    let mut endpoint = Endpoint::new(page(port), LIMIT);
    assert_eq!(send(&mut endpoint).await, "done None");
    for refused in [
        "never 307 moved to /newer",
        "never 302 moved to /new",
        "never 307 moved to http://127.0.0.2:1/new",
        "never 307 moved to //127.0.0.2/new",
    ] {
        assert_eq!(send(&mut endpoint).await, refused);
    }
    let paths: Vec<String> = requests
        .try_iter()
        .map(|(_, request)| request.split(' ').nth(1).unwrap().to_owned())
        .collect();
    let usual = "/api/v1/write?db=prom";
    assert_eq!(paths, [usual, "/new", usual, "/new", usual, usual, usual]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_whole_address_of_the_same_server_is_the_same_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await.unwrap();
        let location = format!("Location: http://127.0.0.1:{port}/new\r\n");
        let moved = answer("308 Permanent Redirect", &location, "");
        stream.write_all(moved.as_bytes()).await.unwrap();
        let request = request(&mut stream).await.unwrap();
        stream.write_all(answer("204 No Content", "", "").as_bytes()).await.unwrap();
        request
    });
    assert_eq!(send(&mut Endpoint::new(page(port), LIMIT)).await, "done None");
    assert!(served.await.unwrap().starts_with("POST /new HTTP/1.1\r\n"));
}

#[tokio::test(flavor = "current_thread")]
async fn silence_ends_at_the_time_limit_and_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await.unwrap();
        request(&mut stream).await
    });
    let mut endpoint = Endpoint::new(page(port), Duration::from_millis(50));
    assert_eq!(send(&mut endpoint).await, "failed no answer within 0.05 s");
    assert_eq!(served.await.unwrap(), None);
}

#[tokio::test(flavor = "current_thread")]
async fn a_closed_port_and_an_answer_that_is_no_http_are_failures() {
    // It has a port and does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let failed = send(&mut Endpoint::new(page(port), LIMIT)).await;
    let expected = format!("failed cannot connect to 127.0.0.1:{port}: Connection refused");
    assert!(failed.starts_with(&expected), "{failed}");
    let (port, _requests) = server(vec!["220 mail ready\r\n\r\n".to_owned()]).await;
    let failed = send(&mut Endpoint::new(page(port), LIMIT)).await;
    assert!(failed.starts_with("failed connection lost: "), "{failed}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_pause_that_a_receiver_asks_for_is_kept() {
    let answers = vec![answer("429 Too Many Requests", "Retry-After: 7\r\n", "slow down")];
    let (port, _requests) = server(answers).await;
    let outcome = Endpoint::new(page(port), LIMIT).send(Bytes::new(), Protocol::V1).await;
    let Outcome::Retry { status, after, text } = outcome else { panic!("{outcome:?}") };
    assert_eq!((status, after), (StatusCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(7))));
    assert_eq!(text, "slow down");
}

/// A server with TLS that asks for a certificate and answers one request; it returns whether it
/// got one.
async fn tls_server(folder: &std::path::Path) -> (u16, tokio::task::JoinHandle<bool>) {
    use std::sync::Arc;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::crypto::ring::default_provider;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::server::WebPkiClientVerifier;
    use tokio_rustls::rustls::{RootCertStore, ServerConfig};

    let (certificate, key) = crate::net::tls::trial::certificate(folder, "localhost");
    let (client, _) = crate::net::tls::trial::certificate(folder, "client");
    let read = |path: &std::path::Path| CertificateDer::from_pem_file(path).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(read(&client)).unwrap();
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![read(&certificate)], PrivateKeyDer::from_pem_file(&key).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let Ok(mut stream) = acceptor.accept(stream).await else { return false };
        let has_certificate = stream.get_ref().1.peer_certificates().is_some();
        request(&mut stream).await.unwrap();
        stream.write_all(answer("204 No Content", "", "").as_bytes()).await.unwrap();
        has_certificate
    });
    (port, served)
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_that_asks_for_a_certificate_gets_ours() {
    use crate::net::tls::Trust;

    let folder = tempfile::tempdir().unwrap();
    let page = |port: u16, trust: Trust| {
        let page = Page::parse(&format!("https://localhost:{port}/")).unwrap();
        page.trusting(trust).unwrap()
    };
    let (port, served) = tls_server(folder.path()).await;
    let file = |name: &str| folder.path().join(name);
    let trust = Trust::only(&file("localhost.pem")).unwrap();
    let showing = trust.showing(&file("client.pem"), &file("client.key")).unwrap();
    assert_eq!(send(&mut Endpoint::new(page(port, showing), LIMIT)).await, "done None");
    assert!(served.await.unwrap());

    let (port, served) = tls_server(folder.path()).await;
    let trust = Trust::only(&file("localhost.pem")).unwrap();
    let failed = send(&mut Endpoint::new(page(port, trust), LIMIT)).await;
    assert!(failed.starts_with("failed ") && failed.contains("CertificateRequired"), "{failed}");
    assert!(!served.await.unwrap());
}

#[tokio::test(flavor = "current_thread")]
async fn a_proxy_gets_the_whole_address_of_a_receiver_without_tls() {
    let (port, requests) = server(vec![answer("204 No Content", "", ""); 2]).await;
    let page = Page::parse("http://engine.invalid/api/v1/write").unwrap();
    let page = page.through(&format!("http://me:s%40cret@127.0.0.1:{port}")).unwrap();
    let mut endpoint = Endpoint::new(page, LIMIT);
    for connection in [1, 1] {
        assert_eq!(send(&mut endpoint).await, "done None");
        let (used, request) = requests.recv().unwrap();
        assert_eq!(used, connection);
        let expected = "POST http://engine.invalid:80/api/v1/write HTTP/1.1\r\n\
                        proxy-authorization: Basic bWU6c0BjcmV0\r\nhost: engine.invalid\r\n";
        assert!(request.starts_with(expected), "{request}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_proxy_connects_to_a_receiver_with_tls_or_says_why_not() {
    use crate::net::tls::Trust;

    let folder = tempfile::tempdir().unwrap();
    let (target, served) = tls_server(folder.path()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = request(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        let mut server = tokio::net::TcpStream::connect(("127.0.0.1", target)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        request
    });
    let file = |name: &str| folder.path().join(name);
    let trust = Trust::only(&file("localhost.pem")).unwrap();
    let showing = trust.showing(&file("client.pem"), &file("client.key")).unwrap();
    let page = |proxy: u16| {
        let page = Page::parse(&format!("https://localhost:{target}/write")).unwrap();
        let page = page.trusting(showing.clone()).unwrap().for_user("me", "secret").unwrap();
        page.through(&format!("http://127.0.0.1:{proxy}")).unwrap()
    };
    let mut endpoint = Endpoint::new(page(port), LIMIT);
    assert_eq!(send(&mut endpoint).await, "done None");
    assert!(served.await.unwrap());
    drop(endpoint);
    // The password is for the receiver only.
    let expected =
        format!("CONNECT localhost:{target} HTTP/1.1\r\nhost: localhost:{target}\r\n\r\n");
    assert_eq!(proxy.await.unwrap(), expected);

    let (port, _requests) = server(vec![answer("403 Forbidden", "", "")]).await;
    let failed = send(&mut Endpoint::new(page(port), LIMIT)).await;
    assert_eq!(
        failed,
        "failed the proxy 127.0.0.1: answered 403 Forbidden: does it allow this host and port?"
    );
}
