//! The threads, over a real store.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{files, sample, store};
use crate::write_back::{WriteBack, WriteBackOptions};

const SLOW: WriteBackOptions = WriteBackOptions {
    delay: Duration::from_secs(3600),
    jitter: Duration::ZERO,
    interval: Duration::from_secs(3600),
};

fn eventually(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "it never happens");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_is_written_after_its_delay_without_another_value() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(store(folder.path(), &["a.rrd"]));
    let [a] = files(&store, ["a.rrd"]);
    let options = WriteBackOptions { delay: Duration::from_millis(20), ..SLOW };
    let write_back = WriteBack::start(options, store.clone()).unwrap();
    let backlog = store.update_file(&a, &[sample(1), sample(2)]).unwrap();
    write_back.note(&a, backlog);
    eventually(|| store.unwritten_of(&a) == 0);
    let status = store.status();
    assert_eq!((status.files_written, status.samples_written), (1, 2));
    assert!(write_back.knows(&a));
}

#[test]
fn flush_is_told_when_the_values_are_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(store(folder.path(), &["a.rrd", "b.rrd"]));
    let [a, b] = files(&store, ["a.rrd", "b.rrd"]);
    let write_back = WriteBack::start(SLOW, store.clone()).unwrap();
    for file in [&a, &b] {
        write_back.note(file, store.update_file(file, &[sample(1)]).unwrap());
    }
    write_back.flush(&a).blocking_recv().unwrap().unwrap();
    assert_eq!((store.unwritten_of(&a), store.unwritten_of(&b)), (0, 1));
    write_back.flush_all();
    eventually(|| store.unwritten_of(&b) == 0);
}

#[test]
fn a_file_that_was_removed_is_an_error_of_flush_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(store(folder.path(), &["a.rrd"]));
    let [a] = files(&store, ["a.rrd"]);
    let write_back = WriteBack::start(SLOW, store.clone()).unwrap();
    write_back.note(&a, store.update_file(&a, &[sample(1)]).unwrap());
    std::fs::remove_file(folder.path().join("a.rrd")).unwrap();
    let error = write_back.flush(&a).blocking_recv().unwrap().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(!write_back.knows(&a));
    assert_eq!(store.unwritten_of(&a), 0);
}

#[test]
fn a_suspended_file_is_only_written_once_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(store(folder.path(), &["a.rrd"]));
    let [a] = files(&store, ["a.rrd"]);
    let options = WriteBackOptions { delay: Duration::from_millis(20), ..SLOW };
    let write_back = WriteBack::start(options, store.clone()).unwrap();
    write_back.note(&a, store.update_file(&a, &[sample(1)]).unwrap());
    eventually(|| store.unwritten_of(&a) == 0);
    assert!(write_back.set_suspended(&a, true));
    write_back.note(&a, store.update_file(&a, &[sample(2)]).unwrap());
    write_back.flush(&a).blocking_recv().unwrap().unwrap();
    assert!(store.flush_all().failed.is_empty());
    assert_eq!(store.unwritten_of(&a), 1);
    assert!(write_back.set_suspended(&a, false));
    eventually(|| store.unwritten_of(&a) == 0);
}
