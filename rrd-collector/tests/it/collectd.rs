//! Programs and scripts made for collectd, under our daemon and next to collectd itself.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};
use serde_json::Value;

use crate::programs::{Collector, DEADLINE, Running, has, installed, script, wait_until};

/// The known rows of the last minute.
fn averages(file: &Path) -> Vec<f64> {
    let reader = RrdReader::open(file).unwrap();
    let end = reader.last_update().seconds();
    let function = ConsolidationFunction::Average;
    let range = TimeRange::from_seconds(end - 60, end - 1);
    let rows = reader.fetch(&FetchRequest::new(function, range)).unwrap();
    rows.values().filter(|value| value.is_finite()).collect()
}

#[test]
fn a_program_that_prints_values_is_listened_to_and_ends_with_us() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let ended = folder.path().join("ended");
    script(
        &program,
        "trap 'echo ended > $ENDED; exit 0' TERM\ntrap '' PIPE\necho starting >&2\n\
        while :; do now=$(date +%s)\n\
        echo \"PUTVAL $COLLECTD_HOSTNAME/shop-$1/gauge-stock interval=$COLLECTD_INTERVAL $now:42\"\n\
        echo \"PUTVAL \\\"$COLLECTD_HOSTNAME/shop-$1/derive-orders\\\" interval=1 $now:$((now * 7))\"\n\
        echo rubbish\nsleep 0.5 & wait $!; done\n",
    );
    let config = format!(
        "[[exec]]\ncommand = [\"{}\", \"eu\"]\ninterval = \"1s\"\nenvironment = {{ ENDED = \"{}\" }}\n",
        program.display(),
        ended.display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let orders = folder.path().join("data/collectd/shop-eu%2Fderive-orders.rrd");
    let stock = folder.path().join("data/collectd/shop-eu%2Fgauge-stock.rrd");
    let known = |instance: &str| {
        let path = format!("/api/v1/fetch?group=collectd&instance={instance}&start=-20");
        let rows: Value = serde_json::from_str(&collector.get(&path).1).unwrap_or_default();
        rows["rows"].as_array().map_or(0, |rows| rows.iter().filter(|row| row[1].is_f64()).count())
    };
    wait_until("some values are stored", || {
        known("shop-eu/derive-orders") >= 4 && known("shop-eu/gauge-stock") >= 4
    });
    assert!(collector.get("/").1.contains("shop-eu/derive-orders"));
    let log = collector.stop();
    // Rows may be missing on a busy machine; none has another value.
    assert!(averages(&orders).len() >= 3 && averages(&stock).len() >= 3, "{log}");
    assert!(averages(&orders).iter().all(|value| *value == 7.0), "{:?}", averages(&orders));
    assert!(averages(&stock).iter().all(|value| *value == 42.0), "{:?}", averages(&stock));
    assert_eq!(log.matches(" eu: starting").count(), 1, "{log}");
    let odd = log.matches("eu: `rubbish` is not PUTVAL").count();
    assert!((1..=20).contains(&odd), "{log}");
    wait_until("the program was asked to end", || ended.exists());
}

#[test]
fn a_program_that_ends_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let runs = folder.path().join("runs");
    script(
        &program,
        &format!("echo run >> {}\necho \"PUTVAL localhost/a/gauge N:1\"\n", runs.display()),
    );
    let config = format!(
        "[[exec]]\ncommand = [\"{}\"]\ninterval = \"1s\"\n[[exec]]\ncommand = [\"/nonexistent\"]\n",
        program.display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let count = || fs::read_to_string(&runs).map_or(0, |text| text.lines().count());
    wait_until("it ran three times", || count() >= 3);
    assert_eq!(collector.get("/api/v1/fetch.csv?group=collectd&instance=a/gauge").0, 200);
    let log = collector.stop();
    assert_eq!(log.matches("exec /nonexistent: /nonexistent: cannot be run").count(), 1, "{log}");
}

/// Sends a line to a socket and returns the whole answer: the status line, and as many lines as it
/// announces.
fn ask(socket: &Path, line: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    let mut portion = [0; 1024];
    loop {
        let first = answer.lines().next().unwrap_or("");
        let status: i64 = first.split(' ').next().unwrap_or("").parse().unwrap_or(0);
        let wanted = 1 + usize::try_from(status).unwrap_or(0);
        if answer.ends_with('\n') && answer.lines().count() >= wanted {
            return answer;
        }
        let length = stream.read(&mut portion).unwrap();
        assert!(length > 0, "{line}: {answer}");
        answer.push_str(std::str::from_utf8(&portion[..length]).unwrap());
    }
}

#[test]
fn scripts_that_say_nothing_keep_nobody_from_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("scripts.sock");
    let config = format!("[collectd]\nsocket = \"{}\"\n", socket.display());
    let collector = Collector::start_configured(folder.path(), &config);
    wait_until("the socket is there", || UnixStream::connect(&socket).is_ok());
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(UnixStream::connect(&socket).unwrap());
    }
    assert_eq!(
        ask(&socket, "PUTVAL localhost/a/gauge N:1"),
        "0 Success: 1 value has been dispatched.\n"
    );
    drop(silent);
    collector.stop();
}

