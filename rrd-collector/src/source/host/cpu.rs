//! CPU time by state, of the host and of each CPU: `/proc/stat`.
//!
//! None of the ten counters can be trusted to only grow: iowait and idle decrease by design (the
//! kernel moves time between them), some fall when a CPU goes offline and returns, and steal jumps
//! to another value when a guest is migrated. The rules, in addition to those of all counters:
//!
//! 1. A counter that falls by at most five ticks is held at its value, so that no time is counted
//!    twice. One that falls further begins again at once: only its state is unknown for the
//!    interval.
//! 2. While one state is unknown, the others are shares of the time that passed by the clock.
//! 3. A CPU that was offline begins again: that interval is unknown, not zero.
//! 4. Each state of the total is the mean of the CPUs for which it is known. The line `cpu` also
//!    counts offline CPUs, by another clock.
//! 5. A CPU that is listed but whose counters do not change was asleep without ticks: it was idle.
//! 6. Guest time is included in user (and nice) time and is subtracted from it.

use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Growth, Limits, per, to_f64};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

const USER: usize = 0;
const NICE: usize = 1;
const SYSTEM: usize = 2;
const IDLE: usize = 3;
// 4 is iowait, which no formula uses.
const IRQ: usize = 5;
const SOFTIRQ: usize = 6;
const STEAL: usize = 7;
const GUEST: usize = 8;
const GUEST_NICE: usize = 9;
/// Fields of a line; the first eight add up to the total time.
const FIELDS: usize = 10;
const WHOLE: usize = 8;
/// The fields and busy, which is a sum of them.
const STATES: usize = FIELDS + 1;
const BUSY: usize = FIELDS;
/// The values of one CPU: the states and `demand_lost`.
const EACH: usize = STATES + 1;
/// The kernel's inaccuracy: a fall by this many ticks at most.
const JITTER: f64 = 5.0;
/// More CPUs than any kernel supports.
const MAX_CPUS: usize = 65_536;

const METRICS: &[Metric; EACH + 3] = &[
    Metric::new("user", Unit::Share, "programs, without guests"),
    Metric::new("nice", Unit::Share, "low-priority programs, without guests"),
    Metric::new("system", Unit::Share, "the kernel, for programs"),
    Metric::new("idle", Unit::Share, "nothing to do"),
    Metric::new("iowait", Unit::Share, "idle while waiting for a disk; an estimate by the kernel"),
    Metric::new("irq", Unit::Share, "interrupts"),
    Metric::new("softirq", Unit::Share, "the kernel's deferred work, mostly network"),
    Metric::new("steal", Unit::Share, "ready to run, but the hypervisor ran something else"),
    Metric::new("guest", Unit::Share, "running virtual machines"),
    Metric::new("guest_nice", Unit::Share, "running low-priority virtual machines"),
    Metric::new("busy", Unit::Share, "working: neither idle, iowait nor steal"),
    Metric::new("demand_lost", Unit::Share, "share of the demanded CPU time that was stolen"),
    Metric::new("cores_lost", Unit::Cores, "stolen CPU time, in CPUs"),
    Metric::new("worst_steal", Unit::Share, "highest steal of a single CPU"),
    Metric::new("online", Unit::Count, "online CPUs"),
];

/// All CPUs of the host together; the shares refer to all CPUs.
pub static CPU_TOTAL: Kind = Kind::new("cpu", "CPU", METRICS);

/// One CPU; the instance is its number.
pub static CPU: Kind = Kind::new("processor", "Processor", METRICS.split_at(EACH).0);

/// Samples `/proc/stat`.
pub struct CpuProbe {
    file: KeptFile,
    accounts: Accounts,
}

impl CpuProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("stat"), accounts: Accounts::new(procfs::ticks_per_second()) }
    }
}

impl Probe for CpuProbe {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        self.accounts.sample(self.file.read()?, tick.clock, sink)
    }
}

/// The line of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuTicks {
    pub(crate) number: usize,
    pub(crate) ticks: [u64; FIELDS],
}

