//! Malicious clients against the built daemon: each is answered or cut off in bounded time, memory
//! stays small, nothing outside the data folder is shown, and the host is still sampled every
//! second.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::programs::{Collector, DEADLINE, free_port, wait_until};

/// Limit on the peak memory of the daemon, in kilobytes; it uses 20,000 to 30,000 without requests.
const MAX_MEMORY: u64 = 200_000;

/// Sends bytes unchanged and reads until the daemon closes the connection; the time is limited.
pub(crate) fn exchange(collector: &Collector, bytes: &[u8], patience: Duration) -> String {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(&collector.address).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.set_write_timeout(Some(patience)).unwrap();
    // A daemon that has read enough closes while we are still sending.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        assert!(begun.elapsed() < patience, "neither answered nor cut off: {answer:?}");
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("neither answered nor cut off: {error}"),
        }
        assert!(answer.len() < 16 << 20, "flooded");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// The peak memory of the daemon, in kilobytes.
fn peak(collector: &Collector) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", collector.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The CPU time of the daemon so far, which does not depend on other load.
fn busy(collector: &Collector) -> Duration {
    let id = i32::try_from(collector.id()).unwrap();
    let stat = procfs::process::Process::new(id).unwrap().stat().unwrap();
    Duration::from_millis((stat.utime + stat.stime) * 1000 / procfs::ticks_per_second())
}

/// The second of the newest sample.
fn newest(collector: &Collector) -> i64 {
    collector.known_seconds(20).into_iter().max().unwrap_or(0)
}

/// The daemon still samples, is small, and logs no panic.
pub(crate) fn is_well(collector: Collector) {
    let before = newest(&collector);
    wait_until("the host is sampled", || newest(&collector) > before);
    let peak = peak(&collector);
    assert!(peak < MAX_MEMORY, "{peak} kB");
    let log = collector.stop();
    assert!(!log.contains("panicked"), "{log}");
}

/// Pseudo-random bytes; the same each time.
fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
}

pub(crate) fn started(folder: &Path) -> Collector {
    let collector = Collector::start(folder, &[]);
    wait_until("the load is sampled", || newest(&collector) > 0);
    collector
}

#[test]
fn requests_without_measure_are_answered_or_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    let soon = DEADLINE;
    let host = "Host: 127.0.0.1\r\n";
    let long_line = format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(1 << 20));
    assert!(matches!(
        status(&exchange(&collector, long_line.as_bytes(), soon)),
        "414" | "431" | "none"
    ));
    let long_header = format!("GET / HTTP/1.1\r\n{host}X: {}\r\n\r\n", "a".repeat(1 << 20));
    assert!(matches!(status(&exchange(&collector, long_header.as_bytes(), soon)), "431" | "none"));
    let many = format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(200_000));
    assert!(matches!(status(&exchange(&collector, many.as_bytes(), soon)), "431" | "none"));
    // Bodies are not read: requests have none.
    let body = [
        format!("POST / HTTP/1.1\r\n{host}Content-Length: 100000000000\r\n\r\n").as_bytes(),
        &vec![b'x'; 4 << 20],
    ]
    .concat();
    let refused = exchange(&collector, &body, soon);
    assert_eq!(status(&refused), "405");
    assert!(refused.contains("\r\nallow: GET, HEAD\r\n"), "{refused}");
    let chunked = format!(
        "GET /-/healthy HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n{}",
        "FFFFFFFFFFFFFFFF\r\nx".repeat(1000)
    );
    assert!(matches!(status(&exchange(&collector, chunked.as_bytes(), soon)), "200" | "400"));
    let noise = noise(1 << 20);
    assert!(matches!(status(&exchange(&collector, &noise, soon)), "400" | "none"));
    // A valid request, followed by garbage: one answer, one refusal, the end.
    let pipelined =
        [format!("GET /-/healthy HTTP/1.1\r\n{host}\r\n").as_bytes(), b"\0\xff\r\n\r\n GET"]
            .concat();
    let answer = exchange(&collector, &pipelined, soon);
    assert_eq!((status(&answer), answer.matches("HTTP/1.1 ").count()), ("200", 2), "{answer}");
    for host in ["evil.example", "127.0.0.1.evil.example", "", "localhost:7300:1", "[::1"] {
        let ask = format!("GET /api/v1/info HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&exchange(&collector, ask.as_bytes(), soon)), "421", "{host}");
    }
    // Version 1.0 has no such header, and no browser speaks it.
    for (request, wanted) in [
        ("GET /api/v1/info HTTP/1.0\r\n\r\n", "200"),
        ("GET /api/v1/info HTTP/1.0\r\nHost: evil.example\r\n\r\n", "421"),
        ("GET /api/v1/info HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        (
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
            "400",
        ),
    ] {
        assert_eq!(status(&exchange(&collector, request.as_bytes(), soon)), wanted, "{request}");
    }
    is_well(collector);
}

