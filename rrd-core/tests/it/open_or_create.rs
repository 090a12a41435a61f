//! Programs that start again: existing data are kept, and differences are reported.

use std::path::Path;

use rrd_core::{
    CreateError, CreateOptions, Difference, Heartbeat, Opened, Overwrite, Rrd, Sample, Schema,
    SchemaBuilder, SchemaText, Season, Step, Store, StoreError, StoreOptions, Timestamp,
};

const START: i64 = 1_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(START + seconds)
}

fn builder(step: u64) -> SchemaBuilder {
    Schema::builder(Step::from_seconds(step).expect("positive"))
}

fn schema() -> Schema {
    builder(10).gauge("a", Heartbeat::from_seconds(60)).average(0.5, 1, 6).build().expect("a shape")
}

fn store(folder: &Path) -> Store {
    Store::open(folder, StoreOptions::new().max_skew(None)).expect("a store")
}

#[test]
fn a_service_that_starts_twice_keeps_its_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    for (start, expected) in [(1, Opened::Created), (2, Opened::Existing), (3, Opened::Existing)] {
        let (mut rrd, opened) = Rrd::open_or_create(&path, &schema(), at(0)).expect("opened");
        assert_eq!(opened, expected);
        assert_eq!(rrd.last_update(), at(10 * (start - 1)));
        rrd.update(&Sample::new(at(10 * start), [0.5])).expect("updated");
    }

    // The same in a store, whose samples may not be in the file yet.
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    for (start, expected) in [(1, Opened::Created), (2, Opened::Existing), (3, Opened::Existing)] {
        let opened = store.open_or_create("web/x.rrd", &schema(), at(0)).expect("opened");
        assert_eq!(opened, expected);
        assert_eq!(store.last_update("web/x.rrd").expect("a file"), at(10 * (start - 1)));
        store.update("web/x.rrd", &Sample::new(at(10 * start), [0.5])).expect("updated");
    }
    assert_eq!(store.unwritten("web/x.rrd"), 3);
}

#[test]
fn what_exists_is_overwritten_only_when_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    let mut rrd = Rrd::create(&path, &schema(), at(0)).expect("created");
    rrd.update(&Sample::new(at(10), [0.5])).expect("updated");
    let refused = Rrd::create(&path, &schema(), at(0)).expect_err("refused");
    assert!(matches!(refused, CreateError::Exists { path: ref found } if *found == path));
    assert_eq!(Rrd::open(&path).expect("opened").last_update(), at(10));
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    Rrd::create_with(&path, &schema(), at(5), options).expect("replaced");
    assert_eq!(Rrd::open(&path).expect("opened").last_update(), at(5));

    let store = store(folder.path());
    store.update("x.rrd", &Sample::new(at(20), [0.5])).expect("updated");
    let refused = store.create("x.rrd", &schema(), at(0), CreateOptions::new());
    assert!(matches!(refused, Err(StoreError::Create(CreateError::Exists { .. }))));
    assert_eq!(store.unwritten("x.rrd"), 1, "a sample that is acknowledged stays");
    store.create("x.rrd", &schema(), at(7), options).expect("replaced");
    assert_eq!(store.last_update("x.rrd").expect("a file"), at(7));
    assert_eq!(store.unwritten("x.rrd"), 0);
}

#[test]
fn a_file_of_another_shape_is_opened_and_its_differences_are_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.rrd");
    Rrd::create(&path, &schema(), at(0)).expect("created");
    let wanted = builder(60)
        .gauge("a", Heartbeat::from_seconds(60))
        .average(0.5, 1, 6)
        .build()
        .expect("a shape");
    let step = |seconds| Step::from_seconds(seconds).expect("positive");
    let expected =
        Opened::Different(vec![Difference::Step { expected: step(60), found: step(10) }]);
    let (rrd, opened) = Rrd::open_or_create(&path, &wanted, at(0)).expect("opened");
    assert_eq!(opened, expected);
    assert_eq!(rrd.schema().step(), step(10));
    let opened = store(folder.path()).open_or_create("x.rrd", &wanted, at(0)).expect("opened");
    assert_eq!(opened, expected);
}

#[test]
fn every_shape_is_found_again_as_it_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let forecast = builder(10)
        .gauge("a", Heartbeat::from_seconds(60))
        .forecast(Season::Additive, 60, 0.1, 0.003, 45)
        .build()
        .expect("a shape");
    let mut text = SchemaText::new(Step::from_seconds(10).expect("positive"), "x.rrd");
    for argument in ["DS:a:COUNTER:20:0:U", "DS:b:COMPUTE:a,8,*", "RRA:MAX:0.25:6:10"] {
        text.argument(argument).expect("an argument");
    }
    for (name, schema) in
        [("forecast.rrd", forecast), ("computed.rrd", text.finish().expect("a shape").schema)]
    {
        let path = folder.path().join(name);
        for expected in [Opened::Created, Opened::Existing] {
            let (_, opened) = Rrd::open_or_create(&path, &schema, at(0)).expect("opened");
            assert_eq!(opened, expected, "{name}");
        }
    }
}
