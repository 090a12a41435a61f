//! One sample of everything: runs the probes, passes their groups to the writer and the catalog,
//! and logs each fault once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rrd_core::{Step, Timestamp};

use super::storing::StoringFaults;
use crate::fault::{Faults, chain};
use crate::group::catalog::Catalog;
use crate::group::{GroupId, Kind};
use crate::output::live::Shared;
use crate::output::remote_status::RemoteStatus;
use crate::schedule::Tick;
use crate::schedule::is_due;
use crate::source::collector::{Counts, OwnUsage};
use crate::source::host::{HostSettings, ProbeSettings};
use crate::source::probe::{Probe, ProbeError, ProbeThread};
use crate::source::probes_on;
use crate::source::remote_write::{RemoteTotals, RemoteWrites};
use crate::source::sample::SampleBatch;
use crate::source::sample::SampleSink;
use crate::store::budget::FileLimits;
use crate::store::data_folder::DataFolderError;
use crate::store::writer::{GroupSample, GroupWriter, Sent, WriteError};

/// The subject of faults of the journal, also of those that the thread for the files finds.
pub(super) const SYNCING: &str = "syncing the journal";
/// Seconds between two samples of the endpoints of remote write: they are sent to at this pace.
const REMOTE_WRITE_STEP: u64 = 10;
/// How often files and memory of instances that are gone are looked at.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// The probes of the sampling thread and where all samples go.
pub struct Sampler {
    probes: Vec<ScheduledProbe>,
    step: Step,
    writer: Box<dyn GroupWriter>,
    faults: Faults,
    storing: StoringFaults,
    forget_after: Duration,
    /// When files and memory were looked at last.
    tidied: Option<Duration>,
    /// Number of corrected counters since the last tick.
    corrections: u64,
    own: OwnUsage,
    remote_writes: RemoteWrites,
    /// Duration of the last tick.
    took: Duration,
    /// Files whose last write failed.
    unwritten: BTreeSet<String>,
}

/// A probe and its settings.
pub(super) struct ScheduledProbe {
    pub(super) probe: Box<dyn Probe>,
    pub(super) step: Step,
    pub(super) config: ProbeSettings,
}

impl Sampler {
    /// The probes of the configured host, and the destination of their samples.
    pub fn new(settings: &HostSettings, writer: Box<dyn GroupWriter>, faults: Faults) -> Self {
        Self::with(probes_on(ProbeThread::Sampler, &settings.files), settings, writer, faults)
    }

    /// The same with these probes.
    pub fn with(
        probes: Vec<Box<dyn Probe>>,
        settings: &HostSettings,
        writer: Box<dyn GroupWriter>,
        faults: Faults,
    ) -> Self {
        let probes = scheduled(probes, settings);
        Self {
            probes,
            step: settings.step,
            writer,
            faults,
            storing: StoringFaults::default(),
            forget_after: FileLimits::default().forget_after,
            tidied: None,
            corrections: 0,
            own: OwnUsage::default(),
            remote_writes: RemoteWrites::default(),
            took: Duration::ZERO,
            unwritten: BTreeSet::new(),
        }
    }

    /// Applies new settings. Probes that remain keep the state of their counters; faults of removed
    /// probes are removed.
    pub fn reload(&mut self, settings: &HostSettings) {
        let fresh = probes_on(ProbeThread::Sampler, &settings.files);
        self.probes = keep_running(std::mem::take(&mut self.probes), fresh, settings, &self.faults);
        self.step = settings.step;
    }

    /// Applies other limits on files.
    pub fn limit(&mut self, limits: FileLimits) {
        self.forget_after = limits.forget_after;
        self.writer.limit(limits);
        self.storing.allow_again(&self.faults);
        self.tidied = None;
    }

