//! A reload on SIGHUP: what changes, what continues, and what a broken configuration leaves
//! unchanged.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use rrd_collector::net::http::FetchError;
use rrd_collector::net::page::Page;
use tempfile::TempDir;

use crate::programs::{Collector, DEADLINE, configure, free_port, wait_until};

/// A daemon with a configuration that can be rewritten.
struct Trial {
    folder: TempDir,
    collector: Collector,
}

impl Trial {
    fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let collector = Collector::start_configured(folder.path(), config);
        Self { folder, collector }
    }

    fn data(&self, file: &str) -> PathBuf {
        self.folder.path().join("data").join(file)
    }

    fn reload(&self, config: &str) {
        configure(self.folder.path(), config);
        self.collector.reload();
    }

    /// Whether the newest values contain this line.
    fn shows(&self, line: &str) -> bool {
        self.collector.get("/metrics").1.lines().any(|shown| shown.starts_with(line))
    }
}

/// A server that answers every request with this page; its address.
fn server(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
            let _ = write!(stream, "{head}{page}");
        }
    });
    format!("http://{address}/status")
}

fn is_alive(page: &str) -> Result<bool, FetchError> {
    let page = match page.strip_prefix("unix:") {
        Some(socket) => Page::parse(&format!("unix:{socket}:/-/healthy")).unwrap(),
        None => Page::parse(&format!("{page}-/healthy")).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(page.fetch(DEADLINE)).map(|text| text == "alive\n")
}

#[test]
fn another_configuration_is_taken_on_a_signal_and_a_wrong_one_is_not() {
    let trial = Trial::start("");
    wait_until("samples are taken", || trial.data("load.rrd").exists());
    trial.reload("[[nginx]]\nname = \"www\"\nurl = \"http://127.0.0.1:9/\"\nstep = \"1s\"\n");
    wait_until("the new server is asked", || trial.data("nginx/www.rrd").exists());
    trial.reload("nonsense = 1\n");
    trial.collector.wait_for_log("the configuration was not reloaded");
    let log = trial.collector.stop();
    assert_eq!(log.matches("configuration reloaded").count(), 1, "{log}");
    assert_eq!(log.matches("the configuration was not reloaded").count(), 1, "{log}");
    assert!(log.contains("rrd-collector.toml:1: unknown key or section"), "{log}");
}

#[test]
fn servers_that_moved_are_asked_where_they_are_now_and_those_that_stayed_go_on() {
    let nginx = |active: &'static str| {
        let text = "Active connections: N\nserver accepts handled requests\n 9 9 9\nReading: 0 Writing: 1 Waiting: 0\n";
        server(text.replace('N', active).leak())
    };
    let apache = |busy: &'static str| {
        let text = "ServerVersion: Apache/2.4.57\nServerUptimeSeconds: 9\nTotal Accesses: 9\nTotal kBytes: 9\nBusyWorkers: N\n\
                    IdleWorkers: 3\nScoreboard: _W_\n";
        server(text.replace('N', busy).leak())
    };
    let ask = |kind: &str, name: &str, url: &str| {
        format!("[[{kind}]]\nname = \"{name}\"\nurl = \"{url}\"\nstep = \"1s\"\n")
    };
    let stays = ask("nginx", "stays", &nginx("3"));
    let before = [ask("nginx", "www", &nginx("5")), ask("apache", "app", &apache("7"))].concat();
    let trial = Trial::start(&format!("{stays}{before}"));
    let active = |name: &str, value: u8| {
        trial.shows(&format!("rrd_nginx_active{{name=\"{name}\"}} {value}"))
    };
    let busy = |value: u8| trial.shows(&format!("rrd_apache_busy{{name=\"app\"}} {value}"));
    wait_until("all are asked", || active("www", 5) && active("stays", 3) && busy(7));
    let after = [ask("nginx", "www", &nginx("6")), ask("apache", "app", &apache("8"))].concat();
    trial.reload(&format!("{stays}{after}"));
    wait_until("those that moved are asked where they are now", || active("www", 6) && busy(8));
    assert!(active("stays", 3));
    let log = trial.collector.stop();
    assert_eq!(log.matches("configuration reloaded").count(), 1, "{log}");
}

