//! Counters between two readings: their growth, and what is impossible. A counter that changes
//! impossibly is unknown for that interval, and those read with it are not.

use std::time::Duration;

use crate::source::sample::SampleSink;

/// What is possible for a counter.
///
/// The constants are limits of hardware and kernels, far above what a host does and far below what
/// a counter shows that was set back, damaged or read from a negative number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// The largest growth per second.
    fastest: f64,
    /// Growth beyond that in one interval: the counter is read some time after our clock.
    slack: f64,
    /// The largest fall that is an inaccuracy of the kernel. The counter is held at its value until
    /// it has caught up, so that nothing is counted twice.
    jitter: f64,
    /// Whether it has 32 bits, and so starts from zero again at 2^32.
    is_narrow: bool,
}

impl Limits {
    /// Events: 4096 CPUs that do nothing but count 20 million times a second each.
    pub(crate) const EVENTS: Self = Self::fastest(1e11);
    /// Bytes to and from disks, memory and programs: 1 TB/s is what memory is capable of.
    pub(crate) const BYTES: Self = Self::fastest(1e12);
    /// Bytes of a network interface: 1 Tbit/s. Some drivers count in 32 bits.
    pub(crate) const LINK_BYTES: Self = Self { is_narrow: true, ..Self::fastest(1.25e11) };
    /// Packets of a network interface: the same in frames of 64 bytes.
    pub(crate) const LINK_PACKETS: Self = Self::LINK_BYTES.counted_in(1.0 / 64.0);
    /// Seconds of CPU time: as many CPUs as any kernel supports.
    pub(crate) const CPU_SECONDS: Self = Self::fastest(65_536.0);
    /// Seconds spent in requests to a disk: as many requests as a queue of hardware holds.
    pub(crate) const REQUEST_SECONDS: Self = Self::fastest(65_536.0);
    /// Seconds in which something was the case, such as a state of one CPU: as many as pass.
    pub(crate) const SECONDS: Self = Self { slack: 0.05, ..Self::fastest(1.25) };
    /// Counters of unknown meaning, such as those of other programs. A counter of 64 bits that
    /// starts again, taken for one that wrapped, grows faster.
    pub(crate) const ANY: Self = Self::fastest(1e15);

    const fn fastest(fastest: f64) -> Self {
        Self { fastest, slack: 0.0, jitter: 0.0, is_narrow: false }
    }

    /// The same for a counter with this number of units in one: 1000 if it counts milliseconds.
    pub(crate) const fn counted_in(self, units: f64) -> Self {
        Self { fastest: self.fastest * units, slack: self.slack * units, ..self }
    }

    /// The same for a counter of 32 bits.
    pub(crate) const fn narrow(self) -> Self {
        Self { is_narrow: true, ..self }
    }

    /// The same for a counter that may fall by this much.
    pub(crate) const fn jitter(self, jitter: f64) -> Self {
        Self { jitter, ..self }
    }

    /// A rate; NaN if it is impossible in either direction.
    pub(crate) fn rate(&self, rate: f64) -> f64 {
        if rate.abs() <= self.fastest { rate } else { f64::NAN }
    }

    /// The growth per second of a counter that is kept elsewhere; NaN if it is unknown.
    pub(crate) fn rate_between(&self, before: f64, now: f64, seconds: f64) -> f64 {
        match change(before, now, seconds, self) {
            Change::Grown(growth) => per(growth, seconds),
            _ => f64::NAN,
        }
    }
}

/// The most bytes of memory or swap space, far more than processors address.
pub(crate) const MEMORY: f64 = 1_152_921_504_606_846_976.0;
/// The most processes and threads that a kernel numbers.
pub(crate) const TASKS: f64 = 4_194_304.0;
/// The most things that exist at a time and are counted in 32 bits; more is a negative number.
pub(crate) const THINGS: f64 = 2_147_483_648.0;

/// A number that is not counted since a start; NaN if it is missing or impossible.
pub(crate) fn at_most<C: Count>(most: f64, count: Option<C>) -> f64 {
    count.map(C::value).filter(|count| *count < most).unwrap_or(f64::NAN)
}

/// The number of a counter.
pub(crate) trait Count: Copy + PartialOrd {
    /// As a number for calculations.
    fn value(self) -> f64;
    /// The distance between two.
    fn distance(self, other: Self) -> f64;
}

impl Count for u64 {
    fn value(self) -> f64 {
        to_f64(self)
    }

    fn distance(self, other: Self) -> f64 {
        to_f64(self.abs_diff(other))
    }
}

impl Count for f64 {
    fn value(self) -> f64 {
        self
    }

    fn distance(self, other: Self) -> f64 {
        (self - other).abs()
    }
}

/// The change of a counter between two readings.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// It grew by this much, possibly 0.
    Grown(f64),
    /// It fell by as little as its jitter.
    Held,
    /// It fell, and cannot have wrapped.
    Fallen,
    /// It grew by more than is possible.
    Impossible,
}