/// The lines `cpuN`; the kernel lists online CPUs only, so the numbers may have gaps.
pub(crate) fn cpu_ticks(stat: &str) -> impl Iterator<Item = CpuTicks> {
    stat.lines().filter_map(|line| {
        let mut words = line.strip_prefix("cpu")?.split_ascii_whitespace();
        let number = words.next().filter(|_| !line.starts_with("cpu "))?.parse().ok()?;
        let mut ticks = [0; FIELDS];
        let mut seen = 0;
        for (tick, word) in ticks.iter_mut().zip(words) {
            *tick = word.parse().ok()?;
            seen += 1;
        }
        // Kernels before 2.6.33 lack the last fields; without idle nothing can be computed.
        (number < MAX_CPUS && seen > IDLE).then_some(CpuTicks { number, ticks })
    })
}

/// The state of a CPU between samples.
#[derive(Clone, Debug)]
struct Account {
    number: String,
    counters: Counters<FIELDS>,
    /// When the CPU was last listed.
    seen: Option<Duration>,
}

/// The computation, separate from reading.
struct Accounts {
    ticks_per_second: f64,
    limits: [Limits; FIELDS],
    cpus: Vec<Account>,
}

impl Accounts {
    fn new(ticks_per_second: u64) -> Self {
        let ticks_per_second = to_f64(ticks_per_second);
        let limits = [Limits::SECONDS.counted_in(ticks_per_second).jitter(JITTER); FIELDS];
        Self { ticks_per_second, limits, cpus: Vec::new() }
    }

    fn sample(
        &mut self,
        stat: &str,
        clock: Duration,
        sink: &mut dyn SampleSink,
    ) -> Result<(), ProbeError> {
        let mut total = Times::default();
        let (mut online, mut worst, mut corrections, mut elapsed) = (0_u32, f64::NAN, 0, f64::NAN);
        for line in cpu_ticks(stat) {
            online += 1;
            while self.cpus.len() <= line.number {
                let number = self.cpus.len().to_string();
                self.cpus.push(Account { number, counters: Counters::default(), seen: None });
            }
            let Some(account) = self.cpus.get_mut(line.number) else { continue };
            account.seen = Some(clock);
            let growth = account.counters.growth(clock, line.ticks.map(Some), &self.limits);
            corrections += growth.corrections;
            // The first sample of a CPU that has just come has no time.
            elapsed = growth.seconds.max(elapsed);
            let mut times = Times::default();
            if let Some((states, whole)) = states(&growth, self.ticks_per_second) {
                times.add(&states, whole);
                total.add(&states, whole);
            }
            let values = times.shares();
            worst = values[STEAL].max(worst);
            if sink.takes(&[&account.number], true) {
                sink.group(&CPU, &account.number, &values);
            }
        }
        if online == 0 {
            let problem = "contains no line of a CPU".to_owned();
            return Err(ProbeError::Content { file: "stat", problem });
        }
        for account in self.cpus.iter_mut().filter(|account| account.seen != Some(clock)) {
            account.counters = Counters::default();
        }
        let mut values = [f64::NAN; EACH + 3];
        values[..EACH].copy_from_slice(&total.shares());
        if total.of[STEAL] > 0.0 {
            values[EACH] = per(total.ticks[STEAL] / self.ticks_per_second, elapsed);
        }
        values[EACH + 1] = worst;
        values[EACH + 2] = f64::from(online);
        sink.group(&CPU_TOTAL, "", &values);
        sink.corrections(corrections);
        Ok(())
    }
}

