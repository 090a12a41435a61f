//! The default rules on hours of samples: when they warn, and when they do not.

mod hardware;

use std::path::Path;

use rrd_collector::alert::{Evaluator, Notice, Status};
use rrd_collector::config::Config;
use rrd_collector::group::GroupId;
use rrd_collector::group::Kind;
use rrd_collector::group::catalog::Catalog;
use rrd_collector::group::retention::Retention;
use rrd_collector::source::cgroup::CONTAINER;
use rrd_collector::source::clock::{CLOCK, TIME_SERVER};
use rrd_collector::source::haproxy::{HAPROXY_BACKEND, HAPROXY_SERVER};
use rrd_collector::source::host::{CPU_TOTAL, DISK, FILESYSTEM, PRESSURE};
use rrd_collector::source::http_check::HTTP_CHECK;
use rrd_collector::source::kernel::ENTROPY;
use rrd_collector::source::mysql::MYSQL_GALERA;
use rrd_collector::source::network::{BOND, CONNTRACK, ENA, LINK, SOFTNET, UDP};
use rrd_collector::source::nut::UPS;
use rrd_collector::source::php_fpm::PHP_FPM;
use rrd_collector::source::ping::PING;
use rrd_collector::source::postgres::{POSTGRESQL, POSTGRESQL_DATABASE, POSTGRESQL_STANDBY};
use rrd_collector::source::process::TASKS;
use rrd_collector::source::prometheus::SCRAPE;
use rrd_collector::source::redis::{REDIS, REDIS_REPLICATION};
use rrd_collector::source::storage::{ARRAY, BTRFS, ERRORS, NFS_MOUNT, POOL};
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
fn a_ups_on_its_battery_is_reported_and_its_test_is_not() {
    let mut trial = Trial::new("ups-on-battery", &UPS, "apc");
    assert_eq!(trial.run("on_battery", 60, |minute| f64::from(u8::from(minute == 30))), []);
    let changes = trial.run("on_battery", 10, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (63, Status::Warning, 1));
    let changes = trial.run("on_battery", 2, |_| 0.0);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn a_battery_that_is_nearly_empty_is_critical_at_once_and_an_old_one_after_an_hour() {
    let mut trial = Trial::new("ups-low-battery", &UPS, "apc");
    assert_eq!(trial.run("low_battery", 10, |_| 0.0), []);
    let changes = trial.run("low_battery", 2, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (12, Status::Critical, 1));
    let mut trial = Trial::new("ups-replace-battery", &UPS, "apc");
    assert_eq!(trial.run("replace_battery", 60, |_| 1.0), []);
    let changes = trial.run("replace_battery", 10, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
}

#[test]
fn a_host_that_stops_replying_is_reported_and_one_that_restarts_is_not() {
    let mut trial = Trial::new("ping-loss", &PING, "router");
    assert_eq!(trial.run("loss", 60, |minute| if minute % 20 < 5 { 1.0 } else { 0.3 }), []);
    let changes = trial.run("loss", 10, |_| 0.6);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (66, Status::Warning, 1));
    // Half of it is no end.
    assert_eq!(trial.run("loss", 10, |_| 0.4), []);
    let changes = trial.run("loss", 2, |_| 0.1);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (81, Status::Ok, 1));
}

#[test]
fn a_node_of_galera_without_the_majority_is_reported_and_one_that_connects_again_is_not() {
    let mut trial = Trial::new("galera", &MYSQL_GALERA, "db");
    assert_eq!(trial.run("primary", 10, |minute| f64::from(u8::from(minute != 5))), []);
    let changes = trial.run("primary", 5, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (12, Status::Warning, 1));
    let changes = trial.run("primary", 5, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (16, Status::Ok, 1));
}

#[test]
fn a_backend_without_servers_and_a_server_that_goes_down_are_reported_and_one_that_never_was_up_is_not()
 {
    let mut trial = Trial::new("haproxy-backend", &HAPROXY_BACKEND, "lb/app");
    assert_eq!(trial.run("up", 10, |_| 1.0), []);
    let changes = trial.run("up", 10, |_| 0.0);
    assert_eq!((changes[0].0, changes.last().unwrap().1), (12, Status::Critical));
    let went_down = |before: f64| {
        let mut trial = Trial::new("haproxy-server", &HAPROXY_SERVER, "lb/app/a");
        assert_eq!(trial.run("up", 1500, |_| before), []);
        let changes = trial.run("up", 10, |_| 0.0);
        changes.into_iter().map(|(minute, status, _)| (minute, status)).collect::<Vec<_>>()
    };
    assert_eq!(went_down(1.0), [(1502, Status::Warning)]);
    // Checks look for the primary, and this one is a replica.
    assert_eq!(went_down(0.0), []);
    let queue = |value: fn(i64) -> f64| {
        let mut trial = Trial::new("haproxy-queue", &HAPROXY_BACKEND, "lb/app");
        trial.run("queue", 30, value).first().map(|change| (change.0, change.1))
    };
    assert_eq!(queue(|minute| f64::from(u8::from(minute % 5 != 0))), None);
    assert_eq!(queue(|minute| f64::from(u8::from(minute > 9))), Some((15, Status::Warning)));
}

