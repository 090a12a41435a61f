//! The rules about servers, pages and other hosts.

use rrd_collector::alert::Status;
use rrd_collector::source::haproxy::{HAPROXY_BACKEND, HAPROXY_SERVER};
use rrd_collector::source::http_check::HTTP_CHECK;
use rrd_collector::source::mysql::MYSQL_GALERA;
use rrd_collector::source::nut::UPS;
use rrd_collector::source::php_fpm::PHP_FPM;
use rrd_collector::source::ping::PING;
use rrd_collector::source::postgres::{POSTGRESQL, POSTGRESQL_DATABASE, POSTGRESQL_STANDBY};
use rrd_collector::source::prometheus::SCRAPE;
use rrd_collector::source::redis::{REDIS, REDIS_REPLICATION};
use rrd_collector::source::remote_write::REMOTE_WRITE;

use super::Trial;

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
fn an_engine_that_takes_no_samples_for_ten_minutes_is_reported_and_catching_up_is_not() {
    let mut trial = Trial::new("remote-write-behind", &REMOTE_WRITE, "engine");
    assert_eq!(trial.run("behind", 60, |_| 0.0), []);
    // Away for nine minutes.
    let age = |minute: i64| f64::from(i32::try_from(minute % 60).unwrap() * 60);
    assert_eq!(trial.run("behind", 9, age), []);
    assert_eq!(trial.run("behind", 51, |_| 5.0), []);
    // The host returns after a night and catches up within two minutes.
    assert_eq!(trial.run("behind", 2, |_| 30_000.0), []);
    assert_eq!(trial.run("behind", 58, |_| 5.0), []);
    // Away for longer: beyond ten minutes at the end of the twelfth, and five to be sure.
    let changes = trial.run("behind", 30, age);
    assert_eq!(changes, [(197, Status::Warning, 960.0)]);
    let changes = trial.run("behind", 5, |_| 0.0);
    assert_eq!(changes.last().map(|change| change.1), Some(Status::Ok));
}
