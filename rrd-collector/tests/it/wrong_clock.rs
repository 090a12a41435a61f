//! A clock that is wrong costs its own samples only: the daemon with a clock that the test sets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rrd_collector::group::retention::Retention;
use rrd_collector::source::host::LOAD;
use rrd_core::{
    ConsolidationFunction, FetchRequest, Rrd, RrdReader, Sample, Step, TimeRange, Timestamp,
};

use crate::programs::{Collector, has, wait_until};

const DAY: i64 = 86_400;

fn now() -> i64 {
    Timestamp::now().seconds()
}

/// A data folder, and the difference of the daemon's clock from ours.
struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    /// A folder with samples of the load every ten seconds between two times.
    fn new(start: i64, end: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let schema = Retention::default().schema(&LOAD, Step::SECOND).unwrap();
        let start = start - start % 10;
        let sample = |second| Sample::new(Timestamp::from_seconds(second), [0.5; 6]);
        let samples: Vec<_> = (start + 10..=end).step_by(10).map(sample).collect();
        fs::create_dir(folder.path().join("data")).unwrap();
        let file = folder.path().join("data/load.rrd");
        let mut rrd = Rrd::create(file, &schema, Timestamp::from_seconds(start)).unwrap();
        rrd.update_batch(&samples).unwrap();
        Self { folder }
    }

    /// The daemon, with a clock that is this many seconds ahead of ours.
    fn daemon(&self, library: &Path, seconds: i64) -> Collector {
        self.set_clock(seconds);
        let mut command = Collector::command(&self.data(""));
        command
            .args(["--listen", "127.0.0.1:0"])
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
        Collector::started(&mut command)
    }

    fn set_clock(&self, seconds: i64) {
        let file = self.folder.path().join("new");
        fs::write(&file, format!("{seconds:+}\n")).unwrap();
        fs::rename(file, self.folder.path().join("clock")).unwrap();
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// The names of all databases.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.data("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> =
            names.filter(|name| name.contains(".rrd") && !name.starts_with('.')).collect();
        names.sort();
        names
    }

    fn last_update(&self) -> i64 {
        RrdReader::open(self.data("load.rrd")).unwrap().last_update().seconds()
    }
}

/// The library of `faketime`, if that is installed.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64")]);
    let library = |folder: PathBuf| folder.join("faketime/libfaketime.so.1");
    let found = folders.map(library).find(|library| library.exists());
    has("faketime").then_some(())?;
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "no library of faketime");
    found
}

/// When the load was last sampled.
fn sampled(collector: &Collector) -> i64 {
    let groups: serde_json::Value =
        serde_json::from_str(&collector.get("/api/v1/groups").1).unwrap();
    let load = groups.as_array().and_then(|groups| {
        groups.iter().find(|group| group["kind"] == "load" || group["group"] == "load")
    });
    load.and_then(|load| load["at"].as_i64()).unwrap_or(0)
}

fn shows_load(collector: &Collector) -> bool {
    collector.get("/metrics").1.lines().any(|line| line.starts_with("rrd_load"))
}

/// The known rows of an archive in a time range.
fn rows(file: &Path, resolution: u64, start: i64, end: i64) -> Vec<(i64, u64)> {
    let range = TimeRange::from_seconds(start, end);
    let request = FetchRequest::new(ConsolidationFunction::Average, range)
        .resolution(Duration::from_secs(resolution));
    let series = RrdReader::open(file).unwrap().fetch(&request).unwrap();
    let known = series.kept_rows().filter(|(_, values)| !values[0].is_nan());
    known.map(|(end, values)| (end.seconds(), values[0].to_bits())).collect()
}

/// Warnings of a log about what is not stored, and the highest number of missed ticks.
fn complaints(log: &str) -> (usize, u64) {
    let missed = log.lines().filter_map(|line| {
        line.split_once("missed ")?.1.split_once(" ticks")?.0.parse::<u64>().ok()
    });
    let storing = log.lines().filter(|line| line.contains("WARN") && line.contains("storing"));
    (storing.count(), missed.max().unwrap_or(0))
}