#[test]
fn a_pool_whose_requests_wait_or_whose_limit_is_too_low_is_reported_and_a_crowd_is_not() {
    let first = |rule, metric, value: fn(i64) -> f64| {
        let mut trial = Trial::new(rule, &PHP_FPM, "www");
        trial.run(metric, 120, value).first().map(|change| (change.0, change.1))
    };
    let warning = |minute| Some((minute, Status::Warning));
    assert_eq!(first("php-queue", "queue", |minute| f64::from(u8::from(minute == 30))), None);
    let lasting = |minute| f64::from(u8::from(minute > 29));
    assert_eq!(first("php-queue", "queue", lasting), warning(35));
    // Once within a minute is a sixtieth of an event per second.
    let reached = |is_so: bool| if is_so { 1.0 / 60.0 } else { 0.0 };
    let twice = move |minute: i64| reached(minute == 70 || minute == 80);
    let mut trial = Trial::new("php-children", &PHP_FPM, "www");
    assert_eq!(trial.run("limit_reached", 120, twice), []);
    let often = move |minute: i64| reached(minute > 120 && minute % 10 == 0);
    let changes = trial.run("limit_reached", 60, often);
    assert_eq!((changes[0].0, changes[0].1), (151, Status::Warning));
}

#[test]
fn a_postgresql_that_runs_out_of_something_or_fails_is_reported_and_one_that_works_is_not() {
    let changes = |rule, kind, metric, value: &dyn Fn(i64) -> f64, minutes| {
        let changes = Trial::new(rule, kind, "db").run(metric, minutes, value);
        changes.into_iter().map(|(minute, status, _)| (minute, status)).collect::<Vec<_>>()
    };
    let grown = |low: f64, high: f64| move |minute: i64| if minute < 10 { low } else { high };
    let server = |rule, metric, low, high| {
        changes(rule, &POSTGRESQL, metric, &grown(low, high), 40).first().copied()
    };
    let (warning, critical) = (Status::Warning, Status::Critical);
    let connections = |high| server("postgresql-connections", "connections_share", 0.5, high);
    assert_eq!((connections(0.8), connections(0.9)), (None, Some((12, warning))));
    assert_eq!(connections(0.99).map(|change| change.1), Some(critical));
    // Vacuum begins at a tenth unless it is set.
    assert_eq!(server("postgresql-wraparound", "xid_share", 0.09, 0.5), None);
    assert_eq!(server("postgresql-wraparound", "xid_share", 0.09, 0.7), Some((12, warning)));
    assert_eq!(server("postgresql-archive", "archive_failing", 0.0, 1.0), Some((21, warning)));
    let short = |minute: i64| f64::from(u8::from(minute > 5 && minute < 12));
    assert_eq!(changes("postgresql-archive", &POSTGRESQL, "archive_failing", &short, 30), []);
    assert_eq!(server("postgresql-slot", "slot_retained", 0.0, 2e9), None);
    assert_eq!(server("postgresql-slot", "slot_retained", 0.0, 2e10), Some((16, warning)));
    let wrong = |minute: i64| if minute == 10 { 0.1 } else { 0.0 };
    let kind = &POSTGRESQL_DATABASE;
    let wrong = changes("postgresql-checksums", kind, "checksum_failures", &wrong, 30);
    assert_eq!(wrong, [(11, warning)]);
    let standby = |before: f64| {
        let value = move |minute: i64| if minute < 1500 { before } else { 0.0 };
        changes("postgresql-standby", &POSTGRESQL_STANDBY, "receiving", &value, 1510)
    };
    assert_eq!(standby(1.0), [(1506, warning)]);
    // It replays archives, and has never been connected.
    assert_eq!(standby(0.0), []);
}

