//! Real servers, each queried by its probe before and after a load of known size; and text files
//! next to them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rrd_collector::group::Kind;
use rrd_collector::net::page::Page;
use rrd_collector::source::memcached;
use rrd_collector::source::memcached::Memcached;
use rrd_collector::source::nginx;
use rrd_collector::source::nginx::Nginx;
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;

use crate::programs::{Collector, Running, configure, free_port, has, installed, wait_until};

/// Time limit for an answer that must come.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// The values of every group with its instance, by `kind.metric`.
#[derive(Default)]
pub(crate) struct Values(Vec<(String, String, f64)>);

impl SampleSink for Values {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        for (metric, value) in kind.metrics.iter().zip(values) {
            let name = format!("{}.{}", kind.name, metric.name);
            self.0.push((name, instance.to_owned(), *value));
        }
    }
}

impl Values {
    /// The newest value of any instance.
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.all(name).last().unwrap_or_else(|| panic!("{name}")).1
    }

    /// Instances and values.
    pub(crate) fn all(&self, name: &str) -> Vec<(&str, f64)> {
        let found = self.0.iter().filter(|(known, _, _)| known == name);
        found.map(|(_, instance, value)| (&**instance, *value)).collect()
    }
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Two times ten seconds apart on the probes' clock: ten times a rate is the number of events.
pub(crate) fn moments() -> [Duration; 2] {
    [Duration::from_secs(100), Duration::from_secs(110)]
}

pub(crate) fn quiet(program: &str) -> Command {
    let mut command = installed(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_thousand_requests_of_nginx_are_counted_as_a_thousand() {
    if !has("nginx") || !has("ab") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!(
        "daemon off;\nworker_processes 1;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
        client_body_temp_path {0}/a;\nproxy_temp_path {0}/b;\nfastcgi_temp_path {0}/c;\nuwsgi_temp_path {0}/d;\n\
        scgi_temp_path {0}/e;\nserver {{\nlisten 127.0.0.1:{port};\nlocation /status {{ stub_status; }}\n\
        location / {{ return 200 well; }}\n}}\n}}\n",
        folder.path().display()
    );
    fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let mut command = quiet("nginx");
    let nginx =
        command.arg("-c").arg(folder.path().join("nginx.conf")).arg("-p").arg(folder.path());
    let _nginx = Running(nginx.spawn().unwrap());
    wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let page = Page::parse(&format!("http://127.0.0.1:{port}/status")).unwrap();
    let mut probe = Nginx::new("www".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let text = run(page.fetch(LIMIT)).unwrap();
        probe.take(nginx::Status::parse(&text), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            let url = format!("http://127.0.0.1:{port}/");
            let load = quiet("ab").args(["-q", "-n", "1000", &url]).status().unwrap();
            assert!(load.success());
        }
    }
    // The second query is counted as well.
    assert_eq!(values.of("nginx.requests") * 10.0, 1_001.0);
    assert_eq!(values.of("nginx.accepted") * 10.0, 1_001.0);
    assert_eq!(values.of("nginx.dropped"), 0.0);
}

#[test]
fn what_is_done_with_memcached_is_counted_exactly() {
    if !has("memcached") {
        return;
    }
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let mut command = quiet("memcached");
    command.args(["-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()]);
    if is_root() {
        command.args(["-u", "nobody"]);
    }
    let _memcached = Running(command.spawn().unwrap());
    wait_until("memcached listens", || TcpStream::connect(&address).is_ok());
    let mut probe = Memcached::new("cache".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let answer = run(memcached::fetch(&address, LIMIT)).unwrap();
        probe.take(Some(answer), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            let mut client = TcpStream::connect(&address).unwrap();
            for number in 0..1_000 {
                write!(client, "set key{number} 0 0 5 noreply\r\nhello\r\n").unwrap();
            }
            for number in 400..1_400 {
                write!(client, "get key{number}\r\n").unwrap();
            }
            write!(client, "quit\r\n").unwrap();
            let mut answers = String::new();
            client.read_to_string(&mut answers).unwrap();
            assert_eq!(answers.matches("VALUE key").count(), 600);
        }
    }
    let counted = |name: &str| values.of(&format!("memcached.{name}")) * 10.0;
    assert_eq!((counted("sets"), counted("hits"), counted("misses")), (1_000.0, 600.0, 400.0));
    assert_eq!(values.of("memcached.hit_share"), 0.6);
    assert_eq!((values.of("memcached.items"), counted("additions")), (1_000.0, 1_000.0));
    assert_eq!(counted("evictions"), 0.0);
}

#[test]
fn text_files_of_a_folder_are_stored_by_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("backup.prom"), "backup_bytes{job=\"db\"} 4096\n").unwrap();
    let config = format!("[textfile]\nfolder = \"{}\"\nstep = \"1s\"\n", files.display());
    let data = folder.path().join("data");
    let collector = Collector::start_configured(folder.path(), &config);
    let stored = |name: &str| data.join(name).exists();
    wait_until("the series is stored", || stored("textfile/backup_bytes%7Bjob%3Ddb%7D.rrd"));
    wait_until("so is the file", || stored("textfile_file/backup.rrd"));
    let (_, metrics) = collector.get("/metrics");
    assert!(
        metrics.contains("rrd_textfile_value{name=\"backup_bytes{job=db}\"} 4096\n"),
        "{metrics:.2000}"
    );
    configure(folder.path(), "");
    collector.reload();
    collector.wait_for_log("configuration reloaded");
    fs::write(files.join("later.prom"), "later 1\n").unwrap();
    let newest = || collector.known_seconds(20).last().copied().unwrap_or(0);
    let before = newest();
    wait_until("the host is sampled three times", || newest() > before + 2);
    assert!(!Path::new(&data.join("textfile/later.rrd")).exists(), "the folder is still read");
    collector.stop();
}
