//! A real `HAProxy`, asked at its page and at its socket, and answers that it does not give.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use rrd_collector::fault::chain;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::net::page::Page;
use rrd_collector::source::haproxy::{Haproxy, HaproxyError, Proxy, SocketError};
use rrd_collector::source::server::{Server, ServerState};

use crate::peers::{LIMIT, Values, moments, quiet, run};
use crate::programs::{Running, free_port, has, wait_until};

struct Ports {
    web: u16,
    page: u16,
    good: u16,
    closed: u16,
}

/// A proxy with a frontend, a backend with three servers, and a server that it plays itself.
fn start(folder: &Path, ports: &Ports) -> Running {
    let Ports { web, page, good, closed } = ports;
    let text = format!(
        "global\n stats socket {0}/sock mode 600 level user\n\
        defaults\n mode http\n timeout connect 1s\n timeout client 5s\n timeout server 5s\n\
        frontend www\n bind 127.0.0.1:{web}\n default_backend app\n\
        backend app\n server a 127.0.0.1:{good} check inter 100ms\n\
        server b 127.0.0.1:{closed} check inter 100ms fall 2\n server c 127.0.0.1:{closed} disabled\n\
        backend gone\n server d 127.0.0.1:{closed} check inter 100ms fall 2\n\
        frontend good\n bind 127.0.0.1:{good}\n http-request return status 503 if {{ path /bad }}\n\
        http-request return status 200\n\
        frontend page\n bind 127.0.0.1:{page}\n stats enable\n stats uri /stats\n\
        stats auth me:secret\n",
        folder.display()
    );
    let file = folder.join("haproxy.cfg");
    fs::write(&file, text).unwrap();
    let running = Running(quiet("haproxy").arg("-f").arg(&file).spawn().unwrap());
    wait_until("HAProxy listens", || TcpStream::connect(("127.0.0.1", *page)).is_ok());
    running
}

#[test]
fn requests_servers_and_errors_of_haproxy_are_counted_at_its_page_and_its_socket() {
    if !has("haproxy") || !has("ab") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ports =
        Ports { web: free_port(), page: free_port(), good: free_port(), closed: free_port() };
    let running = start(folder.path(), &ports);
    let url = format!("http://127.0.0.1:{}/stats;csv", ports.page);
    let page = Proxy::Page(Page::parse(&url).unwrap().for_user("me", "secret").unwrap());
    let socket = Proxy::Socket(Endpoint::Socket(folder.path().join("sock")));
    let mut probe = Haproxy::new("lb".to_owned());
    let mut values = Values::default();
    let state = |values: &Values, name: &str, instance: &str| {
        values.all(name).iter().rev().find(|(known, _)| *known == instance).unwrap().1
    };
    wait_until("the server is down", || {
        let mut values = Values::default();
        let stats = run(socket.ask(LIMIT)).unwrap();
        Haproxy::new("lb".to_owned()).take(Some(stats), moments()[0], LIMIT, &mut values);
        state(&values, "haproxy_backend.up", "lb/gone") == 0.0
            && state(&values, "haproxy_server.up", "lb/app/b") == 0.0
    });
    for (clock, proxy) in moments().into_iter().zip([&page, &socket]) {
        let stats = run(proxy.ask(LIMIT)).unwrap();
        probe.take(Some(stats), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            for (count, path) in [("200", ""), ("30", "bad")] {
                let url = format!("http://127.0.0.1:{}/{path}", ports.web);
                let load = quiet("ab").args(["-q", "-n", count, &url]).status().unwrap();
                assert!(load.success());
            }
        }
    }
    let last = |name: &str, instance: &str| state(&values, name, instance);
    assert_eq!(last("haproxy_frontend.requests", "lb/www") * 10.0, 230.0);
    assert_eq!(last("haproxy_frontend.responses_5xx", "lb/www") * 10.0, 30.0);
    assert_eq!(last("haproxy_backend.requests", "lb/app") * 10.0, 230.0);
    assert_eq!(last("haproxy_server.requests", "lb/app/a") * 10.0, 230.0);
    assert_eq!(last("haproxy_server.responses_5xx", "lb/app/a") * 10.0, 30.0);
    assert_eq!(last("haproxy_server.requests", "lb/app/b"), 0.0);
    assert_eq!(last("haproxy_server.up", "lb/app/a"), 1.0);
    assert!(last("haproxy_server.up", "lb/app/c").is_nan());
    let backend = |metric: &str| last(&format!("haproxy_backend.{metric}"), "lb/app");
    assert_eq!((backend("up"), backend("active_servers"), backend("queue")), (1.0, 1.0, 0.0));
    assert_eq!(last("haproxy_backend.up", "lb/gone"), 0.0);

    // A restart counts from zero: unknown once.
    drop(running);
    let _running = start(folder.path(), &ports);
    let stats = run(socket.ask(LIMIT)).unwrap();
    probe.take(Some(stats), Duration::from_secs(120), Duration::ZERO, &mut values);
    assert!(state(&values, "haproxy_server.requests", "lb/app/a").is_nan());
}

#[test]
fn a_page_without_credentials_or_csv_is_reported() {
    if !has("haproxy") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ports =
        Ports { web: free_port(), page: free_port(), good: free_port(), closed: free_port() };
    let _running = start(folder.path(), &ports);
    let asked =
        |path: &str| Page::parse(&format!("http://127.0.0.1:{}/{path}", ports.page)).unwrap();
    let denied = run(Proxy::Page(asked("stats;csv")).ask(LIMIT)).unwrap_err();
    assert!(chain(&denied).starts_with("401 Unauthorized: access denied"), "{denied}");
    let html = asked("stats").for_user("me", "secret").unwrap();
    let html = run(Proxy::Page(html).ask(LIMIT)).unwrap_err();
    assert_eq!(
        chain(&html),
        "the answer, of content type \"text/html\", is not the status page of HAProxy (its address ends with ;csv): \
         check the address"
    );
}

/// The error for a program at a socket that answers with these bytes, or says nothing.
fn answered(bytes: &'static [u8], limit: Duration) -> SocketError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sock");
    let listener = UnixListener::bind(&path).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 64]);
        stream.write_all(bytes).unwrap();
        if bytes.is_empty() {
            // Until the other end has waited long enough.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let proxy = Proxy::Socket(Endpoint::Socket(path));
    let error = run(proxy.ask(limit)).unwrap_err();
    answering.join().unwrap();
    let HaproxyError::Socket(error) = error else { panic!("{error}") };
    error
}

#[test]
fn other_programs_and_silence_at_a_socket_are_reported() {
    let other = answered(b"Unknown command.\n", LIMIT);
    assert!(other.to_string().ends_with("but with \"Unknown command.\\n\""), "{other}");
    assert!(matches!(answered(b"", Duration::from_millis(300)), SocketError::Timeout { .. }));
}
