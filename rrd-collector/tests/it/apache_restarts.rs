//! A real Apache through graceful and hard restarts under load, and with all its workers busy.

use std::io::Write;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rrd_collector::group::Kind;
use rrd_collector::net::http::FetchError;
use rrd_collector::net::page::Page;
use rrd_collector::source::apache::{APACHE, Apache, Status};
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;
use rustix::process::{Pid, Signal, kill_process};

use crate::apache_server::start_apache;
use crate::peers::LIMIT;
use crate::programs::{Collector, Running, free_port, has, installed, wait_until};

/// The values of the server, sample by sample.
#[derive(Default)]
struct Seen(Vec<Vec<f64>>);

impl SampleSink for Seen {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        if kind.name == APACHE.name {
            self.0.push(values.to_vec());
        }
    }
}

impl Seen {
    fn of(&self, metric: &str) -> Vec<f64> {
        let position = APACHE.position(metric).unwrap();
        self.0.iter().map(|values| values[position]).collect()
    }
}

fn page(port: u16) -> Page {
    Page::parse(&format!("http://127.0.0.1:{port}/server-status?auto")).unwrap()
}

fn fetch(page: &Page, limit: Duration) -> Result<Status, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = runtime.block_on(page.fetch(limit))?;
    Ok(Status::parse(&text).unwrap())
}

/// What is seen of a server, and how many requests it has had.
struct Trial {
    begun: Instant,
    page: Page,
    probe: Apache,
    seen: Seen,
    /// When each sample was taken, in seconds.
    moments: Vec<f64>,
}

impl Trial {
    /// Samples four times a second until what was seen is enough.
    fn sample_until(&mut self, what: &str, is_enough: impl Fn(&Seen) -> bool) {
        wait_until(what, || {
            std::thread::sleep(Duration::from_millis(200));
            let asked = Instant::now();
            let answer = fetch(&self.page, Duration::from_secs(2)).ok();
            let now = self.begun.elapsed();
            self.probe.take(answer, now, asked.elapsed(), &mut self.seen);
            self.moments.push(now.as_secs_f64());
            is_enough(&self.seen)
        });
    }

    /// Samples until so many more rates are known.
    fn sample(&mut self, rates: usize) {
        let known = |seen: &Seen| seen.of("requests").iter().filter(|r| r.is_finite()).count();
        let before = known(&self.seen);
        self.sample_until("there are rates", |seen| known(seen) >= before + rates);
    }
}

/// A server under load with a graceful restart and then a hard one, and the number of requests that
/// it had.
fn restarted(mpm: &str) -> (Trial, f64) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let log = format!("LogFormat x one\nCustomLog {}/requests one\n", folder.path().display());
    let apache = start_apache(folder.path(), port, mpm, &log);
    let url = format!("http://127.0.0.1:{port}/x");
    let mut load = installed("ab");
    load.args(["-q", "-r", "-t", "1000", "-n", "100000000", "-c", "2", &url]);
    let load = Running(load.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let (page, probe) = (page(port), Apache::new("www".to_owned()));
    let (begun, seen, moments) = (Instant::now(), Seen::default(), Vec::new());
    let mut trial = Trial { begun, page, probe, seen, moments };
    trial.sample(4);
    kill_process(Pid::from_child(&apache.0), Signal::USR1).unwrap();
    trial.sample(6);
    kill_process(Pid::from_child(&apache.0), Signal::HUP).unwrap();
    trial.sample_until("the hard restart is told", |seen| {
        seen.of("restarts").iter().any(|restarts| *restarts > 0.0)
    });
    trial.sample(4);
    drop(load);
    drop(apache);
    let requests = std::fs::read_to_string(folder.path().join("requests")).unwrap();
    let requests = requests.lines().count();
    (trial, f64::from(u32::try_from(requests).unwrap()))
}