#[test]
fn a_redis_that_cannot_save_rejects_or_has_no_link_is_reported_and_a_cache_that_is_full_is_not() {
    let down = |rule, kind, metric| {
        let mut trial = Trial::new(rule, kind, "r");
        assert_eq!(trial.run(metric, 10, |_| 1.0), [], "{rule}");
        let changes = trial.run(metric, 10, |_| 0.0);
        (changes[0].0, changes.last().unwrap().1)
    };
    assert_eq!(down("redis-save", &REDIS, "save_ok"), (12, Status::Critical));
    assert_eq!(down("redis-aof", &REDIS, "aof_ok"), (12, Status::Critical));
    assert_eq!(down("redis-link", &REDIS_REPLICATION, "link_up"), (16, Status::Warning));
    let mut trial = Trial::new("redis-rejected", &REDIS, "r");
    assert_eq!(trial.run("rejected", 10, |_| 0.0), []);
    let changes = trial.run("rejected", 1, |_| 0.2);
    assert_eq!((changes[0].0, changes[0].1), (11, Status::Warning));
    // A cache has no such share.
    let mut trial = Trial::new("redis-memory", &REDIS, "r");
    assert_eq!(trial.run("full_share", 10, |_| f64::NAN), []);
    let changes = trial.run("full_share", 10, |minute| if minute < 15 { 0.95 } else { 0.99 });
    let changes: Vec<_> = changes.iter().map(|change| (change.0, change.1)).collect();
    assert_eq!(changes, [(12, Status::Warning), (17, Status::Critical)]);
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
fn a_page_that_does_not_answer_is_reported_after_two_minutes_and_one_failure_is_not() {
    let mut trial = Trial::new("http-check", &HTTP_CHECK, "www.example");
    let changes = trial.run("up", 60, |minute| if minute == 30 { 0.0 } else { 1.0 });
    assert_eq!(changes, []);
    let changes = trial.run("up", 20, |minute| if minute < 70 { 0.0 } else { 1.0 });
    assert_eq!(changes, [(63, Status::Warning, 0.0), (71, Status::Ok, 100.0)]);
}

#[test]
fn an_exporter_that_is_gone_is_reported_after_five_minutes_and_a_restart_is_not() {
    let mut trial = Trial::new("scrape-down", &SCRAPE, "node");
    let changes = trial.run("up", 60, |minute| if (30..34).contains(&minute) { 0.0 } else { 1.0 });
    assert_eq!(changes, []);
    let changes = trial.run("up", 20, |minute| if minute < 70 { 0.0 } else { 1.0 });
    assert_eq!(changes, [(66, Status::Warning, 0.0), (71, Status::Ok, 100.0)]);
}

#[test]
fn a_certificate_is_reported_three_weeks_and_a_week_before_its_end() {
    let mut trial = Trial::new("certificate", &HTTP_CHECK, "www.example");
    // A tenth of a day passes in a minute; it is renewed when half a day is left.
    let days = |minute: i64| f64::from(i32::try_from(300 - minute).unwrap()) / 10.0;
    let left = |minute| if minute < 295 { days(minute) } else { 90.0 };
    let expected =
        [(94, Status::Warning, 20.7), (234, Status::Critical, 6.7), (296, Status::Ok, 90.0)];
    assert_eq!(trial.run("certificate_days", 400, left), expected);
    // A page without TLS has none.
    let mut trial = Trial::new("certificate", &HTTP_CHECK, "plain.example");
    assert_eq!(trial.run("up", 60, |_| 1.0), []);
}

#[test]
fn datagrams_that_a_program_does_not_read_are_reported_and_a_little_multicast_is_not() {
    let mut trial = Trial::new("udp-receive-full", &UDP, "");
    // A browser that does not read its multicast, and a burst of a minute.
    let quiet = |minute| if minute == 30 { 60.0 } else { 3.0 };
    assert_eq!(trial.run("receive_full", 120, quiet), []);
    let changes = trial.run("receive_full", 60, |_| 100.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (121, Status::Warning, 1));
    let changes = trial.run("receive_full", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (190, Status::Ok, 1));
}

#[test]
fn packets_that_the_cpus_drop_for_minutes_are_reported() {
    let mut trial = Trial::new("softnet-drops", &SOFTNET, "");
    assert_eq!(trial.run("dropped", 60, |minute| if minute == 30 { 60.0 } else { 0.0 }), []);
    let changes = trial.run("dropped", 60, |_| 50.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (63, Status::Warning, 1));
    assert_eq!(trial.run("dropped", 60, |_| 0.0).len(), 1);
}

#[test]
fn a_table_of_connections_that_fills_is_reported_before_it_drops_any() {
    let mut trial = Trial::new("conntrack", &CONNTRACK, "");
    assert_eq!(trial.run("used_share", 30, |_| 0.79), []);
    let changes = trial.run("used_share", 10, |_| 0.82);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (32, Status::Warning, 1));
    let changes = trial.run("used_share", 10, |_| 0.97);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (42, Status::Critical, 1));
    assert_eq!(trial.run("used_share", 10, |_| 0.2).len(), 1);
    let mut trial = Trial::new("conntrack-drops", &CONNTRACK, "");
    assert_eq!(trial.run("dropped", 60, |minute| if minute == 30 { 4.0 } else { 0.0 }), []);
    let changes = trial.run("dropped", 10, |_| 20.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
}

