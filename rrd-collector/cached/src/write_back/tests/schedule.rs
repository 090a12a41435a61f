//! The schedule, with moments as numbers.

use std::time::Duration;

use rrd_core::{StoreError, StoreFile, UpdateError};
use tokio::sync::oneshot;

use super::{files, store};
use crate::write_back::moment::Moment;
use crate::write_back::random::Random;
use crate::write_back::schedule::{News, Outcome, Schedule, Step, Turn};
use crate::write_back::{Flushed, WriteBackOptions};

const OPTIONS: WriteBackOptions = WriteBackOptions {
    delay: Duration::from_secs(300),
    jitter: Duration::ZERO,
    interval: Duration::from_secs(3600),
};

/// A file was written, and lacks nothing.
const WRITTEN: Outcome = Outcome::Written { lacks: false };

fn at(seconds: f64) -> Moment {
    Moment::after(Duration::from_secs_f64(seconds))
}

fn schedule() -> Schedule {
    Schedule::new(OPTIONS, Random::new(7))
}

/// The files that are written at a moment; the moment until which the thread sleeps if none are.
fn step(schedule: &mut Schedule, seconds: f64) -> Result<Vec<Turn>, Moment> {
    match schedule.next(at(seconds), 32) {
        Step::Write(turns) => Ok(turns),
        Step::Sleep(until) => Err(until),
        step => panic!("{step:?}"),
    }
}

fn names(turns: &[Turn]) -> Vec<&str> {
    turns.iter().map(|turn| turn.file.path().to_str().unwrap()).collect()
}

fn request(schedule: &mut Schedule, file: &StoreFile, seconds: f64) -> oneshot::Receiver<Flushed> {
    let (sender, receiver) = oneshot::channel();
    schedule.request(file, sender, at(seconds));
    receiver
}

fn finish(schedule: &mut Schedule, turn: Turn, outcome: Outcome, seconds: f64) -> Option<News> {
    schedule.finish(turn, outcome, at(seconds))
}

fn unreadable() -> StoreError {
    let source = std::io::Error::other("bad disk");
    StoreError::Update(UpdateError::Write { path: "a.rrd".into(), source })
}

fn locked() -> StoreError {
    StoreError::Update(UpdateError::Locked { path: "a.rrd".into() })
}

#[test]
fn a_file_is_written_once_its_first_value_has_waited_for_the_delay() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd", "b.rrd"]);
    let [a, b] = files(&store, ["a.rrd", "b.rrd"]);
    let mut schedule = schedule();
    assert_eq!(step(&mut schedule, 0.0).unwrap_err(), at(3600.0));
    assert!(schedule.note(&a, at(10.2)), "the thread sleeps for longer");
    assert!(schedule.note(&b, at(10.9)), "nothing was written yet");
    assert_eq!(step(&mut schedule, 11.0).unwrap_err(), at(311.0));
    assert!(!schedule.note(&b, at(12.0)), "the thread wakes earlier");
    assert_eq!(schedule.oldest(at(310.2)), Some(Duration::from_secs(300)));
    assert_eq!(names(&step(&mut schedule, 311.0).unwrap()), ["a.rrd"]);
    assert_eq!(names(&step(&mut schedule, 312.0).unwrap()), ["b.rrd"]);
    assert_eq!(step(&mut schedule, 313.0).unwrap_err(), at(3600.0));
    assert_eq!(schedule.oldest(at(313.0)), None);
}

#[test]
fn a_random_delay_is_added_that_is_less_than_the_jitter() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let options = WriteBackOptions { jitter: Duration::from_secs(60), ..OPTIONS };
    let mut seconds = Vec::new();
    for seed in 0..200 {
        let mut schedule = Schedule::new(options, Random::new(seed));
        schedule.note(&a, Moment::ZERO);
        let due = step(&mut schedule, 0.0).unwrap_err().since_start().as_secs();
        assert!((300..=360).contains(&due), "{due}");
        seconds.push(due);
    }
    seconds.sort_unstable();
    seconds.dedup();
    assert!(seconds.len() > 30, "{seconds:?}");
}

