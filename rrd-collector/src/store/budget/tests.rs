//! Which files go, and when there is no room.

use proptest::prelude::*;

use super::*;

const NOW: i64 = 100_000;

fn step(seconds: u64) -> Step {
    Step::from_seconds(seconds).unwrap()
}

/// A file by its size and the seconds since its last sample.
fn file(size: u64, unseen: i64) -> DataFile {
    let last_update = Timestamp::from_seconds(1_700_000_000 - unseen);
    let (seen, patience) = (NOW - unseen, DataFile::patience(step(1)));
    DataFile { size, seen, patience, last_update, role: Role::Group }
}

/// Files by name, size, and seconds since their last sample.
fn files(list: &[(&str, u64, i64)]) -> DataFiles {
    let named = |&(name, size, unseen): &(&str, u64, i64)| (name.to_owned(), file(size, unseen));
    DataFiles { files: list.iter().map(named).collect(), other_bytes: 0 }
}

fn limits(disk: Option<u64>, unit: usize) -> FileLimits {
    let caps = BTreeMap::from([("unit".to_owned(), unit)]);
    FileLimits { disk: disk.map(Bytes), caps, ..FileLimits::default() }
}

#[test]
fn the_file_that_has_been_gone_longest_makes_room_for_a_new_one_of_its_kind() {
    let files = files(&[
        ("unit/a.rrd", 10, 5),
        ("unit/b.rrd", 10, 2000),
        ("unit/c.rrd", 10, 3000),
        ("disk/d.rrd", 10, 9000),
    ]);
    let room = |cap| files.room_for(&limits(None, cap), "unit", 10, NOW);
    assert_eq!(room(4).unwrap(), [""; 0]);
    assert_eq!(room(3).unwrap(), ["unit/c.rrd"]);
    assert_eq!(room(2).unwrap(), ["unit/c.rrd", "unit/b.rrd"]);
    assert_eq!(room(1).unwrap_err(), NoRoom::Cap { kind: "unit".to_owned(), cap: 1 });
}

#[test]
fn a_full_folder_makes_room_with_files_of_any_kind_and_never_with_one_in_use() {
    let mut files =
        files(&[("unit/a.rrd", 40, 5), ("unit/b.rrd", 30, 2000), ("mysql.rrd", 20, 9000)]);
    files.other_bytes = 10;
    let room = |disk, size| files.room_for(&limits(Some(disk), 9), "unit", size, NOW);
    assert_eq!(room(110, 10).unwrap(), [""; 0]);
    assert_eq!(room(109, 10).unwrap(), ["mysql.rrd"]);
    assert_eq!(room(80, 10).unwrap(), ["mysql.rrd", "unit/b.rrd"]);
    assert_eq!(room(59, 10).unwrap_err(), NoRoom::Disk { disk: Bytes(59) });
    assert_eq!(files.overdue(&limits(Some(100), 9), NOW), [""; 0]);
    assert_eq!(files.overdue(&limits(Some(99), 9), NOW), ["mysql.rrd"]);
    assert_eq!(files.overdue(&limits(Some(1), 9), NOW), ["mysql.rrd", "unit/b.rrd"]);
}

#[test]
fn a_file_is_removed_after_the_configured_time_and_by_default_never() {
    let files = files(&[("unit/a.rrd", 1, 5), ("unit/b.rrd", 1, 700), ("unit/c.rrd", 1, 7000)]);
    let overdue = |seconds| {
        let remove_after = Some(Duration::from_secs(seconds));
        files.overdue(&FileLimits { remove_after, ..FileLimits::default() }, NOW)
    };
    assert_eq!(files.overdue(&FileLimits::default(), NOW), [""; 0]);
    assert_eq!(overdue(7001), [""; 0]);
    assert_eq!(overdue(7000), ["unit/c.rrd"]);
    // Ten minutes without a sample may be a restart.
    assert_eq!(overdue(1), ["unit/c.rrd", "unit/b.rrd"]);
}

