//! Instances that come and go, with a fake clock: their files, and what memory holds of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{Sample, Store, StoreOptions};

use super::*;
use crate::bytes::Bytes;
use crate::group::retention::Retention;
use crate::source::textfile::TEXTFILE;
use crate::store::budget::FileLimits;
use crate::store::data_folder::DataFolder;
use crate::store::writer::{GroupSample, GroupWriter, Sent};

const START: i64 = 1_700_000_000;

/// A daemon with a fake clock and small files.
struct Trial {
    writer: StoreWriter,
    /// Seconds since the first start.
    now: u64,
}

fn caps(textfile: usize) -> FileLimits {
    let caps = BTreeMap::from([("textfile".to_owned(), textfile)]);
    FileLimits { caps, ..FileLimits::default() }
}

impl Trial {
    fn start(folder: &Path, now: u64, limits: FileLimits) -> Self {
        let data = Arc::new(DataFolder::open(folder, StoreOptions::default()).unwrap());
        let mut writer = StoreWriter::new(data, "1s for 1m".parse::<Retention>().unwrap());
        writer.limit(limits);
        Self { writer, now }
    }

    fn stop(mut self) -> u64 {
        assert!(self.writer.flush().unwrap().is_empty());
        self.now
    }

    fn write(&mut self, instance: &str) -> Result<(), WriteError> {
        self.write_sent(instance, Sent::Now)
    }

    fn write_sent(&mut self, instance: &str, sent: Sent) -> Result<(), WriteError> {
        self.writer.write(GroupSample {
            at: Timestamp::from_seconds(START) + Duration::from_secs(self.now),
            clock: Duration::from_secs(self.now),
            step: Step::from_seconds(1).unwrap(),
            kind: &TEXTFILE,
            instance,
            values: &[1.0],
            sent,
        })
    }

    /// Samples these instances every ten seconds, until `seconds` have gone by.
    fn go_on(&mut self, seconds: u64, instances: &[&str]) {
        for _ in 0..seconds / 10 {
            self.now += 10;
            for instance in instances {
                self.write(instance).unwrap();
            }
        }
    }

    fn is_refused(&mut self, instance: &str) -> bool {
        match self.write(instance) {
            Ok(()) => false,
            Err(WriteError::NoRoom(_)) => true,
            Err(error) => panic!("{error}"),
        }
    }

    fn store(&self) -> Arc<Store> {
        self.writer.data.store().unwrap().0
    }

    fn files(&self) -> Vec<String> {
        let name = |file: String| {
            file.strip_prefix("textfile/").unwrap().strip_suffix(".rrd").unwrap().to_owned()
        };
        self.store().list().unwrap().into_iter().map(name).collect()
    }

    fn removed(&mut self) -> Vec<String> {
        self.writer.take_removed().into_iter().map(|group| group.instance().to_owned()).collect()
    }
}

fn size_of_a_file(folder: &Path) -> u64 {
    let mut trial = Trial::start(folder, 0, FileLimits::default());
    trial.write("x").unwrap();
    trial.stop();
    let size = fs::metadata(folder.join("textfile/x.rrd")).unwrap().len();
    fs::remove_file(folder.join("textfile/x.rrd")).unwrap();
    size
}

#[test]
fn names_that_come_and_go_have_as_many_files_as_their_kind_may_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(20));
    for minute in 0..200 {
        trial.now = minute * 60;
        trial.write(&format!("job{minute}")).unwrap();
        trial.write("stays").unwrap();
    }
    let files = trial.files();
    assert_eq!(files.len(), 20);
    assert!(["stays", "job199", "job181"].iter().all(|name| files.iter().any(|f| f == name)));
    // Memory holds no more than the folder.
    assert_eq!(trial.writer.groups.len(), 20);
    assert_eq!(trial.store().status().files, 20);
    assert_eq!(trial.removed().len(), 181);
}

#[test]
fn a_new_instance_is_refused_while_all_others_are_in_use_and_stored_when_one_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(2));
    trial.go_on(60, &["a", "b"]);
    assert!(trial.is_refused("c"));
    trial.go_on(10, &["a", "b"]);
    trial.go_on(590, &["b"]);
    assert!(trial.is_refused("c"));
    trial.go_on(20, &["b"]);
    assert!(!trial.is_refused("c"));
    assert_eq!(trial.removed(), ["a"]);
    assert_eq!(trial.files(), ["b", "c"]);
    // With another cap at once.
    assert!(trial.is_refused("d"));
    trial.writer.limit(caps(3));
    assert!(!trial.is_refused("d"));
}

#[test]
fn a_group_that_its_source_forgets_makes_room_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(2));
    trial.go_on(60, &["a", "b"]);
    trial.writer.forget(&GroupId::of(&TEXTFILE, "a"));
    assert!(!trial.is_refused("c"));
    assert_eq!(trial.files(), ["b", "c"]);
}

#[test]
fn a_group_whose_values_are_only_repeated_gives_its_place_to_one_that_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(2));
    trial.go_on(10, &["a", "b"]);
    for _ in 0..61 {
        trial.go_on(10, &["b"]);
        trial.write_sent("a", Sent::Before).unwrap();
    }
    assert_eq!(trial.files(), ["a", "b"]);
    assert!(!trial.is_refused("c"));
    assert_eq!(trial.files(), ["b", "c"]);
}