#[test]
fn a_header_that_dribbles_without_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    let mut slow = TcpStream::connect(&collector.address).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n").unwrap();
    let begun = Instant::now();
    while slow.write_all(b"X: y\r\n").is_ok() {
        assert!(begun.elapsed() < DEADLINE, "a header without end is heard for ever");
        std::thread::sleep(Duration::from_millis(200));
    }
    is_well(collector);
}

#[test]
fn no_address_leads_out_of_the_data_folder() {
    let outside = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    // A database that the daemon must not show, and paths to it.
    let secret = outside.path().join("secret.rrd");
    wait_until("a file is written", || folder.path().join("load.rrd").exists());
    fs::copy(folder.path().join("load.rrd"), &secret).unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    symlink(&secret, folder.path().join("straight.rrd")).unwrap();
    symlink(outside.path(), folder.path().join("around")).unwrap();
    symlink("../../../../../../../../etc/passwd", folder.path().join("deep/up.rrd")).unwrap();
    symlink("/proc/self/environ", folder.path().join("deep/magic.rrd")).unwrap();
    for (path, wanted) in [
        ("/api/v1/fetch?group=straight", 500),
        ("/api/v1/fetch?group=around&instance=secret", 500),
        ("/api/v1/fetch?group=deep&instance=up", 500),
        ("/api/v1/fetch?group=deep&instance=magic", 500),
        ("/api/v1/fetch?group=..", 400),
        ("/api/v1/fetch?group=%2e%2e%2fsecret", 400),
        ("/api/v1/fetch?group=/etc/passwd", 400),
        ("/api/v1/fetch?group=load%00", 400),
        ("/api/v1/fetch?group=load&instance=../../etc/passwd", 404),
        ("/api/v1/fetch?group=load&instance=%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("/api/v1/fetch?group=load&instance=%00", 404),
        ("/api/v1/fetch?group=load&instance=/etc/passwd", 404),
        ("/../../../../etc/passwd", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("//etc/passwd", 404),
        ("/page.css/../../../etc/passwd", 404),
        ("/chart/../../../../etc/passwd.svg", 404),
        ("/chart/load%00.svg", 404),
        ("/page.css%00", 404),
    ] {
        let (status, body) = collector.get(path);
        assert_eq!(status, wanted, "{path}: {body}");
        assert!(!body.contains("root:") && !body.contains("\"rows\""), "{path}: {body}");
    }
    // Names are shown as text, not as markup.
    let (_, page) =
        collector.get("/?group=%3Cscript%3Ealert(1)%3C/script%3E&instance=%3Cmarquee%3E");
    assert!(!page.contains("<script>alert") && !page.contains("<marquee>"), "{page:.2000}");
    is_well(collector);
}

#[test]
fn absurd_spans_and_sizes_give_a_small_answer_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let collector = started(folder.path());
    let last = i64::MAX.to_string();
    let first = i64::MIN.to_string();
    for (path, wanted) in [
        ("/chart/load.png?width=1000000000&height=1000000000".to_owned(), vec!["200"]),
        ("/chart/load.svg?width=-1&height=nan".to_owned(), vec!["400"]),
        (format!("/chart/load.svg?start=0&end={last}"), vec!["400"]),
        (format!("/chart/load.png?start={first}&end={last}"), vec!["400"]),
        ("/chart/load.svg?start=-9000000000000000000&end=10".to_owned(), vec!["400"]),
        ("/chart/load.svg?start=0&end=4000000000".to_owned(), vec!["200", "400"]),
        ("/chart/load.json?start=0&end=4000000000&width=4000".to_owned(), vec!["200", "400"]),
        (format!("/api/v1/fetch?group=load&start=0&end={last}"), vec!["400"]),
        (format!("/api/v1/fetch?group=load&start={first}&end={last}"), vec!["400"]),
        ("/api/v1/fetch?group=load&start=0&end=4000000000".to_owned(), vec!["400"]),
        ("/api/v1/fetch?group=load&start=0&end=2000000000&resolution=1".to_owned(), vec!["400"]),
        (format!("/api/v1/fetch?group=load&resolution={}", u64::MAX), vec!["200"]),
        ("/api/v1/fetch?group=load&resolution=0".to_owned(), vec!["400"]),
        (format!("/api/v1/fetch?group={}", "a".repeat(10_000)), vec!["404", "500"]),
        (format!("/api/v1/fetch?group=load&instance={}", "%2f".repeat(3_000)), vec!["404"]),
        (format!("/?{}", "a=b&".repeat(3_000)), vec!["400"]),
    ] {
        let before = busy(&collector);
        let ask = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        let answer = exchange(&collector, ask.as_bytes(), DEADLINE);
        let busy = busy(&collector).saturating_sub(before);
        let shown = &path[..path.len().min(90)];
        assert!(wanted.contains(&status(&answer)), "{shown}: {answer:.600}");
        assert!(answer.len() < 8 << 20, "{shown}: {} bytes", answer.len());
        assert!(busy < Duration::from_secs(10), "{shown}: {busy:?}");
    }
    is_well(collector);
}

#[test]
fn floods_of_packets_are_received_without_growing() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!("[statsd]\nlisten = \"127.0.0.1:{port}\"\n");
    let collector = Collector::start_configured(folder.path(), &config);
    let data = folder.path().join("data");
    wait_until("the load is sampled", || newest(&collector) > 0);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |bytes: &[u8]| drop(sender.send_to(bytes, ("127.0.0.1", port)));
    // Before the flood, which on a slow machine lasts long enough to use up all files of the kind.
    wait_until("a gauge has its file", || {
        send(b"shop.queue:6|g\n");
        data.join("statsd_gauge/shop.queue.rrd").exists()
    });
    let mut number = 0_u64;
    let mut names = |packets: u32| {
        for _ in 0..packets {
            let mut packet = String::new();
            while packet.len() < 60_000 {
                number += 1;
                writeln!(packet, "n{number}:1|g").unwrap();
            }
            send(packet.as_bytes());
        }
    };
    let noise = noise(65_000);
    for _ in 0..20 {
        send(&noise);
        send(&vec![b'a'; 65_507]);
        send(&[b':'; 9_000]);
        send(&b"|".repeat(65_507));
        send(format!("{}:1|c\n", "x".repeat(60_000)).as_bytes());
        send(&b"s:\xff\xfe|s\n".repeat(5_000));
        send(&b"a:1e308|c|@0.0000000001\n".repeat(2_000));
        names(10);
    }
    assert!(number > 1_000_000, "{number}");
    // Valid packets are still received.
    wait_until("the gauge has a new value", || {
        send(b"shop.queue:7|g\n");
        let groups: Value = serde_json::from_str(&collector.get("/api/v1/groups").1).unwrap();
        let is_gauge = |group: &&Value| group["instance"] == "shop.queue";
        let gauge = groups.as_array().unwrap().iter().find(is_gauge);
        gauge.is_some_and(|gauge| gauge["values"]["value"] == 7.0)
    });
    let made = fs::read_dir(data.join("statsd_gauge")).unwrap().count();
    assert!(made <= 1_300, "{made} files");
    is_well(collector);
}
