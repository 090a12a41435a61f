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
