//! A real Apache, sampled under a short load.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};

use crate::programs::{Collector, Running, free_port, has, installed, wait_until};

/// A server with this MPM, `event` or `prefork`, and additional configuration.
pub(crate) fn start_apache(folder: &Path, port: u16, mpm: &str, more: &str) -> Running {
    let modules = "/usr/lib/apache2/modules";
    let folder_name = folder.display();
    let config = format!(
        "ServerRoot {folder_name}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder_name}/pid\n\
        ErrorLog {folder_name}/error.log\nDefaultRuntimeDir {folder_name}\nUser www-data\nGroup www-data\n\
        LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so\n\
        LoadModule authz_core_module {modules}/mod_authz_core.so\n\
        LoadModule status_module {modules}/mod_status.so\n\
        DocumentRoot {folder_name}/pages\n\
        <Location /server-status>\nSetHandler server-status\n</Location>\n{more}"
    );
    fs::create_dir(folder.join("pages")).unwrap();
    fs::write(folder.join("apache.conf"), config).unwrap();
    let child = installed("apache2")
        .arg("-f")
        .arg(folder.join("apache.conf"))
        .args(["-D", "FOREGROUND"])
        // It passes signals on to its whole group, which must not be ours.
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("Apache listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    Running(child)
}

#[test]
fn a_real_apache_is_sampled_under_load_and_reported_when_it_is_gone() {
    if !has("apache2") || !has("ab") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let apache = start_apache(folder.path(), port, "event", "");
    let data = folder.path().join("data");
    let url = format!("http://127.0.0.1:{port}/server-status?auto");
    let collector = Collector::start(&data, &["--apache", &url, "--apache-step", "1"]);
    std::thread::sleep(Duration::from_millis(1_500));
    let load = installed("ab")
        .args([
            "-q",
            "-k",
            "-t",
            "3",
            "-n",
            "1000000",
            "-c",
            "4",
            &format!("http://127.0.0.1:{port}/x"),
        ])
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&load.stdout).into_owned();
    let rate: f64 = report
        .lines()
        .find_map(|line| line.strip_prefix("Requests per second:"))
        .and_then(|rest| rest.split_ascii_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("{report}"));
    std::thread::sleep(Duration::from_millis(1_200));
    drop(apache);
    std::thread::sleep(Duration::from_millis(2_200));
    let log = collector.stop();

    let file = data.join(format!("apache/127%2E0%2E0%2E1%3A{port}.rrd"));
    let file =
        if file.exists() { file } else { data.join(format!("apache/127.0.0.1%3A{port}.rrd")) };
    let reader = RrdReader::open(&file).unwrap();
    let end = reader.last_update().seconds();
    let range = TimeRange::from_seconds(end - 12, end - 1);
    let function = ConsolidationFunction::Average;
    let series = reader.fetch(&FetchRequest::new(function, range)).unwrap();
    let column = |name: &str| -> Vec<f64> {
        let position = series.names().iter().position(|found| found == name).unwrap();
        series.rows().map(|(_, row)| row[position]).filter(|value| value.is_finite()).collect()
    };
    let highest = |name: &str| column(name).into_iter().fold(0.0, f64::max);
    assert!(highest("requests") > rate / 2.0, "{:?} of {rate}", column("requests"));
    assert!(highest("requests") < rate * 2.0, "{:?} of {rate}", column("requests"));
    assert!(highest("request_seconds") < 0.1, "{:?}", column("request_seconds"));
    let workers: Vec<f64> =
        column("busy").iter().zip(column("idle")).map(|(busy, idle)| busy + idle).collect();
    assert!(workers.iter().any(|sum| *sum >= 25.0), "{workers:?}");
    let up = column("up");
    assert_eq!((up.first(), up.last()), (Some(&1.0), Some(&0.0)), "{up:?}");
    assert_eq!(log.matches("cannot connect to 127.0.0.1").count(), 1, "{log}");
}
