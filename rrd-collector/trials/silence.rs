//! Ten minutes with a receiver that never answers, beside a daemon without one.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use super::{lasting, note};
use crate::programs::Collector;
use crate::stub_receiver::{Reply, Stub};

/// What is measured of a daemon.
struct Measured {
    collector: Collector,
    /// The delays of its ticks in seconds.
    late: Vec<f64>,
}

impl Measured {
    /// The proportional share of memory in KiB.
    fn memory(&self) -> i64 {
        let file = format!("/proc/{}/smaps_rollup", self.collector.id());
        let text = fs::read_to_string(file).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn look(&mut self) {
        let metrics = self.collector.get("/metrics").1;
        let late =
            metrics.lines().find_map(|line| line.strip_prefix("rrd_collector_late_seconds "));
        self.late.extend(late.and_then(|late| late.parse::<f64>().ok()));
    }

    /// The median and the largest delay in milliseconds.
    fn delays(&mut self) -> (f64, f64) {
        self.late.sort_by(f64::total_cmp);
        (self.late[self.late.len() / 2] * 1000.0, self.late[self.late.len() - 1] * 1000.0)
    }
}

#[test]
#[ignore = "takes ten minutes"]
fn ten_minutes_without_an_answer_take_no_memory_and_delay_no_sample() {
    let stub = Stub::start(|_| Reply::Never);
    let folder = tempfile::tempdir().unwrap();
    let mut daemons = [("without", String::new()), ("with", stub.url())].map(|(name, url)| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        let section = format!("[[remote_write]]\nurl = \"{url}\"\n");
        let config = if url.is_empty() { String::new() } else { section };
        let collector = Collector::start_configured(&folder, &config);
        Measured { collector, late: Vec::new() }
    });
    let mut more = 0;
    for second in 1..=lasting("RRD_TRIAL_SILENCE", 600).as_secs() {
        sleep(Duration::from_secs(1));
        daemons.iter_mut().for_each(Measured::look);
        if second % 60 == 0 {
            let [without, with] = daemons.each_ref().map(Measured::memory);
            more = with - without;
            note!("{second} s: PSS without {without} KiB, with {with} KiB, {more} KiB more");
        }
    }
    let [without, with] = daemons.each_mut().map(Measured::delays);
    note!("delay of ticks in ms, median and most: without {without:?}, with {with:?}");
    note!("{} requests", stub.requests().len());
    for daemon in daemons {
        println!("{}", daemon.collector.stop());
    }
    assert!(more <= 1024, "{more} KiB");
}
