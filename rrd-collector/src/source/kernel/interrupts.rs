//! Interrupts by their source: the sums of the rows of `/proc/interrupts` over all CPUs.
//!
//! A source goes by the name of its device, which is the same after each boot, unlike the number of
//! the interrupt; interrupts of one name are added. Those without a device, such as the timers of
//! CPUs, go by the name that the kernel gives them (`LOC`). The file of a large host has megabytes
//! and is read in portions. A source is stored once it has been among the most frequent ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use super::rows::{Row, cpus};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// A device or another source of interrupts.
pub static INTERRUPT_SOURCE: Kind = Kind::new("interrupt_source", "Interrupts by source", METRICS);

const METRICS: &[Metric] =
    &[Metric::new("interrupts", Unit::PerSecond, "interrupts on all CPUs together")];

/// Number of sources that are taken from the top.
const TOP: usize = 10;
/// Sources that are stored without being asked for, as the top changes.
const MOST: usize = 30;
/// The longest file, and the longest line: one of a host with 8,192 CPUs has 90 KB.
const LONGEST: u64 = 16 << 20;
const LONGEST_LINE: u64 = 256 << 10;
/// What is read at a time.
const PORTION: usize = 32 << 10;
/// 100 million a second: far more than any host has of one source, and not a word in ten seconds.
pub(super) const LIMITS: Limits = Limits::EVENTS.counted_in(1e-3).narrow();

/// Samples the most frequent interrupts.
pub struct InterruptSourcesProbe {
    path: PathBuf,
    cpus: usize,
    sources: BTreeMap<String, SourceState>,
}

#[derive(Default)]
struct SourceState {
    counters: Counters<1>,
    /// The sum of this look.
    sum: u64,
    seen: Option<Duration>,
    label: String,
    /// Per second.
    rate: f64,
    is_stored: bool,
}

impl InterruptSourcesProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let path = host.proc("interrupts").path().to_owned();
        Self { path, cpus: 0, sources: BTreeMap::new() }
    }

    /// Reads the file, and adds up what has the same name.
    fn read(&mut self, clock: Duration) -> io::Result<()> {
        let file = File::open(&self.path)?;
        let mut reader = BufReader::with_capacity(PORTION, file.take(LONGEST));
        let (mut line, mut is_first) = (Vec::new(), true);
        loop {
            line.clear();
            if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            if is_first {
                let cpus = cpus(&text);
                // The column of a CPU that goes offline goes with what it had counted.
                if cpus != self.cpus {
                    self.sources.values_mut().for_each(|source| source.counters.forget());
                }
                (self.cpus, is_first) = (cpus, false);
            } else if let Some(row) = Row::parse(&text, self.cpus) {
                self.add(&row, clock);
            }
        }
    }

    fn add(&mut self, row: &Row<'_>, clock: Duration) {
        let (name, label) = source(row);
        if !self.sources.contains_key(name) {
            self.sources.insert(name.to_owned(), SourceState::default());
        }
        let Some(source) = self.sources.get_mut(name) else { return };
        if source.seen.replace(clock) != Some(clock) {
            source.sum = 0;
        }
        source.sum = source.sum.wrapping_add(row.sum) & 0xffff_ffff;
        if source.label.is_empty() {
            label.clone_into(&mut source.label);
        }
    }

    /// Marks the most frequent sources as stored.
    fn rank(&mut self, taken: &BTreeSet<String>) {
        let stored = self.sources.values().filter(|source| source.is_stored).count();
        let mut ranked: Vec<(f64, &str)> = self
            .sources
            .iter()
            .filter(|(name, source)| source.rate > 0.0 && taken.contains(*name))
            .map(|(name, source)| (source.rate, name.as_str()))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let top = ranked.into_iter().take(TOP).map(|(_, name)| name.to_owned());
        let (top, mut free) = (top.collect::<Vec<_>>(), MOST.saturating_sub(stored));
        for name in top {
            let Some(source) = self.sources.get_mut(&name) else { continue };
            if !source.is_stored && free > 0 {
                (source.is_stored, free) = (true, free - 1);
            }
        }
    }
}

