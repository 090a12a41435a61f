//! The health of disks as `smartctl` reports it: JSON files that the timer `rrd-collector-smart`
//! writes with root's rights, and that this probe reads without any.
//!
//! What smartctl prints is described in its manual page. A disk that sleeps is not woken, and has
//! no values then.

mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rrd_core::{Step, Timestamp};

use super::files::names;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;
use report::Health;
pub(super) use report::Report;

/// The health of a disk; the instance is its serial number.
pub static SMART: Kind = Kind::new("smart", "Disk health", SMART_METRICS);

const SMART_METRICS: &[Metric] = &[
    Metric::new("failing", Unit::Count, "1 if the disk says that it fails, 0 if not"),
    Metric::new("temperature", Unit::Celsius, "temperature"),
    Metric::new("power_on", Unit::Seconds, "time that it has been on"),
    Metric::new("reallocated", Unit::Count, "sectors that were replaced by spare ones"),
    Metric::new("pending", Unit::Count, "sectors that cannot be read and are not yet replaced"),
    Metric::new("uncorrectable", Unit::Count, "errors that could not be corrected"),
    Metric::new("crc_errors", Unit::Count, "errors on the cable"),
    Metric::new("wear", Unit::Share, "share of the writes that its maker promises that is used up"),
];

/// The folder of the files.
const FOLDER: &str = "run/rrd-collector-smart";
/// The same, as errors name it.
const NAMED: &str = "/run/rrd-collector-smart";
/// The most disks.
const DISKS: usize = 1000;
/// The most bytes of a file; smartctl prints about 20,000 with all attributes.
const LARGEST: u64 = 256 << 10;
/// After this time a file is too old; the timer writes it every ten minutes.
const STALE: i64 = 3600;

/// Samples the health of disks.
pub struct SmartProbe {
    folder: PathBuf,
    disks: BTreeMap<String, Disk>,
    /// The disks that have reported since the start.
    known: BTreeSet<String>,
}

/// A file and what it says.
struct Disk {
    written: SystemTime,
    report: Result<Report, String>,
}

impl SmartProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { folder: host.root(FOLDER), disks: BTreeMap::new(), known: BTreeSet::new() }
    }

    /// Reads the files that were written since the last time.
    fn renew(&mut self) -> Result<(), ReadError> {
        let listed = names(&self.folder)?;
        let disks = listed.iter().filter_map(|file| file.strip_suffix(".json"));
        let mut present = BTreeSet::new();
        for name in disks.take(DISKS) {
            let path = self.folder.join(format!("{name}.json"));
            // One that was just removed.
            let Ok(written) = fs::metadata(&path).and_then(|status| status.modified()) else {
                continue;
            };
            present.insert(name.to_owned());
            if self.disks.get(name).is_none_or(|disk| disk.written != written) {
                let report = read(&path).map_err(|error| error.to_string());
                let report = report.and_then(|text| Report::parse(&text));
                self.disks.insert(name.to_owned(), Disk { written, report });
            }
        }
        self.disks.retain(|name, _| present.contains(name));
        Ok(())
    }
}

impl Disk {
    /// What the disk says; `None` if it sleeps, or has no such values and had none before.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    fn health(&self, at: Timestamp, was_known: bool) -> Result<Option<&Health>, String> {
        let report = self.report.as_ref().map_err(|problem| format!("is not valid: {problem}"))?;
        let written = self.written.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let age = at.seconds().saturating_sub(i64::try_from(written).unwrap_or(i64::MAX));
        if age > STALE {
            return Err(format!(
                "is {} min old: expected a new one every 10 min; \
                 see systemctl status rrd-collector-smart",
                age / 60
            ));
        }
        match report {
            Report::Disk(health) => Ok(Some(health)),
            Report::Refused(problem) if was_known => Err(format!("has no values: {problem}")),
            Report::Refused(_) | Report::Asleep => Ok(None),
        }
    }
}

/// The text of a file that is not larger than it may be.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    if file.take(LARGEST + 1).read_to_string(&mut text)? as u64 > LARGEST {
        return Err(io::Error::other(format!("holds more than {LARGEST} bytes")));
    }
    Ok(text)
}

impl Probe for SmartProbe {
    fn name(&self) -> &'static str {
        "smart"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        self.renew()?;
        let Self { disks, known, .. } = self;
        let mut serials = BTreeSet::new();
        let mut fault = None;
        for (name, disk) in disks {
            let health = match disk.health(tick.at, known.contains(name)) {
                Ok(Some(health)) => health,
                Ok(None) => continue,
                Err(problem) => {
                    fault.get_or_insert(format!("{name}.json {problem}"));
                    continue;
                }
            };
            // Two paths to one disk, or disks whose adapter gives all of them one number.
            let serial = health.serial.as_deref().unwrap_or(name);
            let is_first = serials.insert(serial);
            let instance = if is_first { serial.to_owned() } else { format!("{serial}/{name}") };
            if sink.takes(&[&instance, name], true) {
                sink.group(&SMART, &instance, &health.values);
                if known.insert(name.clone()) && instance != *name {
                    sink.label(&SMART, &instance, name);
                }
            }
        }
        match fault {
            Some(problem) => Err(ProbeError::Content { file: NAMED, problem }),
            None => Ok(()),
        }
    }
}