    /// Samples every probe that is due. `missed` ticks before this one were missed, and this one is
    /// `late`.
    pub fn tick(&mut self, tick: Tick, missed: u64, late: Duration, shared: &Shared) {
        let begun = Instant::now();
        let is_stored = self.begin_round();
        let is_tidy =
            self.tidied.is_some_and(|before| tick.clock.saturating_sub(before) < TIDY_EVERY);
        if !is_tidy {
            self.tidied = Some(tick.clock);
            // Nobody waits for the catalog while files are looked at.
            self.writer.tidy();
        }
        let remote_step = at_least(self.step, REMOTE_WRITE_STEP);
        let remote_writes =
            is_due(remote_step, tick.at).then(|| remote_totals(shared, tick.at.seconds()));
        let mut catalog = shared.catalog();
        for ScheduledProbe { probe, step, config } in &mut self.probes {
            if !is_due(*step, tick.at) {
                continue;
            }
            let mut round = Round {
                at: tick.at,
                sent: Sent::Now,
                clock: tick.clock,
                step: *step,
                config: Some(config),
                writer: is_stored.then_some(&mut *self.writer),
                catalog: &mut catalog,
                faults: &self.faults,
                storing: &mut self.storing,
                corrections: &mut self.corrections,
            };
            let outcome = probe.sample(tick, &mut round);
            note_sample(&self.faults, probe.name(), &outcome);
        }
        let counts = Counts {
            late,
            took: self.took,
            missed,
            corrections: std::mem::take(&mut self.corrections),
            faults: shared.faults().len(),
            groups: catalog.groups().count(),
        };
        let mut round = Round {
            at: tick.at,
            sent: Sent::Now,
            clock: tick.clock,
            step: self.step,
            config: None,
            writer: is_stored.then_some(&mut *self.writer),
            catalog: &mut catalog,
            faults: &self.faults,
            storing: &mut self.storing,
            corrections: &mut self.corrections,
        };
        self.own.sample(tick.clock, counts, &mut round);
        if let Some(endpoints) = remote_writes {
            round.step = remote_step;
            self.remote_writes.sample(tick.clock, &endpoints, &mut round);
        }
        if !is_tidy {
            catalog.remove_unseen(tick.at, self.forget_after);
            self.storing.tidy(&self.faults, &catalog, tick);
        }
        self.end_round(&mut catalog);
        drop(catalog);
        self.took = begun.elapsed();
    }

    /// Stores groups that were sampled elsewhere; `clock` is the time on the monotonic clock.
    pub fn take(&mut self, batch: SampleBatch, sent: Sent, clock: Duration, shared: &Shared) {
        let is_stored = self.begin_round();
        let mut catalog = shared.catalog();
        let mut round = Round {
            at: batch.at,
            sent,
            clock,
            step: batch.step,
            config: None,
            writer: is_stored.then_some(&mut *self.writer),
            catalog: &mut catalog,
            faults: &self.faults,
            storing: &mut self.storing,
            corrections: &mut self.corrections,
        };
        for (kind, instance, values) in batch.groups {
            round.group(&kind, &instance, &values);
        }
        for (kind, instance, label) in batch.labels {
            round.label(&kind, &instance, &label);
        }
        round.corrections(batch.corrected);
        self.end_round(&mut catalog);
    }

    /// A source will not sample this group any more.
    pub fn forget(&mut self, group: &GroupId, shared: &Shared) {
        shared.catalog().remove(group);
        self.writer.forget(group);
    }

    /// Writes all pending samples to the files; failures are logged like any other fault. Returns
    /// whether all files were written.
    pub fn write_back(&mut self) -> bool {
        match self.writer.flush() {
            Ok(failed) => self.note_files(failed),
            // The next round reports it.
            Err(_) => return false,
        }
        self.unwritten.is_empty()
    }

    /// Samples were written to their files, except to these.
    pub fn note_files(&mut self, failed: impl IntoIterator<Item = (String, WriteError)>) {
        let mut before = std::mem::take(&mut self.unwritten);
        for (name, error) in failed {
            self.faults.note(&format!("writing {name}"), &Err(error));
            before.remove(&name);
            self.unwritten.insert(name);
        }
        for name in before {
            self.faults.note(&format!("writing {name}"), &Ok::<(), WriteError>(()));
        }
    }

