//! Pictures and tables of files with pending readings in a caching daemon: these readings are
//! included.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::{have, rrd, run};

/// A running rrdcached that only writes when it is asked to.
struct Cached {
    child: Child,
    folder: tempfile::TempDir,
    address: String,
}

impl Drop for Cached {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Cached {
    /// A daemon with a database `load.rrd` and twelve pending readings.
    fn with_readings() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let until = Instant::now() + Duration::from_secs(240);
        let start = || {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = free.local_addr().unwrap().to_string();
            drop(free);
            let child = Command::new("rrdcached")
                .args(["-g", "-w", "3600", "-l", &address, "-b"])
                .arg(folder.path())
                .arg("-p")
                .arg(folder.path().join("pid"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            (child, address)
        };
        let (mut child, mut address) = start();
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < until, "rrdcached does not listen");
            thread::sleep(Duration::from_millis(10));
            // It ends if another program has taken the port meanwhile.
            if child.try_wait().unwrap().is_some() {
                (child, address) = start();
            }
        }
        let cached = Self { child, folder, address };
        Cached::say(
            cached.folder.path(),
            &[
                "create",
                "load.rrd",
                "-b",
                "999999900",
                "-s",
                "300",
                "DS:load:GAUGE:600:0:U",
                "DS:hits:DERIVE:600:0:U",
                "RRA:AVERAGE:0.5:1:100",
            ],
        );
        for row in 1..=12 {
            let reading = format!("{}:{}:{}", 999_999_900 + 300 * row, 5 * row, 600 * row);
            Cached::say(Path::new("/"), &["update", "load.rrd", "-d", &cached.address, &reading]);
        }
        cached
    }

    fn run(folder: &Path, words: &[&str]) -> Output {
        run(rrd(folder).args(words))
    }

    fn say(folder: &Path, words: &[&str]) -> String {
        let output = Self::run(folder, words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

const SPAN: [&str; 4] = ["-s", "999999900", "-e", "1000003500"];
const DEF: &str = "DEF:a=load.rrd:load:AVERAGE";

#[test]
fn a_graph_shows_what_waits_in_the_daemon() {
    if !have(&["rrdcached"]) {
        return;
    }
    let cached = Cached::with_readings();
    let folder: PathBuf = cached.folder.path().to_owned();
    let graph = |daemon: &[&str]| {
        let print = ["graph", "load.png", DEF, "PRINT:a:MAX:%.1lf", "LINE1:a#f00"];
        let output = Cached::run(&folder, &[&print[..], &SPAN, daemon].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(graph(&[]).ends_with("nan\n"), "the file has nothing yet");
    assert_eq!(graph(&["-d", &cached.address]), "481x141\n60.0\n");
    assert_eq!(graph(&[]), "481x141\n60.0\n", "it has been written for that");
}

#[test]
fn an_export_shows_what_waits_in_the_daemon() {
    if !have(&["rrdcached"]) {
        return;
    }
    let cached = Cached::with_readings();
    let words = ["xport", "-d", &cached.address, DEF, "XPORT:a:load"];
    let xml = Cached::say(Path::new("/"), &[&words[..], &SPAN].concat());
    assert!(xml.contains("<v>6.0000000000e+01</v>"), "{xml}");
}

#[test]
fn a_chart_takes_the_names_from_the_daemon() {
    if !have(&["rrdcached"]) {
        return;
    }
    let cached = Cached::with_readings();
    // From another folder: only the daemon knows where the file is.
    let svg = Cached::say(Path::new("/"), &["chart", "load.rrd", "-d", &cached.address]);
    for text in ["load</text>", "hits</text>", ">60<"] {
        assert!(svg.contains(text), "{text}");
    }
    let refused = Cached::run(Path::new("/"), &["chart", "none.rrd", "-d", &cached.address]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.starts_with("ERROR: rrdcached@") && told.contains("none.rrd"), "{told}");
}

#[test]
fn a_daemon_that_is_too_old_for_a_command_is_named_with_what_to_do() {
    if !have(&["rrdcached"]) {
        return;
    }
    let cached = Cached::with_readings();
    let folder = cached.folder.path();
    let address = &cached.address;
    for (command, words) in [
        ("TUNE", &["tune", "load.rrd", "-D", address, "-h", "load:900"][..]),
        ("DUMP", &["dump", "load.rrd", "-d", address]),
    ] {
        let answer = Cached::run(folder, words);
        // One of RRDtool 1.9 knows both.
        if answer.status.success() {
            continue;
        }
        assert_eq!(
            String::from_utf8_lossy(&answer.stderr),
            format!(
                "ERROR: rrdcached@{address}: Unknown command: {command}: the daemon is too old; update it, or run the command on the daemon's machine, on the file itself and without a daemon\n"
            )
        );
        assert_eq!(answer.stdout, b"");
    }
}