#[test]
fn a_flush_comes_before_all_files_that_are_due_and_is_told_its_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd", "b.rrd", "c.rrd"]);
    let [a, b, c] = files(&store, ["a.rrd", "b.rrd", "c.rrd"]);
    let mut schedule = schedule();
    for file in [&a, &b, &c] {
        schedule.note(file, Moment::ZERO);
    }
    schedule.queue_all();
    let (mut first, mut second) =
        (request(&mut schedule, &c, 1.0), request(&mut schedule, &c, 1.0));
    assert_eq!(schedule.queue_length(), 3);
    assert_eq!(schedule.queued(), [c.clone(), a, b]);
    let mut turns = step(&mut schedule, 1.0).unwrap();
    assert_eq!(names(&turns), ["c.rrd", "a.rrd", "b.rrd"]);
    assert!(first.try_recv().is_err());
    assert_eq!(finish(&mut schedule, turns.remove(0), WRITTEN, 1.0), None);
    assert!(first.try_recv().unwrap().is_ok());
    assert!(second.try_recv().unwrap().is_ok());
    assert_eq!((schedule.queue_length(), schedule.count()), (0, 3));
}

#[test]
fn values_that_arrive_during_a_write_wait_for_their_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let mut schedule = schedule();
    schedule.note(&a, Moment::ZERO);
    let turn = step(&mut schedule, 300.0).unwrap().remove(0);
    schedule.note(&a, at(300.0));
    assert_eq!(finish(&mut schedule, turn, WRITTEN, 301.0), None);
    assert_eq!(step(&mut schedule, 301.0).unwrap_err(), at(600.0));
}

#[test]
fn values_that_are_still_missing_after_a_write_are_due_after_the_delay() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let mut schedule = schedule();
    request(&mut schedule, &a, 0.0);
    let turn = step(&mut schedule, 0.0).unwrap().remove(0);
    finish(&mut schedule, turn, Outcome::Written { lacks: true }, 5.0);
    assert_eq!(schedule.oldest(at(7.0)), Some(Duration::from_secs(2)));
    assert_eq!(step(&mut schedule, 7.0).unwrap_err(), at(305.0));
}

#[test]
fn a_failing_file_is_tried_again_later_and_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let mut schedule = schedule();
    schedule.note(&a, Moment::ZERO);
    let mut seconds = 300.0;
    for (pause, news) in [(1.0, Some(News::Failing)), (2.0, None), (4.0, None)] {
        let turn = step(&mut schedule, seconds).unwrap().remove(0);
        assert_eq!(finish(&mut schedule, turn, Outcome::Failed(unreadable()), seconds), news);
        assert_eq!(step(&mut schedule, seconds).unwrap_err(), at(seconds + pause));
        seconds += pause;
    }
    let failures = schedule.failures(at(302.5));
    assert_eq!((failures.len(), failures[0].attempts), (1, 3));
    assert_eq!(failures[0].age, Duration::from_millis(2500));
    assert_eq!(schedule.oldest(at(seconds)), Some(Duration::from_secs(307)));
    let turn = step(&mut schedule, seconds).unwrap().remove(0);
    let news = finish(&mut schedule, turn, WRITTEN, seconds);
    assert_eq!(news, Some(News::Recovered(3)));
    assert!(schedule.failures(at(seconds)).is_empty());
}

#[test]
fn a_locked_file_is_reported_after_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let mut schedule = schedule();
    schedule.note(&a, Moment::ZERO);
    let mut told = Vec::new();
    for seconds in [300.0, 301.0, 303.0, 307.0, 315.0, 331.0] {
        let turn = step(&mut schedule, seconds).unwrap().remove(0);
        told.push(finish(&mut schedule, turn, Outcome::Failed(locked()), seconds).is_some());
    }
    assert_eq!(told, [false, false, false, false, true, false]);
    let turn = step(&mut schedule, 400.0).unwrap().remove(0);
    let news = finish(&mut schedule, turn, WRITTEN, 400.0);
    assert_eq!(news, Some(News::Recovered(6)));
}

