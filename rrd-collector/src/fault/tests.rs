//! What is logged about a fault, and when it is forgotten.

use std::time::Duration;

use rrd_core::{CreateOptions, Sample, Schema, Store, StoreOptions, Timestamp};

use super::*;

fn at(second: u64) -> Now {
    Now { wall: Duration::from_secs(1_000_000 + second), clock: Duration::from_secs(50 + second) }
}

/// The lines about outcomes at these seconds: a message, or nothing if it worked.
fn lines(concerns: &mut Concerns, outcomes: &[(u64, Option<&str>)]) -> Vec<(u64, String)> {
    let mut lines = Vec::new();
    for (second, message) in outcomes {
        let message = message.map(str::to_owned);
        let news = concerns.change("x", Reach::Concern, message, at(*second));
        lines.extend(news.map(|news| (*second, news.to_string())));
    }
    lines
}

fn line(second: u64, text: &str) -> (u64, String) {
    (second, text.to_owned())
}

const COUNTED: &str = "(further failures are counted and summarised every hour)";
const SUMMARISED: &str =
    "(from now on changes are summarised every hour, until it has worked for an hour)";

#[test]
fn a_fault_that_lasts_is_logged_when_it_begins_every_hour_and_when_it_ends() {
    let mut concerns = Concerns::default();
    let mut outcomes: Vec<_> = (0..720).map(|round| (round * 10, Some("no answer"))).collect();
    outcomes.push((7200, None));
    outcomes.push((7210, None));
    assert_eq!(
        lines(&mut concerns, &outcomes),
        [
            line(0, &format!("no answer {COUNTED}")),
            line(3600, "360 failures in the last 60 minutes, last: no answer"),
            line(7200, "works again after 720 failures"),
        ]
    );
}

#[test]
fn an_age_that_grows_is_one_fault_and_its_newest_message_is_shown() {
    let mut concerns = Concerns::default();
    let messages: Vec<String> = (0..3).map(|age| format!("stale: written {age} s ago")).collect();
    let outcomes: Vec<_> = (0..).zip(messages.iter().map(|message| Some(&**message))).collect();
    let expected = [line(0, &format!("stale: written 0 s ago {COUNTED}"))];
    assert_eq!(lines(&mut concerns, &outcomes), expected);
    let fault = Fault {
        concern: "x".to_owned(),
        message: "stale: written 2 s ago".to_owned(),
        since: 1_000_000,
        times: 3,
        stops_storing: false,
    };
    assert_eq!(concerns.present().collect::<Vec<_>>(), [fault]);
}

#[test]
fn a_refused_sample_is_the_same_fault_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
    let step = Duration::from_secs(1);
    let schema = Schema::builder(step).gauge("x", step).average_for(step, 60 * step);
    let start = Timestamp::from_seconds(100);
    store.create("x.rrd", &schema.build().unwrap(), start, CreateOptions::new()).unwrap();
    let update =
        |second| store.update("x.rrd", &Sample::new(Timestamp::from_seconds(second), [1.0]));
    let refused = |second| {
        update(second).unwrap();
        chain(&update(second - 1).unwrap_err())
    };
    let (first, second) = (refused(200), refused(300));
    assert_ne!(first, second);
    let outcomes = [(0, Some(&*first)), (1, Some(&*second))];
    assert_eq!(
        lines(&mut Concerns::default(), &outcomes),
        [line(0, &format!("{first} {COUNTED}"))]
    );
}

#[test]
fn another_kind_is_logged_once_however_often_it_alternates() {
    let mut concerns = Concerns::default();
    let both = ["404 Not Found", "401 Unauthorized"];
    let outcomes: Vec<_> =
        (0..300).map(|round| (round * 10, Some(both[usize::from(round % 2 == 1)]))).collect();
    let expected = both.map(|message| format!("{message} {COUNTED}"));
    assert_eq!(lines(&mut concerns, &outcomes), [line(0, &expected[0]), line(10, &expected[1])]);
}

