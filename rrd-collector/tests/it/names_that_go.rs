//! Names that come and go, on a recorded host and in the running daemon: what they leave on the
//! disk, on the page and among the faults.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::daemon::sampler::Sampler;
use rrd_collector::group::catalog::Catalog;
use rrd_collector::output::live::Shared;
use rrd_collector::schedule::Tick;
use rrd_collector::source::host::HostSettings;
use rrd_collector::source::host_probes;
use rrd_collector::source::sample::SampleBatch;
use rrd_collector::source::statsd::GAUGE;
use rrd_collector::store::budget::FileLimits;
use rrd_collector::store::data_folder::DataFolder;
use rrd_collector::store::writer::{Sent, StoreWriter};
use rrd_core::{Rrd, Schema, Step, StoreOptions, Timestamp};

use crate::programs::{Collector, configure, wait_until};

/// A host with units, and a daemon on it with a fake clock.
struct Trial {
    host: tempfile::TempDir,
    data: tempfile::TempDir,
    sampler: Sampler,
    shared: Shared,
    now: u64,
}

impl Trial {
    fn start(limits: FileLimits) -> Self {
        let [host, data] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let units = host.path().join("sys/fs/cgroup");
        fs::create_dir_all(&units).unwrap();
        fs::write(units.join("cgroup.controllers"), "cpu memory\n").unwrap();
        let settings = HostSettings { files: Host::at(host.path()), ..HostSettings::default() };
        let folder = DataFolder::open(data.path(), StoreOptions::default()).unwrap();
        let writer = StoreWriter::new(Arc::new(folder), "10s for 1m".parse().unwrap());
        let shared = Shared::default();
        let faults = shared.all_faults().of_task();
        let mut sampler =
            Sampler::with(host_probes(&settings.files), &settings, Box::new(writer), faults);
        sampler.limit(limits);
        Self { host, data, sampler, shared, now: 1_700_000_000 }
    }

    /// Ten seconds with these units.
    fn tick(&mut self, units: &[&str]) {
        self.now += 10;
        let slice = self.host.path().join("sys/fs/cgroup/system.slice");
        let _ = fs::remove_dir_all(&slice);
        for unit in units {
            fs::create_dir_all(slice.join(unit)).unwrap();
            fs::write(slice.join(unit).join("memory.current"), "4096\n").unwrap();
        }
        let tick = Tick { at: self.at(), clock: Duration::from_secs(self.now) };
        self.sampler.tick(tick, 0, Duration::ZERO, &self.shared);
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_seconds(self.now.try_into().unwrap())
    }

    fn files(&self) -> Vec<String> {
        files(&self.data.path().join("unit"))
    }

    fn shown(&self) -> Vec<String> {
        self.instances("unit")
    }

    fn instances(&self, kind: &str) -> Vec<String> {
        let catalog: Catalog = self.shared.catalog().clone();
        catalog.instances(kind).iter().map(|(id, _)| id.instance().to_owned()).collect()
    }
}

/// The names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn caps(kind: &str, cap: usize) -> FileLimits {
    FileLimits { caps: BTreeMap::from([(kind.to_owned(), cap)]), ..FileLimits::default() }
}

#[test]
fn units_that_come_and_go_leave_as_many_files_as_their_kind_may_have() {
    let mut trial = Trial::start(caps("unit", 100));
    for number in 0..400 {
        let unit = format!("job{number}.service");
        trial.tick(&["nginx.service", &unit]);
    }
    let (files, shown) = (trial.files(), trial.shown());
    assert_eq!((files.len(), shown.len()), (100, 100));
    assert!(files.iter().any(|name| name == "nginx.service.rrd"));
    assert!(files.iter().any(|name| name == "job399.service.rrd"));
    assert!(!files.iter().any(|name| name == "job0.service.rrd"));
    assert_eq!(trial.shared.faults(), []);
}

#[test]
fn containers_that_live_for_seconds_leave_no_file_unless_people_named_them() {
    let mut trial = Trial::start(caps("container", 100));
    let names = trial.host.path().join("var/lib/docker/containers");
    let lasting = "c".repeat(64);
    for number in 0..40 {
        let [named, unnamed] = ["a", "b"].map(|digit| format!("{digit}{number:063}"));
        fs::create_dir_all(names.join(&named)).unwrap();
        let name = format!("{{\"Name\":\"/job{number}\"}}");
        fs::write(names.join(&named).join("config.v2.json"), name).unwrap();
        let groups = [&named, &unnamed, &lasting].map(|id| format!("docker-{id}.scope"));
        trial.tick(&groups.each_ref().map(|group| &**group));
    }
    let files = files(&trial.data.path().join("container"));
    assert_eq!(files.len(), 41, "{files:?}");
    assert!(files.iter().any(|name| name == "cccccccccccc.rrd"));
    assert!(files.iter().any(|name| name == "job39.rrd"));
    assert_eq!(trial.files(), [""; 0]);
}