#[test]
fn a_rule_that_is_added_is_looked_at_and_a_broken_one_leaves_all_as_it_was() {
    let trial = Trial::start("[alerts]\ndefaults = false\n");
    wait_until("samples are taken", || trial.shows("rrd_load_tasks "));
    let standings = || trial.collector.get("/api/v1/alerts").1;
    assert!(!standings().contains("tasks"), "{}", standings());
    let rule = |name: &str, when: &str| {
        format!("[alerts]\ndefaults = false\n[[rule]]\nname = \"{name}\"\nwhen = \"{when}\"\n")
    };
    trial.reload(&rule("tasks", "last of load.tasks > 0"));
    wait_until("the new rule warns", || {
        standings().contains("\"tasks\"") && standings().contains("\"warning\"")
    });
    trial.reload(&rule("other", "hours to full of load.tasks < 1"));
    trial.collector.wait_for_log("the configuration was not reloaded");
    assert!(standings().contains("\"tasks\"") && !standings().contains("\"other\""));
    let log = trial.collector.stop();
    assert!(
        log.contains("the configuration was not reloaded: ")
            && log.contains(
                "rrd-collector.toml:5: rule \"other\": invalid rule `hours to full of load.tasks < 1`: "
            ),
        "{log}"
    );
}

#[test]
fn a_probe_that_is_taken_away_is_not_sampled_any_more_and_comes_back() {
    let trial = Trial::start("");
    wait_until("samples are taken", || {
        trial.shows("rrd_load_tasks ") && trial.shows("rrd_memory_total_bytes ")
    });
    trial.reload("[probe.load]\nenabled = false\n");
    wait_until("the load is not told any more", || !trial.shows("rrd_load_tasks "));
    assert!(trial.shows("rrd_memory_total_bytes "));
    trial.reload("");
    wait_until("the load is told again", || trial.shows("rrd_load_tasks "));
    trial.collector.stop();
}

#[test]
fn the_page_moves_to_other_places_and_stays_where_it_was_if_it_cannot() {
    let (first, second) = (free_port(), free_port());
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("page.sock").display());
    let at = |port: u16| format!("http://127.0.0.1:{port}/");
    let trial = Trial::start(&format!("listen = [\"127.0.0.1:{first}\", \"{socket}\"]\n"));
    assert_eq!(trial.collector.address, format!("127.0.0.1:{first}"));
    assert!(is_alive(&at(first)).unwrap() && is_alive(&socket).unwrap());

    // One more address, and one less.
    trial.reload(&format!("listen = [\"127.0.0.1:{first}\", \"127.0.0.1:{second}\"]\n"));
    wait_until("the page is at the second port", || is_alive(&at(second)).unwrap_or(false));
    assert!(is_alive(&at(first)).unwrap());
    wait_until("the socket is gone", || !folder.path().join("page.sock").exists());

    // An address in use: nothing changes, including the new password.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    fs::write(folder.path().join("password"), "s3cret\n").unwrap();
    trial.reload(&format!(
        "listen = \"{taken}\"\n[auth]\nuser = \"me\"\npassword = \"${{file:{}/password}}\"\n",
        folder.path().display()
    ));
    trial.collector.wait_for_log("the configuration was not reloaded");
    assert!(is_alive(&at(first)).unwrap() && is_alive(&at(second)).unwrap());

    // The old address conflicts with the new one.
    trial.reload(&format!("listen = \"0.0.0.0:{second}\"\n"));
    wait_until("the first port is left", || is_alive(&at(first)).is_err());
    wait_until("the page is at all addresses", || {
        is_alive(&format!("http://127.0.0.2:{second}/")).unwrap_or(false)
    });
    let log = trial.collector.stop();
    assert!(
        log.contains(&format!(
            "the configuration was not reloaded: cannot listen at {taken}, which "
        )),
        "{log}"
    );
    assert!(log.contains(&format!("serving the page at http://0.0.0.0:{second}/\n")), "{log}");
}
