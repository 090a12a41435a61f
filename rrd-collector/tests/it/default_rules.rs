//! The default rules on hours of samples: when they warn, and when they do not.

mod hardware;
mod network;
mod servers;
mod storage;

use std::path::Path;

use rrd_collector::alert::{Evaluator, Notice, Status};
use rrd_collector::config::Config;
use rrd_collector::group::GroupId;
use rrd_collector::group::Kind;
use rrd_collector::group::catalog::Catalog;
use rrd_collector::group::retention::Retention;
use rrd_collector::source::cgroup::CONTAINER;
use rrd_collector::source::clock::{CLOCK, TIME_SERVER};
use rrd_collector::source::host::{CPU_TOTAL, DISK, FILESYSTEM, PRESSURE};
use rrd_collector::source::kernel::ENTROPY;
use rrd_collector::source::process::TASKS;
use rrd_collector::source::systemd::FAILED_UNIT;
use rrd_collector::store::archives::Archives;
use rrd_core::{Rrd, Sample, Step, Timestamp};
use tempfile::TempDir;

/// The start of the tests: a whole day.
const BEGIN: i64 = 20_000 * 86_400;
const STEP: Step = Step::from_seconds(10).unwrap();

/// A group and its file.
struct Group {
    kind: &'static Kind,
    instance: &'static str,
    rrd: Rrd,
    /// Another metric, and its value at all times.
    always: Option<(&'static str, f64)>,
}

impl Group {
    fn new(folder: &Path, kind: &'static Kind, instance: &'static str) -> Self {
        let path = folder.join(GroupId::of(kind, instance).file_name());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let schema = Retention::default().schema(kind, STEP).unwrap();
        let rrd = Rrd::create(path, &schema, Timestamp::from_seconds(BEGIN)).unwrap();
        Self { kind, instance, rrd, always: None }
    }

    /// A minute with this value of the metric.
    fn minute(&mut self, catalog: &mut Catalog, begin: i64, metric: &str, value: f64) {
        let mut values = vec![f64::NAN; self.kind.metrics.len()];
        for (metric, value) in [(metric, value)].into_iter().chain(self.always) {
            values[self.kind.position(metric).unwrap()] = value;
        }
        for second in (10..=60).step_by(10) {
            let at = Timestamp::from_seconds(begin + second);
            self.rrd.update(&Sample::new(at, values.iter().copied())).unwrap();
            catalog.put(at, STEP, self.kind, self.instance, &values);
        }
    }
}

/// One group with one rule, and groups that the rule looks at besides, with a constant value each.
struct Trial {
    folder: TempDir,
    group: Group,
    besides: Vec<(Group, &'static str, f64)>,
    evaluator: Evaluator,
    catalog: Catalog,
    minute: i64,
}

impl Trial {
    fn new(rule: &str, kind: &'static Kind, instance: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rules = Config::new(folder.path().to_owned()).alerts.rules;
        rules.retain(|named| named.name == rule);
        assert_eq!(rules.len(), 1, "{rule}");
        let group = Group::new(folder.path(), kind, instance);
        let archives = Archives::Folder(folder.path().to_owned());
        let evaluator = Evaluator::new(folder.path().to_owned(), archives, rules);
        let (besides, catalog) = (Vec::new(), Catalog::default());
        Self { folder, group, besides, evaluator, catalog, minute: 0 }
    }

    /// The same beside another group, of which this metric has this value.
    fn beside(
        mut self,
        kind: &'static Kind,
        instance: &'static str,
        metric: &'static str,
        value: f64,
    ) -> Self {
        self.besides.push((Group::new(self.folder.path(), kind, instance), metric, value));
        self
    }

    /// A minute with this value of the metric; the rule's state at its end.
    fn minute(&mut self, metric: &str, value: f64) -> Vec<Notice> {
        let begin = BEGIN + self.minute * 60;
        self.group.minute(&mut self.catalog, begin, metric, value);
        for (group, metric, value) in &mut self.besides {
            group.minute(&mut self.catalog, begin, metric, *value);
        }
        self.minute += 1;
        self.evaluator.evaluate(&self.catalog, begin + 60)
    }

