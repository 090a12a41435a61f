//! A sender over hours of a world whose values are known, and receivers of all kinds.

use super::super::cursor::Cursor;
use super::super::outcome::{Outcome, SendError};
use super::super::settings::tests::endpoint;
use super::super::simulation::{Receiver, START, Span, World, answer, sender};
use super::*;
use crate::output::remote::wire::v1::{Label, WriteRequest};
use crate::output::remote_status::DropReason;

/// Rows of ten seconds that end after a time, up to another.
fn tens(after: i64, until: i64) -> Vec<i64> {
    (after + 1..=until).filter(|time| time % 10 == 0).collect()
}

fn no_answer() -> Outcome {
    Outcome::Failed(SendError::Timeout { limit: Duration::from_secs(30) })
}

/// A receiver that is away for a time.
fn away(from: i64, until: i64) -> Receiver {
    Receiver {
        refuses: Box::new(move |_, now| (from <= now && now < until).then(no_answer)),
        ..Receiver::default()
    }
}

#[test]
fn new_rows_arrive_within_fifteen_seconds_of_their_end() {
    let world = World::new(3, 5);
    let mut sender = sender(&world, "", Cursor::beginning(START + 5));
    let mut receiver = Receiver::default();
    world.run(&mut sender, &mut receiver, START + 3615);
    for instance in ["d000", "d002"] {
        let times = receiver.times("a", instance);
        assert_eq!(times, tens(START + 5, START + 3610));
        assert_eq!(receiver.times("b", instance), times);
    }
    assert_eq!(receiver.series.len(), 6);
    assert_eq!(receiver.requests.values().sum::<u32>(), 361);
    assert_eq!((sender.status().sent, receiver.refused), (361 * 6, 0));
    assert_eq!(sender.status().waiting_since, None);
}

#[test]
fn after_fifteen_minutes_without_a_receiver_there_is_no_gap_and_the_present_is_soon_reached() {
    let world = World::new(100, 0);
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let back = START + 600 + 900;
    let mut receiver = away(START + 600, back);
    world.run(&mut sender, &mut receiver, back);
    let behind = sender.status().behind(back);
    assert!((880..=900).contains(&behind), "{behind}");
    let failed = sender.status().failures[&0];
    assert!(failed < 60, "{failed}");
    world.run(&mut sender, &mut receiver, back + 120);
    assert_eq!(sender.status().waiting_since, None);
    for (instance, metric) in [("d000", "a"), ("d099", "b")] {
        let times = receiver.times(metric, instance);
        assert_eq!(times, tens(START, *times.last().unwrap()));
        assert!(*times.last().unwrap() >= back + 100);
    }
    assert!(receiver.requests.values().all(|requests| *requests <= 6));
    assert_eq!(sender.status().dropped, [].into());
    assert_eq!(sender.status().failures.len(), 1);
}

#[test]
fn what_is_older_than_an_hour_is_skipped_counted_and_reported() {
    let world = World::new(5, 0);
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let back = START + 3 * 3600;
    let mut receiver = away(START + 600, back);
    world.run(&mut sender, &mut receiver, back + 120);
    let times = receiver.times("a", "d003");
    let resumed = *times.iter().find(|time| **time > START + 600).unwrap();
    assert!((back - 3600..back - 3500).contains(&resumed), "{resumed}");
    let sent = [tens(START, START + 590), tens(resumed - 10, *times.last().unwrap())].concat();
    assert!(times == sent || times == [tens(START, START + 600), sent[59..].to_vec()].concat());
    let skipped = u64::try_from((resumed - START) / 10 - 1).unwrap() - 59;
    let dropped = sender.status().dropped[&DropReason::TooOld];
    assert!(dropped == skipped * 10 || dropped == (skipped - 1) * 10, "{dropped} {skipped}");
    assert_eq!((receiver.refused > 0, sender.status().waiting_since), (true, None));
}

