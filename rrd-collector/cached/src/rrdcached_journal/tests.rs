//! Journals as the original writes them, taken over by a server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rrd_core::{CreateOptions, Schema, Store, StoreOptions, Timestamp};

use crate::{Ending, Server, ServerOptions, TakeOver, WriteBackOptions};

const START: Timestamp = Timestamp::from_seconds(1_000_000_000);

/// The folders of a server: `base` with databases of two sources, and `journal`.
struct Folders(tempfile::TempDir);

impl Folders {
    fn new(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("journal")).unwrap();
        let store = Store::open(folder.path().join("base"), StoreOptions::new()).unwrap();
        let step = Duration::from_secs(10);
        let schema = Schema::builder(step).gauge("x", 2 * step).gauge("y", 2 * step);
        let schema = schema.average_for(step, 20 * step).build().unwrap();
        for name in names {
            store.create(name, &schema, START, CreateOptions::new()).unwrap();
        }
        store.close().unwrap();
        Self(folder)
    }

    fn base(&self) -> std::path::PathBuf {
        self.0.path().join("base")
    }

    fn journal(&self) -> std::path::PathBuf {
        self.0.path().join("journal")
    }

    /// Writes a file of the journal, in which `BASE` stands for the base.
    fn write(&self, name: &str, text: &str) {
        let path = self.journal().join(name);
        fs::write(&path, text.replace("BASE", self.base().to_str().unwrap())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }

    fn server(&self) -> Server {
        let slow = Duration::from_secs(3600);
        let options = WriteBackOptions { delay: slow, jitter: Duration::ZERO, interval: slow };
        Server::open(ServerOptions::new(self.base()), options, StoreOptions::new()).unwrap()
    }

    fn listing(&self) -> Vec<String> {
        list(&self.journal())
    }
}

fn list(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        items.map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn pending(server: &Server, name: &str) -> Vec<i64> {
    let file = server.store.file(name).unwrap();
    server.store.pending(&file).iter().map(|sample| sample.at.seconds() - 1_000_000_000).collect()
}

#[test]
fn the_journal_that_was_captured_is_taken_over_and_set_aside() {
    let folders = Folders::new(&["a.rrd", "b.rrd", "sub/c.rrd"]);
    folders.write(
        "rrd.journal.1560695230.925170",
        "update a.rrd 1000000010:1:10\n\
         update BASE/b.rrd 1000000010:2:20 1000000020:3:30\n\
         update a.rrd 1000000020:x\\ y:2\n\
         update a.rrd 5:1:1\n\
         wrote BASE/b.rrd\n\
         update b.rrd 1000000030:4:40\n\
         forget BASE/b.rrd\n\
         update sub/c.rrd 1000000010:1:1\n\
         update sub/c.rrd 1000000020:1",
    );
    let server = folders.server();
    let taken = server.take_over_journal(&folders.journal()).unwrap();
    let expected =
        TakeOver { files: 1, accepted: 2, present: 1, refused: 1, ..TakeOver::default() };
    assert_eq!(taken, expected);
    assert_eq!(pending(&server, "a.rrd"), [10]);
    assert_eq!(pending(&server, "b.rrd"), [0; 0]);
    assert_eq!(pending(&server, "sub/c.rrd"), [10]);
    assert_eq!(folders.listing(), ["replayed"]);
    let again = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!(again, TakeOver::default());
    assert!(server.close(Ending::Write).is_empty());
}

#[test]
fn files_are_replayed_in_order_and_what_is_in_a_file_is_not_added_again() {
    let folders = Folders::new(&["a.rrd"]);
    folders.write("rrd.journal.10.000000", "update a.rrd 1000000020:2:2\nupdate a.rrd 1000");
    folders.write("rrd.journal.9.000000", "update a.rrd 1000000010:1:1\n");
    let server = folders.server();
    let kept = fs::read_to_string(folders.journal().join("rrd.journal.9.000000")).unwrap();
    assert_eq!(server.take_over_journal(&folders.journal()).unwrap().accepted, 2);
    assert_eq!(pending(&server, "a.rrd"), [10, 20]);
    // As after a kill between the two renames.
    folders.write("rrd.journal.9.000000", &kept);
    let again = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((again.accepted, again.present), (0, 1));
    // As after a kill before the first.
    assert!(server.close(Ending::KeepJournal).is_empty());
    folders.write("rrd.journal.9.000000", &kept);
    let server = folders.server();
    let again = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((again.accepted, again.present), (0, 1));
    assert_eq!(server.store.last_update("a.rrd").unwrap(), Timestamp::from_seconds(1_000_000_020));
}

#[test]
fn a_value_in_the_middle_of_a_line_that_the_file_has_costs_none_behind_it() {
    let folders = Folders::new(&["a.rrd"]);
    let line = "update a.rrd 1000000010:1:1 junk 1000000010:1:1 1000000020:1 1000000030:3:3\n";
    folders.write("rrd.journal.9.000000", line);
    let server = folders.server();
    let taken = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((taken.accepted, taken.present, taken.refused), (2, 1, 2));
    assert_eq!(pending(&server, "a.rrd"), [10, 30]);
}

#[test]
fn values_of_missing_files_and_of_names_outside_are_refused() {
    let folders = Folders::new(&["a.rrd"]);
    let lines = "update nope.rrd 1000000010:1:1\nupdate ../../etc/x.rrd 1000000010:1:1\n\
                 update\nupdate \nflush a.rrd\nupdate a.rrd 1000000010:1:1\n";
    folders.write("rrd.journal.9.000000", lines);
    let server = folders.server();
    let taken = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((taken.accepted, taken.refused, taken.failed), (1, 2, 0));
    assert_eq!(folders.listing(), ["replayed"]);
}

#[test]
fn a_journal_whose_values_cannot_be_accepted_now_stays_for_the_next_start() {
    let folders = Folders::new(&["a.rrd", "b.rrd"]);
    folders.write(
        "rrd.journal.9.000000",
        "update b.rrd 1000000010:1:1\nupdate a.rrd 1000000010:1:1\n",
    );
    // A file that cannot be opened, also by the superuser.
    let (path, aside) = (folders.base().join("a.rrd"), folders.base().join("aside"));
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    let server = folders.server();
    let taken = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((taken.accepted, taken.failed), (1, 1));
    assert_eq!(folders.listing(), ["rrd.journal.9.000000"]);
    fs::remove_dir(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    let taken = server.take_over_journal(&folders.journal()).unwrap();
    assert_eq!((taken.accepted, taken.present, taken.failed), (1, 1, 0));
    assert_eq!(folders.listing(), ["replayed"]);
}
