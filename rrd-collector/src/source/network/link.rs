//! The state of links: `/sys/class/net/INTERFACE/{carrier,speed,duplex,carrier_changes}`, and their
//! use, by the bytes in `/proc/net/dev`.
//!
//! Source: `Documentation/ABI/testing/sysfs-class-net`. Some drivers ask the hardware for the
//! speed, so this is a slow probe. Only interfaces with a cable have a link that says something:
//! wired hardware, and bonds. The carrier of a bridge is lost with its last container, that of a
//! wireless interface wherever it moves.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use super::choice::{Choice, is_in_use, is_up};
use super::interfaces::parse;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits, at_most, per};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The link of one interface.
pub static LINK: Kind = Kind::new("link", "Links", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("carrier", Unit::Share, "1 if there is a link, 0 if not"),
    Metric::new("speed", Unit::BytesPerSecond, "speed of the link"),
    Metric::new("half_duplex", Unit::Share, "1 if a link of 100 Mbit/s is half duplex"),
    Metric::new("changes", Unit::PerSecond, "times that the link was lost or found"),
    Metric::new("used", Unit::Share, "share of the speed in use, in the busier direction"),
];

/// Of the bytes received and sent, and the changes of the link.
const LIMITS: [Limits; 3] = [Limits::LINK_BYTES, Limits::LINK_BYTES, Limits::EVENTS.narrow()];

/// More than any link: 10 Tbit/s.
const FASTEST: f64 = 1e7;
/// Bytes per second of one Mbit/s.
const MEGABIT: f64 = 125_000.0;
/// The fastest link, in Mbit/s, that hardware makes half duplex. Drivers that do not know report
/// half duplex for others, and a device of 10 Mbit/s may have nothing better.
const HALF_DUPLEX: u64 = 100;

/// Samples the links of interfaces.
pub struct LinkProbe {
    file: KeptFile,
    class: PathBuf,
    known: BTreeMap<String, Link>,
}

struct Link {
    choice: Choice,
    has_cable: bool,
    counters: Counters<3>,
    seen: Duration,
}

impl LinkProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("net/dev"), class: host.sys("class/net"), known: BTreeMap::new() }
    }
}

impl Probe for LinkProbe {
    fn name(&self) -> &'static str {
        "link"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Self { file, class, known } = self;
        for (name, numbers) in parse(file.read()?) {
            if !known.contains_key(name) {
                known.insert(name.to_owned(), Link::new(class, name, tick.clock));
            }
            let Some(link) = known.get_mut(name) else { continue };
            link.seen = tick.clock;
            let is_taken = link.choice.after(numbers[1] > 0 || numbers[9] > 0);
            if !sink.takes(&[name], is_taken && link.has_cable) {
                continue;
            }
            // An interface that is switched off has no link, and that is as it should be.
            let Some(state) = LinkState::read(&class.join(name)) else { continue };
            let now = [Some(numbers[0]), Some(numbers[8]), state.changes];
            let rates = link.counters.rates(tick.clock, now, &LIMITS, sink);
            sink.group(&LINK, name, &state.values(rates));
        }
        known.retain(|_, link| link.seen == tick.clock);
        Ok(())
    }
}

impl Link {
    fn new(class: &Path, name: &str, seen: Duration) -> Self {
        let choice = Choice::of(name, &|name| is_in_use(class, name));
        let has_cable = has_cable(&class.join(name));
        Self { choice, has_cable, counters: Counters::default(), seen }
    }
}

/// Whether the interface in this folder is wired hardware or a bond.
fn has_cable(folder: &Path) -> bool {
    let has = |name| folder.join(name).exists();
    has("bonding") || has("device") && !has("wireless") && !has("phy80211")
}

/// What the files of an interface say; reading most of them is an error while there is no link, or
/// if the driver does not know.
#[derive(Debug, Default, PartialEq)]
struct LinkState {
    carrier: Option<u64>,
    /// In Mbit/s.
    speed: Option<u64>,
    is_half_duplex: Option<bool>,
    changes: Option<u64>,
}

