//! The store: acknowledged samples reach their files in spite of anything that happens in between.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{
    Clock, ConsolidationFunction, CreateOptions, FetchRequest, Heartbeat, Locking, MaxSkew,
    Overwrite, Reading, Rrd, RrdReader, Sample, SampleError, Schema, Season, Step, Store,
    StoreError, StoreOptions, TimeRange, Timestamp, UpdateError,
};

const START: i64 = 1_000_000_000;

fn schema() -> Schema {
    Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(50))
        .counter("b", Heartbeat::from_seconds(50))
        .average(0.5, 1, 20)
        .max(0.5, 3, 10)
        .build()
        .expect("a schema")
}

fn forecast() -> Schema {
    Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(50))
        .gauge("b", Heartbeat::from_seconds(50))
        .forecast(Season::Additive, 60, 0.1, 0.0035, 45)
        .build()
        .expect("a schema")
}

fn sample(number: i64) -> Sample {
    Sample::new(Timestamp::from_seconds(START + number * 7), [number % 13, number * 1000])
}

fn start() -> Timestamp {
    Timestamp::from_seconds(START)
}

/// The bytes of a file that got these samples one by one.
fn undisturbed(schema: &Schema, samples: impl Iterator<Item = i64>) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let mut rrd = Rrd::create(&path, schema, start()).expect("created");
    for number in samples {
        rrd.update(&sample(number)).expect("updated");
    }
    drop(rrd);
    std::fs::read(path).expect("bytes")
}

fn small() -> StoreOptions {
    StoreOptions::new().segment_size(64 << 10)
}

/// Locks a file as a writer does.
fn lock(file: &std::fs::File) {
    let request = nix::libc::flock {
        l_type: i16::try_from(nix::libc::F_WRLCK).expect("small"),
        l_whence: i16::try_from(nix::libc::SEEK_SET).expect("small"),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_OFD_SETLK(&request)).expect("locked");
}

/// Holds the lock of a file until it is dropped.
fn hold(path: &Path) -> std::fs::File {
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    lock(&file);
    file
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).expect("bytes")
}

#[test]
fn samples_written_back_together_give_the_bytes_of_single_updates() {
    for schema in [schema(), forecast()] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), small()).expect("a store");
        store.create("x.rrd", &schema, start(), CreateOptions::default()).expect("created");
        let fresh = read(folder.path(), "x.rrd");
        for number in 1..100 {
            store.update("x.rrd", &sample(number)).expect("acknowledged");
        }
        assert!(read(folder.path(), "x.rrd") == fresh, "nothing was written yet");
        assert_eq!(store.unwritten("x.rrd"), 99);
        assert_eq!(store.last_update("x.rrd").expect("a time").seconds(), START + 99 * 7);
        store.flush("x.rrd").expect("written");
        assert!(read(folder.path(), "x.rrd") == undisturbed(&schema, 1..100));
        assert_eq!(store.unwritten("x.rrd"), 0);
        for number in 100..2500 {
            store.update("x.rrd", &sample(number)).expect("acknowledged");
        }
        store.close().expect("closed");
        assert!(read(folder.path(), "x.rrd") == undisturbed(&schema, 1..2500));
    }
}

#[test]
fn a_store_that_ends_without_a_word_has_lost_nothing() {
    for schema in [schema(), forecast()] {
        for written in [0, 40] {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(folder.path(), small()).expect("a store");
            store.create("x.rrd", &schema, start(), CreateOptions::default()).expect("created");
            for number in 1..120 {
                store.update("x.rrd", &sample(number)).expect("acknowledged");
                if number == written {
                    store.flush_all();
                }
            }
            drop(store);
            let store = Store::open(folder.path(), small()).expect("a store");
            let report = store.recovery();
            let present = u64::try_from(written).expect("small");
            assert_eq!(
                (report.applied, report.present, report.damaged_bytes),
                (119 - present, present, 0)
            );
            assert!(read(folder.path(), "x.rrd") == undisturbed(&schema, 1..120));
            drop(store);
            let report = Store::open(folder.path(), small()).expect("a store");
            assert_eq!((report.recovery().applied, report.recovery().present), (0, 0));
        }
    }
}