/// `RRD_CLOCK_DAYS` sets the days of history, and `RRD_CLOCK_MINUTE` waits for the withdrawal.
#[test]
fn a_clock_that_is_three_days_ahead_for_six_seconds_stops_nothing() {
    let Some(library) = library() else { return };
    let days = std::env::var("RRD_CLOCK_DAYS").map_or(2, |days| days.parse().unwrap());
    let begin = now();
    let trial = Trial::new(begin - days * DAY, begin);
    let before = trial.folder.path().join("before.rrd");
    fs::copy(trial.data("load.rrd"), &before).unwrap();
    let daemon = trial.daemon(&library, 0);
    wait_until("the load is sampled", || sampled(&daemon) > begin);
    trial.set_clock(3 * DAY);
    wait_until("the clock is ahead for six seconds", || sampled(&daemon) >= begin + 3 * DAY + 6);
    trial.set_clock(0);
    wait_until("sampling goes on", || (sampled(&daemon) - now()).abs() <= 2);
    wait_until("the metrics are shown", || shows_load(&daemon));
    wait_until("the fault is shown", || {
        let (status, ready) = daemon.get("/-/ready");
        status == 503 && ready.starts_with("not storing: storing samples: files hold samples that")
    });

    if std::env::var_os("RRD_CLOCK_MINUTE").is_some() {
        let waited = Instant::now();
        while daemon.get("/-/ready").0 != 200 {
            assert!(waited.elapsed() < Duration::from_secs(120), "{}", daemon.get("/-/ready").1);
            std::thread::sleep(Duration::from_millis(200));
        }
        println!("samples are stored again after {:?}", waited.elapsed());
        let back = now();
        wait_until("new samples are in the file", || {
            (back + 1..=now()).contains(&trial.last_update())
        });
        for resolution in [600, 3600, 86_400] {
            let rows = |file: &Path| rows(file, resolution, begin - days * DAY, begin - 1);
            assert_eq!(rows(&trial.data("load.rrd")), rows(&before), "{resolution}");
        }
        let files = trial.files();
        assert!(files.iter().any(|name| name.starts_with("load.ahead-of-")), "{files:?}");
        assert!(!daemon.get("/api/v1/groups").1.contains("ahead-of"));
    }
    let log = daemon.stop();
    let (storing, missed) = complaints(&log);
    assert!(storing <= 2 && missed < 1000, "{log}");
}

#[test]
fn a_host_that_boots_in_1970_loses_nothing() {
    let Some(library) = library() else { return };
    let begin = now();
    let trial = Trial::new(begin - 1800, begin);
    let history = || rows(&trial.data("load.rrd"), 10, begin - 1800, begin - 10);
    let before = history();
    let daemon = trial.daemon(&library, 9 - begin);
    wait_until("the load is sampled", || (11..1000).contains(&sampled(&daemon)));
    assert!(shows_load(&daemon));
    wait_until("nothing is stored", || daemon.get("/-/ready").0 == 503);
    let ready = daemon.get("/-/ready").1;
    assert!(ready.contains("the clock shows 1970-01-01 00:"), "{ready}");
    assert_eq!(trial.files(), ["load.rrd"]);
    trial.set_clock(0);
    wait_until("samples are stored", || daemon.get("/-/ready").0 == 200);
    wait_until("all files are there", || trial.files().contains(&"memory.rrd".to_owned()));
    let log = daemon.stop();
    assert!(trial.last_update() > begin);
    assert_eq!(history(), before);
    assert!(before.len() > 170);
    assert!(!trial.files().iter().any(|name| name.contains("ahead-of")));
    let (storing, missed) = complaints(&log);
    assert!(storing <= 2 && missed < 1000, "{log}");
}

#[test]
fn files_that_are_hours_ahead_at_the_start_wait_for_a_person() {
    let begin = now();
    let trial = Trial::new(begin + DAY, begin + DAY + 7200);
    let daemon =
        Collector::started(Collector::command(&trial.data("")).args(["--listen", "127.0.0.1:0"]));
    wait_until("the load is sampled", || sampled(&daemon) >= begin);
    wait_until("the fault is known", || daemon.get("/-/ready").1.contains("`rrd rewind FILE`"));
    let mut file = Rrd::open(trial.data("load.rrd")).unwrap();
    file.rewind(Timestamp::now()).unwrap();
    wait_until("samples are stored", || daemon.get("/-/ready").0 == 200);
    let rewound = now();
    wait_until("the load is stored", || daemon.known_seconds(3).into_iter().any(|at| at > rewound));
    let (storing, _) = complaints(&daemon.stop());
    assert!(storing <= 2);
}
