//! A real chronyd, which never touches the clock (`-x`), and a time server of our own that it
//! follows.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::peers::{is_root, quiet};
use crate::programs::{Collector, Running, free_port, has, wait_until};

/// Seconds from 1900 to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;

/// A time server whose clock is half a second ahead.
struct TimeServer {
    port: u16,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TimeServer {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let port = socket.local_addr().unwrap().port();
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = ends.clone();
        let thread = std::thread::spawn(move || {
            let mut request = [0; 256];
            while !is_over.load(Ordering::Relaxed) {
                let Ok((48, client)) = socket.recv_from(&mut request) else { continue };
                let received = time();
                // Version 4, mode 4 (server), stratum 1, a precision of a microsecond.
                let mut answer = vec![0x24, 1, 0, 0xec, 0, 0, 0, 0, 0, 0, 0, 10];
                answer.extend(b"GPS\0");
                answer.extend(received);
                answer.extend(&request[40..48]);
                answer.extend(received);
                answer.extend(time());
                socket.send_to(&answer, client).unwrap();
            }
        });
        Self { port, ends, thread: Some(thread) }
    }
}

impl Drop for TimeServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

/// The time of the server in NTP's format.
fn time() -> [u8; 8] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_millis(500);
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    ((now.as_secs() + NTP_TO_UNIX) << 32 | fraction).to_be_bytes()
}

/// The newest known value of each metric of the time servers.
fn values(collector: &Collector) -> Option<std::collections::BTreeMap<String, f64>> {
    let (status, rows) = collector.get("/api/v1/fetch?group=time_server&start=-20");
    let rows: serde_json::Value = serde_json::from_str(&rows).ok().filter(|_| status == 200)?;
    let columns = rows["columns"].as_array()?.iter().map(|name| name.as_str().unwrap().to_owned());
    let rows = rows["rows"].as_array()?;
    let newest = rows.iter().rev().find(|row| row[1].is_f64())?.as_array()?;
    let known = columns.zip(&newest[1..]);
    Some(known.filter_map(|(name, value)| Some((name, value.as_f64()?))).collect())
}

#[test]
fn a_clock_that_is_half_a_second_slow_is_said_to_be_by_chrony() {
    if !has("chronyd") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = TimeServer::start();
    let (port, silent) = (free_port(), UdpSocket::bind("127.0.0.2:0").unwrap());
    let mut chronyd = quiet("chronyd");
    // Without control of the clock, in the foreground, as whoever runs the test.
    chronyd.args(["-x", "-d", "-U"]);
    if is_root() {
        chronyd.args(["-u", "root"]);
    }
    chronyd.args([
        format!("server 127.0.0.1 port {} minpoll 0 maxpoll 0 iburst", server.port),
        format!(
            "server 127.0.0.2 port {} minpoll 0 maxpoll 0",
            silent.local_addr().unwrap().port()
        ),
        "port 0".to_owned(),
        format!("cmdport {port}"),
        "bindcmdaddress 127.0.0.1".to_owned(),
        // No socket in a folder of the system.
        "bindcmdaddress /".to_owned(),
        format!("pidfile {}/pid", folder.path().display()),
    ]);
    let chronyd = Running(chronyd.spawn().unwrap());
    let config = format!(
        "[clock]\nchrony = \"127.0.0.1:{port}\"\nntp = \"127.0.0.1:{}\"\nstep = \"1s\"\n",
        free_port()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let mut seen = values(&collector);
    wait_until("chrony follows the server", || {
        seen = values(&collector);
        seen.as_ref().is_some_and(|seen| seen["synchronized"] == 1.0)
    });
    let seen = seen.unwrap();
    // On a busy machine an answer takes its time on its way, which chrony tells.
    let (delay, dispersion) = (seen["root_delay"], seen["root_dispersion"]);
    assert!(delay >= 0.0 && dispersion >= 0.0, "{seen:?}");
    assert!((seen["offset"] - 0.5).abs() < 0.01 + delay / 2.0 + dispersion, "{seen:?}");
    assert_eq!(seen["offset"], seen["error"]);
    assert_eq!((seen["stratum"], seen["sources"], seen["reachable"]), (2.0, 2.0, 0.5), "{seen:?}");
    assert!(seen["frequency"].abs() < 1e-3, "{seen:?}");
    drop(chronyd);
    wait_until("that it stopped is a fault", || {
        collector.get("/api/v1/info").1.contains("chrony cannot be asked at 127.0.0.1")
    });
    let log = collector.stop();
    assert_eq!(log.matches("chrony cannot be asked").count(), 1, "{log}");
}

#[test]
fn a_host_without_a_time_service_has_no_fault_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[clock]\nchrony = \"127.0.0.1:{}\"\nntp = \"127.0.0.1:{}\"\nstep = \"1s\"\n",
        free_port(),
        free_port()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    collector.wait_for_log("time servers: no data on this host: chrony");
    let newest = || collector.known_seconds(20).last().copied().unwrap_or(0);
    let before = newest();
    wait_until("they are asked again", || newest() > before + 2);
    let (_, info) = collector.get("/api/v1/info");
    assert!(!info.contains("time servers"), "{info:.2000}");
    let log = collector.stop();
    assert_eq!(log.matches("time servers: no data on this host: chrony").count(), 1, "{log}");
    assert!(!folder.path().join("data/time_server.rrd").exists());
}