impl LinkState {
    /// The state of the interface in this folder; `None` if it is switched off or gone.
    fn read(folder: &Path) -> Option<Self> {
        if !is_up(&text(folder, "flags")?) {
            return None;
        }
        let number = |name| text(folder, name)?.trim().parse::<u64>().ok();
        let carrier = number("carrier");
        let mut state = Self { carrier, changes: number("carrier_changes"), ..Self::default() };
        if carrier == Some(1) {
            // -1 is unknown; older kernels write it as 2^32 - 1.
            state.speed = number("speed").filter(|speed| *speed > 0);
            state.is_half_duplex = match text(folder, "duplex").as_deref().map(str::trim) {
                Some("full") => Some(false),
                Some("half") => Some(true).filter(|_| state.speed == Some(HALF_DUPLEX)),
                _ => None,
            };
        }
        Some(state)
    }

    /// The values of the metrics, from the growth of bytes received and sent and of changes.
    fn values(&self, [received, sent, changes]: [f64; 3]) -> [f64; 5] {
        let speed = at_most(FASTEST, self.speed) * MEGABIT;
        let busier = if received.is_nan() || received > sent { received } else { sent };
        let used = per(busier, speed);
        [
            at_most(2.0, self.carrier),
            speed,
            self.is_half_duplex.map_or(f64::NAN, |is_half| f64::from(u8::from(is_half))),
            changes,
            if used > 1.0 { 1.0 } else { used },
        ]
    }
}