    /// Returns whether the samples of the round that begins can be stored.
    fn begin_round(&mut self) -> bool {
        let outcome = self.writer.begin_round();
        if outcome.is_err() || !self.faults.is_empty() {
            self.faults.note_storing("the data folder", &outcome);
        }
        outcome.is_ok()
    }

    /// The samples of a round are stored. Groups whose files made room for others are gone.
    fn end_round(&mut self, catalog: &mut Catalog) {
        for group in self.writer.take_removed() {
            catalog.remove(&group);
        }
        if let Some(outcome) = self.writer.end_round() {
            self.faults.note(SYNCING, &outcome);
        }
    }

    /// Writes all pending samples to the files for the last time. A file that cannot be written is
    /// logged by its name; its samples stay in the journal.
    ///
    /// # Errors
    ///
    /// [`DataFolderError`]: there is no journal either.
    pub fn flush(&mut self) -> Result<(), DataFolderError> {
        for (name, error) in self.writer.flush()? {
            let error = chain(&error);
            log::error!("writing {name}: {error}; its last samples stay in the journal");
        }
        Ok(())
    }
}

/// Records the outcome of a sample; what the host does not have is no fault.
/// The shortest time of at least this many seconds that is a multiple of a step.
fn at_least(step: Step, seconds: u64) -> Step {
    let steps = seconds.div_ceil(step.seconds());
    Step::from_seconds(step.seconds() * steps).expect("a multiple of an hour at most")
}

/// The endpoints of remote write at a time, seconds since 1970.
fn remote_totals(shared: &Shared, now: i64) -> Vec<(String, RemoteTotals)> {
    let totals = |status: &RemoteStatus| RemoteTotals {
        behind: status.behind(now),
        sent: status.sent,
        dropped: status.dropped.values().sum(),
        failed: status.failures.values().sum(),
    };
    shared.remote_writes().iter().map(|(name, status)| (name.clone(), totals(status))).collect()
}

pub(super) fn note_sample(faults: &Faults, probe: &'static str, outcome: &Result<(), ProbeError>) {
    match outcome {
        Err(error) if error.is_missing() => faults.note_absence(probe, error),
        outcome => faults.note(probe, outcome),
    }
}

/// The enabled ones of `fresh`, in whose places those that run already keep the state of their
/// counters. Faults of those that do not run any more are removed.
pub(super) fn keep_running(
    running: Vec<ScheduledProbe>,
    mut fresh: Vec<Box<dyn Probe>>,
    settings: &HostSettings,
    faults: &Faults,
) -> Vec<ScheduledProbe> {
    for old in running {
        if !settings.probe(old.probe.name()).enabled {
            faults.forget(old.probe.name());
        }
        if let Some(new) = fresh.iter_mut().find(|new| new.name() == old.probe.name()) {
            *new = old.probe;
        }
    }
    scheduled(fresh, settings)
}

/// The enabled probes with their intervals.
pub(super) fn scheduled(
    probes: Vec<Box<dyn Probe>>,
    settings: &HostSettings,
) -> Vec<ScheduledProbe> {
    let ask = |mut probe: Box<dyn Probe>| {
        probe.watch(&settings.processes);
        let config = settings.probe(probe.name());
        let step = settings.step_of(&*probe);
        config.enabled.then_some(ScheduledProbe { probe, step, config })
    };
    probes.into_iter().filter_map(ask).collect()
}

/// The sink of one tick.
struct Round<'a> {
    at: Timestamp,
    sent: Sent,
    clock: Duration,
    step: Step,
    /// The settings of the probe that is sampled.
    config: Option<&'a ProbeSettings>,
    /// `None` while nothing can be stored.
    writer: Option<&'a mut dyn GroupWriter>,
    catalog: &'a mut Catalog,
    faults: &'a Faults,
    storing: &'a mut StoringFaults,
    corrections: &'a mut u64,
}

