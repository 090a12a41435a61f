//! Samples are written back together and read before that.

use std::sync::Arc;
use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, RrdReader, Store, StoreError, TimeRange,
};

use super::{START, forecast, read, sample, schema, small, start, undisturbed};

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