#[test]
fn more_units_than_their_kind_may_have_are_one_fault_that_names_kind_cap_and_key() {
    let mut trial = Trial::start(caps("unit", 2));
    for number in 0..60 {
        let unit = format!("job{number}.service");
        trial.tick(&["a.service", "b.service", &unit]);
    }
    assert_eq!(trial.files(), ["a.service.rrd", "b.service.rrd"]);
    // What is not stored is not shown, either: its names would have no end.
    assert_eq!(trial.shown(), ["a.service", "b.service"]);
    let faults = trial.shared.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].concern, "new files of unit");
    assert!(faults[0].message.contains("raise unit in [caps]"), "{faults:?}");
    assert!(!faults[0].stops_storing);
    for _ in 0..130 {
        trial.tick(&["a.service", "b.service"]);
    }
    assert_eq!(trial.shared.faults(), []);
}

#[test]
fn a_unit_that_is_unseen_for_long_leaves_the_page_and_its_file_stays() {
    let limits = FileLimits { forget_after: Duration::from_secs(3600), ..FileLimits::default() };
    let mut trial = Trial::start(limits);
    trial.tick(&["a.service", "once.service"]);
    for _ in 0..359 {
        trial.tick(&["a.service"]);
    }
    assert_eq!(trial.shown(), ["a.service", "once.service"]);
    // Looked at every ten minutes.
    for _ in 0..60 {
        trial.tick(&["a.service"]);
    }
    assert_eq!(trial.shown(), ["a.service"]);
    assert_eq!(trial.files(), ["a.service.rrd", "once.service.rrd"]);
    trial.tick(&["a.service", "once.service"]);
    assert_eq!(trial.shown(), ["a.service", "once.service"]);
}

/// One value of `StatsD`.
fn gauge(at: Timestamp, name: &str) -> SampleBatch {
    let groups = VecDeque::from([(GAUGE.clone(), name.to_owned(), vec![1.0])]);
    SampleBatch { groups, ..SampleBatch::new(at, Step::from_seconds(10).unwrap()) }
}

#[test]
fn a_statsd_name_that_nobody_sends_any_more_gives_its_place_to_one_that_is_sent() {
    let mut trial = Trial::start(caps("statsd_gauge", 2));
    let names = ["once", "steady"];
    for round in 0..70 {
        trial.tick(&[]);
        let (at, clock) = (trial.at(), Duration::from_secs(trial.now));
        let new = (round == 65).then_some("new");
        for name in names.into_iter().skip(usize::from(round > 0)).chain(new) {
            trial.sampler.take(gauge(at, name), Sent::Now, clock, &trial.shared);
        }
        if round > 0 {
            trial.sampler.take(gauge(at, "once"), Sent::Before, clock, &trial.shared);
        }
        if round == 64 {
            assert_eq!(trial.instances("statsd_gauge"), ["once", "steady"]);
        }
    }
    assert_eq!(trial.instances("statsd_gauge"), ["new", "steady"]);
    let stored = files(&trial.data.path().join("statsd_gauge"));
    assert_eq!(stored, ["new.rrd", "steady.rrd"]);
}

/// Files of series as an earlier run left them, the first one oldest.
fn leave_behind(data: &Path, names: &[&str]) {
    let minute = Duration::from_secs(60);
    let schema = Schema::builder(minute).gauge("value", minute * 3).average_for(minute, minute * 9);
    let schema = schema.build().unwrap();
    let days = Duration::from_secs(20 * 86_400);
    for (day, name) in (0..).zip(names) {
        let start = Timestamp::now() - days + Duration::from_secs(day * 86_400);
        Rrd::create(data.join(format!("textfile/{name}.rrd")), &schema, start).unwrap();
    }
}

#[test]
fn a_daemon_removes_what_an_earlier_run_left_behind_and_refuses_names_once_all_are_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let (data, series) = (folder.path().join("data"), folder.path().join("x.prom"));
    fs::create_dir_all(data.join("textfile")).unwrap();
    leave_behind(&data, &["oldest", "older", "old"]);
    let config = |cap: usize| {
        let folder = folder.path().display();
        format!("[textfile]\nfolder = \"{folder}\"\nstep = \"1s\"\n[caps]\ntextfile = {cap}\n")
    };
    // The last run ended now.
    let last_run = Collector::start_configured(folder.path(), &config(3));
    wait_until("it samples", || data.join("load.rrd").exists());
    last_run.stop();
    fs::write(&series, "a 1\n").unwrap();
    let collector = Collector::start_configured(folder.path(), &config(3));
    let stored = || files(&data.join("textfile"));
    wait_until("the oldest file makes room", || stored() == ["a.rrd", "old.rrd", "older.rrd"]);
    fs::write(&series, "a 1\nb 1\nc 1\nd 1\n").unwrap();
    let faults = || collector.get("/api/v1/info").1;
    wait_until("a name is refused", || faults().contains("new files of textfile"));
    assert_eq!(stored().len(), 3);
    assert!(stored().contains(&"a.rrd".to_owned()));
    configure(folder.path(), &config(4));
    collector.reload();
    wait_until("there is room", || stored() == ["a.rrd", "b.rrd", "c.rrd", "d.rrd"]);
    wait_until("the fault ends", || !faults().contains("new files of textfile"));
    let log = collector.stop();
    let refusals = log.lines().filter(|line| line.contains("new files of textfile: all 3 files"));
    assert_eq!(refusals.count(), 1, "{log}");
}
