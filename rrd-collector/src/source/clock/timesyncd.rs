//! Time since a time server last set the clock: the age of the file that systemd-timesyncd touches.
//!
//! Hosts with other time services have no such file, and no sample; chrony and ntpd are asked.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The clock of this host.
pub static CLOCK: Kind = Kind::new("clock", "Clock", METRICS);

const METRICS: &[Metric] = &[Metric::new(
    "since_sync",
    Unit::Seconds,
    "time since the last synchronisation with a time server",
)];

/// The file that systemd-timesyncd touches after each synchronisation; it is removed when that
/// service stops.
const TOUCHED: &str = "run/systemd/timesync/synchronized";

/// The folder of that file, which is there while the service runs.
pub(super) const TIMESYNCD: &str = "run/systemd/timesync";

/// Samples when systemd-timesyncd last synchronised.
pub struct ClockProbe {
    host: Host,
}

impl ClockProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { host: host.clone() }
    }
}

impl Probe for ClockProbe {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let synchronized = last_synchronized(&self.host)?;
        let now = Duration::from_secs(u64::try_from(tick.at.seconds()).unwrap_or_default());
        // If the clock was set back, it was set just now.
        sink.group(&CLOCK, "", &[now.saturating_sub(synchronized).as_secs_f64()]);
        Ok(())
    }
}

/// When systemd-timesyncd last synchronised the clock, since 1970; earlier times are not possible.
pub(super) fn last_synchronized(host: &Host) -> Result<Duration, ReadError> {
    let path = host.root(TOUCHED);
    let touched = fs::metadata(&path).and_then(|status| status.modified());
    let touched = touched.map_err(|source| ReadError::Io { path, source })?;
    Ok(touched.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn the_time_since_the_file_was_touched_is_reported_and_none_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = ClockProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        let mut since = |second| {
            let tick = Tick { at: Timestamp::from_seconds(second), clock: Duration::ZERO };
            probe.sample(tick, &mut recorder)?;
            Ok::<f64, ProbeError>(recorder.value(&CLOCK, "", "since_sync"))
        };
        assert!(since(1_800_000_000).unwrap_err().is_missing());
        let file = folder.path().join(TOUCHED);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let touched = UNIX_EPOCH + Duration::from_millis(1_800_000_000_250);
        fs::File::create(&file).unwrap().set_modified(touched).unwrap();
        assert_eq!(since(1_800_002_048).unwrap(), 2047.75);
        assert_eq!(since(1_799_999_999).unwrap(), 0.0);
    }
}
