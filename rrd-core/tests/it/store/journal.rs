//! The journal: damage, an earlier version, samples that are too long.

use std::time::Duration;

use rrd_core::{
    CreateOptions, Heartbeat, Reading, Rrd, Sample, Schema, Step, Store, StoreError, StoreOptions,
    Timestamp,
};

use super::{START, lock, read, sample, schema, small, start};

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
    const SEGMENT: &[u8] = include_bytes!("../../vectors/old_segment");
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
