//! collectd for a minute, the server killed in the middle.

use std::time::Duration;

use crate::clients::collectd::values_over_a_kill;
use crate::programs::have;

#[test]
#[ignore = "takes a minute"]
fn collectd_for_a_minute() {
    if !have(&["collectd", "rrdtool"]) {
        return;
    }
    let plugins = ["load", "memory", "cpu", "df", "interface", "processes", "uptime"];
    let acknowledged = values_over_a_kill(Duration::from_secs(60), &plugins);
    println!("{acknowledged} values acknowledged, all in the files");
    assert!(acknowledged > 1000);
}