#[test]
fn after_a_restart_what_was_gone_goes_first_and_what_was_sampled_to_the_end_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(4));
    trial.go_on(10, &["oldest"]);
    trial.go_on(10, &["old"]);
    trial.go_on(1000, &["a", "b"]);
    // Three days later.
    let now = trial.stop() + 3 * 86_400;
    let mut trial = Trial::start(folder.path(), now, caps(4));
    assert!(!trial.is_refused("new"));
    assert_eq!(trial.files(), ["a", "b", "new", "old"]);
    assert!(!trial.is_refused("newer"));
    assert_eq!(trial.files(), ["a", "b", "new", "newer"]);
    // The first sample may take some time.
    trial.go_on(590, &["a", "new", "newer"]);
    assert!(trial.is_refused("newest"));
    trial.go_on(20, &["a", "new", "newer"]);
    assert!(!trial.is_refused("newest"));
    assert_eq!(trial.files(), ["a", "new", "newer", "newest"]);
}

#[test]
fn a_suspended_host_has_not_seen_its_instances_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(2));
    trial.go_on(60, &["a", "b"]);
    trial.now += 3 * 86_400;
    assert!(trial.is_refused("c"));
    assert_eq!(trial.files(), ["a", "b"]);
}

#[test]
fn a_folder_stays_below_its_limit_and_no_instance_in_use_pays_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let size = size_of_a_file(folder.path());
    fs::write(folder.path().join("other"), vec![0; 1 << 20]).unwrap();
    let mut trial = Trial::start(folder.path(), 0, FileLimits::default());
    // Other files and the journal.
    let store = trial.store();
    let used = trial.writer.take_files(&store).other_bytes;
    trial.stop();
    drop(store);
    assert!(used > 1 << 20, "{used}");
    let limits = |bytes| FileLimits { disk: Some(Bytes(bytes)), ..FileLimits::default() };
    let mut trial = Trial::start(folder.path(), 0, limits(used + 3 * size));
    trial.go_on(10, &["a", "b", "c"]);
    assert!(trial.is_refused("d"));
    trial.go_on(610, &["b"]);
    assert!(!trial.is_refused("d"));
    assert_eq!(trial.files().len(), 3);
    trial.writer.limit(limits(used + 2 * size));
    trial.writer.tidy();
    assert_eq!(trial.files(), ["b", "d"]);
    trial.writer.limit(limits(1));
    trial.writer.tidy();
    assert_eq!(trial.files(), ["b", "d"]);
    // Room that somebody else makes is found.
    trial.writer.limit(limits(used + 2 * size));
    assert!(trial.is_refused("e"));
    fs::remove_file(folder.path().join("other")).unwrap();
    trial.writer.tidy();
    trial.go_on(10, &["b", "d", "e"]);
    assert_eq!(trial.files(), ["b", "d", "e"]);
}

#[test]
fn a_file_is_removed_with_its_full_name_after_the_configured_time() {
    let folder = tempfile::tempdir().unwrap();
    let limits =
        FileLimits { remove_after: Some(Duration::from_secs(3600)), ..FileLimits::default() };
    let mut trial = Trial::start(folder.path(), 0, limits);
    let long = "x".repeat(300);
    trial.go_on(10, &[&long, "a"]);
    trial.go_on(3590, &["a"]);
    trial.writer.tidy();
    assert_eq!(trial.files().len(), 2);
    let names = || fs::read_to_string(folder.path().join("names.json")).unwrap();
    assert!(names().contains(&long));
    trial.go_on(10, &["a"]);
    trial.writer.tidy();
    assert_eq!((trial.files(), trial.removed()), (vec!["a".to_owned()], vec![long.clone()]));
    assert_eq!(names(), "{}");
    assert!(!trial.is_refused(&long));
}

#[test]
fn a_file_that_another_program_writes_to_is_never_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(2));
    trial.go_on(10, &["theirs", "a"]);
    trial.go_on(700, &["a"]);
    assert!(trial.writer.flush().unwrap().is_empty());
    trial.store().forget("textfile/theirs.rrd").unwrap();
    let mut theirs = rrd_core::Rrd::open(folder.path().join("textfile/theirs.rrd")).unwrap();
    theirs.update(&Sample::new(Timestamp::from_seconds(START + 700), [7.0])).unwrap();
    assert!(!trial.is_refused("b"));
    assert_eq!(trial.files(), ["a", "b", "theirs"]);
    // A file that no group can have is not counted, either.
    fs::copy(folder.path().join("textfile/a.rrd"), folder.path().join("textfile/Not ours.rrd"))
        .unwrap();
    let now = trial.stop();
    let mut trial = Trial::start(folder.path(), now, caps(3));
    trial.go_on(10, &["a", "b"]);
    assert!(trial.files().contains(&"Not ours".to_owned()));
}

#[test]
fn many_files_go_over_several_samples() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Trial::start(folder.path(), 0, caps(1000));
    for number in 0..250 {
        trial.write(&format!("job{number}")).unwrap();
    }
    trial.write("a").unwrap();
    trial.writer.limit(caps(10));
    trial.go_on(600, &["a"]);
    let mut left = Vec::new();
    for _ in 0..4 {
        trial.go_on(10, &["a"]);
        trial.write("b").unwrap();
        left.push(trial.files().len());
    }
    assert_eq!(left, [151, 51, 10, 10]);
}
