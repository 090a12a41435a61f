//! Times of samples: too far ahead, or stamped by the store.

use std::path::Path;
use std::time::Duration;

use rrd_core::{
    Clock, CreateOptions, MaxSkew, Sample, SampleError, Store, StoreError, Timestamp, UpdateError,
};

use super::{schema, small, start};

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