#[test]
fn a_fetch_sees_what_is_not_written_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    let request = FetchRequest::new(
        ConsolidationFunction::Average,
        TimeRange::from_seconds(START, START + 250),
    )
    .resolution(Duration::from_secs(10));
    for number in 1..36 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
        let before = store.fetch("x.rrd", &request).expect("rows");
        if number % 5 == 0 {
            store.flush_all();
        }
        let path = folder.path().join("copy.rrd");
        std::fs::write(&path, undisturbed(&schema(), 1..=number)).expect("written");
        let after = RrdReader::open(&path).expect("a file").fetch(&request).expect("rows");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(before.kept()), bits(after.kept()), "{number}");
    }
}

/// Bytes of the head of a segment, of which there are two copies.
const HEAD: usize = 1024;

const SEGMENTS: [&str; 2] = [".rrd-store/0.log", ".rrd-store/1.log"];

#[test]
fn damage_at_any_byte_of_a_synced_journal_costs_one_sample_at_most_and_any_other_ends_there() {
    for synced in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), small()).expect("a store");
        store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
        let mut ends = Vec::new();
        for number in 1..10 {
            store.update("x.rrd", &sample(number)).expect("acknowledged");
            ends.push((64 << 10) - store.status().journal_room);
        }
        if synced {
            store.sync().expect("synced");
        }
        drop(store);
        let before =
            ["x.rrd", SEGMENTS[0], SEGMENTS[1]].map(|name| (name, read(folder.path(), name)));
        let has_records = |bytes: &[u8]| bytes[HEAD..].iter().any(|byte| *byte != 0);
        let (active, whole) =
            before[1..].iter().find(|(_, bytes)| has_records(bytes)).expect("one");
        // Each byte in use damaged, and finally one copy of the head missing.
        let heads = (0..40).chain(HEAD / 2..HEAD / 2 + 40);
        for place in heads.chain(HEAD..ends[8]).chain([usize::MAX]) {
            let mut bytes = whole.clone();
            match bytes.get_mut(place) {
                Some(byte) => *byte ^= 0x5a,
                None => bytes[..HEAD / 2].fill(0),
            }
            for (name, bytes) in &before {
                std::fs::write(folder.path().join(name), bytes).expect("written");
            }
            std::fs::write(folder.path().join(active), bytes).expect("written");
            let store = Store::open(folder.path(), small()).expect("it starts with any damage");
            let report = store.recovery();
            let lost = 9 - report.applied;
            let in_head = place < HEAD || place == usize::MAX;
            if in_head {
                assert_eq!(lost, 0, "{place}: {report:?}");
            } else if synced {
                assert!(lost <= 1, "{place}: {report:?}");
                assert!(report.damaged_bytes > 0 || lost == 0, "{place}: {report:?}");
            } else if lost > 0 {
                // It may be the hole that a power loss left: what is before it is used.
                let complete = ends.iter().filter(|end| **end <= place).count();
                assert_eq!(report.applied, complete as u64, "{place}: {report:?}");
            }
        }
    }
}

#[test]
fn a_store_of_an_earlier_version_keeps_its_samples() {
    // Three samples of "x.rrd", ten seconds apart.
    const SEGMENT: &[u8] = include_bytes!("../vectors/old_segment");
    let folder = tempfile::tempdir().expect("a folder");
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(50))
        .average(0.5, 1, 20)
        .build()
        .expect("a schema");
    let begin = START + 439;
    let at = |number: i64| Timestamp::from_seconds(begin + 10 * number);
    let create =
        |name: &str| Rrd::create(folder.path().join(name), &schema, at(-1)).expect("created");
    drop(create("x.rrd"));
    std::fs::write(folder.path().join(".store-0.journal"), SEGMENT).expect("written");
    let mut expected = create("expected.rrd");
    for number in 0..3 {
        expected.update(&Sample::new(at(number), [number + 1])).expect("updated");
    }
    // While a program of the earlier version uses it, it is not read.
    let old = std::fs::File::options().write(true).open(folder.path().join(".store-0.journal"));
    let old = old.expect("a file");
    lock(&old);
    let refused = Store::open(folder.path(), small()).expect_err("in use");
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    drop(old);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!((store.recovery().applied, store.recovery().damaged_bytes), (3, 0));
    drop(store);
    assert!(read(folder.path(), "x.rrd") == read(folder.path(), "expected.rrd"));
    let left = std::fs::read_dir(folder.path()).expect("a folder");
    let mut left: Vec<_> = left.map(|item| item.expect("a name").file_name()).collect();
    left.sort();
    assert_eq!(left, [".rrd-store", "expected.rrd", "x.rrd"]);
}