#[test]
fn where_order_does_not_matter_new_rows_go_first_and_a_day_is_made_up_for() {
    for hours in [3, 24] {
        let world = World::new(4, 0);
        let mut sender = sender(&world, "order = \"any\"", Cursor::beginning(START));
        let back = START + hours * 3600;
        let mut receiver = Receiver { takes_any_order: true, ..away(START + 600, back) };
        world.run(&mut sender, &mut receiver, back);
        receiver.requests.clear();
        world.run(&mut sender, &mut receiver, back + 80);
        let first = receiver.series.values().next().unwrap().keys();
        let first = first.copied().find(|time| *time > (START + 610) * 1000).unwrap();
        assert!(first > START * 1000, "{first}");
        world.run(&mut sender, &mut receiver, back + 400);
        let times = receiver.times("b", "d003");
        // Rows of a minute where those of ten seconds had been dropped.
        let fine = times.iter().position(|time| *time > START + 600 && time % 60 == 10).unwrap();
        let from = if hours == 3 { START } else { back - 6 * 3600 };
        let is_gap = |pair: &[i64]| pair[1] - pair[0] != if pair[1] > from + 500 { 10 } else { 60 };
        if hours == 3 {
            assert_eq!(times, tens(START, *times.last().unwrap()));
        } else {
            let gaps = times.windows(2).filter(|pair| pair[0] > START + 600 && is_gap(pair));
            assert!(
                gaps.clone().all(|pair| pair[1] - pair[0] <= 60),
                "{:?}",
                gaps.collect::<Vec<_>>()
            );
            assert!(times[fine] <= from + 600);
        }
        assert_eq!(sender.status().waiting_since, None);
        assert_eq!(sender.status().dropped, [].into());
        assert!(receiver.requests.values().all(|requests| *requests <= 6));
    }
}

#[test]
fn a_backlog_that_fails_for_its_age_is_given_up_and_new_rows_do_not_wait_for_that() {
    let world = World::new(20, 0);
    let mut sender = sender(&world, "order = \"any\"", Cursor::beginning(START));
    let back = START + 5 * 3600;
    let refuses = move |request: &WriteRequest, now: i64| {
        let samples = request.timeseries.iter().flat_map(|series| &series.samples);
        let is_old = |at: i64| at / 1000 < now - 7200;
        let oldest = samples.map(|sample| sample.timestamp).min();
        match oldest {
            _ if now < back => Some(no_answer()),
            Some(oldest) if is_old(oldest) => Some(answer(500, "too old sample")),
            _ => None,
        }
    };
    let mut receiver =
        Receiver { takes_any_order: true, refuses: Box::new(refuses), ..Receiver::default() };
    world.run(&mut sender, &mut receiver, back + 1200);
    let times = receiver.times("a", "d013");
    let first = *times.first().unwrap();
    assert!(first < back - 7200 + 360, "{}", first - back);
    assert_eq!(times, tens(first - 10, *times.last().unwrap()));
    assert!(*times.last().unwrap() >= back + 1180);
    assert_eq!(sender.status().waiting_since, None);
    assert!(receiver.requests.values().all(|requests| *requests <= 6));
}

#[test]
fn after_a_kill_an_older_cursor_leaves_no_gap() {
    for order in ["strict", "any"] {
        let world = World::new(30, 0);
        let settings = format!("order = \"{order}\"");
        let mut first = sender(&world, &settings, Cursor::beginning(START));
        let back = START + 600 + 3000;
        let mut receiver = Receiver { takes_any_order: order == "any", ..away(START + 600, back) };
        world.run(&mut first, &mut receiver, back);
        let cursor = first.moved_cursor().unwrap().clone();
        // Killed amid what is caught up.
        while first.status().sent < 120 * 30 * 2 {
            world.run(&mut first, &mut receiver, world.wall() + 1);
        }
        assert!(first.status().waiting_since.is_some());
        drop(first);
        let mut second = sender(&world, &settings, cursor);
        world.run(&mut second, &mut receiver, back + 300);
        let times = receiver.times("a", "d017");
        assert_eq!(times, tens(START, *times.last().unwrap()));
        assert_eq!(second.status().waiting_since, None);
    }
}

