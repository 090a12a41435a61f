//! One look at all processes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::time::Duration;

use rrd_core::Step;

use super::files::ProcessFiles;
use super::hung::Waiting;
use super::matching::{Groups, Matching};
use super::stat::{Process, State};
use super::totals::{PROCESS, Scale, Totals};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Limits, to_f64};
use crate::source::probe::{MINUTE, Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;
use crate::source::watched::WatchedProcess;

/// The processes of the host by their state.
pub static TASKS: Kind = Kind::new("tasks", "Processes by state", TASK_METRICS);

const TASK_METRICS: &[Metric] = &[
    Metric::new("processes", Unit::Count, "all processes, without threads"),
    Metric::new("zombies", Unit::Count, "ended processes whose parents have not noticed"),
    Metric::new(
        "uninterruptible",
        Unit::Count,
        "processes that wait and cannot be interrupted, mostly for a disk",
    ),
    Metric::new("hung", Unit::Count, "those that have waited for two minutes without CPU time"),
    Metric::new("stopped", Unit::Count, "processes stopped by a signal or a debugger"),
];

/// Number of programs taken from the top of each list.
const TOP: usize = 10;

/// Samples the states of processes, and what those of a name use.
pub struct ProcessProbe {
    host: Host,
    files: ProcessFiles,
    uptime: KeptFile,
    matching: Matching,
    waiting: Waiting,
    known: HashMap<u32, Known>,
    /// Programs that nobody named and that were among the top since they run.
    stored: BTreeSet<String>,
    /// When it looked last, by the monotonic clock and in seconds since boot.
    looked: Option<(Duration, f64)>,
    ticks_per_second: f64,
    page: f64,
}

/// A process of a group.
struct Known {
    start: u64,
    ticks: u64,
    seen: Duration,
}

/// The sums of one look.
#[derive(Default)]
struct Look {
    /// Of the watched groups, in their order.
    watched: Vec<Totals>,
    /// Of other programs, by name.
    others: BTreeMap<String, Totals>,
    /// All, zombies, uninterruptible, stopped.
    states: [u64; 4],
    corrections: u64,
    /// Whether the first process was there: others are hidden where it is not.
    has_first: bool,
}

impl ProcessProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            files: ProcessFiles::new(host),
            uptime: host.proc("uptime"),
            matching: Matching::default(),
            waiting: Waiting::default(),
            known: HashMap::new(),
            stored: BTreeSet::new(),
            looked: None,
            ticks_per_second: to_f64(procfs::ticks_per_second()),
            page: to_f64(procfs::page_size()),
        }
    }

    /// Adds one process to the sums.
    fn see(
        &mut self,
        (id, text): (u32, &[u8]),
        clock: Duration,
        sink: &mut dyn SampleSink,
        look: &mut Look,
    ) {
        let Some(process) = Process::parse(text) else { return };
        look.has_first |= id == 1;
        count_state(process.state, &mut look.states);
        self.waiting.see(id, &process, clock);
        let name = String::from_utf8_lossy(process.name);
        let command = || self.files.command(id);
        let groups = self.matching.groups((id, &process), &name, clock, command);
        let is_other = groups == 0 && !process.is_kernel_thread && self.is_other(&name, sink);
        if groups == 0 && !is_other {
            return;
        }
        let used = self.used(id, &process, clock, &mut look.corrections);
        if is_other {
            let is_stored = self.stored.contains(&*name);
            let descriptors = if is_stored { self.files.descriptors(id) } else { None };
            let totals = look.others.entry(name.into_owned()).or_default();
            return totals.add(&process, used, descriptors);
        }
        let descriptors = self.files.descriptors(id);
        for (position, totals) in look.watched.iter_mut().enumerate() {
            let bit: Groups = 1 << position;
            if groups & bit != 0 {
                totals.add(&process, used, descriptors);
            }
        }
    }

    /// Whether a program that belongs to no watched group is taken under its own name.
    fn is_other(&self, name: &str, sink: &mut dyn SampleSink) -> bool {
        sink.takes(&[name], false)
            && !self.matching.watched().iter().any(|watched| watched.name == name)
    }

    /// Ticks since the last look, and whether the process started since then.
    fn used(
        &mut self,
        id: u32,
        process: &Process<'_>,
        clock: Duration,
        corrections: &mut u64,
    ) -> (f64, bool) {
        let now = Known { start: process.start, ticks: process.ticks, seen: clock };
        let before = self.known.insert(id, now).filter(|before| before.start == process.start);
        let Some((looked, uptime)) = self.looked else { return (0.0, false) };
        let is_new = before.is_none() && to_f64(process.start) > uptime * self.ticks_per_second;
        let ticks = match before {
            Some(before) => before.ticks,
            None if is_new => 0,
            // It was there and is new in this group: what it used before is not of now.
            None => process.ticks,
        };
        let seconds = clock.saturating_sub(looked).as_secs_f64();
        let limits = Limits::CPU_SECONDS.counted_in(self.ticks_per_second);
        let rate = limits.rate_between(to_f64(ticks), to_f64(process.ticks), seconds);
        if rate.is_nan() {
            *corrections += 1;
            return (0.0, is_new);
        }
        (rate * seconds, is_new)
    }

    /// The names of the programs to store: those of the top, and those that were there once.
    fn rank(&mut self, others: &BTreeMap<String, Totals>) {
        self.stored.retain(|name| others.contains_key(name));
        for rank in 0..2 {
            let amount = |totals: &Totals| totals.ranks().get(rank).copied().unwrap_or_default();
            let mut ranked: Vec<(f64, &String)> =
                others.iter().map(|(name, totals)| (amount(totals), name)).collect();
            ranked.retain(|(amount, _)| *amount > 0.0);
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
            let top = ranked.into_iter().take(TOP);
            self.stored.extend(top.map(|(_, name)| name.clone()));
        }
    }
}