#[test]
fn what_fails_and_works_in_turn_is_logged_twice_and_then_every_hour() {
    let mut concerns = Concerns::default();
    let mut outcomes: Vec<_> =
        (0..720).map(|round| (round * 10, (round % 2 == 0).then_some("no answer"))).collect();
    outcomes.push((10_780, None));
    outcomes.push((10_790, None));
    outcomes.push((10_800, None));
    assert_eq!(
        lines(&mut concerns, &outcomes),
        [
            line(0, &format!("no answer {COUNTED}")),
            line(10, "works again after 1 failure"),
            line(20, &format!("fails again: no answer {SUMMARISED}")),
            line(3600, "180 failures in the last 60 minutes, last: no answer"),
            line(10_790, "has worked for an hour, after 360 failures"),
        ]
    );
    assert!(concerns.episodes.is_empty());
}

#[test]
fn a_fault_an_hour_after_the_last_one_is_a_new_one() {
    let mut concerns = Concerns::default();
    let outcomes = [(0, Some("down")), (10, None), (3610, None), (3620, Some("down"))];
    assert_eq!(
        lines(&mut concerns, &outcomes),
        [
            line(0, &format!("down {COUNTED}")),
            line(10, "works again after 1 failure"),
            line(3620, &format!("down {COUNTED}")),
        ]
    );
    assert_eq!(concerns.present().next().unwrap().since, 1_003_620);
}

#[test]
fn a_failure_that_somebody_waits_for_is_logged_even_if_it_is_known() {
    let mut concerns = Concerns::default();
    lines(&mut concerns, &[(0, Some("down"))]);
    concerns.episodes.get_mut("x").unwrap().0.log_again();
    let outcomes = [(5, Some("down")), (10, Some("down"))];
    assert_eq!(lines(&mut concerns, &outcomes), [line(5, "still fails: down")]);
}

#[test]
fn kinds_without_end_are_eight_lines_an_hour() {
    let mut concerns = Concerns::default();
    let word = |round: u64| "x".repeat(usize::try_from(round).unwrap() + 1);
    let messages: Vec<String> = (0..200).map(word).collect();
    let outcomes: Vec<_> = (0..).zip(messages.iter().map(|message| Some(&**message))).collect();
    assert_eq!(lines(&mut concerns, &outcomes).len(), 8);
}

#[test]
fn the_faults_of_all_tasks_are_listed_until_the_task_ends() {
    let all = AllFaults::default();
    let (one, other) = (all.of_task(), all.of_task());
    let down = || Err(std::io::Error::other("down"));
    one.note("b", &down());
    other.note_storing("a", &down());
    let concerns = |all: &AllFaults| -> Vec<(String, bool)> {
        all.present().into_iter().map(|fault| (fault.concern, fault.stops_storing)).collect()
    };
    assert_eq!(concerns(&all), [("a".to_owned(), true), ("b".to_owned(), false)]);
    drop(other);
    assert_eq!(concerns(&all), [("b".to_owned(), false)]);
    one.note("b", &Ok::<(), std::io::Error>(()));
    assert_eq!(concerns(&all), []);
    assert!(!one.is_empty());
}

#[test]
fn the_fault_of_what_is_not_asked_any_more_is_gone() {
    let faults = Faults::default();
    faults.note("disk", &Err(std::io::Error::other("no answer")));
    faults.forget("load");
    assert_eq!(faults.present().len(), 1);
    faults.forget("disk");
    assert!(faults.is_empty());
}

#[test]
fn the_causes_follow_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = crate::rootfs::KeptFile::new(folder.path().join("x")).read().unwrap_err();
    assert!(chain(&error).ends_with("x: cannot be read: No such file or directory (os error 2)"));
}

#[test]
fn each_cause_is_printed_even_if_the_text_ends_with_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("no answer")]
    struct Cause;
    #[derive(Debug, thiserror::Error)]
    #[error("apache: no answer")]
    struct Effect(#[source] Cause);
    assert_eq!(chain(&Effect(Cause)), "apache: no answer: no answer");
}

#[test]
fn what_ended_long_ago_is_forgotten_though_nobody_notes_it_any_more() {
    let mut concerns = Concerns::default();
    concerns.change("gone", Reach::Concern, Some("no answer".to_owned()), at(0));
    concerns.change("lasts", Reach::Concern, Some("no answer".to_owned()), at(0));
    concerns.change("gone", Reach::Concern, None, at(10));
    let settle = |concerns: &mut Concerns, second| concerns.settle(at(second));
    assert_eq!(settle(&mut concerns, 3609), []);
    assert_eq!(concerns.episodes.len(), 2);
    assert_eq!(settle(&mut concerns, 3610), []);
    assert_eq!(concerns.episodes.keys().collect::<Vec<_>>(), ["lasts"]);
}
