//! Totals of processes and interrupts: `/proc/stat`, `/proc/loadavg`, `/proc/sys/fs/file-nr`,
//! `/proc/uptime`. Individual processes are not examined: walking all of them costs more than
//! everything else together.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, TASKS, at_most, known, named};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// Processes and file handles of the host.
pub static PROCESSES: Kind = Kind::new("processes", "Processes", PROCESS_METRICS);

const PROCESS_METRICS: &[Metric] = &[
    Metric::new("running", Unit::Count, "threads that are running or waiting for a CPU"),
    Metric::new("blocked", Unit::Count, "threads waiting for a disk"),
    Metric::new("threads", Unit::Count, "all threads"),
    Metric::new("forks", Unit::PerSecond, "processes and threads created"),
    Metric::new("file_handles", Unit::Count, "open files"),
    Metric::new("file_handles_max", Unit::Count, "limit on open files"),
    Metric::new("uptime", Unit::Seconds, "time since boot"),
];

/// Interrupts and context switches.
pub static INTERRUPTS: Kind = Kind::new("interrupts", "Interrupts", INTERRUPT_METRICS);

const INTERRUPT_METRICS: &[Metric] = &[
    Metric::new("interrupts", Unit::PerSecond, "interrupts from devices and timers"),
    Metric::new("softirqs", Unit::PerSecond, "deferred work of interrupts"),
    Metric::new("context_switches", Unit::PerSecond, "switches from one thread to another"),
];

/// Samples processes, file handles, uptime, interrupts and context switches.
pub struct ProcessesProbe {
    stat: KeptFile,
    loadavg: KeptFile,
    handles: KeptFile,
    uptime: KeptFile,
    counters: Counters<4>,
}

impl ProcessesProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            stat: host.proc("stat"),
            loadavg: host.proc("loadavg"),
            handles: host.proc("sys/fs/file-nr"),
            uptime: host.proc("uptime"),
            counters: Counters::default(),
        }
    }
}

impl Probe for ProcessesProbe {
    fn name(&self) -> &'static str {
        "processes"
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let names = ["processes", "intr", "softirq", "ctxt", "procs_running", "procs_blocked"];
        let [forks, interrupts, softirqs, switches, running, blocked] =
            named(self.stat.read()?, &names);
        let counters = [forks, interrupts, softirqs, switches];
        let rates = self.counters.rates(tick.clock, counters, &[Limits::EVENTS; 4], sink);
        // Values hidden in a container are unknown; the rest of the group is valid.
        let threads = self.loadavg.read().ok().and_then(threads);
        let [handles, handles_max] = self.handles.read().map_or([None; 2], file_handles);
        let uptime = self.uptime.read().ok().and_then(seconds_up).unwrap_or(f64::NAN);
        let [forks, interrupts, softirqs, switches] = rates;
        sink.group(
            &PROCESSES,
            "",
            &[
                at_most(TASKS, running),
                at_most(TASKS, blocked),
                at_most(TASKS, threads),
                forks,
                known(handles),
                known(handles_max),
                uptime,
            ],
        );
        sink.group(&INTERRUPTS, "", &[interrupts, softirqs, switches]);
        Ok(())
    }
}

/// Number of threads, from `0.10 0.20 0.30 RUNNING/ALL LAST`.
fn threads(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

/// Open handles and their limit, from `ALLOCATED UNUSED MAXIMUM`.
fn file_handles(text: &str) -> [Option<u64>; 2] {
    let mut words = text.split_ascii_whitespace().map(|word| word.parse::<u64>().ok());
    let (allocated, unused, most) = (words.next(), words.next(), words.next());
    let open = allocated.flatten().zip(unused.flatten()).and_then(|(a, u)| a.checked_sub(u));
    [open, most.flatten()]
}

fn seconds_up(text: &str) -> Option<f64> {
    let seconds = text.split_ascii_whitespace().next()?.parse().ok()?;
    (0.0..f64::INFINITY).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_handles_and_uptime_are_read_from_their_places() {
        assert_eq!(threads("0.10 0.20 0.30 2/345 6789\n"), Some(345));
        assert_eq!(
            file_handles("1234\t34\t9223372036854775807\n"),
            [Some(1200), Some(i64::MAX as u64)]
        );
        assert_eq!(seconds_up("350735.47 234388.90\n"), Some(350_735.47));
    }

    #[test]
    fn odd_texts_are_unknown() {
        assert_eq!(threads("0.10 0.20"), None);
        assert_eq!(file_handles("x 1 2"), [None, Some(2)]);
        assert_eq!(seconds_up("inf"), None);
    }
}
