//! A real Apache, sampled under a short load.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};
use serde_json::Value;

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

/// The metrics of the only server that the daemon shows; none before its first sample.
fn shown(collector: &Collector) -> Value {
    let groups: Value = serde_json::from_str(&collector.get("/api/v1/groups").1).unwrap();
    let found = groups.as_array().unwrap().iter().find(|group| group["group"] == "apache");
    found.map_or(Value::Null, |group| group["values"].clone())
}

#[test]
fn a_real_apache_is_sampled_under_load_and_reported_when_it_is_gone() {
    const REQUESTS: u32 = 5_000;
    if !has("apache2") || !has("ab") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let apache = start_apache(folder.path(), port, "event", "");
    let data = folder.path().join("data");
    let url = format!("http://127.0.0.1:{port}/server-status?auto");
    let collector = Collector::start(&data, &["--apache", &url, "--apache-step", "1"]);
    let value = |metric: &str| shown(&collector)[metric].as_f64();
    wait_until("there is a rate", || value("requests").is_some());
    let mut made = 0.0;
    wait_until("the load is seen", || {
        let load = installed("ab")
            .args(["-q", "-k", "-n", &REQUESTS.to_string(), "-c", "4"])
            .arg(format!("http://127.0.0.1:{port}/x"))
            .stdout(Stdio::null())
            .status();
        assert!(load.unwrap().success());
        made += f64::from(REQUESTS);
        value("requests").is_some_and(|rate| rate > 100.0)
    });
    wait_until("the load is over", || value("requests").is_some_and(|rate| rate < 100.0));
    wait_until("all workers are shown", || {
        value("busy").zip(value("idle")).is_some_and(|(busy, idle)| busy + idle >= 25.0)
    });
    drop(apache);
    wait_until("the server is gone", || value("up") == Some(0.0));
    let log = collector.stop();
    assert_eq!(log.matches("cannot connect to 127.0.0.1").count(), 1, "{log}");

    let file = data.join(format!("apache/127%2E0%2E0%2E1%3A{port}.rrd"));
    let file =
        if file.exists() { file } else { data.join(format!("apache/127.0.0.1%3A{port}.rrd")) };
    let reader = RrdReader::open(&file).unwrap();
    let end = reader.last_update().seconds();
    let range = TimeRange::from_seconds(end - 500, end);
    let function = ConsolidationFunction::Average;
    let series = reader.fetch(&FetchRequest::new(function, range)).unwrap();
    let column = |name: &str| -> Vec<f64> {
        let position = series.names().iter().position(|found| found == name).unwrap();
        series.rows().map(|(_, row)| row[position]).filter(|value| value.is_finite()).collect()
    };
    // Each row is about the rate of a second. A busy machine may miss some of them, and each sample
    // is a request itself.
    let requests = column("requests");
    let told: f64 = requests.iter().sum();
    made += f64::from(u32::try_from(requests.len()).unwrap());
    assert!(told > 100.0 && told <= made * 1.5, "{told} of {made}: {requests:?}");
    let seconds = column("request_seconds");
    assert!(seconds.iter().all(|mean| *mean < 10.0), "{seconds:?}");
    let up = column("up");
    assert_eq!((up.first(), up.last()), (Some(&1.0), Some(&0.0)), "{up:?}");
}
