//! A sender over hours of a world whose values are known, and receivers of all kinds.

use super::super::cursor::Cursor;
use super::super::outcome::{Outcome, SendError};
use super::super::simulation::{Receiver, START, World, sender};
use super::*;

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
