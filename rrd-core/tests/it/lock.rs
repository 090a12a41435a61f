//! The write lock of a file is held by a guard: it is released on every exit from a call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use rrd_core::{
    BatchError, Dump, Heartbeat, Locking, Overwrite, PastSamples, Restore, Rrd, RrdReader, Sample,
    Schema, Step, Timestamp, WriteOptions,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000_000 + seconds)
}

fn sample(number: i64) -> Sample {
    Sample::new(at(10 * number), [f64::from(u32::try_from(number).expect("small"))])
}

#[test]
fn a_panic_in_a_function_of_the_caller_releases_the_lock_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, undisturbed) = (folder.path().join("x.rrd"), folder.path().join("y.rrd"));
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 6)
        .max(0.5, 2, 5)
        .build()
        .expect("a shape");
    let mut rrd = Rrd::create(&path, &schema, at(0)).expect("created");
    rrd.update(&sample(1)).expect("updated");
    let before = std::fs::read(&path).expect("bytes");
    let batch = [sample(2), sample(3), sample(4)];

    let in_samples = catch_unwind(AssertUnwindSafe(|| {
        let make = |_: &Schema, _: &mut Vec<Sample>| panic!("the caller's own");
        rrd.update_batch_with::<BatchError>(PastSamples::Refuse, make, None)
    }));
    assert!(in_samples.is_err());
    let mut rows = 0;
    let in_seen = catch_unwind(AssertUnwindSafe(|| {
        rrd.update_batch_with::<BatchError>(
            PastSamples::Refuse,
            |_, samples| {
                samples.extend_from_slice(&batch);
                Ok(())
            },
            Some(&mut |_, _| {
                rows += 1;
                assert!(rows < 3, "the caller's own");
            }),
        )
    }));
    assert!(in_seen.is_err());
    assert!(std::fs::read(&path).expect("bytes") == before);
    assert_eq!(rrd.last_update(), at(10), "what was not committed is dropped");

    // Another handle gets the lock immediately, and both continue normally.
    let options = WriteOptions::new().locking(Locking::Try);
    let mut other = Rrd::open_with(&path, options).expect("opened");
    other.update(&batch[0]).expect("the lock is free");
    rrd.update_batch(&batch[1..]).expect("updated");
    let mut plain = Rrd::create(&undisturbed, &schema, at(0)).expect("created");
    plain.update_batch(&[&[sample(1)], &batch[..]].concat()).expect("updated");
    let bytes = |path| std::fs::read(path).expect("bytes");
    assert!(bytes(&path) == bytes(&undisturbed));
}

#[test]
fn a_file_that_is_written_in_place_is_locked_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("x.rrd"), folder.path().join("other.rrd"));
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 6)
        .build()
        .expect("a shape");
    let mut rrd = Rrd::create(&path, &schema, at(0)).expect("created");
    rrd.update(&sample(1)).expect("updated");
    let mut dump = Vec::new();
    Dump::of(&RrdReader::open(&path).expect("readable")).write_to(&mut dump).expect("dumped");
    // With a second name it stays the same file.
    std::fs::hard_link(&path, &other).expect("a link");
    let restore = Restore::new().overwrite(Overwrite::Yes);
    thread::scope(|scope| {
        let updated = rrd.update_batch_with::<BatchError>(
            PastSamples::Refuse,
            |_, samples| {
                let restored = scope.spawn(|| restore.read(&*dump, &path).expect("restored"));
                thread::sleep(Duration::from_millis(300));
                assert!(!restored.is_finished(), "it waits for the lock");
                samples.push(sample(2));
                Ok(())
            },
            None,
        );
        updated.expect("updated");
    });
    let restored = RrdReader::open(&other).expect("a database");
    assert_eq!(restored.last_update(), at(10));
}