#[test]
fn a_link_that_is_lost_after_two_days_is_reported_and_one_that_comes_back_is_well() {
    let mut trial = Trial::new("link-down", &LINK, "eth0");
    assert_eq!(trial.run("carrier", 2880, |_| 1.0), []);
    // A switch that restarts within a minute.
    assert_eq!(trial.run("carrier", 1, |_| 0.0), []);
    assert_eq!(trial.run("carrier", 60, |_| 1.0), []);
    let changes = trial.run("carrier", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (2943, Status::Warning, 1));
    assert!(changes[0].2 < -0.99, "{changes:?}");
    let changes = trial.run("carrier", 60, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (3002, Status::Ok, 1));
    trial.run("carrier", 60, |_| 0.0);
    // The interface is switched off: somebody knows.
    let changes = trial.run("carrier", 2, |_| f64::NAN);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn a_socket_without_a_cable_and_a_computer_that_is_carried_around_are_left_alone() {
    let mut trial = Trial::new("link-down", &LINK, "eth1");
    assert_eq!(trial.run("carrier", 3000, |_| 0.0), []);
    // Eight hours with a cable and three without, then off.
    let mut trial = Trial::new("link-down", &LINK, "eth0");
    for _ in 0..3 {
        assert_eq!(trial.run("carrier", 480, |_| 1.0), []);
        assert_eq!(trial.run("carrier", 180, |_| 0.0), []);
        trial.sleep(1440 - 660);
    }
}

#[test]
fn a_link_that_becomes_slower_is_reported_and_one_that_was_always_slow_is_not() {
    let mut trial = Trial::new("link-slower", &LINK, "eth0");
    assert_eq!(trial.run("speed", 2880, |_| 12.5e6), []);
    // Ten times as fast for a while, as beside another switch.
    assert_eq!(trial.run("speed", 10, |_| 125e6), []);
    assert_eq!(trial.run("speed", 1440, |_| 12.5e6), []);
    let changes = trial.run("speed", 10, |_| 1.25e6);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (4336, Status::Warning, 1));
    assert_eq!(trial.run("speed", 10, |_| 12.5e6).len(), 1);
}

#[test]
fn a_link_that_comes_and_goes_is_reported_and_a_restart_of_its_switch_is_not() {
    let mut trial = Trial::new("link-flapping", &LINK, "eth0");
    // Found and lost four times within three minutes.
    let restart = |minute| if (60..63).contains(&minute) { 0.045 } else { 0.0 };
    assert_eq!(trial.run("changes", 240, restart), []);
    let changes = trial.run("changes", 120, |minute| if minute % 4 == 0 { 0.04 } else { 0.0 });
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (269, Status::Warning, 1));
    assert_eq!(trial.run("changes", 60, |_| 0.0).len(), 1);
}

#[test]
fn a_link_that_negotiated_half_duplex_is_reported() {
    let mut trial = Trial::new("link-half-duplex", &LINK, "eth0");
    assert_eq!(trial.run("half_duplex", 60, |minute| f64::from(u8::from(minute == 30))), []);
    let changes = trial.run("half_duplex", 20, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (71, Status::Warning, 1));
}

#[test]
fn a_bond_without_one_of_its_links_is_reported_until_it_is_back() {
    let mut trial = Trial::new("bond-degraded", &BOND, "bond0");
    // A switch that restarts.
    let restart = |minute| f64::from(u8::from((30..34).contains(&minute)));
    assert_eq!(trial.run("down", 60, restart), []);
    let changes = trial.run("down", 3000, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (66, Status::Warning, 1));
    let changes = trial.run("down", 10, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (3061, Status::Ok, 1));
}

