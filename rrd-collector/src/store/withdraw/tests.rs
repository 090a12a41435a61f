//! Files of a store that hold samples of the future, and what becomes of them.

use std::fs;
use std::path::Path;

use rrd_core::{RrdReader, Sample, StoreOptions};

use super::*;
use crate::fault::AllFaults;
use crate::group::retention::Retention;
use crate::source::host::LOAD;

/// 2026-11-30 00:00 UTC.
const TODAY: u64 = 1_795_996_800;
const DAY: u64 = 86_400;

fn at(wall: u64, clock: u64) -> Now {
    Now { wall: Duration::from_secs(wall), clock: Duration::from_secs(clock) }
}

/// A store with `load.rrd`, and the work on what it holds of the future.
struct Trial {
    folder: tempfile::TempDir,
    store: Store,
    ahead: SharedAhead,
    faults: AllFaults,
    withdrawal: Withdrawal,
}

impl Trial {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::default().max_skew(None);
        let store = Store::open(folder.path(), options).unwrap();
        let step = rrd_core::Step::SECOND;
        let schema = Retention::default().schema(&LOAD, step).unwrap();
        let start = timestamp(at(TODAY - 2 * DAY, 0));
        store.create("load.rrd", &schema, start, rrd_core::CreateOptions::new()).unwrap();
        let (ahead, faults) = (SharedAhead::new(at(TODAY, 100)), AllFaults::default());
        let withdrawal = Withdrawal::new(ahead.clone(), faults.of_task());
        Self { folder, store, ahead, faults, withdrawal }
    }

    /// Stores a sample for each of these seconds.
    fn store(&self, seconds: impl IntoIterator<Item = u64>) {
        for second in seconds {
            let value = f64::from(u32::try_from(second % 977).unwrap());
            let sample = Sample::new(timestamp(at(second, 0)), [value; 6]);
            self.store.update("load.rrd", &sample).unwrap();
        }
    }

    /// The file refuses a sample of now.
    fn is_refused(&self, now: Now) {
        let until = self.store.last_update("load.rrd").unwrap();
        assert!(self.ahead.lock().refused("load.rrd", until, now));
    }

    fn attend(&mut self, wall: u64, clock: u64) {
        self.withdrawal.attend(&self.store, at(wall, clock), None);
    }

    fn messages(&self) -> Vec<(String, bool)> {
        let faults = self.faults.present().into_iter();
        faults.map(|fault| (fault.message, fault.stops_storing)).collect()
    }

    fn last_update(&self) -> u64 {
        u64::try_from(self.store.last_update("load.rrd").unwrap().seconds()).unwrap()
    }
}

/// The known rows of an archive, by their ends.
fn rows(file: &Path, resolution: u64, start: u64, end: u64) -> Vec<(i64, u64)> {
    let range = TimeRange { start: timestamp(at(start, 0)), end: timestamp(at(end, 0)) };
    let request = FetchRequest::new(ConsolidationFunction::Average, range)
        .resolution(Duration::from_secs(resolution));
    let series = RrdReader::open(file).unwrap().fetch(&request).unwrap();
    assert_eq!(series.step().seconds(), resolution);
    let known = series.kept_rows().filter(|(_, values)| !values[0].is_nan());
    known.map(|(end, values)| (end.seconds(), values[0].to_bits())).collect()
}

#[test]
fn what_a_wrong_clock_stored_is_withdrawn_and_all_other_rows_stay() {
    let mut trial = Trial::new();
    trial.store((TODAY - 2 * DAY + 10..=TODAY).step_by(10));
    trial.store.flush_all();
    let file = trial.folder.path().join("load.rrd");
    let before = trial.folder.path().join("before");
    fs::copy(&file, &before).unwrap();
    trial.store(TODAY + 3 * DAY..TODAY + 3 * DAY + 6);

    trial.is_refused(at(TODAY + 6, 106));
    trial.attend(TODAY + 7, 107);
    let fault = "files hold samples that are later than the clock, up to 2026-12-03 00:00:05 UTC: \
                 nothing is stored in them until that time has come or, 60 s after the clock was \
                 last set, those samples are withdrawn";
    assert_eq!(trial.messages(), [(fault.to_owned(), true)]);
    trial.attend(TODAY + 59, 159);
    assert_eq!(trial.last_update(), TODAY + 3 * DAY + 5);
    trial.attend(TODAY + 60, 160);
    assert_eq!(trial.last_update(), TODAY + 60);
    assert_eq!(trial.messages(), []);
    trial.store([TODAY + 61]);
    trial.store.flush_all();

    // The finer archives reach less than three days back: the wrong clock overwrote them.
    assert_eq!(rows(&file, 60, TODAY - DAY, TODAY - 1), []);
    for (resolution, count) in [(600, 288), (3600, 48), (DAY, 2)] {
        let kept = rows(&file, resolution, TODAY - 2 * DAY, TODAY - 1);
        assert_eq!(kept, rows(&before, resolution, TODAY - 2 * DAY, TODAY - 1), "{resolution}");
        assert_eq!(kept.len(), count);
    }
    let copy = trial.folder.path().join("load.ahead-of-2026-11-30.rrd");
    let last = RrdReader::open(&copy).unwrap().last_update();
    assert_eq!(last, timestamp(at(TODAY + 3 * DAY + 5, 0)));
    // A second wrong clock makes no second copy.
    trial.store([TODAY + 2 * DAY]);
    trial.is_refused(at(TODAY + DAY, DAY + 100));
    trial.attend(TODAY + DAY, DAY + 100);
    assert_eq!(trial.last_update(), TODAY + DAY);
    assert_eq!(trial.store.list().unwrap(), ["load.ahead-of-2026-11-30.rrd", "load.rrd"]);
}

