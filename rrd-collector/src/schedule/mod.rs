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
    last: Option<LastTick>,
}

/// The latest aligned time that was dealt with.
#[derive(Clone, Copy, Debug)]
struct LastTick {
    /// Its time divided by the step.
    number: u64,
    /// When it was, on the monotonic clock.
    clock: Duration,
}

/// How far a clock that is slewed may go back. More means that it was set.
const SLEW: Duration = Duration::from_secs(1);

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

impl Now {
    /// Seconds by which the wall clock was set forward since an earlier moment, or back if they are
    /// negative. 0 if it was slewed at most.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_collector::schedule::Now;
    /// let now = |wall, clock| Now { wall: Duration::from_secs(wall), clock: Duration::from_secs(clock) };
    /// assert_eq!(now(1_060, 65).set_by(now(1_000, 5)), 0);
    /// assert_eq!(now(4_660, 65).set_by(now(1_000, 5)), 3_600);
    /// assert_eq!(now(460, 65).set_by(now(1_000, 5)), -600);
    /// ```
    pub fn set_by(self, before: Self) -> i64 {
        let (wall, clock) = (self.wall + before.clock, before.wall + self.clock);
        let difference = wall.abs_diff(clock);
        let seconds = i64::try_from(difference.as_secs()).unwrap_or(i64::MAX);
        match difference > SLEW {
            false => 0,
            true if wall > clock => seconds,
            true => -seconds,
        }
    }
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
        let step = self.step.seconds();
        let number = now.wall.as_secs() / step;
        let start_of = |number: u64| Duration::from_secs(number.saturating_mul(step));
        let until = |number: u64| start_of(number).saturating_sub(now.wall);
        let late = now.wall.saturating_sub(start_of(number));
        let clock = now.clock.saturating_sub(late);
        let next = |number: u64| Due::Wait(until(number.saturating_add(1)));
        let Some(last) = self.last else {
            self.last = Some(LastTick { number, clock });
            return next(number);
        };
        if until(last.number) > SLEW {
            // The clock was set back. A tick that was waited for meanwhile is due now.
            let steps = self.nearest(clock.saturating_sub(last.clock));
            if steps == 0 {
                self.last = Some(LastTick { number, ..last });
                return next(number);
            }
        } else if number <= last.number {
            return next(last.number);
        }
        self.last = Some(LastTick { number, clock });
        let at = i64::try_from(start_of(number).as_secs()).unwrap_or(i64::MAX);
        // Counted by the monotonic clock: a wall clock that is set forward misses nothing.
        let missed = self.nearest(clock.saturating_sub(last.clock)).saturating_sub(1);
        let tick = Tick { at: Timestamp::from_seconds(at), clock: now.clock };
        Due::Tick { tick, missed, late }
    }

    /// Number of steps in a time, to the nearest.
    fn nearest(&self, time: Duration) -> u64 {
        let step = Duration::from_secs(self.step.seconds());
        let steps = time.saturating_add(step / 2).as_nanos() / step.as_nanos();
        u64::try_from(steps).unwrap_or(u64::MAX)
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
            other @ Due::Wait(_) => panic!("{other:?}"),
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
    fn a_clock_that_is_set_back_goes_on_at_the_next_aligned_moment() {
        let mut schedule = started(300_000_000);
        assert_eq!(tick(schedule.due(at(300_001_000, 1_000))), (300_001, 0));
        let three_days_ago = 300_001_250 - 3 * 86_400_000;
        let due = schedule.due(at(three_days_ago, 1_250));
        assert_eq!(due, Due::Wait(Duration::from_millis(750)));
        assert_eq!(tick(schedule.due(at(three_days_ago + 750, 2_000))), (40_802, 0));
        // It was set back again during the wait.
        assert_eq!(tick(schedule.due(at(7_500, 3_000))), (7, 0));
        assert_eq!(schedule.due(at(7_501, 3_001)), Due::Wait(Duration::from_millis(499)));
    }

    #[test]
    fn a_clock_that_is_slewed_repeats_no_tick() {
        let mut schedule = started(5_000);
        assert_eq!(tick(schedule.due(at(6_000, 1_000))), (6, 0));
        assert_eq!(schedule.due(at(5_999, 1_001)), Due::Wait(Duration::from_millis(1_001)));
        assert_eq!(tick(schedule.due(at(7_000, 2_002))), (7, 0));
    }

    #[test]
    fn a_clock_that_is_set_forward_misses_no_tick() {
        let mut schedule = started(5_000);
        assert_eq!(tick(schedule.due(at(6_002, 1_002))), (6, 0));
        assert_eq!(tick(schedule.due(at(3_606_300, 2_002))), (3_606, 0));
        // It also waited too long at the same time.
        assert_eq!(tick(schedule.due(at(7_209_300, 5_002))), (7_209, 2));
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
