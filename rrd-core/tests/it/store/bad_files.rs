//! Files that cannot be written hold up no others and lose no sample.

use std::path::Path;

use rrd_core::{CreateOptions, Locking, Store, StoreError};

use super::{START, lock, read, sample, schema, small, start, undisturbed};

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