/// The text of a short file; `None` if it cannot be read.
pub(super) fn text(folder: &Path, name: &str) -> Option<String> {
    const LONGEST: u64 = 64;
    let mut text = String::new();
    File::open(folder.join(name)).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    /// A host with interfaces, whose links are sampled every ten seconds.
    struct Trial {
        folder: tempfile::TempDir,
        probe: LinkProbe,
        recorder: Recorder,
        clock: Duration,
    }

    impl Trial {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir_all(folder.path().join("proc/net")).unwrap();
            let probe = LinkProbe::new(&Host::at(folder.path()));
            let recorder = Recorder::default();
            Self { folder, probe, recorder, clock: Duration::ZERO }
        }

        /// Writes files of an interface, or makes folders of it.
        fn interface(&self, name: &str, files: &[(&str, &str)]) {
            let folder = self.folder.path().join("sys/class/net").join(name);
            fs::create_dir_all(&folder).unwrap();
            for (file, text) in files {
                if text.is_empty() {
                    fs::create_dir_all(folder.join(file)).unwrap();
                } else {
                    fs::write(folder.join(file), text).unwrap();
                }
            }
        }

        /// The groups after ten seconds, with bytes received and sent by each interface.
        fn after(&mut self, bytes: &[(&str, u64, u64)]) -> &Recorder {
            let lines = bytes.iter().map(|(name, received, sent)| {
                format!("{name}: {received} 1 0 0 0 0 0 0 {sent} 1 0 0 0 0 0 0\n")
            });
            let file = self.folder.path().join("proc/net/dev");
            fs::write(file, lines.collect::<String>()).unwrap();
            self.clock += Duration::from_secs(10);
            let tick = Tick { at: Timestamp::from_seconds(1), clock: self.clock };
            self.recorder.groups.clear();
            self.probe.sample(tick, &mut self.recorder).unwrap();
            &self.recorder
        }
    }

    const WIRED: [(&str, &str); 6] = [
        ("device", ""),
        ("flags", "0x1003\n"),
        ("carrier", "1\n"),
        ("speed", "1000\n"),
        ("duplex", "full\n"),
        ("carrier_changes", "2\n"),
    ];

    fn values(seen: &Recorder, name: &str) -> [f64; 5] {
        let metrics = ["carrier", "speed", "half_duplex", "changes", "used"];
        metrics.map(|metric| seen.value(&LINK, name, metric))
    }

    #[test]
    fn a_link_has_its_state_its_speed_its_changes_and_its_use() {
        let mut trial = Trial::new();
        trial.interface("eth0", &WIRED);
        trial.after(&[("eth0", 0, 0)]);
        trial.interface("eth0", &[("carrier_changes", "6\n")]);
        let seen = trial.after(&[("eth0", 312_500_000, 625_000_000)]);
        assert_eq!(values(seen, "eth0"), [1.0, 125e6, 0.0, 0.4, 0.5]);
        // More than the speed, as clocks differ a little.
        let seen = trial.after(&[("eth0", 312_500_000 + 1_250_100_000, 625_000_000)]);
        assert_eq!(values(seen, "eth0")[4], 1.0);
    }

    #[test]
    fn a_link_that_is_lost_has_no_speed_whatever_the_driver_says() {
        let mut trial = Trial::new();
        trial.interface("eth0", &WIRED);
        trial.interface("eth0", &[("carrier", "0\n")]);
        let [carrier, rest @ ..] = values(trial.after(&[("eth0", 0, 0)]), "eth0");
        assert_eq!(carrier, 0.0);
        assert!(rest.iter().all(|value| value.is_nan()), "{rest:?}");
    }

    #[test]
    fn an_interface_that_is_switched_off_or_gone_has_no_link() {
        let mut trial = Trial::new();
        trial.interface("eth0", &WIRED);
        trial.interface("eth0", &[("flags", "0x1002\n")]);
        assert!(trial.after(&[("eth0", 0, 0), ("eth1", 5, 5)]).groups.is_empty());
    }

    #[test]
    fn a_speed_or_duplex_that_the_driver_does_not_know_is_unknown() {
        // A guest, an older kernel, a phone as modem, a hub, an old device, a damaged file.
        let cases = [
            ("-1", "unknown", f64::NAN, f64::NAN),
            ("4294967295", "full", f64::NAN, 0.0),
            ("0", "half", f64::NAN, f64::NAN),
            ("425", "half", 425.0 * 125e3, f64::NAN),
            ("100", "half", 125e5, 1.0),
            ("10", "half", 125e4, f64::NAN),
            ("400000", "full", 5e10, 0.0),
            ("99999999999999999999", "\u{1}", f64::NAN, f64::NAN),
        ];
        for (speed, duplex, bytes, half) in cases {
            let mut trial = Trial::new();
            trial.interface("eth0", &WIRED);
            trial.interface("eth0", &[("speed", speed), ("duplex", duplex)]);
            let seen = trial.after(&[("eth0", 0, 0)]);
            let same = |one: f64, other: f64| one == other || one.is_nan() && other.is_nan();
            let [_, is_speed, is_half, ..] = values(seen, "eth0");
            assert!(same(is_speed, bytes) && same(is_half, half), "{speed} {duplex}");
        }
    }

    #[test]
    fn wired_hardware_and_bonds_have_links_and_others_if_they_are_asked_for() {
        let mut trial = Trial::new();
        for name in ["eth0", "eth1", "wlan0", "tap3"] {
            trial.interface(name, &WIRED);
        }
        trial.interface("wlan0", &[("phy80211", "")]);
        for name in ["bond0", "br0", "docker0"] {
            trial.interface(name, &WIRED[1..]);
        }
        trial.interface("bond0", &[("bonding", "")]);
        let names = ["lo", "eth0", "eth1", "wlan0", "tap3", "bond0", "br0", "docker0"];
        let bytes = names.map(|name| (name, 0, 0));
        assert_eq!(trial.after(&bytes).instances(&LINK), ["eth0", "eth1", "bond0"]);
        trial.recorder.filter.also = ["br*", "wlan0"].map(Pattern::new).into();
        trial.recorder.filter.exclude = [Pattern::new("eth1")].into();
        assert_eq!(trial.after(&bytes).instances(&LINK), ["eth0", "wlan0", "bond0", "br0"]);
    }

    #[test]
    fn files_that_are_huge_or_no_text_are_unknown() {
        let mut trial = Trial::new();
        trial.interface("eth0", &WIRED);
        let huge = "1".repeat(1 << 20);
        trial.interface("eth0", &[("speed", &huge), ("carrier_changes", &huge)]);
        let file = trial.folder.path().join("sys/class/net/eth0/duplex");
        fs::write(file, [0xff, 0xfe]).unwrap();
        let [carrier, rest @ ..] = values(trial.after(&[("eth0", 0, 0)]), "eth0");
        assert_eq!(carrier, 1.0);
        assert!(rest.iter().all(|value| value.is_nan()), "{rest:?}");
    }
}