#[test]
fn an_array_that_misses_a_member_is_reported_and_one_that_is_checked_is_not() {
    let mut trial = Trial::new("array-degraded", &ARRAY, "home");
    assert_eq!(trial.run("redundancy_lost", 10, |_| 0.0), []);
    assert_eq!(trial.run("sync_done", 10, part), []);
    // The first of two disks that a RAID 6 can spare.
    let changes = trial.run("redundancy_lost", 5, |_| 0.5);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (22, Status::Warning, 1));
    let changes = trial.run("redundancy_lost", 5, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (27, Status::Critical, 1));
    // It is rebuilt, and no less than whole again until that has ended.
    assert_eq!(trial.run("redundancy_lost", 5, |_| 1.0), []);
    let changes = trial.run("redundancy_lost", 5, |_| 0.0);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
    // A striped array has no redundancy to lose.
    let mut trial = Trial::new("array-degraded", &ARRAY, "scratch");
    assert_eq!(trial.run("redundancy_lost", 10, |_| f64::NAN), []);
}

#[test]
fn an_array_that_is_not_started_is_reported_and_one_that_waits_for_its_disks_is_not() {
    let mut trial = Trial::new("array-down", &ARRAY, "home");
    assert_eq!(trial.run("down", 10, |minute| f64::from(u8::from(minute < 4))), []);
    let changes = trial.run("down", 10, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (16, Status::Critical, 1));
}

#[test]
fn a_pool_that_is_degraded_or_down_is_reported() {
    let mut trial = Trial::new("zfs-pool-degraded", &POOL, "tank");
    assert_eq!(trial.run("degraded", 10, |_| 0.0), []);
    let changes = trial.run("degraded", 5, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (12, Status::Warning, 1));
    let mut trial = Trial::new("zfs-pool-down", &POOL, "tank");
    // A version of ZFS that does not say.
    assert_eq!(trial.run("down", 10, |_| f64::NAN), []);
    let changes = trial.run("down", 5, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (12, Status::Critical, 1));
}

#[test]
fn a_btrfs_without_a_device_is_reported() {
    let mut trial = Trial::new("btrfs-missing", &BTRFS, "/backup");
    assert_eq!(trial.run("missing", 10, |_| 0.0), []);
    let changes = trial.run("missing", 10, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (16, Status::Warning, 1));
}

#[test]
fn new_errors_of_a_filesystem_are_reported_for_a_day_and_old_ones_are_not() {
    let mut trial = Trial::new("filesystem-errors", &ERRORS, "/home");
    assert_eq!(trial.run("errors", 10, |_| 3.0), []);
    assert_eq!(trial.run("new_errors", 10, |_| 0.0), []);
    let found = |minute| if minute == 20 { 1.0 / 60.0 } else { 0.0 };
    let changes = trial.run("new_errors", 1500, found);
    // Over a day, rows of ten minutes are looked at.
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (30, Status::Warning, 2));
    assert_eq!(changes[1].1, Status::Ok);
    assert!((1440..1480).contains(&changes[1].0), "{changes:?}");
}

#[test]
fn a_server_of_nfs_that_does_not_answer_is_reported_and_a_lost_packet_is_not() {
    let mut trial = Trial::new("nfs-timeouts", &NFS_MOUNT, "/home");
    assert_eq!(trial.run("retransmissions", 10, |_| 0.1), []);
    assert_eq!(trial.run("timeouts", 10, |_| 0.0), []);
    let changes = trial.run("timeouts", 20, |minute| if minute == 20 { 0.1 } else { 0.0 });
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (21, Status::Warning, 2));
    assert_eq!((changes[1].0, changes[1].1), (31, Status::Ok));
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

#[test]
fn an_instance_that_needs_more_than_aws_allows_is_reported_and_a_short_backup_is_not() {
    let mut trial = Trial::new("ena-allowance", &ENA, "ens5");
    let backup = |minute| if (30..40).contains(&minute) { 500.0 } else { 0.0 };
    assert_eq!(trial.run("shaped", 60, backup), []);
    let changes = trial.run("shaped", 60, |_| 500.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (76, Status::Warning, 1));
    assert_eq!(trial.run("shaped", 10, |_| 0.0).len(), 1);
    let mut trial = Trial::new("ena-connections", &ENA, "ens5");
    assert_eq!(trial.run("connections", 60, |_| 0.0), []);
    let changes = trial.run("connections", 3, |_| 0.5);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
    let changes = trial.run("connections", 10, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (68, Status::Ok, 1));
    let mut trial = Trial::new("ena-link-local", &ENA, "ens5");
    assert_eq!(trial.run("link_local", 60, |minute| if minute == 30 { 9.0 } else { 0.0 }), []);
    let changes = trial.run("link_local", 10, |_| 20.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
}