fn change<C: Count>(before: C, now: C, seconds: f64, limits: &Limits) -> Change {
    const WORD: f64 = 4_294_967_296.0;
    let possible = limits.fastest * seconds + limits.slack;
    let distance = now.distance(before);
    if now >= before {
        return if distance <= possible { Change::Grown(distance) } else { Change::Impossible };
    }
    // A counter that wraps moves from the upper half to the lower half.
    let is_wrap = limits.is_narrow
        && (WORD / 2.0..WORD).contains(&before.value())
        && now.value() < WORD / 2.0
        && WORD - distance <= possible;
    if is_wrap {
        Change::Grown(WORD - distance)
    } else if distance <= limits.jitter {
        Change::Held
    } else {
        Change::Fallen
    }
}

/// Counters of one thing that are read together.
///
/// Each is judged alone, with one exception: if two thirds of those that were above zero fall in
/// one sample, the thing is another one (a device that was replaced, a server that was restarted),
/// and all are unknown for the interval.
#[derive(Clone, Debug)]
pub(crate) struct Counters<const N: usize, C = u64> {
    read: Option<Duration>,
    before: [Option<C>; N],
}

/// The change of counters between two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth<const N: usize> {
    /// The time between the readings; NaN for the first one.
    pub(crate) seconds: f64,
    /// The growth of each counter; NaN if it is unknown.
    pub(crate) of: [f64; N],
    /// The number of counters that fell or grew impossibly.
    pub(crate) corrections: u64,
}

impl<const N: usize, C: Count> Default for Counters<N, C> {
    fn default() -> Self {
        Self { read: None, before: [None; N] }
    }
}

impl<const N: usize, C: Count> Counters<N, C> {
    /// The growth since the last call; unknown for counters that are missing now or were then.
    pub(crate) fn growth(
        &mut self,
        clock: Duration,
        now: [Option<C>; N],
        limits: &[Limits; N],
    ) -> Growth<N> {
        let seconds = self
            .read
            .replace(clock)
            .map_or(f64::NAN, |read| clock.saturating_sub(read).as_secs_f64());
        let mut growth = Growth { seconds, of: [f64::NAN; N], corrections: 0 };
        let (mut fallen, mut able_to_fall) = (0, 0);
        let counters = self.before.iter_mut().zip(now).zip(limits).zip(&mut growth.of);
        for (((before, now), limits), grown) in counters {
            let (Some(was), Some(is)) = (*before, now) else {
                *before = now;
                continue;
            };
            able_to_fall += u32::from(was.value() > 0.0);
            let change = change(was, is, seconds, limits);
            match change {
                Change::Grown(by) => *grown = by,
                Change::Held => *grown = 0.0,
                Change::Fallen => fallen += 1,
                Change::Impossible => {}
            }
            growth.corrections += u64::from(!matches!(change, Change::Grown(_)));
            if change != Change::Held {
                *before = now;
            }
        }
        if fallen > 0 && 3 * fallen >= 2 * able_to_fall {
            growth.of = [f64::NAN; N];
            self.before = now;
        }
        growth
    }

    /// Growth per second since the last call. Impossible changes are reported to the sink.
    pub(crate) fn rates(
        &mut self,
        clock: Duration,
        now: [Option<C>; N],
        limits: &[Limits; N],
        sink: &mut dyn SampleSink,
    ) -> [f64; N] {
        let growth = self.growth(clock, now, limits);
        sink.corrections(growth.corrections);
        growth.rates()
    }

    /// Forgets the values, because what is counted was restarted. The time of the last call stays
    /// known.
    pub(crate) fn forget(&mut self) {
        self.before = [None; N];
    }
}

impl<const N: usize> Growth<N> {
    /// Growth per second.
    pub(crate) fn rates(&self) -> [f64; N] {
        self.of.map(|growth| per(growth, self.seconds))
    }
}

/// A counter as a number for calculations.
#[expect(clippy::cast_precision_loss, reason = "differences of counters stay far below 2^53")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

/// A quotient; NaN if the divisor is zero.
pub(crate) fn per(amount: f64, each: f64) -> f64 {
    if each > 0.0 { amount / each } else { f64::NAN }
}

/// The numbers of the given names from lines `NAME NUMBER`.
pub(crate) fn named<const N: usize>(text: &str, names: &[&str; N]) -> [Option<u64>; N] {
    numbers(text, names, 0)
}

/// The numbers of the given names from the statistics of ZFS, lines `NAME TYPE NUMBER`.
pub(crate) fn kstat<const N: usize>(text: &str, names: &[&str; N]) -> [Option<u64>; N] {
    numbers(text, names, 1)
}

/// The numbers of the given names, with this many words in between.
fn numbers<const N: usize>(text: &str, names: &[&str; N], between: usize) -> [Option<u64>; N] {
    let mut found = [None; N];
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else { continue };
        let position = names.iter().position(|wanted| *wanted == name.trim_end_matches(':'));
        if let Some(slot) = position.and_then(|position| found.get_mut(position)) {
            *slot = words.nth(between).and_then(|word| word.parse().ok());
        }
    }
    found
}