/// The ticks of each state of one CPU, NaN where unknown, and the ticks that they are a share of.
fn states(growth: &Growth<FIELDS>, ticks_per_second: f64) -> Option<([f64; STATES], f64)> {
    let elapsed = growth.seconds * ticks_per_second;
    let mut states = [f64::NAN; STATES];
    states[..FIELDS].copy_from_slice(&growth.of);
    let parts = &mut states[..WHOLE];
    let known: f64 = parts.iter().filter(|ticks| !ticks.is_nan()).sum();
    let whole = if parts.iter().any(|ticks| ticks.is_nan()) {
        // Without a known state that grew there is nothing to tell.
        known.max(if known > 0.0 { elapsed } else { 0.0 })
    } else if known > 0.0 {
        known
    } else if growth.corrections == 0 && elapsed >= 1.0 {
        // Listed, but no counter changed: asleep without ticks.
        parts[IDLE] = elapsed;
        elapsed
    } else {
        0.0
    };
    states[BUSY] = [USER, NICE, SYSTEM, IRQ, SOFTIRQ].map(|field| states[field]).iter().sum();
    for (own, guest) in [(USER, GUEST), (NICE, GUEST_NICE)] {
        // Unknown time of a guest makes the rest unknown, too.
        if states[guest] > states[own] {
            states[guest] = states[own];
        }
        states[own] -= states[guest];
    }
    (whole > 0.0).then_some((states, whole))
}

/// Ticks of one or more CPUs by state.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    ticks: [f64; STATES],
    /// All ticks of those CPUs for which the state is known.
    of: [f64; STATES],
}

impl Times {
    fn add(&mut self, states: &[f64; STATES], whole: f64) {
        for ((sum, of), ticks) in self.ticks.iter_mut().zip(&mut self.of).zip(states) {
            if !ticks.is_nan() {
                *sum += ticks;
                *of += whole;
            }
        }
    }