#[test]
fn no_name_leads_to_the_files_of_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..41 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
    }
    std::os::unix::fs::symlink(".rrd-store", folder.path().join("link")).expect("a link");
    std::os::unix::fs::symlink("link", folder.path().join("second")).expect("a link");
    std::fs::copy(folder.path().join("x.rrd"), folder.path().join(".rrd-store/planted.rrd"))
        .expect("copied");
    let replace = CreateOptions::new().overwrite(Overwrite::Yes);
    for name in [
        ".rrd-store",
        ".rrd-store/0.log",
        "./.rrd-store/0.log",
        ".rrd-store/./1.log",
        ".rrd-store//1.log",
        ".rrd-store/new.rrd",
        "a/.rrd-store/new.rrd",
        "a/../.rrd-store/0.log",
        ".store-1.journal",
        "link/0.log",
        "link/new.rrd",
        "./link/deep/new.rrd",
        "second/1.log",
    ] {
        for options in [CreateOptions::new(), replace] {
            let created = store.create(name, &schema(), start(), options);
            assert!(created.is_err(), "{name} was created");
        }
        assert!(store.update(name, &sample(99)).is_err(), "{name} was updated");
        // Where nothing is, a removal does nothing.
        drop(store.remove(name));
    }
    assert!(matches!(store.remove("link/planted.rrd"), Err(StoreError::Remove { .. })));
    assert_eq!(store.list().expect("names"), ["x.rrd"]);
    let own = std::fs::read_dir(folder.path().join(".rrd-store")).expect("a folder");
    assert_eq!(own.count(), 4, "two segments, the images, and the planted file");
    // These were the names of the files of an earlier version.
    for name in ["store-0", "store-1", "0.log", "images"] {
        store.create(name, &schema(), start(), replace).expect("created");
        store.remove(name).expect("removed");
    }
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!(store.recovery().applied, 40);
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..41));
}

#[test]
fn samples_of_a_file_that_was_written_and_replaced_are_not_applied_to_the_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    let replace = CreateOptions::new().overwrite(Overwrite::Yes);
    for name in ["replaced.rrd", "removed.rrd"] {
        store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
        store.update(name, &sample(1)).expect("acknowledged");
        store.flush(name).expect("written");
    }
    store.remove("removed.rrd").expect("removed");
    for name in ["replaced.rrd", "removed.rrd"] {
        store.create(name, &schema(), start(), replace).expect("created");
    }
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!((store.recovery().applied, store.recovery().present), (0, 0));
    for name in ["replaced.rrd", "removed.rrd"] {
        assert_eq!(store.last_update(name).expect("a time"), start(), "{name}");
    }
}

#[test]
fn another_program_writes_the_file_in_between() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..4 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
    }
    let mut other = Rrd::open(folder.path().join("x.rrd")).expect("opened");
    for number in 1..3 {
        other.update(&sample(number)).expect("updated");
    }
    for number in 4..6 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
    }
    store.flush("x.rrd").expect("written");
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..6));
}

#[test]
fn a_file_that_cannot_be_written_holds_up_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    for name in ["good.rrd", "bad.rrd", "gone.rrd"] {
        store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
        store.update(name, &sample(1)).expect("acknowledged");
    }
    let bytes = read(folder.path(), "bad.rrd");
    std::fs::write(folder.path().join("bad.rrd"), &bytes[..900]).expect("truncated");
    std::fs::remove_file(folder.path().join("gone.rrd")).expect("removed");
    let report = store.flush_all();
    let mut names =
        report.failed.iter().map(|(name, _)| name.to_str().expect("UTF-8")).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!((report.written, names), (1, vec!["bad.rrd", "gone.rrd"]));
    assert!(read(folder.path(), "good.rrd") == undisturbed(&schema(), 1..2));
    // The journal continues although one file permanently holds back samples.
    for number in 2..6000 {
        store.update("good.rrd", &sample(number)).expect("acknowledged");
    }
    store.flush_all();
    assert!(read(folder.path(), "good.rrd") == undisturbed(&schema(), 1..6000));
    // Once the file is back, its sample is not lost, neither now nor after a restart.
    std::fs::write(folder.path().join("bad.rrd"), &bytes).expect("restored");
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!(store.recovery().applied, 1);
    assert!(read(folder.path(), "bad.rrd") == undisturbed(&schema(), 1..2));
}