#[test]
fn a_kept_copy_goes_first_for_the_folder_and_is_no_file_of_its_kind() {
    let mut files = files(&[("unit/a.rrd", 10, 5), ("unit/b.rrd", 10, 9000)]);
    let kept = "unit/a.ahead-of-2026-11-30.rrd";
    files.files.insert(kept.to_owned(), DataFile::kept(10));
    assert_eq!(files.room_for(&limits(Some(40), 3), "unit", 10, NOW).unwrap(), [""; 0]);
    assert_eq!(files.room_for(&limits(Some(30), 3), "unit", 10, NOW).unwrap(), [kept]);
    assert_eq!(files.room_for(&limits(Some(40), 2), "unit", 10, NOW).unwrap(), ["unit/b.rrd"]);
    let remove_after = Some(Duration::from_secs(1000));
    let limits = FileLimits { remove_after, ..FileLimits::default() };
    assert_eq!(files.overdue(&limits, NOW), ["unit/b.rrd"]);
}

#[test]
fn a_group_with_a_long_interval_is_in_use_for_five_of_them() {
    assert_eq!((DataFile::patience(step(1)), DataFile::patience(step(300))), (600, 1500));
}

#[test]
fn a_kind_has_500_files_unless_it_is_a_part_of_the_machine_or_configured() {
    let limits = limits(None, 7);
    let caps = ["disk", "statsd_gauge", "unit", "processor"].map(|kind| limits.cap(kind));
    assert_eq!(caps, [500, 500, 7, 8192]);
}

#[test]
fn a_refusal_names_the_kind_the_cap_and_the_key() {
    let cap = NoRoom::Cap { kind: "unit".to_owned(), cap: 500 };
    assert_eq!(
        format!("{}: {cap}", cap.concern()),
        "new files of unit: all 500 files that the kind may have are in use, so new instances are \
         not stored: raise unit in [caps], or exclude instances"
    );
    let disk = NoRoom::Disk { disk: Bytes(2_000_000_000) };
    assert_eq!(
        format!("{}: {disk}", disk.concern()),
        "new files: the files in use need all of disk = \"2GB\", so new instances are not stored: \
         raise disk, or exclude instances"
    );
}

fn any_files() -> impl Strategy<Value = DataFiles> {
    let any_file = ("(unit|disk)/[a-e]{1,3}", 0..50_u64, 0..3000_i64);
    (proptest::collection::vec(any_file, 0..40), 0..100_u64).prop_map(|(list, other_bytes)| {
        let named = |(name, size, unseen): &(String, u64, i64)| {
            (format!("{name}.rrd"), file(*size, *unseen))
        };
        DataFiles { files: list.iter().map(named).collect(), other_bytes }
    })
}

proptest! {
    #[test]
    fn a_new_file_keeps_every_limit_costs_no_file_in_use_and_none_without_need(
        files in any_files(),
        disk in proptest::option::of(0..2000_u64),
        cap in 1..20_usize,
        size in 0..50_u64,
    ) {
        let limits = limits(disk, cap);
        let in_use = |kind: &str| {
            let used = files.files.iter().filter(|(_, file)| !file.is_gone(NOW));
            used.filter(|(name, _)| name.starts_with(kind)).count()
        };
        let used_bytes: u64 = files.other_bytes
            + files.files.values().filter(|file| !file.is_gone(NOW)).map(|file| file.size).sum::<u64>();
        match files.room_for(&limits, "unit", size, NOW) {
            Err(NoRoom::Cap { .. }) => prop_assert!(in_use("unit") >= cap),
            Err(NoRoom::Disk { .. }) => prop_assert!(used_bytes + size > disk.unwrap()),
            Ok(leaving) => {
                let mut after = files.clone();
                for name in &leaving {
                    prop_assert!(after.files.remove(name).unwrap().is_gone(NOW));
                }
                let count = after.files.keys().filter(|name| name.starts_with("unit")).count();
                prop_assert!(count < cap);
                prop_assert!(disk.is_none_or(|disk| after.bytes() + size <= disk));
                // Whatever goes has been gone at least as long as what stays of its kind.
                for name in &leaving {
                    let newer = |kept: &DataFile| kept.seen >= files.files[name].seen;
                    let stays = after.files.iter().filter(|(kept, _)| kind_of(kept) == kind_of(name));
                    prop_assert!(stays.filter(|(_, kept)| kept.is_gone(NOW)).all(|(_, kept)| newer(kept)));
                }
                if let Some(last) = leaving.last() {
                    let mut one_more = after.clone();
                    one_more.files.insert(last.clone(), files.files[last]);
                    let is_needed = count + 1 >= cap || disk.is_some_and(|disk| one_more.bytes() + size > disk);
                    prop_assert!(is_needed);
                }
                prop_assert!(files.overdue(&limits, NOW).iter().all(|name| files.files[name].is_gone(NOW)));
            }
        }
    }
}