/// An optional number as a value; NaN if it is missing.
pub(crate) fn known(count: Option<u64>) -> f64 {
    count.map_or(f64::NAN, to_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Limits = Limits::REQUEST_SECONDS.narrow();

    /// The growth in a second; NaN if it is unknown.
    fn second<const N: usize>(before: [u64; N], now: [u64; N], limits: Limits) -> Growth<N> {
        let mut counters = Counters::default();
        counters.growth(Duration::from_secs(1), before.map(Some), &[limits; N]);
        counters.growth(Duration::from_secs(2), now.map(Some), &[limits; N])
    }

    #[test]
    fn a_counter_of_32_bits_that_wraps_keeps_its_growth() {
        assert_eq!(change(4_294_967_290_u64, 10, 1.0, &NARROW), Change::Grown(16.0));
        assert_eq!(change(4_294_967_290_u64, 10, 1.0, &Limits::EVENTS), Change::Fallen);
    }

    #[test]
    fn a_counter_of_32_bits_that_falls_too_far_to_have_wrapped_fell() {
        assert_eq!(change(5000_u64, 10, 1.0, &NARROW), Change::Fallen);
        assert_eq!(change(3_000_000_000_u64, 10, 1.0, &NARROW), Change::Fallen);
        assert_eq!(change(1_u64 << 40, 10, 1.0, &NARROW), Change::Fallen);
    }

    #[test]
    fn a_counter_grows_no_faster_than_is_possible() {
        let grown = |now: u64| change(7, now, 2.0, &Limits::SECONDS.counted_in(1000.0));
        assert_eq!(grown(7 + 2550), Change::Grown(2550.0));
        assert_eq!(grown(7 + 2551), Change::Impossible);
        assert_eq!(change(0.5, 1e18, 1.0, &Limits::ANY), Change::Impossible);
    }

    #[test]
    fn a_counter_that_falls_or_leaps_is_unknown_once_and_the_others_are_not() {
        let mut counters = Counters::default();
        let mut after = |second, now: [u64; 4]| {
            counters.growth(Duration::from_secs(second), now.map(Some), &[Limits::EVENTS; 4])
        };
        assert!(after(1, [5, 50, 500, 0]).of.iter().all(|growth| growth.is_nan()));
        let growth = after(3, [9, 49, 510, u64::MAX - 9]);
        assert_eq!(growth.rates()[0], 2.0);
        assert!(growth.of[1].is_nan() && growth.of[3].is_nan());
        assert_eq!((growth.of[2], growth.corrections), (10.0, 2));
        let growth = after(4, [9, 59, 510, u64::MAX]);
        assert_eq!((growth.of, growth.corrections), ([0.0, 10.0, 0.0, 9.0], 0));
    }

    #[test]
    fn counters_that_are_missing_are_unknown() {
        let mut counters = Counters::default();
        let mut after = |second, now| {
            counters.growth(Duration::from_secs(second), now, &[Limits::EVENTS; 2]).of
        };
        after(1, [Some(5), None]);
        let growth = after(2, [None, Some(1)]);
        assert!(growth[0].is_nan() && growth[1].is_nan());
        let growth = after(3, [Some(7), Some(4)]);
        assert!(growth[0].is_nan());
        assert_eq!(growth[1], 3.0);
    }

    #[test]
    fn a_small_fall_is_held_until_the_counter_has_caught_up() {
        let limits = [Limits::EVENTS.jitter(5.0); 2];
        let mut counters = Counters::default();
        let mut after = |second, counter: u64| {
            let now = [Some(counter), Some(second)];
            counters.growth(Duration::from_secs(second), now, &limits).of[0]
        };
        after(1, 100);
        assert_eq!(after(2, 95), 0.0);
        assert_eq!(after(3, 103), 3.0);
        assert!(after(4, 97).is_nan());
        assert_eq!(after(5, 99), 2.0);
    }

    #[test]
    fn two_thirds_of_the_counters_falling_are_another_device() {
        let growth = second([10, 10, 10, 0], [3, 2, 11, 5], Limits::EVENTS);
        assert!(growth.of.iter().all(|growth| growth.is_nan()));
        let growth = second([10, 10, 10, 10], [3, 2, 11, 15], Limits::EVENTS);
        assert_eq!(growth.of[2..], [1.0, 5.0]);
    }

    #[test]
    fn a_restart_forgets_the_values_but_not_the_time() {
        let mut counters = Counters::default();
        counters.growth(Duration::from_secs(1), [Some(5_u64)], &[Limits::EVENTS]);
        counters.forget();
        let growth = counters.growth(Duration::from_secs(3), [Some(9)], &[Limits::EVENTS]);
        assert!(growth.of[0].is_nan());
        assert_eq!(growth.seconds, 2.0);
    }

    #[test]
    fn a_number_that_is_impossible_is_unknown() {
        assert_eq!(at_most(THINGS, Some((1_u64 << 31) - 1)), 2_147_483_647.0);
        assert!(at_most(THINGS, Some(1_u64 << 31)).is_nan());
    }
}
