//! Files that other programs write, lock, replace or keep meanwhile.

use std::time::Duration;

use rrd_core::{CreateOptions, Locking, Overwrite, Rrd, Store};

use super::{hold, read, sample, schema, small, start, undisturbed};

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