    /// Minutes without samples.
    fn sleep(&mut self, minutes: i64) {
        self.minute += minutes;
    }

    /// The changes in this many minutes: minute, state and value.
    fn run(
        &mut self,
        metric: &str,
        minutes: i64,
        value: impl Fn(i64) -> f64,
    ) -> Vec<(i64, Status, f64)> {
        let mut changes = Vec::new();
        for _ in 0..minutes {
            let value = value(self.minute);
            for notice in self.minute(metric, value) {
                changes.push((self.minute, notice.transition.to, notice.value));
            }
        }
        changes
    }
}

/// A number of minutes as a share of 1024, which needs no rounding.
fn part(minutes: i64) -> f64 {
    f64::from(i32::try_from(minutes).unwrap()) / 1024.0
}

#[test]
fn a_filesystem_that_fills_is_reported_hours_before_it_is_full() {
    let mut trial = Trial::new("filesystem-filling", &FILESYSTEM, "/");
    // A thousandth per minute: full after 1024 minutes.
    let changes = trial.run("used_share", 1000, part);
    assert_eq!(changes.len(), 2, "{changes:?}");
    let (minute, status, hours) = changes[0];
    // Less than eight hours at the end of minute 546, and five minutes to be sure.
    assert_eq!((minute, status), (551, Status::Warning));
    assert!((hours - f64::from(1024 - 550) / 60.0).abs() < 1e-6, "{hours}");
    assert_eq!((changes[1].0, changes[1].1), (911, Status::Critical));
    // Half of it is removed, and it stays that way.
    let changes = trial.run("used_share", 30, |_| 0.5);
    assert_eq!((changes[0].1, changes[0].2), (Status::Ok, f64::INFINITY));
}

#[test]
fn a_container_that_ran_out_of_memory_is_reported_for_half_an_hour() {
    let mut trial = Trial::new("container-out-of-memory", &CONTAINER, "web");
    // What a new container has counted is unknown at first.
    assert_eq!(trial.run("oom_kills", 5, |_| f64::NAN), []);
    assert_eq!(trial.run("oom_kills", 115, |_| 0.0), []);
    let changes = trial.run("oom_kills", 60, |minute| if minute == 120 { 0.1 } else { 0.0 });
    assert_eq!(changes, [(121, Status::Warning, 0.1), (151, Status::Ok, 0.0)]);
}

#[test]
fn a_new_file_a_large_copy_and_logs_that_are_removed_are_no_filesystem_that_fills() {
    let quiet: [(&str, &dyn Fn(i64) -> f64); 5] = [
        ("a copy to a new file, for an hour and a half", &|minute| {
            0.2 + part(minute.min(90)) * 4.0
        }),
        ("a copy after hours of quiet", &|minute| 0.2 + part((minute - 300).clamp(0, 90)) * 8.0),
        ("one jump", &|minute| if minute < 250 { 0.3 } else { 0.89 }),
        ("logs of an hour", &|minute| 0.8 + part(minute % 60)),
        ("growth of days", &|minute| 0.8 + part(minute) / 1000.0),
    ];
    for (what, value) in quiet {
        let mut trial = Trial::new("filesystem-filling", &FILESYSTEM, "/");
        assert_eq!(trial.run("used_share", 600, value), [], "{what}");
    }
}

#[test]
fn a_host_that_slept_knows_no_trend_until_it_was_awake_for_long() {
    let mut trial = Trial::new("filesystem-filling", &FILESYSTEM, "/");
    assert_eq!(trial.run("used_share", 200, |_| 0.3), []);
    trial.sleep(480);
    // Fuller than before, and filling fast: the time of sleep is not part of the trend.
    assert_eq!(trial.run("used_share", 169, |minute| 0.5 + part(minute - 680)), []);
    let changes = trial.run("used_share", 10, |minute| 0.5 + part(minute - 680));
    assert_eq!((changes[0].0, changes[0].1), (850, Status::Warning));
}

#[test]
fn inodes_that_run_out_are_reported_and_filesystems_without_them_are_left_alone() {
    let mut trial = Trial::new("inodes-filling", &FILESYSTEM, "/");
    let free = |minute: i64| f64::from(i32::try_from(1024 - minute).unwrap());
    let changes = trial.run("inodes_free", 600, free);
    assert_eq!((changes[0].0, changes[0].1), (551, Status::Warning));
    let mut trial = Trial::new("inodes-filling", &FILESYSTEM, "/");
    assert_eq!(trial.run("inodes_free", 600, |_| f64::NAN), []);
}

#[test]
fn a_filesystem_that_became_read_only_is_reported_for_a_day() {
    let mut trial = Trial::new("filesystem-read-only", &FILESYSTEM, "/");
    assert_eq!(trial.run("read_only", 1440, |_| 0.0), []);
    let changes = trial.run("read_only", 1440, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1), (1441, Status::Warning));
    assert!(changes[0].2 > 0.99, "{changes:?}");
    assert_eq!((changes.len(), changes[1].1), (2, Status::Ok));
    assert!(changes[1].0 > 1440 + 22 * 60, "{changes:?}");
}

#[test]
fn a_filesystem_that_is_writable_again_is_well() {
    let mut trial = Trial::new("filesystem-read-only", &FILESYSTEM, "/");
    trial.run("read_only", 1440, |_| 0.0);
    assert_eq!(trial.run("read_only", 60, |_| 1.0).len(), 1);
    let changes = trial.run("read_only", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (1501, Status::Ok, 1));
}

#[test]
fn a_filesystem_that_is_meant_to_be_read_only_is_left_alone() {
    let mut trial = Trial::new("filesystem-read-only", &FILESYSTEM, "/boot");
    assert_eq!(trial.run("read_only", 1500, |_| 1.0), []);
    // It is writable for some minutes, as during an update.
    assert_eq!(trial.run("read_only", 20, |_| 0.0), []);
    assert_eq!(trial.run("read_only", 600, |_| 1.0), []);
}

#[test]
fn a_clock_that_nobody_sets_any_more_is_reported_and_a_host_that_slept_is_not() {
    let mut trial = Trial::new("clock", &CLOCK, "");
    let since = |minutes: i64| f64::from(i32::try_from(minutes * 60).unwrap());
    assert_eq!(trial.run("since_sync", 300, |minute| since(minute % 34)), []);
    trial.sleep(600);
    // After waking, it retries for up to half an hour until a server answers.
    assert_eq!(trial.run("since_sync", 30, |minute| since(minute - 290)), []);
    assert_eq!(trial.run("since_sync", 40, |minute| since(minute % 34)), []);
    let changes = trial.run("since_sync", 400, |minute| since(minute - 970));
    // Three hours and forty minutes after the last time.
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (970 + 182 + 40, Status::Warning, 1));
    // The service that synchronised it is stopped, as when another one replaces it.
    trial.sleep(1);
    let changes = trial.run("since_sync", 2, |_| f64::NAN);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn a_clock_that_stays_wrong_is_reported_and_one_that_is_corrected_is_not() {
    let mut trial = Trial::new("clock-offset", &TIME_SERVER, "");
    // As after a resume: chrony sees half a second and slews it away.
    let resumed = |minute: i64| if minute % 60 < 9 { 0.5 } else { 0.000_1 };
    assert_eq!(trial.run("error", 180, resumed), []);
    let changes = trial.run("error", 20, |_| 0.25);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (191, Status::Warning, 1));
    let changes = trial.run("error", 20, |_| 3.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (211, Status::Critical, 1));
    // The service is stopped.
    let changes = trial.run("error", 2, |_| f64::NAN);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn time_servers_none_of_which_answers_are_reported_after_half_an_hour() {
    let mut trial = Trial::new("time-servers", &TIME_SERVER, "");
    // One of four is enough, and a restart of the network is no matter.
    assert_eq!(trial.run("reachable", 60, |minute| if minute < 40 { 0.25 } else { 0.0 }), []);
    assert_eq!(trial.run("reachable", 60, |_| 1.0), []);
    let changes = trial.run("reachable", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (151, Status::Warning, 1));
    // A notebook whose sources are switched off.
    let changes = trial.run("reachable", 2, |_| f64::NAN);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn waiting_for_disks_is_reported_and_programs_that_idle_in_io_uring_are_not() {
    let waiting = |trial: Trial| {
        let mut trial = trial;
        let changes = trial.run("iowait", 60, |_| 0.95);
        changes.into_iter().map(|(minute, status, _)| (minute, status)).collect::<Vec<_>>()
    };
    let trial = || Trial::new("iowait", &CPU_TOTAL, "");
    let busy_disk =
        |trial: Trial| trial.beside(&DISK, "sda", "util", 0.0).beside(&DISK, "sdb", "util", 0.9);
    let idle_disk = |trial: Trial| trial.beside(&DISK, "sda", "util", 0.01);
    let pressure = |trial: Trial, some| trial.beside(&PRESSURE, "", "io_some", some);
    let reported = [(5, Status::Warning)];
    // A kernel without pressure, in a container that sees no disk.
    assert_eq!(waiting(trial()), reported);
    assert_eq!(waiting(busy_disk(trial())), reported);
    assert_eq!(waiting(busy_disk(pressure(trial(), 0.6))), reported);
    // io_uring counts as waiting, and on some kernels as pressure; no disk is busy with it.
    assert_eq!(waiting(busy_disk(pressure(trial(), 0.01))), []);
    assert_eq!(waiting(idle_disk(pressure(trial(), 0.6))), []);
    assert_eq!(waiting(idle_disk(trial())), []);
}

#[test]
fn processes_that_hang_are_reported_and_those_that_wait_for_a_while_are_not() {
    let mut trial = Trial::new("hung-processes", &TASKS, "");
    // A file server is away for some minutes every now and then.
    assert_eq!(trial.run("hung", 120, |minute| f64::from(u8::from(minute % 20 < 9))), []);
    let changes = trial.run("hung", 30, |_| 2.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (131, Status::Warning, 1));
    let changes = trial.run("hung", 5, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1), (151, Status::Ok));
}

#[test]
fn zombies_that_add_up_are_reported_and_those_of_a_moment_are_not() {
    let mut trial = Trial::new("zombies", &TASKS, "");
    // A build that starts thousands, and a few that stay.
    assert_eq!(trial.run("zombies", 300, |minute| if minute % 30 < 5 { 200.0 } else { 12.0 }), []);
    let changes = trial.run("zombies", 90, |_| 100.0);
    assert_eq!((changes[0].1, changes.len()), (Status::Warning, 1));
    assert!((310..=345).contains(&changes[0].0), "{changes:?}");
    let changes = trial.run("zombies", 60, |_| 2.0);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn a_unit_that_has_failed_is_reported_by_its_name_and_one_that_starts_again_is_not() {
    let mut trial = Trial::new("failed-units", &FAILED_UNIT, "db.service");
    assert_eq!(trial.run("failed", 60, |minute| f64::from(u8::from(minute % 5 < 2))), []);
    let notices: Vec<_> = (0..5).flat_map(|_| trial.minute("failed", 1.0)).collect();
    assert_eq!((notices.len(), notices[0].transition.to), (1, Status::Warning));
    assert_eq!(notices[0].target.to_string(), "failed_unit:db.service.failed");
    let changes = trial.run("failed", 5, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1), (66, Status::Ok));
}

#[test]
fn a_lack_of_entropy_is_reported_only_where_programs_wait_for_it() {
    let trial = |wakeup| {
        let mut trial = Trial::new("entropy", &ENTROPY, "");
        trial.group.always = Some(("wakeup", wakeup));
        assert_eq!(
            trial.run("available", 60, |minute| if minute % 9 == 0 { 90.0 } else { 800.0 }),
            []
        );
        trial.run("available", 30, |_| 100.0)
    };
    let changes = trial(64.0);
    assert_eq!((changes[0].1, changes.len()), (Status::Warning, 1), "{changes:?}");
    assert!((61..=71).contains(&changes[0].0), "{changes:?}");
    assert_eq!(trial(0.0), []);
}