#[test]
fn samples_of_a_bad_file_survive_every_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..8 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
    }
    drop(store);
    let bytes = read(folder.path(), "x.rrd");
    std::fs::write(folder.path().join("x.rrd"), &bytes[..900]).expect("truncated");
    for _ in 0..4 {
        let store = Store::open(folder.path(), small()).expect("a store");
        assert_eq!(store.recovery().failed.len(), 1);
        assert_eq!(store.unwritten("x.rrd"), 7);
    }
    std::fs::write(folder.path().join("x.rrd"), &bytes).expect("restored");
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!(store.recovery().applied, 7);
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..8));
}

#[test]
fn names_do_not_lead_out_of_the_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    let folder = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("x.rrd");
    Rrd::create(&target, &schema(), start()).expect("created");
    let before = std::fs::read(&target).expect("bytes");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).expect("a link");
    std::os::unix::fs::symlink(&target, folder.path().join("file.rrd")).expect("a link");
    let store = Store::open(folder.path(), small()).expect("a store");
    let absolute = target.to_str().expect("text");
    for name in [absolute, "../x.rrd", "a/../../x.rrd", "", ".", "link/x.rrd", "file.rrd", "a\0b"] {
        assert!(store.update(name, &sample(1)).is_err(), "{name}");
        assert!(
            store
                .fetch(
                    name,
                    &FetchRequest::new(
                        ConsolidationFunction::Average,
                        TimeRange::from_seconds(START, START + 10)
                    )
                )
                .is_err(),
            "{name}"
        );
        let options = CreateOptions::new().overwrite(Overwrite::Yes);
        let created = store.create(name, &schema(), start(), options);
        assert!(created.is_err() || name == "file.rrd", "{name}");
    }
    assert!(std::fs::read(&target).expect("bytes") == before);
    assert!(folder.path().join("file.rrd").symlink_metadata().expect("a file").is_file());
    assert_eq!(std::fs::read_dir(outside.path()).expect("a folder").count(), 1);
}

#[test]
fn a_sample_of_the_far_future_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    let future_at = Timestamp::from_seconds(4_070_908_800);
    let future = Sample::new(future_at, [1_i64, 2]);
    let refused = store.update("x.rrd", &future);
    let Err(StoreError::Update(UpdateError::Sample { path, source: SampleError::Future(future) })) =
        refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((&*path, future.at, future.limit), (Path::new("x.rrd"), future_at, MaxSkew::DAY));
    assert_eq!(store.unwritten("x.rrd"), 0);
}

#[test]
fn one_store_a_folder_and_one_file_whatever_its_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    let again = Store::open(folder.path(), small());
    assert!(matches!(again, Err(StoreError::InUse { .. })), "{again:?}");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    std::fs::hard_link(folder.path().join("x.rrd"), folder.path().join("y.rrd")).expect("a link");
    store.update("x.rrd", &sample(1)).expect("acknowledged");
    store.update("./x.rrd", &sample(2)).expect("the same name");
    store.update("y.rrd", &sample(3)).expect("another name of the same file");
    assert_eq!((store.unwritten("x.rrd"), store.unwritten("y.rrd")), (3, 3));
    assert_eq!(store.file("x.rrd").expect("a file"), store.file("y.rrd").expect("a file"));
    assert_eq!(store.list().expect("names"), ["x.rrd", "y.rrd"]);
}

#[test]
fn what_is_forgotten_does_not_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    let fresh = read(folder.path(), "x.rrd");
    store.update("x.rrd", &sample(1)).expect("acknowledged");
    store.forget("x.rrd").expect("forgotten");
    assert_eq!(store.unwritten("x.rrd"), 0);
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!((store.recovery().applied, store.recovery().present), (0, 0));
    assert!(read(folder.path(), "x.rrd") == fresh);
}

