//! `StatsD` packets, from the socket to a file.

use std::net::UdpSocket;
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};

use crate::programs::{Collector, free_port, wait_until};

#[test]
fn a_gauge_that_a_program_sends_is_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!("[statsd]\nlisten = \"127.0.0.1:{port}\"\n");
    let collector = Collector::start_configured(folder.path(), &config);
    let data = folder.path().join("data");
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let file = data.join("statsd_gauge/shop.queue.rrd");
    wait_until("the packet is summarised", || {
        sender.send_to(b"shop.queue:7|g\n", ("127.0.0.1", port)).unwrap();
        file.exists()
    });
    collector.stop();
    let reader = RrdReader::open(&file).unwrap();
    let end = reader.last_update().seconds();
    let function = ConsolidationFunction::Average;
    let range = TimeRange::from_seconds(end - 10, end - 1);
    let series = reader
        .fetch(&FetchRequest::new(function, range).resolution(Duration::from_secs(10)))
        .unwrap();
    assert_eq!(series.kept(), [7.0]);
}

#[test]
fn invalid_lines_are_counted_logged_once_and_shown_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!("[statsd]\nlisten = \"127.0.0.1:{port}\"\n");
    let collector = Collector::start_configured(folder.path(), &config);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |line: &str| sender.send_to(line.as_bytes(), ("127.0.0.1", port)).unwrap();
    wait_until("an invalid line is shown", || {
        send("good:1|c\nshop.orders:many|c\n");
        let info = collector.get("/api/v1/info").1;
        info.contains(r#"the last one is \"shop.orders:many|c\": `many` is not a number"#)
    });
    let is_counted = |name: &str| {
        let (_, metrics) = collector.get("/metrics");
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        value.is_some_and(|value| value.trim().parse::<f64>().unwrap() > 0.0)
    };
    wait_until("the lines are counted", || {
        send("good:1|c\nshop.orders:many|c\n");
        is_counted("rrd_statsd_invalid_per_second ") && is_counted("rrd_statsd_lines_per_second ")
    });
    wait_until("another one is shown", || {
        send("other:2|x");
        collector.get("/api/v1/info").1.contains("other:2|x")
    });
    let log = collector.stop();
    assert_eq!(log.matches("is not a number").count(), 1, "{log}");
    assert!(folder.path().join("data/statsd.rrd").exists());
}
