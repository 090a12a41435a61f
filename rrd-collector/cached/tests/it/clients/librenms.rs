//! A poller as LibreNMS is: one `rrdtool -` with relative names over TCP, and a connection of its
//! own for STATS.

use std::fs::{self, File};

use super::{Transport, compare};
use crate::programs::{Setup, have, ours, temporary_folder};

const DEFINITIONS: &str = "--start 1000000200 --step 300 DS:INOCTETS:DERIVE:600:0:12500000000 \
     DS:OUTOCTETS:DERIVE:600:0:12500000000 RRA:AVERAGE:0.5:1:2016 RRA:MAX:0.5:6:1440";

/// What is written to `rrdtool -`.
fn lines(address: &str) -> String {
    let mut lines = Vec::new();
    for port in 1..=5 {
        let file = format!("router/port-id{port}.rrd");
        lines.push(format!("create {file} {DEFINITIONS} --daemon {address}"));
        // A second round finds the files.
        lines.push(format!("create {file} {DEFINITIONS} --no-overwrite --daemon {address}"));
        for round in 1..=6 {
            let (at, octets) = (1_000_000_200 + 300 * round, port * round * 30_000);
            lines.push(format!("update {file} {at}:{octets}:{} --daemon {address}", octets * 2));
        }
        // As pollers do when two of them overlap, and when a device answers less.
        lines.push(format!("update {file} 1000000500:1:2 --daemon {address}"));
        lines.push(format!("update {file} 1000002300:U:U --daemon {address}"));
        lines.push(format!(
            "graph port.png --start 1000000200 --end 1000002300 --daemon {address} \
             DEF:in={file}:INOCTETS:AVERAGE DEF:out={file}:OUTOCTETS:AVERAGE \
             CDEF:bits=in,8,* AREA:bits#0a0 LINE1:out#00a PRINT:in:MAX:%.2lf PRINT:out:LAST:%.2lf"
        ));
        lines.push(format!("last {file} --daemon {address}"));
        lines.push(format!("first {file} --daemon {address}"));
        lines.push(format!("lastupdate {file} --daemon {address}"));
        lines.push(format!("tune {file} --maximum INOCTETS:1000 --daemon {address}"));
    }
    lines.push("quit\n".to_owned());
    lines.join("\n")
}

#[test]
fn a_poller_like_librenms_prints_and_says_the_same() {
    if !have(&["rrdtool", "rrdcached"]) {
        return;
    }
    compare(Transport::Tcp, &[], |bench| {
        let input = bench.setup.folder.join("input");
        fs::write(&input, lines(&bench.address)).unwrap();
        let mut poller = bench.client("rrdtool");
        // Away from the files: only the server knows where they are.
        poller.current_dir(&bench.setup.folder).arg("-").stdin(File::open(&input).unwrap());
        let mut call = bench.call("rrdtool -", &mut poller);
        // With times: `OK u:0.00 s:0.00 r:0.01`.
        let lines = call.printed.lines();
        let lines = lines.map(|line| line.strip_prefix("OK ").map_or(line, |_| "OK"));
        call.printed = lines.collect::<Vec<_>>().join("\n");
        vec![call]
    });
}

#[test]
fn the_nine_lines_of_statistics_come_first_and_in_order_over_tcp() {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with_port();
    let _server = setup.start();
    let lines = setup.connect_remotely().ask("STATS");
    assert_eq!(lines[0], format!("{} Statistics follow", lines.len() - 1));
    let names: Vec<_> = lines[1..].iter().map(|line| line.split(": ").next().unwrap()).collect();
    let nine = [
        "QueueLength",
        "UpdatesReceived",
        "FlushesReceived",
        "UpdatesWritten",
        "DataSetsWritten",
        "TreeNodesNumber",
        "TreeDepth",
        "JournalBytes",
        "JournalRotate",
    ];
    assert_eq!(names[..9], nine);
    for line in &lines[1..] {
        let value = line.split(": ").nth(1).and_then(|value| value.parse::<u64>().ok());
        assert!(value.is_some(), "{line}");
    }
}