#[test]
fn a_name_that_is_no_text_is_one_like_any_other() {
    let name = Path::new(OsStr::from_bytes(b"caf\xe9/\xff \n.rrd"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..=3 {
        store.update(name, &sample(number)).expect("acknowledged");
    }
    assert_eq!(store.unwritten(name), 3);
    // As after a kill.
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!((store.recovery().applied, store.recovery().failed.len()), (3, 0));
    store.update(name, &sample(4)).expect("acknowledged");
    store.flush(name).expect("written");
    let found = std::fs::read(folder.path().join(name)).expect("bytes");
    assert!(found == undisturbed(&schema(), 1..=4));
    std::fs::remove_file(folder.path().join(name)).expect("removed");
    store.update(name, &sample(5)).expect("acknowledged");
    let report = store.flush_all();
    assert_eq!(report.failed.first().map(|(name, _)| name.as_path()), Some(name));
}

#[test]
fn a_suspended_file_is_left_alone_until_it_is_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    store.create("y.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    let fresh = read(folder.path(), "x.rrd");
    store.suspend("x.rrd").expect("suspended");
    store.update("x.rrd", &sample(1)).expect("acknowledged");
    for number in 1..5000 {
        store.update("y.rrd", &sample(number)).expect("acknowledged");
    }
    store.flush_all();
    assert!(read(folder.path(), "x.rrd") == fresh);
    store.resume("x.rrd").expect("resumed");
    store.flush_all();
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..2));
}

#[test]
fn many_threads_feed_many_files_with_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = small().most_loaded(7);
    let store = Arc::new(Store::open(folder.path(), options).expect("a store"));
    let names = (0..24).map(|number| format!("{}/{number}.rrd", number % 3)).collect::<Vec<_>>();
    let shape = |number: usize| if number.is_multiple_of(4) { forecast() } else { schema() };
    for (number, name) in names.iter().enumerate() {
        store.create(name, &shape(number), start(), CreateOptions::default()).expect("created");
    }
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, names) = (store.clone(), &names);
            scope.spawn(move || {
                for number in 1..300 {
                    for name in names.iter().skip(thread).step_by(4) {
                        store.update(name, &sample(number)).expect("acknowledged");
                    }
                    if number % 97 == 0 {
                        assert!(store.flush_all().failed.is_empty());
                    }
                }
            });
        }
    });
    assert!(store.status().loaded <= 9, "{:?}", store.status());
    Arc::into_inner(store).expect("the last").close().expect("closed");
    for (number, name) in names.iter().enumerate() {
        assert!(read(folder.path(), name) == undisturbed(&shape(number), 1..300), "{name}");
    }
}