impl Probe for ProcessProbe {
    fn name(&self) -> &'static str {
        "process"
    }

    /// Often only if somebody wants to see what processes use: it takes microseconds for each.
    fn default_interval(&self) -> Step {
        if self.matching.watched().is_empty() { MINUTE } else { TEN_SECONDS }
    }

    fn watch(&mut self, watched: &[WatchedProcess]) {
        self.matching.watch(watched);
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let clock = tick.clock;
        let folder = || self.host.proc("").path().to_owned();
        let ids = self.files.ids().map_err(|source| ReadError::Io { path: folder(), source })?;
        let uptime = self.uptime.read().ok().and_then(seconds_up).unwrap_or(f64::NAN);
        let watched = vec![Totals::default(); self.matching.watched().len()];
        let mut look = Look { watched, ..Look::default() };
        let mut text = Vec::new();
        for id in ids {
            text.clear();
            text.extend_from_slice(self.files.stat(id).unwrap_or_default());
            self.see((id, &text), clock, sink, &mut look);
        }
        let hung = self.waiting.hung(clock, &self.host);
        self.matching.tidy(clock);
        self.known.retain(|_, known| known.seen == clock);
        self.rank(&look.others);
        sink.corrections(look.corrections);
        let before = self.looked.replace((clock, uptime));
        let since = |(looked, _)| clock.saturating_sub(looked).as_secs_f64();
        let scale = Scale {
            seconds: before.map_or(f64::NAN, since),
            uptime,
            ticks_per_second: self.ticks_per_second,
            page: self.page,
        };
        for (watched, totals) in self.matching.watched().iter().zip(&look.watched) {
            if sink.takes(&[&watched.name], true) {
                sink.group(&PROCESS, &watched.name, &totals.values(&scale));
            }
        }
        for (name, totals) in &look.others {
            if self.stored.contains(name) {
                sink.group(&PROCESS, name, &totals.values(&scale));
            }
        }
        if !look.has_first {
            let path = self.host.proc("1/stat").path().to_owned();
            return Err(ReadError::Io { path, source: io::ErrorKind::NotFound.into() }.into());
        }
        let [all, zombies, uninterruptible, stopped] = look.states.map(to_f64);
        let hung = to_f64(u64::try_from(hung).unwrap_or(u64::MAX));
        sink.group(&TASKS, "", &[all, zombies, uninterruptible, hung, stopped]);
        Ok(())
    }
}

fn count_state(state: State, states: &mut [u64; 4]) {
    let [all, zombies, uninterruptible, stopped] = states;
    *all += 1;
    match state {
        State::Zombie => *zombies += 1,
        State::Uninterruptible => *uninterruptible += 1,
        State::Stopped => *stopped += 1,
        State::Other => {}
    }
}