#[test]
fn a_flush_of_a_locked_file_waits_for_ten_seconds_while_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd", "b.rrd"]);
    let [a, b] = files(&store, ["a.rrd", "b.rrd"]);
    let mut schedule = schedule();
    schedule.note(&a, Moment::ZERO);
    let mut first = request(&mut schedule, &a, 0.0);
    let mut seconds = 0.0;
    while seconds < 9.9 {
        let turn = step(&mut schedule, seconds).unwrap().remove(0);
        finish(&mut schedule, turn, Outcome::Failed(locked()), seconds);
        assert!(first.try_recv().is_err(), "{seconds}");
        assert_eq!(step(&mut schedule, seconds).unwrap_err(), at(seconds + 0.05));
        seconds += 0.05;
    }
    request(&mut schedule, &b, seconds);
    let mut second = request(&mut schedule, &a, seconds);
    let turns = step(&mut schedule, seconds).unwrap();
    assert_eq!(names(&turns), ["b.rrd", "a.rrd"]);
    for turn in turns {
        finish(&mut schedule, turn, Outcome::Failed(locked()), 10.0);
    }
    assert!(first.try_recv().unwrap().is_err());
    assert!(second.try_recv().unwrap().is_err());
}

#[test]
fn a_suspended_file_is_not_written_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd", "b.rrd"]);
    let [a, b] = files(&store, ["a.rrd", "b.rrd"]);
    let mut schedule = schedule();
    assert!(!schedule.set_suspended(a.id(), true), "it is not known");
    schedule.note(&a, Moment::ZERO);
    schedule.note(&b, Moment::ZERO);
    let mut waiting = request(&mut schedule, &a, 1.0);
    assert!(schedule.set_suspended(a.id(), true));
    assert!(!schedule.set_suspended(a.id(), true));
    assert!(waiting.try_recv().unwrap().is_ok());
    assert!(request(&mut schedule, &a, 2.0).try_recv().unwrap().is_ok());
    assert_eq!(schedule.set_all_suspended(true), std::slice::from_ref(&b));
    assert_eq!(step(&mut schedule, 400.0).unwrap_err(), at(3600.0));
    schedule.queue_all();
    assert_eq!(step(&mut schedule, 400.0).unwrap_err(), at(3600.0));
    assert!(schedule.set_suspended(b.id(), false));
    assert_eq!(names(&step(&mut schedule, 401.0).unwrap()), ["b.rrd"]);
    assert_eq!(schedule.set_all_suspended(false), [a]);
    assert_eq!(names(&step(&mut schedule, 402.0).unwrap()), ["a.rrd"]);
}

#[test]
fn a_file_is_forgotten_on_request_when_it_has_gone_or_when_it_is_not_used_for_an_interval() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd", "b.rrd", "c.rrd"]);
    let [a, b, c] = files(&store, ["a.rrd", "b.rrd", "c.rrd"]);
    let mut schedule = schedule();
    schedule.note(&a, Moment::ZERO);
    schedule.note(&b, Moment::ZERO);
    assert!(schedule.forget(a.id()));
    assert!(!schedule.forget(a.id()));
    assert!(!schedule.knows(a.id()) && schedule.knows(b.id()));

    let mut waiting = request(&mut schedule, &b, 1.0);
    let turn = step(&mut schedule, 1.0).unwrap().remove(0);
    finish(&mut schedule, turn, Outcome::Gone(locked()), 1.0);
    assert!(waiting.try_recv().unwrap().is_err());
    assert_eq!(schedule.count(), 0);

    schedule.note(&c, at(1.0));
    let turn = step(&mut schedule, 301.0).unwrap().remove(0);
    finish(&mut schedule, turn, WRITTEN, 301.0);
    let Step::Search(unused) = schedule.next(at(3600.0), 32) else { panic!() };
    assert!(unused.is_empty());
    assert_eq!(schedule.count(), 1);
    let Step::Search(unused) = schedule.next(at(7200.0), 32) else { panic!() };
    assert_eq!(unused, [c]);
    assert_eq!(schedule.count(), 0);
}

#[test]
fn a_client_may_wait_for_a_file_that_no_client_has_updated() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), &["a.rrd"]);
    let [a] = files(&store, ["a.rrd"]);
    let mut schedule = schedule();
    let mut waiting = request(&mut schedule, &a, 0.0);
    assert!(!schedule.knows(a.id()));
    let turn = step(&mut schedule, 0.0).unwrap().remove(0);
    finish(&mut schedule, turn, WRITTEN, 0.0);
    assert!(waiting.try_recv().unwrap().is_ok());
    assert_eq!(schedule.count(), 0);
    assert_eq!(step(&mut schedule, 1.0).unwrap_err(), at(3600.0));
}