#[test]
fn a_file_that_stays_bad_does_not_stop_the_others_however_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = small().locking(Locking::Try);
    let store = Store::open(folder.path(), options).expect("a store");
    for name in ["good.rrd", "bad.rrd", "worse.rrd", "locked.rrd"] {
        store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
        store.update(name, &sample(1)).expect("acknowledged");
    }
    let whole = read(folder.path(), "bad.rrd");
    std::fs::write(folder.path().join("bad.rrd"), &whole[..900]).expect("truncated");
    std::fs::remove_file(folder.path().join("worse.rrd")).expect("removed");
    std::fs::create_dir(folder.path().join("worse.rrd")).expect("a folder in its place");
    let locked = std::fs::File::options().write(true).open(folder.path().join("locked.rrd"));
    let locked = locked.expect("a file");
    lock(&locked);
    // The journal of 64 KiB changes its generation a dozen times.
    let (mut taken, mut refused) = ([1, 1], [0, 0]);
    for number in 2..20_000 {
        store.update("good.rrd", &sample(number)).expect("acknowledged");
        for (place, name) in ["bad.rrd", "locked.rrd"].into_iter().enumerate() {
            match store.update(name, &sample(number)) {
                Ok(()) => taken[place] = number,
                Err(StoreError::Open(_)) if place == 0 => refused[0] += 1,
                Err(StoreError::Stuck { .. }) if place == 1 => refused[1] += 1,
                Err(error) => panic!("{name}: {error}"),
            }
        }
        // Accepted or refused, it does not stop others.
        drop(store.update("worse.rrd", &sample(number)));
        if number % 30 == 0 {
            let report = store.flush_all();
            assert!(
                report.failed.iter().all(|(name, _)| name != Path::new("good.rrd")),
                "{report:?}"
            );
        }
    }
    // A file that cannot be opened is refused as soon as that is known, one that is only locked
    // when its share is used up.
    assert!(refused.into_iter().all(|count| count > 10_000), "{refused:?}");
    assert!(taken[1] >= 30, "{taken:?}");
    assert_eq!(store.last_update("good.rrd").expect("a time").seconds(), START + 19_999 * 7);
    // The file comes back: acknowledged samples reach it, and so do new ones.
    std::fs::write(folder.path().join("bad.rrd"), &whole).expect("whole again");
    drop(locked);
    std::fs::remove_dir(folder.path().join("worse.rrd")).expect("removed");
    for name in ["bad.rrd", "locked.rrd"] {
        store.flush(name).expect("written");
        store.update(name, &sample(20_000)).expect("acknowledged");
    }
    drop(store.flush_all());
    store.close().expect("closed");
    for (name, taken) in ["bad.rrd", "locked.rrd"].into_iter().zip(taken) {
        let numbers = (1..=taken).chain([20_000]);
        assert!(read(folder.path(), name) == undisturbed(&schema(), numbers), "{name}");
    }
    assert!(read(folder.path(), "good.rrd") == undisturbed(&schema(), 1..20_000));
}

#[test]
fn a_file_that_another_program_has_locked_delays_neither_updates_nor_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let waiting = |limit| {
        let options = small().locking(Locking::Wait(limit));
        Store::open(folder.path(), options).expect("a store")
    };
    let store = waiting(Duration::from_secs(600));
    for name in ["locked.rrd", "free.rrd"] {
        store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
        store.update(name, &sample(1)).expect("acknowledged");
    }
    let locked = hold(&folder.path().join("locked.rrd"));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| store.flush("locked.rrd"));
        for number in 2..=100 {
            for name in ["locked.rrd", "free.rrd"] {
                store.update(name, &sample(number)).expect("acknowledged");
            }
            store.flush("free.rrd").expect("written");
        }
        assert!(read(folder.path(), "free.rrd") == undisturbed(&schema(), 1..=100));
        assert!(!flush.is_finished(), "it waits for the file, and nobody waits for it");
        drop(locked);
        flush.join().expect("no panic").expect("written");
    });
    store.close().expect("closed");
    // Nor does it wait for ever.
    let store = waiting(Duration::from_millis(50));
    let locked = hold(&folder.path().join("locked.rrd"));
    store.update("locked.rrd", &sample(101)).expect("acknowledged");
    let error = store.flush("locked.rrd").expect_err("the file is locked");
    assert!(error.is_locked(), "{error:?}");
    assert_eq!(store.unwritten("locked.rrd"), 1);
    drop(locked);
    store.flush("locked.rrd").expect("written");
    assert_eq!(store.unwritten("locked.rrd"), 0);
    assert!(read(folder.path(), "locked.rrd") == undisturbed(&schema(), 1..=101));
}

#[test]
fn samples_that_arrive_while_a_file_is_written_are_in_it_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| {
            while store.last_update("x.rrd").expect("a time").seconds() < START + 7 * 5000 {
                store.flush("x.rrd").expect("written");
            }
        });
        for number in 1..=5000 {
            store.update("x.rrd", &sample(number)).expect("acknowledged");
        }
        flush.join().expect("no panic");
    });
    store.flush("x.rrd").expect("written");
    assert_eq!(store.status().samples_written, 5000);
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..=5000));
}