/// The name of the source of a row and what it is, if the name does not say it.
///
/// A numbered row is described by its chip, its number there, how it is triggered, and after two
/// spaces by the devices that use it: `PCI-MSIX-0000:00:05.0   1-edge      virtio4-input`.
fn source<'a>(row: &Row<'a>) -> (&'a str, &'a str) {
    if !row.name.bytes().all(|byte| byte.is_ascii_digit()) {
        return (row.name, row.description.trim());
    }
    // The column before the devices is filled up with spaces.
    let has_device = !row.description.ends_with(' ');
    let device = row.description.rsplit("  ").next().map(str::trim);
    let device = device.filter(|device| has_device && !device.is_empty());
    (device.unwrap_or(row.name), "")
}

impl Probe for InterruptSourcesProbe {
    fn name(&self) -> &'static str {
        "interrupt_sources"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let clock = tick.clock;
        self.read(clock).map_err(|source| ReadError::Io { path: self.path.clone(), source })?;
        self.sources.retain(|_, source| source.seen == Some(clock));
        if self.sources.is_empty() {
            let problem = "no row of counters".to_owned();
            return Err(ProbeError::Content { file: "interrupts", problem });
        }
        let mut taken = BTreeSet::new();
        for (name, source) in &mut self.sources {
            [source.rate] = source.counters.rates(clock, [Some(source.sum)], &[LIMITS], sink);
            if sink.takes(&[name], true) {
                taken.insert(name.clone());
            }
        }
        self.rank(&taken);
        for (name, source) in &self.sources {
            if sink.takes(&[name], source.is_stored) {
                sink.group(&INTERRUPT_SOURCE, name, &[source.rate]);
                if !source.label.is_empty() {
                    sink.label(&INTERRUPT_SOURCE, name, &source.label);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    /// A host with this file, and the probe.
    struct Trial {
        root: tempfile::TempDir,
        probe: InterruptSourcesProbe,
        seen: Recorder,
    }

    impl Trial {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join("proc")).unwrap();
            let probe = InterruptSourcesProbe::new(&Host::at(root.path()));
            Self { root, probe, seen: Recorder::default() }
        }

        /// The rates by source after a look at this second.
        fn look(&mut self, second: u64, text: &str) -> Vec<(String, f64)> {
            fs::write(self.root.path().join("proc/interrupts"), text).unwrap();
            self.seen.groups.clear();
            let clock = Duration::from_secs(second);
            self.probe.sample(Tick { at: Timestamp::default(), clock }, &mut self.seen).unwrap();
            self.seen.groups.iter().map(|(_, name, rates)| (name.clone(), rates[0])).collect()
        }
    }

    fn rates(rates: &[(&str, f64)]) -> Vec<(String, f64)> {
        rates.iter().map(|(name, rate)| ((*name).to_owned(), *rate)).collect()
    }

    #[test]
    fn sources_go_by_their_devices_on_kernels_and_chips_of_all_kinds() {
        let cases = [
            // Linux 6.18, 6.1 and 3.10 on x86; 5.10 on ARM; Xen; without a device.
            (" 41: 1 1 PCI-MSIX-0000:00:04.0   1-edge      virtio3-rx", "virtio3-rx"),
            (" 24: 1 1   PCI-MSI 524288-edge      nvme0q0", "nvme0q0"),
            ("  8: 1 1   IO-APIC-edge      rtc0", "rtc0"),
            (" 16: 1 1   IO-APIC-fasteoi   ehci_hcd:usb1, i801_smbus", "ehci_hcd:usb1, i801_smbus"),
            (" 11: 1 1     GICv3  27 Level     arch_timer", "arch_timer"),
            (" 64: 1 1   xen-dyn-event     eth0-q0-tx", "eth0-q0-tx"),
            ("  9: 1 1   IO-APIC   9-fasteoi   acpi", "acpi"),
            ("  0: 1 1   IO-APIC   2-edge    ", "0"),
            (" 12: 1 1", "12"),
            ("RES: 1 1   Rescheduling interrupts", "RES"),
            ("IPI0: 1 1       Rescheduling interrupts", "IPI0"),
            ("ERR: 1", "ERR"),
        ];
        for (line, name) in cases {
            let row = Row::parse(line, 2).unwrap();
            assert_eq!(source(&row).0, name, "{line}");
        }
        let row = Row::parse("RES: 1 1   Rescheduling interrupts\n", 2).unwrap();
        assert_eq!(source(&row).1, "Rescheduling interrupts");
    }

    #[test]
    fn the_rows_of_a_device_are_added_over_cpus_and_idle_sources_are_not_stored() {
        let mut trial = Trial::new();
        let text = |numbers: [u32; 6]| {
            let [a, b, c, d, e, f] = numbers;
            format!(
                "            CPU0       CPU1\n \
                 24:  {a}  {b}  IO-APIC   5-edge      pciehp\n \
                 25:  {c}  7  IO-APIC   6-edge      pciehp\n \
                 26:  5  5  IO-APIC   4-edge      ttyS0\n\
                 LOC:  {d}  {e}   Local timer interrupts\nERR:  {f}\n"
            )
        };
        assert_eq!(trial.look(10, &text([1, 2, 3, 100, u32::MAX - 9, 0])), rates(&[]));
        let seen = trial.look(20, &text([1, 12, 13, 600, 190, 0]));
        // The counter of one CPU has begun again.
        assert_eq!(seen, rates(&[("LOC", 70.0), ("pciehp", 2.0)]));
        assert_eq!(trial.seen.labels, ["Local timer interrupts"]);
        // A CPU is taken away, and with it what it had counted.
        let one = "     CPU0\n 24: 1  IO-APIC   5-edge      pciehp\nLOC: 700   Local timer\n";
        assert!(trial.look(30, one).iter().all(|(_, rate)| rate.is_nan()));
        let one = one.replace("700", "1200");
        assert_eq!(trial.look(40, &one), rates(&[("LOC", 50.0), ("pciehp", 0.0)]));
        assert_eq!(trial.seen.corrections, 0);
    }

    #[test]
    fn the_top_is_stored_from_then_on_and_does_not_grow_without_end() {
        let mut trial = Trial::new();
        let text = |busy: std::ops::Range<usize>, round: usize| {
            let count = |n| if busy.contains(&n) { 1000 * round + n * round } else { 0 };
            let rows: Vec<String> = (0..200)
                .map(|n| format!("{n}: {} PCI-MSI {n}-edge      q{n:03}\n", count(n)))
                .collect();
            format!("   CPU0\n{}", rows.concat())
        };
        trial.look(0, &text(0..12, 0));
        let first = trial.look(10, &text(0..12, 1));
        assert_eq!((first.len(), &*first[0].0, &*first[9].0), (10, "q002", "q011"));
        assert_eq!(trial.look(20, &text(12..20, 2)).len(), 18);
        assert_eq!(trial.look(30, &text(20..200, 3)).len(), 28);
        assert_eq!(trial.look(40, &text(20..100, 4)).len(), MOST);
        trial.seen.filter.also = vec![Pattern::new("q15?")];
        assert_eq!(trial.look(50, &text(0..0, 5)).len(), MOST + 10);
    }

    #[test]
    fn a_file_of_a_large_host_is_read_in_portions_and_one_that_is_no_such_file_is_refused() {
        let mut trial = Trial::new();
        let cpus = 512;
        let header: Vec<String> = (0..cpus).map(|n| format!("       CPU{n}")).collect();
        let header = header.concat();
        let counts = |n: u32| format!(" {n:>10}").repeat(cpus);
        let text = |n| format!("{header}\nLOC:{}   Local timer interrupts\n", counts(n));
        trial.look(10, &text(1));
        assert_eq!(trial.look(20, &text(11)), rates(&[("LOC", 512.0)]));
        for text in ["", "\n\n", "CPU0\n:::\n", "\u{1}\u{2}: 7", "CPU0\nLOC: x\n"] {
            fs::write(trial.root.path().join("proc/interrupts"), text).unwrap();
            let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(30) };
            let error = trial.probe.sample(tick, &mut trial.seen).unwrap_err();
            assert_eq!(error.to_string(), "interrupts: no row of counters");
        }
        let long = [vec![0xff; 600_000], b"\nCPU0\nLOC: 5 x".to_vec()].concat();
        fs::write(trial.root.path().join("proc/interrupts"), long).unwrap();
        assert!(trial.probe.read(Duration::ZERO).is_ok());
        fs::remove_file(trial.root.path().join("proc/interrupts")).unwrap();
        let tick = Tick { at: Timestamp::default(), clock: Duration::from_secs(30) };
        assert!(trial.probe.sample(tick, &mut trial.seen).unwrap_err().is_missing());
    }
}