/// collectd itself with a socket, storing as text; it keeps all values during the test.
fn collectd(folder: &Path) -> (Running, PathBuf) {
    let socket = folder.join("collectd.sock");
    let file = folder.join("collectd.conf");
    let config = format!(
        "Hostname \"web1\"\nInterval 1\nTimeout 1000\nBaseDir \"{0}\"\nPIDFile \"{0}/pid\"\n\
        TypesDB \"/usr/share/collectd/types.db\"\nLoadPlugin csv\nLoadPlugin unixsock\n\
        <Plugin csv>\nDataDir \"{0}/csv\"\n</Plugin>\n\
        <Plugin unixsock>\nSocketFile \"{1}\"\nSocketPerms \"0770\"\n</Plugin>\n",
        folder.display(),
        socket.display()
    );
    fs::write(&file, config).unwrap();
    let process = installed("collectd")
        .arg("-f")
        .arg("-C")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(process);
    wait_until("collectd listens", || UnixStream::connect(&socket).is_ok());
    (running, socket)
}

#[test]
fn scripts_get_the_answers_that_collectd_gives_them() {
    if !has("collectd") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_collectd, theirs) = collectd(folder.path());
    let ours = folder.path().join("ours.sock");
    let config = format!("[collectd]\nsocket = \"{}\"\n", ours.display());
    let collector = Collector::start_configured(folder.path(), &config);
    wait_until("we listen", || UnixStream::connect(&ours).is_ok());
    for line in [
        "PUTVAL web1/exec-b/gauge-y interval=1 1000000000:1.5",
        "PUTVAL web1/exec-b/gauge-m 1000000001:1 1000000002:2",
        "PUTVAL web1/exec-b/if_octets interval=1 1000000000:1:2",
        "PUTVAL web1/exec-b/if_octets interval=1 1000000010:11:202",
        "putval \"web1/exec-b/temperature-a b\" interval=abc 1000000000:U",
        "PUTVAL \"web 1/exec-b/gauge-z\" interval=5 1000000000:nan interval=10 1000000010:2",
        "PUTVAL web1/exec-b/gauge-var/log interval=\"1\" 1000000000:NaN",
        "GETVAL web1/exec-b/if_octets",
        "GETVAL web1/exec-b/gauge-y",
        "GETVAL \"web1/exec-b/temperature-a b\"",
        "LISTVAL",
        "GETVAL \"web 1/exec-b/gauge-z\"",
        "GETVAL web1/exec-b/gauge-var_log",
        "PUTNOTIF message=\"all is well\" severity=okay time=1000000000 host=web1",
        "PUTNOTIF severity=WARNING time=1000000000 s:key=\"a b\" message=short",
        "FLUSH",
        "FLUSH plugin=csv identifier=web1/exec-b/gauge-m",
        "FLUSH plugin=csv identifier=web1/exec-b/gauge-m identifier=web1/exec-b/gauge-y",
    ] {
        let answer = ask(&ours, line);
        if line.starts_with("GETVAL") || line == "LISTVAL" {
            // collectd passes values on in threads of its own, so an answer may come before them.
            wait_until(line, || ask(&theirs, line) == answer);
        } else {
            assert_eq!(answer, ask(&theirs, line), "{line}");
        }
        assert!(!answer.starts_with('-'), "{line}: {answer}");
    }
    for line in [
        "PUTVAL web1/exec-b/if_octets N:1:2:3",
        "PUTVAL web1/exec-b N:1",
        "PUTVAL",
        "PUTVAL web1/exec-b/gauge-y",
        "PUTVAL web1/exec-b/gauge-y N",
        "PUTVAL web1/exec-b/gauge-y soon:1",
        "PUTVAL web1/exec-b/nosuch N:1",
        "PUTNOTIF message=hello severity=bad time=1",
        "PUTNOTIF message=hello severity=okay",
        "PUTNOTIF severity=okay time=1",
        "FLUSH timeout=abc",
        "FLUSH identifier=bad",
        "BOGUS x",
        "PUTVAL \"web1/exec-b/gauge-y N:1",
        "LISTVAL x",
        "GETVAL a/b/c d",
        "GETVAL bad",
        "GETVAL web1/exec-b/gauge-nosuch",
    ] {
        for socket in [&ours, &theirs] {
            assert!(ask(socket, line).starts_with("-1 "), "{line} at {}", socket.display());
        }
    }
    let (_, rows) =
        collector.get("/api/v1/fetch.csv?group=collectd&instance=web1/exec-b/if_octets&start=1000000001&end=1000000009");
    let log = collector.stop();
    assert!(log.contains("collectd.socket: all is well"), "{log}");
    // In the same rates as GETVAL, on the rows of the file.
    assert!(rows.contains("\n1000000005,2001-09-09T01:46:45+00:00,1.0,20.0\n"), "{rows}");
}