#[test]
fn a_series_that_is_poison_is_given_up_and_the_others_arrive() {
    let world = World::new(20, 0);
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let mut receiver = Receiver {
        refuses: Box::new(|request, _| {
            let is_poison = |label: &Label| label.value == "d007";
            let mut labels = request.timeseries.iter().flat_map(|series| &series.labels);
            labels.any(is_poison).then(|| answer(500, "label name \"a\" is not unique"))
        }),
        ..Receiver::default()
    };
    world.run(&mut sender, &mut receiver, START + 290);
    assert_eq!(receiver.times("a", "d006"), [0_i64; 0]);
    // Once that is known, nothing waits any more.
    for minutes in [7, 9] {
        let now = START + 60 * minutes;
        world.run(&mut sender, &mut receiver, now);
        for other in (0..20).filter(|number| *number != 7) {
            let times = receiver.times("a", &format!("d{other:03}"));
            assert_eq!(times, tens(START, *times.last().unwrap()));
            assert!(*times.last().unwrap() >= now - 25, "{minutes}");
        }
        assert_eq!(receiver.times("b", "d007"), [0_i64; 0]);
        let dropped = sender.status().dropped[&DropReason::Refused];
        assert!((12 * minutes - 6..=12 * minutes).contains(&dropped.cast_signed()), "{dropped}");
    }
}

#[test]
fn a_receiver_that_fails_at_everything_loses_nothing() {
    for status in [500, 401, 404] {
        let world = World::new(20, 0);
        let mut sender = sender(&world, "", Cursor::beginning(START));
        let mut receiver = Receiver {
            refuses: Box::new(move |_, now| {
                (now < START + 1800).then(|| answer(status, "no space left on device"))
            }),
            ..Receiver::default()
        };
        world.run(&mut sender, &mut receiver, START + 2000);
        let times = receiver.times("a", "d006");
        assert_eq!(times, tens(START, *times.last().unwrap()));
        assert_eq!(sender.status().dropped, [].into());
        assert_eq!(sender.status().waiting_since, None);
        assert!(receiver.refused < 300, "{}", receiver.refused);
    }
}

#[test]
fn of_a_request_that_is_half_refused_the_other_half_arrives() {
    let world = World::new(20, 0);
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let mut receiver = Receiver {
        refuses: Box::new(|request, _| {
            let mut labels = request.timeseries.iter().flat_map(|series| &series.labels);
            let is_bad = |label: &Label| {
                label.name == "name" && label.value.ends_with(['1', '3', '5', '7', '9'])
            };
            labels.any(is_bad).then(|| answer(400, "out of bounds"))
        }),
        ..Receiver::default()
    };
    world.run(&mut sender, &mut receiver, START + 100);
    for number in 0..20 {
        let times = receiver.times("a", &format!("d{number:03}"));
        let expected = if number % 2 == 0 { tens(START, START + 90) } else { Vec::new() };
        assert_eq!(times, expected, "{number}");
    }
    assert_eq!(sender.status().dropped, [(DropReason::Refused, 9 * 20)].into());
}

#[test]
fn series_end_when_a_value_is_unknown_a_group_goes_or_the_daemon_stops() {
    let world = World::new(3, 0);
    let [first, second, _] =
        ["d000", "d001", "d002"].map(|name| GroupId::new("disk", name).unwrap());
    let span = Span { unknown: START + 95..START + 125, ..Span::ALWAYS };
    world.groups.borrow_mut().insert(first, span);
    world.groups.borrow_mut().insert(second, Span { until: START + 105, ..Span::ALWAYS });
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let mut receiver = Receiver::default();
    world.run(&mut sender, &mut receiver, START + 207);
    assert_eq!(receiver.ends("a", "d000"), [0_i64; 0]);
    assert_eq!(receiver.ends("b", "d000"), [START * 1000 + 100_000]);
    for metric in ["a", "b"] {
        assert_eq!(receiver.ends(metric, "d001"), [START * 1000 + 100_001]);
        assert_eq!(receiver.ends(metric, "d002"), [0_i64; 0]);
    }
    sender.stop();
    world.run(&mut sender, &mut receiver, START + 1000);
    assert!(matches!(sender.next(world.now.get()), Action::End));
    let last = *receiver.times("b", "d000").last().unwrap();
    assert!(last >= START + 200);
    assert_eq!(receiver.ends("a", "d000"), [last * 1000 + 1]);
    assert_eq!(receiver.ends("b", "d002"), [last * 1000 + 1]);
    assert_eq!(receiver.ends("b", "d001"), [START * 1000 + 100_001]);
    assert!(sender.cursor.groups.values().all(|progress| progress.ended));
}

