//! Which names a store takes, and what they lead to.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{
    ConsolidationFunction, CreateOptions, FetchRequest, Overwrite, Rrd, Store, StoreError,
    TimeRange,
};

use super::{START, read, sample, schema, small, start, undisturbed};

#[test]
fn no_name_leads_to_the_files_of_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..41 {
        store.update("x.rrd", &sample(number)).expect("acknowledged");
    }
    std::os::unix::fs::symlink(".rrd-store", folder.path().join("link")).expect("a link");
    std::os::unix::fs::symlink("link", folder.path().join("second")).expect("a link");
    std::fs::copy(folder.path().join("x.rrd"), folder.path().join(".rrd-store/planted.rrd"))
        .expect("copied");
    let replace = CreateOptions::new().overwrite(Overwrite::Yes);
    for name in [
        ".rrd-store",
        ".rrd-store/0.log",
        "./.rrd-store/0.log",
        ".rrd-store/./1.log",
        ".rrd-store//1.log",
        ".rrd-store/new.rrd",
        "a/.rrd-store/new.rrd",
        "a/../.rrd-store/0.log",
        ".store-1.journal",
        "link/0.log",
        "link/new.rrd",
        "./link/deep/new.rrd",
        "second/1.log",
    ] {
        for options in [CreateOptions::new(), replace] {
            let created = store.create(name, &schema(), start(), options);
            assert!(created.is_err(), "{name} was created");
        }
        assert!(store.update(name, &sample(99)).is_err(), "{name} was updated");
        // Where nothing is, a removal does nothing.
        drop(store.remove(name));
    }
    assert!(matches!(store.remove("link/planted.rrd"), Err(StoreError::Remove { .. })));
    assert_eq!(store.list().expect("names"), ["x.rrd"]);
    let own = std::fs::read_dir(folder.path().join(".rrd-store")).expect("a folder");
    assert_eq!(own.count(), 4, "two segments, the images, and the planted file");
    // These were the names of the files of an earlier version.
    for name in ["store-0", "store-1", "0.log", "images"] {
        store.create(name, &schema(), start(), replace).expect("created");
        store.remove(name).expect("removed");
    }
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!(store.recovery().applied, 40);
    assert!(read(folder.path(), "x.rrd") == undisturbed(&schema(), 1..41));
}

#[test]
fn names_do_not_lead_out_of_the_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    let folder = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("x.rrd");
    Rrd::create(&target, &schema(), start()).expect("created");
    let before = std::fs::read(&target).expect("bytes");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).expect("a link");
    std::os::unix::fs::symlink(&target, folder.path().join("file.rrd")).expect("a link");
    let store = Store::open(folder.path(), small()).expect("a store");
    let absolute = target.to_str().expect("text");
    for name in [absolute, "../x.rrd", "a/../../x.rrd", "", ".", "link/x.rrd", "file.rrd", "a\0b"] {
        assert!(store.update(name, &sample(1)).is_err(), "{name}");
        assert!(
            store
                .fetch(
                    name,
                    &FetchRequest::new(
                        ConsolidationFunction::Average,
                        TimeRange::from_seconds(START, START + 10)
                    )
                )
                .is_err(),
            "{name}"
        );
        let options = CreateOptions::new().overwrite(Overwrite::Yes);
        let created = store.create(name, &schema(), start(), options);
        assert!(created.is_err() || name == "file.rrd", "{name}");
    }
    assert!(std::fs::read(&target).expect("bytes") == before);
    assert!(folder.path().join("file.rrd").symlink_metadata().expect("a file").is_file());
    assert_eq!(std::fs::read_dir(outside.path()).expect("a folder").count(), 1);
}

#[test]
fn one_store_a_folder_and_one_file_whatever_its_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    let again = Store::open(folder.path(), small());
    assert!(matches!(again, Err(StoreError::InUse { .. })), "{again:?}");
    store.create("x.rrd", &schema(), start(), CreateOptions::default()).expect("created");
    std::fs::hard_link(folder.path().join("x.rrd"), folder.path().join("y.rrd")).expect("a link");
    store.update("x.rrd", &sample(1)).expect("acknowledged");
    store.update("./x.rrd", &sample(2)).expect("the same name");
    store.update("y.rrd", &sample(3)).expect("another name of the same file");
    assert_eq!((store.unwritten("x.rrd"), store.unwritten("y.rrd")), (3, 3));
    assert_eq!(store.file("x.rrd").expect("a file"), store.file("y.rrd").expect("a file"));
    assert_eq!(store.list().expect("names"), ["x.rrd", "y.rrd"]);
}

#[test]
fn a_name_that_is_no_text_is_one_like_any_other() {
    let name = Path::new(OsStr::from_bytes(b"caf\xe9/\xff \n.rrd"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), small()).expect("a store");
    store.create(name, &schema(), start(), CreateOptions::default()).expect("created");
    for number in 1..=3 {
        store.update(name, &sample(number)).expect("acknowledged");
    }
    assert_eq!(store.unwritten(name), 3);
    // As after a kill.
    drop(store);
    let store = Store::open(folder.path(), small()).expect("a store");
    assert_eq!((store.recovery().applied, store.recovery().failed.len()), (3, 0));
    store.update(name, &sample(4)).expect("acknowledged");
    store.flush(name).expect("written");
    let found = std::fs::read(folder.path().join(name)).expect("bytes");
    assert!(found == undisturbed(&schema(), 1..=4));
    std::fs::remove_file(folder.path().join(name)).expect("removed");
    store.update(name, &sample(5)).expect("acknowledged");
    let report = store.flush_all();
    assert_eq!(report.failed.first().map(|(name, _)| name.as_path()), Some(name));
}