impl SampleSink for Round<'_> {
    fn takes(&mut self, names: &[&str], by_default: bool) -> bool {
        self.config.map_or(by_default, |config| config.instances.takes(names, by_default))
    }

    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        let (at, clock, step, sent) = (self.at, self.clock, self.step, self.sent);
        if sent == Sent::Before && self.catalog.find(&kind.name, instance).is_none() {
            // Another group has taken its place.
            return;
        }
        let Some(writer) = &mut self.writer else {
            return self.catalog.put(at, step, kind, instance, values);
        };
        let outcome = writer.write(GroupSample { at, clock, step, kind, instance, values, sent });
        // What has no room for a file is not taken at all: the names would not end.
        if !matches!(outcome, Err(WriteError::NoRoom(_))) {
            self.catalog.put(at, step, kind, instance, values);
        }
        self.storing.note(self.faults, kind, instance, clock, &outcome);
    }

    fn label(&mut self, kind: &Kind, instance: &str, label: &str) {
        self.catalog.label(&kind.name, instance, label);
    }

    fn corrections(&mut self, count: u64) {
        *self.corrections += count;
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;
    use crate::rootfs::{Host, ReadError};
    use crate::source::host::{LOAD, LoadProbe};

    type Written = (i64, String, Vec<f64>);

    #[derive(Default)]
    struct Kept(std::sync::Arc<Mutex<Vec<Written>>>);

    impl GroupWriter for Kept {
        fn write(&mut self, group: GroupSample<'_>) -> Result<(), WriteError> {
            let mut kept = self.0.lock().unwrap();
            let kind = group.kind.name.to_string();
            kept.push((group.at.seconds(), kind, group.values.to_vec()));
            Ok(())
        }

        fn flush(&mut self) -> Result<Vec<(String, WriteError)>, DataFolderError> {
            Ok(Vec::new())
        }
    }

    struct Missing;

    impl Probe for Missing {
        fn name(&self) -> &'static str {
            "missing"
        }

        fn sample(&mut self, _tick: Tick, _readout: &mut dyn SampleSink) -> Result<(), ProbeError> {
            let source = io::Error::from(io::ErrorKind::NotFound);
            Err(ReadError::Io { path: "/proc/missing".into(), source }.into())
        }
    }

    #[test]
    fn a_tick_samples_what_is_due_and_one_failing_probe_stops_no_other() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("proc")).unwrap();
        std::fs::write(folder.path().join("proc/loadavg"), "0.5 0.4 0.3 1/100 7\n").unwrap();
        let step = |seconds| Step::from_seconds(seconds).unwrap();
        let cpus = folder.path().join("sys/devices/system/cpu");
        std::fs::create_dir_all(&cpus).unwrap();
        std::fs::write(cpus.join("online"), "0\n").unwrap();
        let kept = Kept::default();
        let written = kept.0.clone();
        let probes: Vec<Box<dyn Probe>> =
            vec![Box::new(Missing), Box::new(LoadProbe::new(&Host::at(folder.path())))];
        let mut settings = HostSettings::default();
        let load = ProbeSettings { step: Some(step(2)), ..ProbeSettings::default() };
        settings.probes.insert("load".to_owned(), load);
        let shared = Shared::default();
        let faults = shared.all_faults().of_task();
        let mut sampler = Sampler::with(probes, &settings, Box::new(kept), faults);
        for second in 100..104 {
            let clock = Duration::from_secs(second);
            let at = Timestamp::from_seconds(i64::try_from(second).unwrap());
            sampler.tick(Tick { at, clock }, 0, Duration::ZERO, &shared);
        }
        let values = vec![0.5, 0.4, 0.3, 1.0, 100.0, 0.3];
        let mut written = written.lock().unwrap().clone();
        written.retain(|(_, kind, _)| kind != "collector");
        assert_eq!(
            written,
            [(100, "load".to_owned(), values.clone()), (102, "load".to_owned(), values.clone())]
        );
        assert_eq!(shared.catalog().find(&LOAD.name, "").unwrap().values, values);
        assert_eq!(shared.faults(), []);
    }
}