#[test]
fn a_file_that_takes_the_number_of_one_that_was_removed_is_not_taken_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("old.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    store.update("old.rrd", &sample(1)).expect("acknowledged");
    std::fs::remove_file(folder.path().join("old.rrd")).expect("removed");
    // One of them gets the number that is now free.
    for name in ["a.rrd", "b.rrd", "c.rrd"] {
        store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
        store.update(name, &sample(1)).expect("acknowledged");
    }
    // A second name for an existing file leads to that.
    std::fs::hard_link(folder.path().join("a.rrd"), folder.path().join("twin.rrd"))
        .expect("linked");
    store.update("twin.rrd", &sample(2)).expect("acknowledged");
    let failed = store.flush_all().failed;
    assert_eq!(failed.len(), 1, "{failed:?}");
    for name in ["a.rrd", "b.rrd", "c.rrd"] {
        let samples = if name == "a.rrd" { 1..3 } else { 1..2 };
        assert!(read(folder.path(), name) == undisturbed(&schema(), samples), "{name}");
    }
}

#[test]
fn readings_stamped_by_the_store_are_taken_from_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    let begun = Timestamp::now() - Duration::from_secs(10);
    store.create("x.rrd", &schema(), begun, CreateOptions::default()).expect("created");
    let update = || (0..400).map(|n| store.update_now("x.rrd", [n, n]).expect("taken"));
    let mut stamps: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| update().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    stamps.sort();
    stamps.dedup();
    assert_eq!(stamps.len(), 3200, "no two samples have the same stamp");
    assert_eq!(store.last_update("x.rrd").expect("a moment"), stamps[3199]);
}

#[test]
fn a_stamp_follows_the_last_update_if_that_is_less_than_a_second_ahead_of_the_clock() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = start() + Duration::from_secs(100);
    let store =
        Store::open(folder.path(), small().clock(Clock::new(move || now))).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    let stamp = || store.update_now("x.rrd", [1, 2]);
    assert_eq!(stamp().expect("taken"), now);
    assert_eq!(stamp().expect("taken"), now + Duration::from_micros(1));
    let ahead = Sample::new(now + Duration::from_secs(1), [1, 2]);
    store.update("x.rrd", &ahead).expect("taken");
    let error = stamp().expect_err("the clock was set back");
    assert!(
        matches!(
            error,
            StoreError::Update(UpdateError::Sample { source: SampleError::Past { .. }, .. })
        ),
        "{error}"
    );
}

#[test]
fn a_removed_database_is_gone_with_its_samples_and_can_be_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("a/x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    store.update("a/x.rrd", &sample(1)).expect("acknowledged");
    store.remove("a/x.rrd").expect("removed");
    assert!(!folder.path().join("a/x.rrd").exists());
    assert!(store.update("a/x.rrd", &sample(2)).expect_err("no file").is_not_found());
    store.remove("a/x.rrd").expect("a second removal changes nothing");
    assert!(matches!(store.remove("../x.rrd"), Err(StoreError::Name { .. })));

    store.create("a/x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!(store.recovery().applied, 0);
    assert_eq!(store.last_update("a/x.rrd").expect("a moment"), start());
}

#[test]
fn a_sample_too_long_for_the_journal_is_refused_and_the_next_one_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut schema = Schema::builder(Step::from_seconds(10).expect("positive"));
    for number in 0..20 {
        schema = schema.gauge(&format!("g{number}"), Heartbeat::from_seconds(50));
    }
    let schema = schema.average(0.5, 1, 20).build().expect("a schema");
    // Each text fits a record by itself, all of them are above 1 MiB.
    let long = format!("{}7", "0".repeat(60_000));
    let sample = |seconds, text: &str| {
        let readings = (0..20).map(|_| Reading::Text(text.into()));
        Sample::new(Timestamp::from_seconds(START + seconds), readings)
    };
    let store = Store::open(folder.path(), StoreOptions::new()).expect("a store");
    store.create("x.rrd", &schema, start(), CreateOptions::default()).expect("created");
    let refused = store.update("x.rrd", &sample(10, &long));
    assert!(matches!(refused, Err(StoreError::TooLong { .. })), "{refused:?}");
    assert_eq!(store.last_update("x.rrd").expect("a time"), start());
    store.update("x.rrd", &sample(20, "7")).expect("acknowledged");
    drop(store);
    let store = Store::open(folder.path(), StoreOptions::new()).expect("a store");
    assert_eq!(store.recovery().applied, 1);
    assert_eq!(store.last_update("x.rrd").expect("a time"), start() + Duration::from_secs(20));
}
