//! A store whose names reach beyond its folder: which files they lead to, how one file is found
//! under all its names, and what other programs do to it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rrd_core::{
    Clock, CreateOptions, LogSync, MissingFolders, Overwrite, Reach, Rrd, RrdReader, Sample,
    Schema, Store, StoreError, StoreOptions, Timestamp,
};
use tempfile::TempDir;

const START: i64 = 1_000_000_000;

fn schema() -> Schema {
    let step = std::time::Duration::from_secs(10);
    Schema::builder(step).gauge("a", 5 * step).average(0.5, 1, 20).build().expect("a schema")
}

fn start() -> Timestamp {
    Timestamp::from_seconds(START)
}

fn sample(number: i64) -> Sample {
    Sample::new(Timestamp::from_seconds(START + number * 10), [number])
}

/// A database at this path with so many samples.
fn database(path: &Path, samples: i64) {
    let mut rrd = Rrd::create(path, &schema(), start()).expect("created");
    (1..=samples).for_each(|number| rrd.update(&sample(number)).expect("updated"));
}

/// The number of samples of a file.
fn written(path: &Path) -> i64 {
    let last = RrdReader::open(path).expect("opened").head().live.last_update;
    (last.seconds() - START) / 10
}

/// A folder with three others: that of the store, another one, and one for the journal.
struct Place {
    top: TempDir,
    seconds: Arc<AtomicI64>,
}