fn seconds_up(text: &str) -> Option<f64> {
    let seconds = text.split_ascii_whitespace().next()?.parse().ok()?;
    (0.0..f64::INFINITY).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    /// A host whose processes are files, and the probe that looks at it.
    struct Trial {
        root: tempfile::TempDir,
        probe: ProcessProbe,
        seen: Recorder,
    }

    impl Trial {
        fn new(watched: &[(&str, Option<&str>, Option<&str>)]) -> Self {
            let root = tempfile::tempdir().unwrap();
            let mut probe = ProcessProbe::new(&Host::at(root.path()));
            // Those of recorded hosts, on any machine.
            (probe.ticks_per_second, probe.page) = (100.0, 4096.0);
            let watched: Vec<_> = watched
                .iter()
                .map(|(name, program, command)| WatchedProcess {
                    name: (*name).to_owned(),
                    program: program.map(Pattern::new),
                    command: command.map(Pattern::new),
                })
                .collect();
            probe.watch(&watched);
            let trial = Self { root, probe, seen: Recorder::default() };
            trial.process(1, "systemd", "S", [5, 4000, 0]);
            trial
        }

        fn write(&self, name: &str, text: &str) {
            let file = self.root.path().join("proc").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }

        /// A process with ticks of CPU time, pages, and ticks since boot at its start.
        fn process(&self, id: u32, name: &str, state: &str, numbers: [u64; 3]) {
            let [ticks, pages, start] = numbers;
            let threads = if state == "Z" { 1 } else { 2 };
            let text = format!(
                "{id} ({name}) {state} 1 1 1 0 -1 4194560 0 0 0 0 {ticks} 0 0 0 20 0 {threads} 0 {start} 0 \
                 {pages} 0\n"
            );
            self.write(&format!("{id}/stat"), &text);
            self.write(&format!("{id}/fd/0"), "");
        }

        fn end(&self, id: u32) {
            fs::remove_dir_all(self.root.path().join(format!("proc/{id}"))).unwrap();
        }

        /// A look at this number of seconds since boot.
        fn look(&mut self, second: u32) -> Result<(), ProbeError> {
            self.write("uptime", &format!("{second}.00 0.00\n"));
            self.seen.groups.clear();
            let clock = Duration::from_secs(second.into());
            self.probe.sample(Tick { at: Timestamp::default(), clock }, &mut self.seen)
        }

        fn values(&self, kind: &Kind, instance: &str) -> Vec<f64> {
            let metrics = kind.metrics.iter();
            metrics.map(|metric| self.seen.value(kind, instance, &metric.name)).collect()
        }
    }

    #[test]
    fn the_processes_of_a_name_are_added() {
        let mut trial = Trial::new(&[
            ("db", Some("postgres*"), None),
            ("web", Some("python3"), Some("*gunicorn*")),
            ("gone", Some("none"), None),
        ]);
        trial.process(10, "postgres", "S", [100, 10, 500]);
        trial.process(11, "postgres", "R", [0, 20, 1500]);
        trial.process(12, "python3", "S", [7, 1, 600]);
        trial.write("12/cmdline", "/usr/bin/python3\0/usr/bin/gunicorn\0web:app\0");
        trial.process(13, "python3", "S", [900, 1, 600]);
        trial.write("13/cmdline", "python3\0-m\0http.server\0");
        trial.look(20).unwrap();
        assert!(trial.seen.value(&PROCESS, "db", "cpu").is_nan());
        // One uses CPU time, one has ended, and one has started since then.
        trial.process(10, "postgres", "S", [300, 15, 500]);
        trial.end(11);
        trial.process(14, "postgres", "S", [50, 5, 2100]);
        trial.look(30).unwrap();
        assert_eq!(trial.seen.instances(&PROCESS), ["db", "web", "gone"]);
        assert_eq!(trial.values(&PROCESS, "db"), [2.0, 0.25, 81_920.0, 4.0, 2.0, 0.1, 25.0]);
        assert_eq!(trial.values(&PROCESS, "web")[..3], [1.0, 0.0, 4096.0]);
        assert_eq!(trial.values(&PROCESS, "gone")[..6], [0.0; 6]);
        assert_eq!(trial.values(&TASKS, ""), [5.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_number_that_is_used_again_and_a_counter_that_falls_add_nothing_impossible() {
        let mut trial = Trial::new(&[("db", Some("postgres"), None)]);
        trial.process(10, "postgres", "S", [9000, 1, 500]);
        trial.look(20).unwrap();
        trial.process(10, "postgres", "S", [10, 1, 2500]);
        trial.look(30).unwrap();
        let values = trial.values(&PROCESS, "db");
        assert_eq!((values[1], values[5], trial.seen.corrections), (0.01, 0.1, 0));
        trial.process(10, "postgres", "S", [5, 1, 2500]);
        trial.look(40).unwrap();
        assert_eq!((trial.values(&PROCESS, "db")[1], trial.seen.corrections), (0.0, 1));
        trial.process(10, "postgres", "S", [u64::MAX, u64::MAX, 2500]);
        trial.look(50).unwrap();
        let values = trial.values(&PROCESS, "db");
        assert_eq!((values[1], trial.seen.corrections), (0.0, 2));
        assert!(values[2].is_nan());
        // A process that has another name since then brings nothing from before.
        trial.process(11, "bash", "S", [7000, 1, 100]);
        trial.look(60).unwrap();
        trial.process(11, "postgres", "S", [7100, 1, 100]);
        trial.look(70).unwrap();
        assert_eq!(trial.values(&PROCESS, "db")[..2], [2.0, 0.0]);
    }

    #[test]
    fn processes_are_counted_by_their_state() {
        let mut trial = Trial::new(&[]);
        for (id, state) in (2..).zip(["S", "R", "D", "D", "Z", "T", "t", "I"]) {
            trial.process(id, "a", state, [0, 1, 9]);
        }
        trial.write("77/stat", "77 (broken");
        trial.write("78/status", "Name: a");
        trial.look(100).unwrap();
        assert_eq!(trial.values(&TASKS, ""), [9.0, 1.0, 2.0, 0.0, 2.0]);
        assert_eq!(trial.seen.instances(&PROCESS), [""; 0]);
        trial.look(220).unwrap();
        assert_eq!(trial.values(&TASKS, ""), [9.0, 1.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn other_programs_are_stored_once_they_are_among_the_top_and_asked_for() {
        let mut trial = Trial::new(&[("p1", Some("a00"), None)]);
        trial.seen.filter.also = vec![Pattern::new("*")];
        for id in 10..60 {
            trial.process(id, &format!("a{id}"), "S", [0, u64::from(id), 500]);
        }
        trial.process(60, "p1", "S", [0, 9999, 500]);
        trial.look(20).unwrap();
        let names = |trial: &Trial| trial.seen.instances(&PROCESS).join(" ");
        assert_eq!(names(&trial), "p1 a51 a52 a53 a54 a55 a56 a57 a58 a59 systemd");
        trial.process(30, "a30", "R", [500, 30, 500]);
        trial.end(59);
        trial.look(30).unwrap();
        assert!(names(&trial).contains(" a30 ") && !names(&trial).contains("a59"));
        assert_eq!(trial.values(&PROCESS, "a58")[4], 1.0);
        trial.seen.filter.also = vec![Pattern::new("a2?")];
        trial.look(40).unwrap();
        assert_eq!(names(&trial), "p1 a20 a21 a22 a23 a24 a25 a26 a27 a28 a29");
    }

    #[test]
    fn a_host_that_hides_processes_has_no_counts_of_all() {
        let mut trial = Trial::new(&[("db", Some("postgres"), None)]);
        trial.process(10, "postgres", "S", [1, 1, 500]);
        trial.end(1);
        let error = trial.look(20).unwrap_err();
        assert!(error.is_missing() && error.to_string().contains("/proc/1/stat"), "{error}");
        assert_eq!(trial.seen.instances(&PROCESS), ["db"]);
        assert_eq!(trial.seen.instances(&TASKS), [""; 0]);
        let mut nowhere = ProcessProbe::new(&Host::at(Path::new("/nonexistent")));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        assert!(nowhere.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }

    #[test]
    fn a_look_is_taken_often_only_if_processes_are_watched() {
        assert_eq!(Trial::new(&[]).probe.default_interval(), MINUTE);
        assert_eq!(Trial::new(&[("a", Some("a"), None)]).probe.default_interval(), TEN_SECONDS);
    }
}