#[test]
fn more_than_an_hour_of_the_future_stays_until_somebody_rewinds_the_file() {
    let mut trial = Trial::new();
    trial.store(TODAY + DAY..TODAY + DAY + 3700);
    trial.is_refused(at(TODAY, 100));
    trial.attend(TODAY + 600, 700);
    let [(message, true)] = &trial.messages()[..] else { panic!("{:?}", trial.messages()) };
    let begin = "files hold samples that are later than the clock, e.g. load.rrd up to 2026-12-01 \
                 01:01:39 UTC, 1 in all: more than an hour of them, or more than a year later.";
    assert!(message.starts_with(begin), "{message}");
    // As `rrd rewind` does, beside the running daemon.
    let mut file = rrd_core::Rrd::open(trial.folder.path().join("load.rrd")).unwrap();
    file.rewind(timestamp(at(TODAY, 0))).unwrap();
    trial.attend(TODAY + 609, 709);
    assert_eq!(trial.messages().len(), 1);
    trial.attend(TODAY + 610, 710);
    assert_eq!(trial.messages(), []);
    trial.store([TODAY + 611]);
}

#[test]
fn two_hours_of_the_future_are_withdrawn_when_a_time_server_confirms_the_clock() {
    let mut trial = Trial::new();
    trial.store(TODAY..=TODAY + 7200);
    trial.is_refused(at(TODAY, 100));
    let confirmed = Some(Duration::from_secs(TODAY + 30));
    trial.withdrawal.attend(&trial.store, at(TODAY + 59, 159), confirmed);
    assert_eq!(trial.last_update(), TODAY + 7200);
    assert_eq!(trial.messages().len(), 1);
    trial.withdrawal.attend(&trial.store, at(TODAY + 60, 160), confirmed);
    assert_eq!(trial.last_update(), TODAY + 60);
    assert_eq!(trial.messages(), []);
    let file = trial.folder.path().join("load.rrd");
    assert_eq!(rows(&file, 10, TODAY, TODAY + 7200).len(), 6);
    let copy = trial.folder.path().join("load.ahead-of-2026-11-30.rrd");
    assert_eq!(rows(&copy, 10, TODAY, TODAY + 7200).len(), 720);
}

#[test]
fn known_samples_are_counted_where_each_part_is_kept_finest() {
    let trial = Trial::new();
    let known =
        |now| known_after(&trial.store, "load.rrd", timestamp(at(now, 0))).unwrap().as_secs();
    trial.store(TODAY - 1800..TODAY);
    // The first one has no predecessor.
    assert_eq!(known(TODAY - 1801), 1799);
    assert_eq!(known(TODAY - 6), 5);
    // After a gap of a day the first ones are kept in minutes and longer rows only.
    trial.store(TODAY + DAY..TODAY + DAY + 10);
    assert_eq!(known(TODAY - 1801), 1800 + 9);
    assert_eq!(known(TODAY), 9);
}

#[test]
fn a_file_that_was_removed_and_one_that_cannot_be_read_stop_no_other() {
    let mut trial = Trial::new();
    trial.store([TODAY + DAY]);
    trial.is_refused(at(TODAY, 100));
    fs::write(trial.folder.path().join("broken.rrd"), "nonsense").unwrap();
    for name in ["broken.rrd", "missing.rrd"] {
        let until = timestamp(at(TODAY + DAY, 0));
        assert!(trial.ahead.lock().refused(name, until, at(TODAY, 100)));
    }
    trial.attend(TODAY + 60, 160);
    assert_eq!(trial.last_update(), TODAY + 60);
    let messages = trial.messages();
    assert!(messages.iter().any(|(message, _)| message.contains("broken.rrd")), "{messages:?}");
    assert!(!trial.ahead.lock().holds_back("missing.rrd", timestamp(at(TODAY, 0))));
}

#[test]
fn copies_are_removed_after_30_days_unless_the_clock_was_just_set() {
    let mut trial = Trial::new();
    for name in ["disk/vda.ahead-of-2026-10-30.rrd", "disk/vdb.ahead-of-2026-10-31.rrd"] {
        let path = trial.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    trial.attend(TODAY + 100 * DAY, 101);
    trial.attend(TODAY, 102);
    assert_eq!(trial.store.list().unwrap().len(), 3);
    trial.attend(TODAY + 60, 162);
    let left = ["disk/vdb.ahead-of-2026-10-31.rrd", "load.rrd"];
    assert_eq!(trial.store.list().unwrap(), left);
}