impl Place {
    fn new() -> Self {
        let top = tempfile::tempdir().expect("a folder");
        for name in ["base", "disk", "outside"] {
            fs::create_dir(top.path().join(name)).expect("a folder");
        }
        Self { top, seconds: Arc::new(AtomicI64::new(START)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().canonicalize().expect("a folder").join(name)
    }

    fn options(&self, reach: Reach) -> StoreOptions {
        let seconds = self.seconds.clone();
        let clock = Clock::new(move || Timestamp::from_seconds(seconds.load(Ordering::Relaxed)));
        StoreOptions::new()
            .segment_size(64 << 10)
            .journal_folder(self.path("journal"))
            .max_skew(None)
            .clock(clock)
            .reach(reach)
    }

    fn open(&self, reach: Reach) -> Store {
        Store::open(self.path("base"), self.options(reach)).expect("a store")
    }

    fn below(&self) -> Reach {
        Reach::Below(vec![self.path("disk")])
    }

    /// A second passes, after which the store looks at its files again.
    fn pass(&self) {
        self.seconds.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn names_below_the_folders_are_followed_and_others_are_refused_with_what_they_lead_to() {
    let place = Place::new();
    fs::create_dir(place.path("base/sub")).expect("a folder");
    for name in ["base/a.rrd", "base/sub/b.rrd", "disk/c.rrd", "outside/d.rrd"] {
        database(&place.path(name), 0);
    }
    symlink(place.path("disk"), place.path("base/disk")).expect("a link");
    symlink("../outside", place.path("base/out")).expect("a link");
    symlink(place.path("outside/d.rrd"), place.path("base/out.rrd")).expect("a link");
    symlink(place.path("base/sub/b.rrd"), place.path("base/in.rrd")).expect("a link");
    symlink(place.path("base"), place.path("alias")).expect("a link");
    let absolute = |name: &str| place.path(name).to_str().expect("UTF-8").to_owned();
    let store = place.open(place.below());
    let inside = [
        "a.rrd".to_owned(),
        "./sub/../a.rrd".to_owned(),
        absolute("base/a.rrd"),
        absolute("base/sub/../a.rrd"),
        absolute("alias/a.rrd"),
        "in.rrd".to_owned(),
        "disk/c.rrd".to_owned(),
        absolute("disk/c.rrd"),
        absolute("base/disk/c.rrd"),
        "../disk/c.rrd".to_owned(),
    ];
    for (number, name) in (1..).zip(&inside) {
        store.update(name, &sample(number)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    assert_eq!(store.status().files, 3);
    assert_eq!(["a.rrd", "sub/b.rrd", "disk/c.rrd"].map(|name| store.unwritten(name)), [5, 1, 4]);
    let target = place.path("outside/d.rrd");
    let missing = place.path("outside/new.rrd");
    for (name, leads_to) in [
        ("out.rrd".to_owned(), &target),
        ("out/d.rrd".to_owned(), &target),
        ("sub/../out/d.rrd".to_owned(), &target),
        (absolute("outside/d.rrd"), &target),
        ("../outside/d.rrd".to_owned(), &target),
        ("out/new.rrd".to_owned(), &missing),
        ("../outside/new.rrd".to_owned(), &missing),
    ] {
        let told = |error: StoreError| match error {
            StoreError::Outside { leads_to, .. } => leads_to,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(told(store.update(&name, &sample(50)).expect_err("refused")), *leads_to);
        assert_eq!(told(store.head(&name).expect_err("refused")), *leads_to);
        assert_eq!(told(store.file(&name).expect_err("refused")), *leads_to);
        if name != "out.rrd" {
            let replace = CreateOptions::new().overwrite(Overwrite::Yes);
            let created = store.create(&name, &schema(), start(), replace);
            let folder = leads_to.parent().expect("a folder");
            assert!(told(created.expect_err("refused")).starts_with(folder), "{name}");
            assert!(told(store.remove(&name).expect_err("refused")).starts_with(folder), "{name}");
        }
    }
    assert_eq!(fs::read_dir(place.path("outside")).expect("a folder").count(), 1);
    assert_eq!(written(&target), 0);
    // Without a kill, a link that is turned afterwards leads nowhere else.
    fs::remove_file(place.path("base/in.rrd")).expect("removed");
    symlink(&target, place.path("base/in.rrd")).expect("a link");
    place.pass();
    let refused = store.update("in.rrd", &sample(51)).expect_err("refused");
    assert!(matches!(refused, StoreError::Outside { .. }), "{refused:?}");
    store.close().expect("closed");
    assert_eq!((written(&place.path("base/a.rrd")), written(&target)), (5, 0));
}

#[test]
fn a_database_is_made_where_its_name_leads_and_folders_only_if_that_is_asked_for() {
    let place = Place::new();
    symlink(place.path("disk"), place.path("base/disk")).expect("a link");
    let store = place.open(place.below());
    let create =
        |store: &Store, name: &Path| store.create(name, &schema(), start(), CreateOptions::new());
    create(&store, Path::new("new/deep/a.rrd")).expect("created");
    create(&store, Path::new("disk/more/b.rrd")).expect("created");
    create(&store, &place.path("base/c/d.rrd")).expect("created");
    for name in ["base/new/deep/a.rrd", "disk/more/b.rrd", "base/c/d.rrd"] {
        assert_eq!(written(&place.path(name)), 0, "{name}");
    }
    drop(store);
    let options = StoreOptions::new().reach(Reach::Anywhere);
    let options = options.missing_folders(MissingFolders::Refused);
    let store = Store::open(place.path("base"), options).expect("a store");
    let refused = create(&store, Path::new("lacking/e.rrd")).expect_err("refused");
    let StoreError::Folder { folder, source } = refused else { panic!("{refused:?}") };
    assert_eq!((folder, source.kind()), (place.path("base/lacking"), ErrorKind::NotFound));
    assert!(!place.path("base/lacking").exists());
    create(&store, Path::new("../outside/f.rrd")).expect("created");
    create(&store, Path::new("new/g.rrd")).expect("created");
    assert!(place.path("outside/f.rrd").exists() && place.path("base/new/g.rrd").exists());
}

#[test]
fn a_database_is_made_by_an_absolute_name_when_its_folders_are_synced_too() {
    for reach in [Reach::Below(Vec::new()), Reach::Anywhere] {
        let place = Place::new();
        let options = place.options(reach).sync(LogSync::Each);
        let options = options.missing_folders(MissingFolders::Created);
        let store = Store::open(place.path("base"), options).expect("a store");
        for name in ["base/a.rrd", "base/new/deep/b.rrd"] {
            let path = place.path(name);
            store.create(&path, &schema(), start(), CreateOptions::new()).expect("made");
            store.update(&path, &sample(1)).expect("acknowledged");
            store.flush(&path).expect("written");
            assert_eq!(written(&path), 1);
        }
    }
}

#[test]
fn nobody_reaches_the_stores_own_files() {
    let place = Place::new();
    fs::create_dir(place.path("base/journal")).expect("a folder");
    symlink("journal", place.path("base/link")).expect("a link");
    let replace = CreateOptions::new().overwrite(Overwrite::Yes);
    for reach in [place.below(), Reach::Anywhere] {
        let options = StoreOptions::new().segment_size(64 << 10).reach(reach);
        let apart = options.clone().journal_folder(place.path("base/journal"));
        let store = Store::open(place.path("base"), apart).expect("a store");
        let own = fs::read_dir(place.path("base/journal")).expect("a folder");
        let mut own = own.map(|item| item.expect("an item").file_name()).collect::<Vec<_>>();
        own.sort();
        assert_eq!(own, ["rrd-store.0.log", "rrd-store.1.log", "rrd-store.images"]);
        for folder in ["journal", "link", "journal/../link"] {
            for name in own.iter().chain([&"rrd-store.orphans".into()]) {
                let name = Path::new(folder).join(name);
                let created = store.create(&name, &schema(), start(), replace);
                assert!(created.is_err(), "{name:?}");
                assert!(store.remove(&name).is_err(), "{name:?}");
                assert!(store.update(&name, &sample(1)).is_err(), "{name:?}");
            }
        }
        // The folder may have databases, too.
        store.create("journal/a.rrd", &schema(), start(), replace).expect("created");
        store.update("link/a.rrd", &sample(1)).expect("acknowledged");
        store.remove("journal/a.rrd").expect("removed");
        assert!(!place.path("base/.rrd-store").exists());
        drop(store);
        let store = Store::open(place.path("base"), options).expect("a store");
        let absolute = place.path("base/.rrd-store/0.log");
        for name in [absolute.as_path(), Path::new("sub/../.rrd-store/0.log")] {
            let created = store.create(name, &schema(), start(), replace);
            assert!(created.is_err() && store.remove(name).is_err(), "{name:?}");
        }
        assert!(absolute.exists());
        drop(store);
        fs::remove_dir_all(place.path("base/.rrd-store")).expect("removed");
    }
}

#[test]
fn samples_of_a_journal_in_the_hidden_folder_are_written_when_another_folder_takes_over() {
    let place = Place::new();
    let options = StoreOptions::new().segment_size(64 << 10);
    let store = Store::open(place.path("base"), options.clone()).expect("a store");
    store.create("a.rrd", &schema(), start(), CreateOptions::new()).expect("created");
    (1..=3).for_each(|number| store.update("a.rrd", &sample(number)).expect("acknowledged"));
    // As after a kill.
    drop(store);
    let store = place.open(place.below());
    assert_eq!(store.recovery().applied, 3);
    store.update("a.rrd", &sample(4)).expect("acknowledged");
    drop(store);
    let store = place.open(place.below());
    assert_eq!(store.recovery().applied, 1);
    assert_eq!(written(&place.path("base/a.rrd")), 4);
    let other = StoreOptions::new().journal_folder(place.path("journal"));
    let refused = Store::open(place.path("disk"), other);
    assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
}

/// All names of one file: relative, absolute, by links, hard links and upwards.
fn names(place: &Place) -> Vec<PathBuf> {
    database(&place.path("base/a.rrd"), 0);
    fs::create_dir(place.path("base/sub")).expect("a folder");
    symlink("../a.rrd", place.path("base/sub/link.rrd")).expect("a link");
    symlink(place.path("base"), place.path("base/sub/up")).expect("a link");
    fs::hard_link(place.path("base/a.rrd"), place.path("base/hard.rrd")).expect("a link");
    fs::hard_link(place.path("base/a.rrd"), place.path("disk/far.rrd")).expect("a link");
    vec![
        "a.rrd".into(),
        "./a.rrd".into(),
        place.path("base/a.rrd"),
        "sub/../a.rrd".into(),
        "sub/link.rrd".into(),
        "sub/up/a.rrd".into(),
        "hard.rrd".into(),
        place.path("disk/far.rrd"),
    ]
}

#[test]
fn a_file_is_one_under_all_its_names_and_keeps_its_samples_while_one_of_them_is_left() {
    for killed in [false, true] {
        for reach in ["below", "anywhere"] {
            let place = Place::new();
            let names = names(&place);
            let reach = if reach == "below" { place.below() } else { Reach::Anywhere };
            let store = place.open(reach.clone());
            let file = store.file(&names[4]).expect("a file");
            for (number, name) in (1..).zip(&names) {
                store.update(name, &sample(number)).expect("acknowledged");
                assert_eq!(store.file(name).expect("a file"), file, "{}", name.display());
            }
            assert_eq!((store.unwritten_of(&file), store.status().files), (8, 1));
            fs::remove_file(place.path("base/sub/link.rrd")).expect("removed");
            fs::remove_file(place.path("base/a.rrd")).expect("removed");
            if killed {
                drop(store);
                let store = place.open(reach);
                assert_eq!((store.recovery().applied, store.recovery().present), (8, 0));
            } else {
                assert!(store.flush_all().failed.is_empty());
                assert_eq!(store.status().samples_lost, 0);
                place.pass();
                store.update("hard.rrd", &sample(9)).expect("acknowledged");
                assert!(store.update("a.rrd", &sample(10)).expect_err("gone").is_not_found());
                store.close().expect("closed");
            }
            assert_eq!(written(&place.path("disk/far.rrd")), if killed { 8 } else { 9 });
        }
    }
}

#[test]
fn any_number_of_spellings_takes_the_memory_of_a_few() {
    let place = Place::new();
    database(&place.path("base/a.rrd"), 0);
    fs::create_dir(place.path("base/s")).expect("a folder");
    let store = place.open(Reach::Anywhere);
    for number in 1..=300 {
        let name = format!("{}a.rrd", "s/../".repeat(usize::try_from(number).expect("small")));
        store.update(&name, &sample(number)).expect("acknowledged");
    }
    assert_eq!((store.status().files, store.unwritten("a.rrd")), (1, 300));
    drop(store);
    let store = place.open(Reach::Anywhere);
    assert_eq!(store.recovery().applied, 300);
}

#[test]
fn a_file_that_was_removed_is_not_found_and_a_new_one_does_not_get_its_samples() {
    for killed in [false, true] {
        let place = Place::new();
        let path = place.path("base/a.rrd");
        database(&path, 2);
        let store = place.open(place.below());
        (3..=5).for_each(|number| store.update("a.rrd", &sample(number)).expect("acknowledged"));
        fs::remove_file(&path).expect("removed");
        place.pass();
        for _ in 0..2 {
            assert!(store.update("a.rrd", &sample(6)).expect_err("gone").is_not_found());
        }
        database(&path, 0);
        if killed {
            drop(store);
            let store = place.open(place.below());
            let failed = store.recovery().failed.iter();
            let failed = failed.map(|(name, error)| (name.clone(), error.to_string()));
            let told = "another file has the place of 'a.rrd': 3 samples are not written to it";
            assert_eq!(failed.collect::<Vec<_>>(), [("a.rrd".into(), told.to_owned())]);
            assert_eq!(store.take_lost(), [("a.rrd".into(), 3)]);
            assert_eq!(written(&path), 0);
            continue;
        }
        store.update("a.rrd", &sample(1)).expect("acknowledged");
        assert_eq!(store.take_lost(), [("a.rrd".into(), 3)]);
        assert_eq!((store.status().samples_lost, store.unwritten("a.rrd")), (3, 1));
        // Nor after a kill.
        drop(store);
        let store = place.open(place.below());
        assert_eq!(store.recovery().applied, 1);
        assert_eq!(written(&path), 1);
    }
}

#[test]
fn a_change_that_was_written_ahead_is_not_made_again_in_a_new_file_like_the_old_one() {
    let place = Place::new();
    let path = place.path("base/a.rrd");
    let step = std::time::Duration::from_secs(10);
    // The head lies in two pages.
    let mut shape = Schema::builder(step);
    for source in 0..60 {
        shape = shape.gauge(&format!("source{source}"), 5 * step);
    }
    let shape = shape.average(0.5, 1, 20).build().expect("a schema");
    let create = || drop(Rrd::create(&path, &shape, start()).expect("created"));
    create();
    let fresh = fs::read(&path).expect("bytes");
    let store = place.open(place.below());
    let readings = Sample::new(sample(1).at, [1; 60]);
    store.update("a.rrd", &readings).expect("acknowledged");
    store.flush("a.rrd").expect("written");
    // As after a kill.
    drop(store);
    fs::rename(&path, place.path("base/old.rrd")).expect("moved");
    create();
    let store = place.open(place.below());
    assert_eq!((store.recovery().completed, store.recovery().applied), (0, 0));
    assert!(fs::read(&path).expect("bytes") == fresh);
}

#[test]
fn samples_of_a_file_that_is_gone_when_they_are_due_are_told() {
    let place = Place::new();
    database(&place.path("base/a.rrd"), 0);
    let store = place.open(Reach::Anywhere);
    store.update("a.rrd", &sample(1)).expect("acknowledged");
    fs::rename(place.path("base/a.rrd"), place.path("base/b.rrd")).expect("moved");
    fs::rename(place.path("base/b.rrd"), place.path("base/a.rrd")).expect("moved");
    place.pass();
    store.update("a.rrd", &sample(2)).expect("acknowledged");
    assert!(store.flush_all().failed.is_empty());
    assert_eq!(written(&place.path("base/a.rrd")), 2);
    let file = store.file("a.rrd").expect("a file");
    store.update_file(&file, &[sample(3), sample(4)]).expect("acknowledged");
    fs::remove_file(place.path("base/a.rrd")).expect("removed");
    let failed = store.flush_files(std::slice::from_ref(&file));
    let [(_, StoreError::Gone { samples: 2, .. })] = failed.as_slice() else {
        panic!("{failed:?}");
    };
    assert_eq!((store.status().samples_lost, store.status().files), (2, 0));
    assert!(store.update_file(&file, &[sample(5)]).expect_err("gone").source.is_not_found());
}

#[test]
fn a_file_that_was_moved_is_the_same_under_its_new_name() {
    let place = Place::new();
    database(&place.path("base/a.rrd"), 0);
    let store = place.open(Reach::Anywhere);
    store.update("a.rrd", &sample(1)).expect("acknowledged");
    fs::rename(place.path("base/a.rrd"), place.path("base/b.rrd")).expect("moved");
    database(&place.path("base/a.rrd"), 0);
    place.pass();
    store.update("b.rrd", &sample(2)).expect("acknowledged");
    store.update("a.rrd", &sample(1)).expect("acknowledged");
    store.close().expect("closed");
    let found = ["base/a.rrd", "base/b.rrd"].map(|name| written(&place.path(name)));
    assert_eq!(found, [1, 2]);
}

#[test]
fn a_file_that_was_restored_with_its_history_gets_the_samples_that_it_lacks() {
    for killed in [false, true] {
        let place = Place::new();
        database(&place.path("base/a.rrd"), 3);
        let store = place.open(place.below());
        (4..=6).for_each(|number| store.update("a.rrd", &sample(number)).expect("acknowledged"));
        fs::copy(place.path("base/a.rrd"), place.path("base/new.rrd")).expect("copied");
        fs::rename(place.path("base/new.rrd"), place.path("base/a.rrd")).expect("moved");
        if killed {
            drop(store);
            let store = place.open(place.below());
            assert_eq!((store.recovery().applied, store.status().samples_lost), (3, 0));
        } else {
            place.pass();
            store.update("a.rrd", &sample(7)).expect("acknowledged");
            assert_eq!(store.status().samples_lost, 0);
            store.close().expect("closed");
        }
        assert_eq!(written(&place.path("base/a.rrd")), if killed { 6 } else { 7 });
    }
}

#[test]
fn what_another_program_writes_is_seen_within_a_second_and_what_it_forestalls_is_counted() {
    let place = Place::new();
    let path = place.path("base/a.rrd");
    database(&path, 0);
    let store = place.open(place.below());
    (1..=3).for_each(|number| store.update("a.rrd", &sample(number)).expect("acknowledged"));
    Rrd::open(&path).expect("opened").update(&sample(2)).expect("updated");
    place.pass();
    assert_eq!(store.last_update("a.rrd").expect("a time"), sample(3).at);
    Rrd::open(&path).expect("opened").update(&sample(8)).expect("updated");
    place.pass();
    assert_eq!(store.last_update("a.rrd").expect("a time"), sample(8).at);
    assert!(store.update("a.rrd", &sample(7)).is_err());
    store.update("a.rrd", &sample(9)).expect("acknowledged");
    assert!(store.flush_all().failed.is_empty());
    assert_eq!(store.take_lost(), [("a.rrd".into(), 3)]);
    assert_eq!((store.status().samples_lost, store.status().samples_written), (3, 1));
    assert_eq!(written(&path), 9);
    // A write of its own does not count as that of another program.
    place.pass();
    store.update("a.rrd", &sample(10)).expect("acknowledged");
    store.close().expect("closed");
    assert_eq!(written(&path), 10);
}

#[test]
fn a_file_that_was_cut_is_refused_until_it_is_whole_and_then_has_its_samples() {
    let place = Place::new();
    let path = place.path("base/a.rrd");
    database(&path, 0);
    let whole = fs::read(&path).expect("bytes");
    let store = place.open(place.below());
    store.update("a.rrd", &sample(1)).expect("acknowledged");
    fs::write(&path, &whole[..whole.len() - 8]).expect("cut");
    place.pass();
    assert!(store.update("a.rrd", &sample(2)).is_err());
    assert_eq!(store.flush_all().failed.len(), 1);
    fs::write(&path, &whole).expect("written");
    place.pass();
    store.update("a.rrd", &sample(2)).expect("acknowledged");
    store.close().expect("closed");
    assert_eq!(written(&path), 2);
}

#[test]
fn samples_that_were_forgotten_stay_so_after_a_kill_in_every_reach() {
    for reach in [Reach::Folder, Reach::Below(Vec::new()), Reach::Anywhere] {
        let place = Place::new();
        for name in ["base/a.rrd", "base/b.rrd"] {
            database(&place.path(name), 0);
        }
        let store = place.open(reach.clone());
        for name in ["a.rrd", "b.rrd"] {
            store.update(name, &sample(1)).expect("acknowledged");
        }
        store.forget("./a.rrd").expect("forgotten");
        drop(store);
        let store = place.open(reach);
        assert_eq!(store.recovery().applied, 1);
        let found = ["base/a.rrd", "base/b.rrd"].map(|name| written(&place.path(name)));
        assert_eq!(found, [0, 1]);
    }
}

#[test]
fn what_is_remembered_of_a_file_goes_when_it_is_idle() {
    let place = Place::new();
    database(&place.path("base/a.rrd"), 0);
    let store = place.open(Reach::Anywhere);
    let file = store.file("a.rrd").expect("a file");
    store.update_file(&file, &[sample(1)]).expect("acknowledged");
    assert!(!store.drop_idle(&file), "it lacks a sample");
    store.flush("a.rrd").expect("written");
    assert!(store.drop_idle(&file));
    assert!(!store.drop_idle(&file), "it is dropped");
    assert_eq!((store.status().files, store.status().loaded), (0, 0));
    store.update_file(&file, &[sample(2)]).expect("acknowledged");
    assert_eq!((store.status().files, store.unwritten("a.rrd")), (1, 1));
}
