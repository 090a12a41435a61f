//! Many malicious clients at the same time: others are answered soon.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::hostile_clients::{exchange, is_well, started, status};
use crate::programs::{Collector, DEADLINE, wait_until};

/// Clients that connect, send something, wait to be cut off, and connect again at once.
struct Crowd {
    goes_on: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
    cut_off: Arc<AtomicUsize>,
}

impl Crowd {
    fn new(address: &str, clients: usize, says: &'static [u8]) -> Self {
        let (goes_on, cut_off) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let address: SocketAddr = address.parse().unwrap();
        let thread = thread::spawn({
            let (goes_on, cut_off) = (goes_on.clone(), cut_off.clone());
            move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..clients {
                        let cut_off = cut_off.clone();
                        tokio::spawn(async move {
                            loop {
                                connect_once(address, says).await;
                                cut_off.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                    }
                    while goes_on.load(Ordering::Relaxed) {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                });
            }
        });
        Self { goes_on, thread: Some(thread), cut_off }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Connects, says something, and reads nothing; returns when the other side has closed.
async fn connect_once(address: SocketAddr, says: &[u8]) {
    let socket = TcpSocket::new_v4().unwrap();
    // What is not read fills the buffer soon.
    socket.set_recv_buffer_size(4096).unwrap();
    let Ok(mut stream) = socket.connect(address).await else { return };
    let mut says = stream.write_all(says).await;
    while says.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        says = stream.write_all(b"a").await;
    }
}

/// Whether somebody who asks at once is answered. On a busy machine the request may come so late
/// that the connection was cut off, too.
fn is_answered(collector: &Collector) -> bool {
    let ask = b"GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let answer = exchange(collector, ask, DEADLINE);
    assert!(matches!(status(&answer), "200" | "none"), "{answer}");
    answer.ends_with("\r\n\r\nalive\n")
}

#[test]
fn slow_clients_that_connect_again_at_once_keep_nobody_from_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    let ask_and_do_not_read =
        b"GET /api/v1/fetch?group=collector&start=-20000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    for says in [&b""[..], b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a", ask_and_do_not_read] {
        let crowd = Crowd::new(&collector.address, 300, says);
        wait_until("the crowd is there", || crowd.cut_off.load(Ordering::Relaxed) > 50);
        for _ in 0..5 {
            let beside = String::from_utf8_lossy(says);
            wait_until(&format!("an answer beside {beside:?}"), || is_answered(&collector));
        }
    }
    let (_, metrics) = collector.get("/metrics");
    let line = |name: &str| metrics.lines().find(|line| line.starts_with(name)).unwrap_or("");
    let closed = line("rrd_page_connections_closed_total ").rsplit_once(' ').unwrap().1;
    assert!(closed.parse::<u64>().unwrap() >= 50, "{closed}");
    is_well(collector);
}

#[test]
fn twenty_large_pictures_delay_no_other_answer_and_those_beyond_the_limit_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    let ask = |number: usize| {
        let mut stream = TcpStream::connect(&collector.address).unwrap();
        let height = 1900 + number;
        let path = format!("/chart/load.png?span=year&width=4000&height={height}");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        stream
    };
    let asked: Vec<_> = (0..20).map(ask).collect();
    for path in ["/-/healthy", "/", "/api/v1/fetch?group=load", "/chart/load.svg", "/metrics"] {
        assert_eq!(collector.get(path).0, 200, "{path}");
    }
    // The others were answered before all large ones.
    let is_answered = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        stream.peek(&mut [0]).is_ok()
    };
    assert!(asked.iter().filter(|stream| is_answered(stream)).count() < 20);
    let more: Vec<_> = (20..60).map(ask).collect();
    let is_refused = |stream: &TcpStream| {
        let mut head = [0; 1024];
        let length = if is_answered(stream) { stream.peek(&mut head).unwrap_or(0) } else { 0 };
        let head = String::from_utf8_lossy(&head[..length]);
        head.starts_with("HTTP/1.0 503") && head.contains("\r\nretry-after: 1\r\n")
    };
    wait_until("some are told to come later", || {
        more.iter().filter(|stream| is_refused(stream)).count() >= 8
    });
    drop((asked, more));
    is_well(collector);
}

/// Asks with a password from an address of the loopback; returns the status, and how long it took.
async fn guess(collector: SocketAddr, from: &str, password: &str) -> (String, Duration) {
    let begun = Instant::now();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    let mut stream = socket.connect(collector).await.unwrap();
    let credentials = BASE64_STANDARD.encode(format!("me:{password}"));
    let request = format!(
        "GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         Authorization: Basic {credentials}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (status(&answer).to_owned(), begun.elapsed())
}

#[test]
fn wrong_passwords_are_answered_late_and_few_at_a_time_and_others_are_not_delayed() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "s3cret\n").unwrap();
    let text = format!("[auth]\nuser = \"me\"\npassword = \"${{file:{}}}\"\n", password.display());
    let collector = Collector::start_configured(folder.path(), &text);
    let address: SocketAddr = collector.address.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let guesses: Vec<_> = (0..40)
            .map(|number| {
                tokio::spawn(async move {
                    guess(address, "127.0.0.1", &format!("guess {number}")).await
                })
            })
            .collect();
        let mut others = Vec::new();
        for _ in 0..10 {
            others.push(guess(address, "127.0.0.2", "s3cret").await.0);
        }
        assert_eq!(others, vec!["200"; 10]);
        let (mut late, mut refused) = (0, 0);
        for guess in guesses {
            let (status, took) = guess.await.unwrap();
            match &*status {
                "401" => {
                    assert!(took >= Duration::from_secs(1), "{took:?}");
                    late += 1;
                }
                "429" => refused += 1,
                other => panic!("{other}"),
            }
        }
        // A loaded machine may need more than a second to ask forty times.
        assert!(late >= 10 && refused > 0, "{late} late, {refused} refused");
        while guess(address, "127.0.0.1", "s3cret").await.0 == "429" {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert_eq!(guess(address, "127.0.0.1", "s3cret").await.0, "200");
    });
    let without = exchange(
        &collector,
        b"GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        DEADLINE,
    );
    assert_eq!(status(&without), "401");
    collector.stop();
}