#[test]
fn a_group_that_appears_later_begins_when_it_is_there_and_one_that_is_gone_is_sent_to_its_end() {
    let world = World::new(3, 0);
    let [first, second, _] =
        ["d000", "d001", "d002"].map(|name| GroupId::new("disk", name).unwrap());
    world.groups.borrow_mut().insert(first, Span { from: START + 65, ..Span::ALWAYS });
    let mut cursor = Cursor::beginning(START);
    let mut running = sender(&world, "", cursor.clone());
    let mut receiver = Receiver::default();
    world.run(&mut running, &mut receiver, START + 108);
    assert_eq!(receiver.times("a", "d000"), tens(START + 65, START + 100));
    cursor.clone_from(running.moved_cursor().unwrap());
    // It goes while the daemon is stopped.
    world.groups.borrow_mut().insert(second, Span { until: START + 125, ..Span::ALWAYS });
    world.go_to(START + 300);
    let mut again = sender(&world, "", cursor);
    world.run(&mut again, &mut receiver, START + 307);
    assert_eq!(receiver.ends("a", "d001"), [0_i64; 0]);
    assert_eq!(receiver.times("a", "d001"), tens(START, START + 120));
    world.run(&mut again, &mut receiver, START + 380);
    assert_eq!(receiver.ends("a", "d001"), [START * 1000 + 120_001]);
}

#[test]
fn a_clock_that_is_days_ahead_for_a_moment_sends_nothing_of_the_future_and_leaves_no_gap() {
    let world = World::new(2, 0);
    let mut sender = sender(&world, "", Cursor::beginning(START));
    let mut receiver = Receiver::default();
    world.run(&mut sender, &mut receiver, START + 100);
    for ahead in [3 * 86_400, 0] {
        world.set_clock(START + 100 + ahead);
        let Action::Wait(pause) = sender.next(world.now.get()) else { panic!("it sends") };
        assert_eq!(pause, CLOCK_SETTLES);
        world.pass(Duration::from_secs(6));
    }
    world.set_clock(START + 112);
    world.run(&mut sender, &mut receiver, START + 200);
    let times = receiver.times("a", "d001");
    assert_eq!(times, tens(START, *times.last().unwrap()));
    assert!(*times.last().unwrap() >= START + 180, "{times:?}");
    assert_eq!((receiver.refused, sender.status().waiting_since), (0, None));
    // A few seconds do no harm.
    world.set_clock(world.wall() + 9);
    assert!(matches!(sender.next(world.now.get()), Action::Send { .. }));
    // It stops while the clock may be wrong.
    world.set_clock(START + 86_400);
    sender.stop();
    assert!(matches!(sender.next(world.now.get()), Action::End));
}

#[test]
fn a_clock_that_was_ahead_for_long_does_not_end_what_is_sent() {
    for order in ["strict", "any"] {
        let world = World::new(2, 0);
        let settings = format!("order = \"{order}\"");
        let mut sender = sender(&world, &settings, Cursor::beginning(START));
        let mut receiver = Receiver { takes_any_order: true, ..Receiver::default() };
        world.run(&mut sender, &mut receiver, START + 100);
        world.set_clock(START + 1900);
        world.run(&mut sender, &mut receiver, START + 2100);
        assert!(*receiver.times("a", "d001").last().unwrap() > START + 2000);
        world.set_clock(START + 300);
        world.run(&mut sender, &mut receiver, START + 500);
        let times = receiver.times("a", "d001");
        assert!(times.contains(&(START + 480)), "{times:?}");
        assert_eq!(sender.status().waiting_since, None);
    }
}

#[test]
fn two_hosts_have_different_phases_and_the_first_request_is_within_five_seconds() {
    let mut begins = std::collections::BTreeSet::new();
    let settings = endpoint("").unwrap();
    for number in 0..200 {
        let world = World::new(1, 0);
        let host = format!("web-{number}").parse().unwrap();
        let cursor = Cursor::beginning(START - 10);
        let mut sender = Sender::new(settings.clone(), &host, world.clone(), cursor, || 200);
        begins.insert(sender.phase.as_millis() / 100);
        assert!(sender.phase < Duration::from_secs(5));
        assert!(matches!(sender.next(world.now.get()), Action::Send { .. }));
    }
    assert!(begins.len() > 40, "{begins:?}");
}