fn check_restarts(mpm: &str) {
    if !has("apache2") || !has("ab") {
        return;
    }
    let (Trial { seen, moments, .. }, made) = restarted(mpm);
    for metric in ["requests", "bytes", "request_seconds", "request_bytes", "cpu", "saturation"] {
        let values = seen.of(metric);
        assert!(values.iter().all(|value| value.is_nan() || *value >= 0.0), "{metric}: {values:?}");
    }
    let (requests, restarts, up) = (seen.of("requests"), seen.of("restarts"), seen.of("up"));
    let hard: Vec<usize> = (0..restarts.len()).filter(|index| restarts[*index] > 0.0).collect();
    assert_eq!(hard.len(), 1, "one hard restart is told: {restarts:?}");
    assert!(requests[hard[0]].is_nan(), "over a hard restart nothing is known: {requests:?}");
    // The graceful restart was before.
    let before: Vec<f64> = (1..hard[0])
        .filter(|index| up[*index] == 1.0 && up[index - 1] == 1.0)
        .map(|index| requests[index])
        .collect();
    assert!(before.iter().all(|rate| rate.is_finite()), "{before:?}");
    // A spike would be more requests than there were, whatever the speed of the machine.
    let told = (1..requests.len()).filter(|index| requests[*index].is_finite());
    let told: f64 = told.map(|index| requests[index] * (moments[index] - moments[index - 1])).sum();
    assert!(told > 0.0 && told <= made + 10.0, "a spike: {told} of {made}: {requests:?}");
}

#[test]
fn restarts_of_the_event_server_make_no_spike_and_no_negative_rate() {
    check_restarts("event");
}

#[test]
fn restarts_of_the_prefork_server_make_no_spike_and_no_negative_rate() {
    check_restarts("prefork");
}

#[test]
fn a_prefork_server_with_all_workers_busy_is_a_sample_too() {
    if !has("apache2") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let limits = "ServerLimit 3\nStartServers 3\nMinSpareServers 1\nMaxSpareServers 3\nMaxRequestWorkers 3\n";
    let _apache = start_apache(folder.path(), port, "prefork", limits);
    let page = page(port);
    let slow = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"GET /x HTTP/1.1\r\n").unwrap();
        stream
    };
    let (mut probe, mut seen) = (Apache::new("www".to_owned()), Seen::default());
    let second = Duration::from_secs(1);
    // Two are held by clients, the third by the request itself.
    let two = [slow(), slow()];
    wait_until("two workers read", || {
        fetch(&page, LIMIT).is_ok_and(|status| status.scoreboard[2] + status.scoreboard[3] == 3.0)
    });
    probe.take(fetch(&page, LIMIT).ok(), second, second, &mut seen);
    assert_eq!((seen.of("saturation")[0], seen.of("idle")[0]), (1.0, 0.0));
    let third = slow();
    wait_until("nobody answers", || {
        matches!(fetch(&page, second), Err(FetchError::Timeout { .. }))
    });
    probe.take(None, second * 2, second, &mut seen);
    assert_eq!((seen.of("up")[1], seen.of("probe_seconds")[1]), (0.0, 1.0));
    assert!(seen.of("busy")[1].is_nan());

    let config = format!(
        "[[apache]]\nurl = \"http://127.0.0.1:{port}/server-status?auto\"\nstep = \"1s\"\ndeadline = \"1s\"\n"
    );
    let collector = Collector::start_configured(folder.path(), &config);
    wait_until("the daemon tells", || collector.get("/metrics").1.contains("rrd_apache_up_ratio{"));
    let (_, metrics) = collector.get("/metrics");
    assert!(
        metrics
            .lines()
            .any(|line| line.starts_with("rrd_apache_up_ratio{") && line.ends_with(" 0"))
    );
    let log = collector.stop();
    assert_eq!(log.matches("no answer within 1 s; are all workers busy?").count(), 1, "{log}");
    drop((two, third));
    wait_until("the server answers again", || fetch(&page, second).is_ok());
}
