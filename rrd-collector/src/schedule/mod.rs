//! When to sample: aligned times, delays, and missed ticks. Pure; the daemon reads the clocks.

pub mod clock;

use std::time::Duration;

use rrd_core::{Step, Timestamp};

/// Ticks at every multiple of a step of the wall clock.
///
/// A missed tick is not made up for: the next sample is stored at the latest aligned time that has
/// passed, and its rates are divided by the time actually elapsed.
///
/// ```
/// use std::time::Duration;
/// use rrd_collector::schedule::{Due, Now, Schedule};
/// use rrd_core::Step;
///
/// let mut schedule = Schedule::new(Step::from_seconds(10).unwrap());
/// let now = |ms| Now { wall: Duration::from_millis(ms), clock: Duration::from_millis(ms) };
/// assert_eq!(schedule.due(now(1_003_000)), Due::Wait(Duration::from_secs(7)));
/// let Due::Tick { tick, missed, late } = schedule.due(now(1_010_002)) else { panic!() };
/// assert_eq!((tick.at.seconds(), missed, late), (1010, 0, Duration::from_millis(2)));
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    step: Step,
    /// The number of the last tick: its time divided by the step.
    last: Option<u64>,
}

/// A step of a constant number of seconds.
pub(crate) const fn whole_seconds(seconds: u64) -> Step {
    match Step::from_seconds(seconds) {
        Some(step) => step,
        None => panic!("a step has at least one second"),
    }
}

/// The times of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The aligned time at which the sample is stored.
    pub at: Timestamp,
    /// The time of reading on a monotonic clock, since boot. Rates are divided by its differences.
    pub clock: Duration,
}

/// The current clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since 1970.
    pub wall: Duration,
    /// Time on the monotonic clock.
    pub clock: Duration,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing for this long.
    Wait(Duration),
    /// A sample.
    Tick {
        /// Its times.
        tick: Tick,
        /// Ticks missed since the last one.
        missed: u64,
        /// The delay of the tick.
        late: Duration,
    },
    /// The wall clock was set back: archives accept nothing older than their last update, so
    /// samples pause.
    SetBack {
        /// How long until the wall clock has caught up.
        behind: Duration,
    },
}

impl Schedule {
    /// Ticks at every multiple of this step; the first at the next one.
    pub fn new(step: Step) -> Self {
        Self { step, last: None }
    }

    /// The step of the ticks.
    pub fn step(&self) -> Step {
        self.step
    }

    /// What to do at this time.
    pub fn due(&mut self, now: Now) -> Due {
        let step = Duration::from_secs(self.step.seconds());
        let number = now.wall.as_secs() / self.step.seconds();
        let start_of = |number: u64| Duration::from_secs(number.saturating_mul(step.as_secs()));
        let until = |number: u64| start_of(number).saturating_sub(now.wall);
        let Some(last) = self.last else {
            self.last = Some(number);
            return Due::Wait(until(number.saturating_add(1)));
        };
        if number <= last {
            let wait = until(last.saturating_add(1));
            // A clock that is slewed may repeat a time; more than one step means that it was set
            // back.
            return if wait > step * 2 { Due::SetBack { behind: wait } } else { Due::Wait(wait) };
        }
        self.last = Some(number);
        let at = i64::try_from(start_of(number).as_secs()).unwrap_or(i64::MAX);
        Due::Tick {
            tick: Tick { at: Timestamp::from_seconds(at), clock: now.clock },
            missed: number - last - 1,
            late: now.wall.saturating_sub(start_of(number)),
        }
    }
}

/// Whether something with this step is due at a tick.
pub fn is_due(step: Step, at: Timestamp) -> bool {
    u64::try_from(at.seconds()).is_ok_and(|seconds| seconds % step.seconds() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: u64, clock: u64) -> Now {
        Now { wall: Duration::from_millis(wall), clock: Duration::from_millis(clock) }
    }

    fn started(wall: u64) -> Schedule {
        let mut schedule = Schedule::new(Step::from_seconds(1).unwrap());
        assert!(matches!(schedule.due(at(wall, 0)), Due::Wait(_)));
        schedule
    }

    fn tick(due: Due) -> (i64, u64) {
        match due {
            Due::Tick { tick, missed, .. } => (tick.at.seconds(), missed),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_sample_waits_for_an_aligned_moment() {
        let mut schedule = Schedule::new(Step::from_seconds(1).unwrap());
        assert_eq!(schedule.due(at(5_250, 0)), Due::Wait(Duration::from_millis(750)));
        assert_eq!(tick(schedule.due(at(6_001, 751))), (6, 0));
    }

    #[test]
    fn being_late_does_not_shift_the_following_ticks() {
        let mut schedule = started(5_000);
        assert_eq!(tick(schedule.due(at(6_400, 1_400))), (6, 0));
        assert_eq!(schedule.due(at(6_401, 1_401)), Due::Wait(Duration::from_millis(599)));
        assert_eq!(tick(schedule.due(at(7_000, 2_000))), (7, 0));
    }

    #[test]
    fn missed_ticks_are_counted_and_not_made_up_for() {
        let mut schedule = started(5_000);
        assert_eq!(tick(schedule.due(at(9_700, 4_700))), (9, 3));
        assert_eq!(schedule.due(at(9_701, 4_701)), Due::Wait(Duration::from_millis(299)));
    }

    #[test]
    fn a_clock_that_is_set_back_pauses_until_it_has_caught_up() {
        let mut schedule = started(100_000);
        assert_eq!(tick(schedule.due(at(101_000, 1_000))), (101, 0));
        let due = schedule.due(at(41_000, 2_000));
        assert_eq!(due, Due::SetBack { behind: Duration::from_secs(61) });
        assert_eq!(tick(schedule.due(at(102_000, 63_000))), (102, 0));
    }

    #[test]
    fn an_early_wake_up_waits_for_the_rest() {
        let mut schedule = started(5_000);
        assert_eq!(schedule.due(at(5_999, 999)), Due::Wait(Duration::from_millis(1)));
    }

    #[test]
    fn slower_things_are_due_at_their_own_multiples() {
        let ten = Step::from_seconds(10).unwrap();
        assert!(is_due(ten, Timestamp::from_seconds(1_000)));
        assert!(!is_due(ten, Timestamp::from_seconds(1_005)));
    }
}
