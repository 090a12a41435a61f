//! CPU time by state, of the host and of each CPU: `/proc/stat`.
//!
//! None of the ten counters can be trusted to only grow: iowait and idle decrease by design (the
//! kernel moves time between them), all fall when a CPU goes offline and returns, and steal jumps
//! by absurd amounts when a guest is migrated. The rules:
//!
//! 1. A counter that decreases slightly is held at its highest value, so that no time is counted
//!    twice.
//! 2. A counter that falls by three seconds or more, and a CPU that was offline, start again: that
//!    interval is unknown, not zero.
//! 3. A growth beyond what the clock allows makes the interval unknown.
//! 4. The total is the sum of the known CPUs. The line `cpu` also counts offline CPUs, by another
//!    clock.
//! 5. A CPU that is listed but whose counters do not change was asleep without ticks: it was idle.
//! 6. Guest time is included in user (and nice) time and is subtracted from it.

use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{per, to_f64};
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
/// The values of one CPU: the fields, busy and `demand_lost`.
const EACH: usize = FIELDS + 2;
/// A fall by this many seconds is more than jitter.
const FALL_SECONDS: u64 = 3;
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
    highest: [u64; FIELDS],
    /// When the CPU was last listed; `None` before the first time and while it is offline.
    seen: Option<Duration>,
}

/// The result of an interval for one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    /// There is no earlier reading.
    First,
    /// The counters changed impossibly: they were reset or ran ahead of the clock.
    Broken,
    /// The growth of each field in ticks, and whether a field was held.
    Grown([u64; FIELDS], bool),
}

/// The computation, separate from reading.
struct Accounts {
    ticks_per_second: u64,
    cpus: Vec<Account>,
}

impl Accounts {
    fn new(ticks_per_second: u64) -> Self {
        Self { ticks_per_second, cpus: Vec::new() }
    }

    fn sample(
        &mut self,
        stat: &str,
        clock: Duration,
        sink: &mut dyn SampleSink,
    ) -> Result<(), ProbeError> {
        let mut total = [0; FIELDS];
        let (mut online, mut known, mut worst, mut corrections) = (0u32, false, 0.0_f64, 0);
        let mut elapsed = 0.0;
        for line in cpu_ticks(stat) {
            online += 1;
            while self.cpus.len() <= line.number {
                let number = self.cpus.len().to_string();
                self.cpus.push(Account { number, highest: [0; FIELDS], seen: None });
            }
            let Some(account) = self.cpus.get_mut(line.number) else { continue };
            let before = account.seen.replace(clock);
            let interval = account.advance(&line.ticks, before, clock, self.ticks_per_second);
            let values = match interval {
                Interval::First => [f64::NAN; EACH],
                Interval::Broken => {
                    corrections += 1;
                    [f64::NAN; EACH]
                }
                Interval::Grown(growth, held) => {
                    corrections += u64::from(held);
                    known = true;
                    elapsed = clock.saturating_sub(before.unwrap_or(clock)).as_secs_f64();
                    for (sum, ticks) in total.iter_mut().zip(growth) {
                        *sum += ticks;
                    }
                    shares(&growth)
                }
            };
            worst = worst.max(values[STEAL]);
            if sink.takes(&[&account.number], true) {
                sink.group(&CPU, &account.number, &values);
            }
        }
        if online == 0 {
            let problem = "contains no line of a CPU".to_owned();
            return Err(ProbeError::Content { file: "stat", problem });
        }
        for account in &mut self.cpus {
            if account.seen != Some(clock) {
                account.seen = None;
            }
        }
        let mut values = [f64::NAN; EACH + 3];
        if known {
            values[..EACH].copy_from_slice(&shares(&total));
            values[EACH] = per(to_f64(total[STEAL]) / to_f64(self.ticks_per_second), elapsed);
            values[EACH + 1] = worst;
        }
        values[EACH + 2] = f64::from(online);
        sink.group(&CPU_TOTAL, "", &values);
        sink.corrections(corrections);
        Ok(())
    }
}

impl Account {
    /// Processes a new reading of a CPU that was last seen at `before`.
    fn advance(
        &mut self,
        ticks: &[u64; FIELDS],
        before: Option<Duration>,
        clock: Duration,
        ticks_per_second: u64,
    ) -> Interval {
        let old = self.highest;
        let Some(before) = before else {
            self.highest = *ticks;
            return Interval::First;
        };
        let elapsed = clock.saturating_sub(before).as_secs_f64() * to_f64(ticks_per_second);
        let fall = FALL_SECONDS * ticks_per_second;
        let mut growth = [0; FIELDS];
        let mut held = false;
        for field in 0..FIELDS {
            let (was, now) = (old[field], ticks[field]);
            growth[field] = now.saturating_sub(was);
            held |= now < was;
            if was.saturating_sub(now) >= fall || to_f64(growth[field]) > elapsed * 1.05 + 2.0 {
                self.highest = *ticks;
                return Interval::Broken;
            }
            self.highest[field] = now.max(was);
        }
        if growth[..WHOLE].iter().all(|&ticks| ticks == 0) {
            if held || elapsed < 1.0 {
                return Interval::Broken;
            }
            // Listed, but no counter changed: asleep without ticks.
            growth[IDLE] =
                (clock.saturating_sub(before).as_millis() * u128::from(ticks_per_second) / 1000)
                    .try_into()
                    .unwrap_or(u64::MAX)
                    .max(1);
        }
        Interval::Grown(growth, held)
    }
}

/// The growth of each field as a share of the total, then busy and the share of the demand that was
/// stolen.
fn shares(growth: &[u64; FIELDS]) -> [f64; EACH] {
    let whole: f64 = growth[..WHOLE].iter().copied().map(to_f64).sum();
    let mut parts = [f64::NAN; EACH];
    if whole <= 0.0 {
        return parts;
    }
    let guest = growth[GUEST].min(growth[USER]);
    let guest_nice = growth[GUEST_NICE].min(growth[NICE]);
    let mut own = *growth;
    own[USER] -= guest;
    own[NICE] -= guest_nice;
    own[GUEST] = guest;
    own[GUEST_NICE] = guest_nice;
    for (part, ticks) in parts.iter_mut().zip(own) {
        *part = to_f64(ticks) / whole;
    }
    let busy: f64 =
        [USER, NICE, SYSTEM, IRQ, SOFTIRQ].iter().map(|&field| to_f64(growth[field])).sum();
    let steal = to_f64(growth[STEAL]);
    parts[FIELDS] = busy / whole;
    parts[FIELDS + 1] = if busy + steal > 0.0 { steal / (busy + steal) } else { 0.0 };
    parts
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
