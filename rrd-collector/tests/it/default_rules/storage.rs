//! The rules about arrays and storage layers.

use rrd_collector::alert::Status;
use rrd_collector::source::storage::{ARRAY, BTRFS, ERRORS, NFS_MOUNT, POOL};

use super::{Trial, part};

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
