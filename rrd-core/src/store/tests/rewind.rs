//! Files that are taken back to an earlier time.

use std::path::Path;
use std::sync::Arc;

use super::ON_REQUEST;
use super::crash::{START, options, sample, schema};
use crate::database::{CreateOptions, RrdReader};
use crate::disk::fake::{Fault, MemoryDisk};
use crate::store::{LogSync, Store};
use crate::time::Timestamp;

const NAME: &str = "b.rrd";
const KEPT: &str = "b.kept.rrd";

fn at(number: i64) -> Timestamp {
    Timestamp::from_seconds(START + number * 10)
}

fn open(disk: &MemoryDisk, sync: LogSync) -> Store {
    Store::open_on(Arc::new(disk.clone()), Path::new("/"), options(sync)).expect("a store")
}

fn last_update(disk: &MemoryDisk, name: &str) -> Timestamp {
    RrdReader::open_on(disk, Path::new(name)).expect("a database").last_update()
}

#[test]
fn samples_of_the_journal_do_not_come_back_after_a_rewind_that_is_killed_or_followed_by_a_kill() {
    for sync in [LogSync::Never, ON_REQUEST, LogSync::Each] {
        for kill_at in 0.. {
            let disk = MemoryDisk::default();
            let store = open(&disk, sync);
            store.create(NAME, &schema(NAME), at(0), CreateOptions::new()).expect("created");
            for number in 1..=9 {
                store.update(NAME, &sample(&schema(NAME), number)).expect("acknowledged");
                if number == 7 {
                    store.flush(NAME).expect("written");
                }
            }
            disk.plan(kill_at, Fault::Kill);
            let rewound = store.rewind(NAME, at(5), Some(KEPT));
            let complete = disk.is_untouched();
            drop(store);
            disk.revive();

            let store = open(&disk, sync);
            let last = last_update(&disk, NAME);
            match rewound {
                Ok(rewound) => assert_eq!((rewound.from, last), (at(9), at(5)), "{kill_at}"),
                Err(_) => assert!(last == at(9) || last == at(5), "{kill_at}: {last:?}"),
            }
            let again = store.rewind(NAME, at(5), Some(KEPT)).expect("rewound");
            assert_eq!(again.from, last);
            assert_eq!(last_update(&disk, KEPT), at(9), "{kill_at}");
            store.update(NAME, &sample(&schema(NAME), 6)).expect("accepted");
            drop(store);
            open(&disk, sync).close().expect("closed");
            assert_eq!(last_update(&disk, NAME), at(6), "{kill_at}");
            if complete {
                break;
            }
        }
    }
}

#[test]
fn a_rewind_that_cannot_keep_the_old_file_changes_nothing() {
    let disk = MemoryDisk::default();
    let store = open(&disk, LogSync::Never);
    store.create(NAME, &schema(NAME), at(0), CreateOptions::new()).expect("created");
    store.update(NAME, &sample(&schema(NAME), 9)).expect("acknowledged");
    let refused = store.rewind(NAME, at(5), Some("../kept.rrd")).expect_err("no name");
    assert!(refused.to_string().starts_with("'../kept.rrd' is not a name in this store"));
    assert!(store.rewind("missing.rrd", at(5), Some(KEPT)).expect_err("no file").is_not_found());
    assert_eq!(store.head(NAME).expect("a head").live.last_update, at(9));
    assert!(disk.names().iter().all(|name| name != KEPT));
}
