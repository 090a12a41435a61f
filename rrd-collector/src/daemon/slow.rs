//! The thread of slow probes: those whose files may answer late or never, or are many. Their groups
//! go to the sampling thread, which so waits for no hardware.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rrd_core::Step;
use thiserror::Error;

use super::sampler::{ScheduledProbe, keep_running, note_sample, scheduled};
use super::sampling::SamplerCommand;
use crate::fault::Faults;
use crate::group::Kind;
use crate::schedule::{Due, Schedule, Tick, clock, is_due};
use crate::section::InstanceFilter;
use crate::source::host::HostSettings;
use crate::source::probe::{MINUTE, ProbeThread};
use crate::source::probes_on;
use crate::source::sample::{BatchSink, SampleBatch, SampleSink};

/// After this time a probe that has not answered is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// The thread of slow probes, as seen by the main thread.
pub(super) struct SlowProbes {
    settings: Sender<HostSettings>,
    current: Current,
    faults: Faults,
}

/// The probe that is being sampled, and since when.
type Current = Arc<Mutex<Option<(&'static str, Duration)>>>;

/// A probe that keeps all slow probes waiting.
#[derive(Debug, Error)]
#[error("{probe} has not answered for {} s, all slow probes wait for it", waited.as_secs())]
struct Late {
    probe: &'static str,
    waited: Duration,
}

impl SlowProbes {
    /// Starts the thread. It ends with the process: nothing can end a probe that the hardware keeps
    /// waiting.
    ///
    /// # Errors
    ///
    /// The system provides no thread.
    pub(super) fn start(
        settings: &HostSettings,
        sampler: Sender<SamplerCommand>,
        faults: Faults,
    ) -> io::Result<Self> {
        let (sender, inbox) = channel();
        let current = Current::default();
        let mut rounds = Rounds::new(settings, sampler, faults.clone(), current.clone());
        let thread = thread::Builder::new().name("slow-probes".to_owned());
        thread.spawn(move || rounds.run(&inbox))?;
        Ok(Self { settings: sender, current, faults })
    }

    /// Applies new settings, once the probe that is being sampled has answered.
    pub(super) fn reload(&self, settings: HostSettings) {
        // A thread that has died has nothing to apply them to.
        let _ = self.settings.send(settings);
    }

    /// Reports a probe that does not answer.
    pub(super) fn watch(&self, now: Duration) {
        let current = *self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match current.map(|(probe, since)| (probe, now.saturating_sub(since))) {
            Some((probe, waited)) if waited > PATIENCE => Err(Late { probe, waited }),
            _ => Ok(()),
        };
        self.faults.note("slow probes", &outcome);
    }
}

/// The thread's own state.
struct Rounds {
    probes: Vec<ScheduledProbe>,
    sampler: Sender<SamplerCommand>,
    faults: Faults,
    current: Current,
}

impl Rounds {
    fn new(
        settings: &HostSettings,
        sampler: Sender<SamplerCommand>,
        faults: Faults,
        current: Current,
    ) -> Self {
        let probes = scheduled(probes_on(ProbeThread::Slow, &settings.files), settings);
        Self { probes, sampler, faults, current }
    }

    fn run(&mut self, inbox: &Receiver<HostSettings>) {
        let mut schedule = Schedule::new(self.rhythm());
        loop {
            let wait = match schedule.due(clock::now()) {
                Due::Tick { tick, .. } => {
                    if !self.tick(tick) {
                        return;
                    }
                    Duration::ZERO
                }
                Due::Wait(wait) => wait,
            };
            match inbox.recv_timeout(wait) {
                Ok(settings) => {
                    self.reload(&settings);
                    schedule = Schedule::new(self.rhythm());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// The longest step at whose multiples every probe is due when it should be.
    fn rhythm(&self) -> Step {
        let steps = self.probes.iter().map(|probe| probe.step.seconds());
        let common = steps.reduce(common_divisor);
        common.and_then(Step::from_seconds).unwrap_or(MINUTE)
    }

    fn reload(&mut self, settings: &HostSettings) {
        let fresh = probes_on(ProbeThread::Slow, &settings.files);
        self.probes = keep_running(std::mem::take(&mut self.probes), fresh, settings, &self.faults);
    }

    /// Samples every probe that is due; `false` if the sampling thread has ended.
    fn tick(&mut self, tick: Tick) -> bool {
        for ScheduledProbe { probe, step, config } in &mut self.probes {
            if !is_due(*step, tick.at) {
                continue;
            }
            let clock = clock::now().clock;
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((probe.name(), clock));
            let mut batch = SampleBatch::new(tick.at, *step);
            let mut taken = Taken { batch: &mut batch, instances: &config.instances };
            let outcome = probe.sample(Tick { clock, ..tick }, &mut taken);
            note_sample(&self.faults, probe.name(), &outcome);
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
            if !batch.is_empty() && !self.sampler.store(batch) {
                return false;
            }
        }
        true
    }
}

const fn common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

/// The groups of one probe that its settings take.
struct Taken<'a> {
    batch: &'a mut SampleBatch,
    instances: &'a InstanceFilter,
}

impl SampleSink for Taken<'_> {
    fn takes(&mut self, names: &[&str], by_default: bool) -> bool {
        self.instances.takes(names, by_default)
    }

    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        self.batch.group(kind, instance, values);
    }

    fn label(&mut self, kind: &Kind, instance: &str, label: &str) {
        self.batch.label(kind, instance, label);
    }

    fn corrections(&mut self, count: u64) {
        self.batch.corrections(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::live::Shared;
    use crate::schedule::whole_seconds;
    use crate::source::host::LOAD;
    use crate::source::probe::{Probe, ProbeError};

    struct Slow(&'static str, u64, Option<&'static str>);

    impl Probe for Slow {
        fn name(&self) -> &'static str {
            self.0
        }

        fn default_interval(&self) -> Step {
            whole_seconds(self.1)
        }

        fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
            for instance in ["a", "b"] {
                if sink.takes(&[instance], true) {
                    sink.group(&LOAD, instance, &[1.0; 6]);
                    sink.label(&LOAD, instance, "label");
                    sink.corrections(2);
                }
            }
            match self.2 {
                None => Ok(()),
                Some(file) => Err(ProbeError::Content { file, problem: "empty".to_owned() }),
            }
        }
    }

    fn probes(probes: Vec<Box<dyn Probe>>) -> (Rounds, Receiver<SamplerCommand>, Shared) {
        let (sampler, commands) = channel();
        let mut settings = HostSettings::default();
        let filter = &mut settings.probes.entry("one".to_owned()).or_default().instances;
        filter.exclude.push(crate::section::Pattern::new("b"));
        let shared = Shared::default();
        let (faults, current) = (shared.all_faults().of_task(), Current::default());
        let probes = scheduled(probes, &settings);
        (Rounds { probes, sampler, faults, current }, commands, shared)
    }

    #[test]
    fn each_probe_that_is_due_sends_what_its_settings_take_and_one_that_fails_stops_no_other() {
        let (mut slow, commands, shared) = probes(vec![
            Box::new(Slow("one", 20, Some("mdstat"))),
            Box::new(Slow("two", 30, None)),
        ]);
        assert_eq!(slow.rhythm().seconds(), 10);
        let at = |seconds| rrd_core::Timestamp::from_seconds(seconds);
        let mut sent = |seconds| {
            assert!(slow.tick(Tick { at: at(seconds), clock: Duration::ZERO }));
            let stored = commands.try_iter().map(|command| match command {
                SamplerCommand::Store(batch) => batch,
                _ => panic!("not a batch"),
            });
            stored.collect::<Vec<_>>()
        };
        let batches = sent(60);
        let names = |batch: &SampleBatch| -> Vec<String> {
            batch.groups.iter().map(|group| group.1.clone()).collect()
        };
        assert_eq!(batches.len(), 2);
        assert_eq!(
            (names(&batches[0]), names(&batches[1])),
            (vec!["a".into()], vec!["a".into(), "b".into()])
        );
        assert_eq!((batches[1].corrected, batches[1].labels.len()), (4, 2));
        assert_eq!((sent(70).len(), sent(80).len(), sent(90).len()), (0, 1, 1));
        let faults = shared.faults();
        assert_eq!((faults.len(), &*faults[0].concern), (1, "one"));
    }

    #[test]
    fn a_probe_that_does_not_answer_is_a_fault_until_it_does() {
        let shared = Shared::default();
        let (settings, _inbox) = channel();
        let current = Current::default();
        let slow = SlowProbes {
            settings,
            current: current.clone(),
            faults: shared.all_faults().of_task(),
        };
        *current.lock().unwrap() = Some(("hwmon", Duration::from_secs(100)));
        slow.watch(Duration::from_secs(130));
        assert_eq!(shared.faults(), []);
        slow.watch(Duration::from_secs(131));
        let faults = shared.faults();
        let message = "hwmon has not answered for 31 s, all slow probes wait for it";
        assert_eq!((faults.len(), &*faults[0].message), (1, message));
        *current.lock().unwrap() = None;
        slow.watch(Duration::from_secs(135));
        assert_eq!(shared.faults(), []);
    }
}
