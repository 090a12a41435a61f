//! Files of the same structure share it, whatever other programs do to them.

use std::fs;

use super::crash::{START, options, sample, schema};
use crate::data_source::Heartbeat;
use crate::database::{CreateOptions, Rrd};
use crate::disk::Overwrite;
use crate::restructure::{Change, Tuning};
use crate::store::{LogSync, Store};
use crate::time::Timestamp;

const NAMES: [&str; 3] = ["a.rrd", "b.rrd", "c.rrd"];

#[test]
fn files_of_the_same_structure_share_it_until_another_program_changes_one_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), options(LogSync::Never)).expect("a store");
    let (shape, start) = (schema("a.rrd"), Timestamp::from_seconds(START));
    let update = |number| {
        for name in NAMES {
            store.update(name, &sample(&shape, number)).expect("acknowledged");
        }
    };
    for name in NAMES {
        store.create(name, &shape, start, CreateOptions::new()).expect("created");
    }
    store.create("wide.rrd", &schema("b.rrd"), start, CreateOptions::new()).expect("created");
    store.update("wide.rrd", &sample(&schema("b.rrd"), 1)).expect("acknowledged");
    let shapes = || store.files.context().shapes.count();
    update(1);
    assert_eq!(shapes(), 2);

    let source = "source0".parse().expect("a name");
    let change = Change::Heartbeat { source, heartbeat: Heartbeat::from_seconds(15) };
    let mut rrd = Rrd::open(folder.path().join("b.rrd")).expect("opened");
    Tuning::new().change(change).apply(&mut rrd).expect("tuned");
    drop(rrd);
    assert!(store.flush_all().failed.is_empty());
    update(2);
    assert_eq!(shapes(), 3);
    // A gap of 20 seconds is longer than one of the heartbeats.
    update(4);
    assert!(store.flush_all().failed.is_empty());

    let direct = folder.path().join("direct.rrd");
    for (name, heartbeat) in NAMES.into_iter().zip([None, Some(15), None]) {
        let mut rrd = Rrd::create(&direct, &shape, start).expect("created");
        if let Some(seconds) = heartbeat {
            let source = "source0".parse().expect("a name");
            let change = Change::Heartbeat { source, heartbeat: Heartbeat::from_seconds(seconds) };
            Tuning::new().change(change).apply(&mut rrd).expect("tuned");
        }
        for number in [1, 2, 4] {
            rrd.update(&sample(&shape, number)).expect("updated");
        }
        drop(rrd);
        let bytes = |path| fs::read(path).expect("bytes");
        assert!(bytes(&folder.path().join(name)) == bytes(&direct), "{name}");
        fs::remove_file(&direct).expect("removed");
    }

    store.remove("wide.rrd").expect("removed");
    store
        .create("b.rrd", &shape, start, CreateOptions::new().overwrite(Overwrite::Yes))
        .expect("replaced");
    update(5);
    assert!(store.flush_all().failed.is_empty());
    assert_eq!(shapes(), 1);
}