    /// The share of each state, then that of the demand that was stolen.
    fn shares(&self) -> [f64; EACH] {
        let mut shares = [f64::NAN; EACH];
        for (share, (ticks, of)) in shares.iter_mut().zip(self.ticks.iter().zip(self.of)) {
            *share = per(*ticks, of);
        }
        let demand = shares[BUSY] + shares[STEAL];
        shares[STATES] = if demand > 0.0 { shares[STEAL] / demand } else { demand };
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// Feeds one text per second and returns the values of the last.
    fn after(texts: &[&str]) -> Recorder {
        let mut accounts = Accounts::new(100);
        let mut recorder = Recorder::default();
        for (second, text) in (1000..).zip(texts) {
            recorder.groups.clear();
            accounts.sample(text, Duration::from_secs(second), &mut recorder).unwrap();
        }
        recorder
    }

    #[test]
    fn shares_of_a_second_with_steal_add_up_and_show_what_was_lost() {
        let seen = after(&["cpu0 0 0 0 0 0 0 0 0 0 0", "cpu0 6 0 4 80 0 0 0 10 0 0"]);
        assert_eq!(seen.value(&CPU, "0", "user"), 0.06);
        assert_eq!(seen.value(&CPU, "0", "idle"), 0.8);
        assert_eq!(seen.value(&CPU, "0", "steal"), 0.1);
        assert_eq!(seen.value(&CPU, "0", "busy"), 0.1);
        assert_eq!(seen.value(&CPU_TOTAL, "", "demand_lost"), 0.5);
        assert_eq!(seen.value(&CPU_TOTAL, "", "cores_lost"), 0.1);
    }

    #[test]
    fn the_total_is_the_sum_of_the_cpus_and_names_the_worst() {
        let seen = after(&[
            "cpu 9 9 9 9 9 9 9 9 9 9\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu2 0 0 0 0 0 0 0 0 0 0",
            "cpu 1 1 1 1 1 1 1 1 1 1\ncpu0 40 0 0 60 0 0 0 0 0 0\ncpu2 0 0 0 40 0 0 0 60 0 0",
        ]);
        assert_eq!(seen.instances(&CPU), ["0", "2"]);
        assert_eq!(seen.value(&CPU_TOTAL, "", "user"), 0.2);
        assert_eq!(seen.value(&CPU_TOTAL, "", "steal"), 0.3);
        assert_eq!(seen.value(&CPU_TOTAL, "", "worst_steal"), 0.6);
        assert_eq!(seen.value(&CPU_TOTAL, "", "online"), 2.0);
    }

    #[test]
    fn guest_time_is_counted_once() {
        let seen = after(&["cpu0 0 0 0 0 0 0 0 0 0 0", "cpu0 50 10 0 40 0 0 0 0 30 12"]);
        assert_eq!(seen.value(&CPU, "0", "user"), 0.2);
        assert_eq!(seen.value(&CPU, "0", "guest"), 0.3);
        assert_eq!(seen.value(&CPU, "0", "nice"), 0.0);
        assert_eq!(seen.value(&CPU, "0", "guest_nice"), 0.1);
        assert_eq!(seen.value(&CPU, "0", "busy"), 0.6);
    }

    #[test]
    fn iowait_that_steps_back_and_returns_is_not_counted_twice() {
        let seen = after(&[
            "cpu0 0 0 0 1000 500 0 0 0 0 0",
            "cpu0 0 0 0 1100 499 0 0 0 0 0",
            "cpu0 0 0 0 1195 505 0 0 0 0 0",
        ]);
        assert_eq!(seen.value(&CPU, "0", "iowait"), 0.05);
        assert_eq!(seen.value(&CPU, "0", "idle"), 0.95);
        assert_eq!(seen.corrections, 1);
    }

    #[test]
    fn a_cpu_that_left_and_returned_is_unknown_for_one_interval() {
        let texts = [
            "cpu0 0 0 0 900 0 0 0 0 0 0\ncpu1 0 0 0 900 0 0 0 0 0 0",
            "cpu0 0 0 0 1000 0 0 0 0 0 0",
            "cpu0 0 0 0 1100 0 0 0 0 0 0\ncpu1 0 0 0 20 0 0 0 0 0 0",
            "cpu0 0 0 0 1200 0 0 0 0 0 0\ncpu1 50 0 0 70 0 0 0 0 0 0",
        ];
        assert_eq!(after(&texts[..2]).value(&CPU_TOTAL, "", "online"), 1.0);
        let back = after(&texts[..3]);
        assert!(back.value(&CPU, "1", "idle").is_nan());
        assert_eq!(back.value(&CPU_TOTAL, "", "idle"), 1.0);
        let settled = after(&texts);
        assert_eq!(settled.value(&CPU, "1", "user"), 0.5);
        assert_eq!(settled.value(&CPU_TOTAL, "", "user"), 0.25);
    }

    #[test]
    fn a_cpu_that_left_between_two_samples_is_seen_by_its_idle_time() {
        let seen = after(&["cpu0 0 0 0 9000 0 0 0 0 0 0", "cpu0 5 0 0 8700 0 0 0 0 0 0"]);
        assert!(seen.value(&CPU, "0", "user").is_nan());
        assert!(seen.value(&CPU_TOTAL, "", "user").is_nan());
        assert_eq!(seen.corrections, 1);
    }

    #[test]
    fn steal_that_falls_is_unknown_alone_and_right_in_the_next_interval() {
        let texts = [
            "cpu0 100 0 50 900 0 0 0 290 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0",
            "cpu0 110 0 55 980 0 0 0 0 0 0\ncpu1 30 0 0 50 0 0 0 20 0 0",
            "cpu0 120 0 60 1055 0 0 0 10 0 0\ncpu1 60 0 0 100 0 0 0 40 0 0",
        ];
        let seen = after(&texts[..2]);
        let value = |metric| seen.value(&CPU, "0", metric);
        assert!(value("steal").is_nan() && value("demand_lost").is_nan());
        assert_eq!((value("user"), value("system"), value("idle")), (0.1, 0.05, 0.8));
        assert_eq!(value("busy"), 0.15);
        // The total has the steal of the other CPU.
        let total = |metric| seen.value(&CPU_TOTAL, "", metric);
        assert_eq!((total("user"), total("steal"), total("worst_steal")), (0.2, 0.2, 0.2));
        assert_eq!(total("cores_lost"), 0.2);
        assert_eq!(seen.corrections, 1);
        let next = after(&texts);
        assert_eq!(next.value(&CPU, "0", "steal"), 0.1);
        assert_eq!(next.value(&CPU_TOTAL, "", "steal"), 0.15);
    }

    #[test]
    fn steal_that_falls_by_five_ticks_is_held() {
        let texts = [
            "cpu0 0 0 0 0 0 0 0 100 0 0",
            "cpu0 10 0 0 90 0 0 0 95 0 0",
            "cpu0 20 0 0 178 0 0 0 102 0 0",
        ];
        assert_eq!(after(&texts[..2]).value(&CPU, "0", "steal"), 0.0);
        assert_eq!(after(&texts).value(&CPU, "0", "steal"), 0.02);
    }

    #[test]
    fn all_steal_unknown_is_no_steal_of_zero() {
        let seen = after(&["cpu0 10 0 0 50 0 0 0 900 0 0", "cpu0 20 0 0 140 0 0 0 0 0 0"]);
        for metric in ["steal", "worst_steal", "cores_lost", "demand_lost"] {
            assert!(seen.value(&CPU_TOTAL, "", metric).is_nan(), "{metric}");
        }
        assert_eq!(seen.value(&CPU_TOTAL, "", "busy"), 0.1);
    }

    #[test]
    fn a_state_that_grows_faster_than_time_is_unknown_alone() {
        let seen = after(&["cpu0 0 0 0 0 0 0 0 0 0 0", "cpu0 20 0 0 190 0 0 0 5 0 0"]);
        assert!(seen.value(&CPU, "0", "idle").is_nan());
        assert_eq!(seen.value(&CPU, "0", "user"), 0.2);
        assert_eq!(seen.value(&CPU, "0", "demand_lost"), 0.2);
    }

    #[test]
    fn guest_time_that_is_unknown_makes_the_time_without_it_unknown() {
        let seen = after(&["cpu0 90 0 0 0 0 0 0 0 80 0", "cpu0 100 0 0 90 0 0 0 0 20 0"]);
        assert!(seen.value(&CPU, "0", "user").is_nan() && seen.value(&CPU, "0", "guest").is_nan());
        assert_eq!(seen.value(&CPU, "0", "busy"), 0.1);
    }

    #[test]
    fn absurd_steal_is_unknown_once_and_the_next_interval_is_right() {
        let texts = [
            "cpu0 0 0 0 0 0 0 0 5 0 0",
            "cpu0 10 0 0 90 0 0 0 18446744073709551600 0 0",
            "cpu0 20 0 0 170 0 0 0 18446744073709551610 0 0",
            "cpu0 30 0 0 260 0 0 0 7 0 0",
            "cpu0 40 0 0 340 0 0 0 17 0 0",
        ];
        assert!(after(&texts[..2]).value(&CPU, "0", "steal").is_nan());
        assert_eq!(after(&texts[..3]).value(&CPU, "0", "steal"), 0.1);
        assert!(after(&texts[..4]).value(&CPU, "0", "steal").is_nan());
        assert_eq!(after(&texts).value(&CPU, "0", "steal"), 0.1);
    }

    #[test]
    fn a_cpu_whose_counters_stand_still_was_idle() {
        let line = "cpu0 1 2 3 4 5 6 7 8 9 10";
        let seen = after(&[line, line]);
        assert_eq!(seen.value(&CPU, "0", "idle"), 1.0);
        assert_eq!(seen.value(&CPU, "0", "demand_lost"), 0.0);
    }

    #[test]
    fn lines_of_old_kernels_and_odd_lines_are_understood_or_left_out() {
        let lines: Vec<CpuTicks> =
            cpu_ticks("cpu 1 2 3 4\ncpu3 1 2 3 4\ncpux 1\ncpu4 1 2\ncpu5 a b c d\nintr 5\n")
                .collect();
        assert_eq!(lines, [CpuTicks { number: 3, ticks: [1, 2, 3, 4, 0, 0, 0, 0, 0, 0] }]);
    }

    #[test]
    fn a_text_without_cpus_says_so() {
        let mut recorder = Recorder::default();
        let error = Accounts::new(100).sample("", Duration::ZERO, &mut recorder).unwrap_err();
        assert_eq!(error.to_string(), "stat: contains no line of a CPU");
    }
}
