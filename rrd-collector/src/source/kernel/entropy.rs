//! Entropy of the kernel's random numbers, as the manual page `random(4)` describes it.
//!
//! Since Linux 5.18 the kernel always says 256 bits: there is nothing to sample. Since 5.6 nobody
//! waits for entropy once the host has started, and the file of the threshold is gone.

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{THINGS, at_most};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// The entropy of a kernel before 5.18.
pub static ENTROPY: Kind = Kind::new("entropy", "Entropy", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("available", Unit::Count, "bits of entropy"),
    Metric::new(
        "wakeup",
        Unit::Count,
        "bits at which readers of /dev/random go on; 0 where none waits, since Linux 5.6",
    ),
];

/// The size of the pool of kernels whose entropy does not change, in bits.
const CONSTANT: u64 = 256;

/// Samples entropy.
pub struct EntropyProbe {
    available: KeptFile,
    size: KeptFile,
    wakeup: KeptFile,
}

impl EntropyProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let file = |name: &str| host.proc(&format!("sys/kernel/random/{name}"));
        Self {
            available: file("entropy_avail"),
            size: file("poolsize"),
            wakeup: file("read_wakeup_threshold"),
        }
    }
}

impl Probe for EntropyProbe {
    fn name(&self) -> &'static str {
        "entropy"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        if number(self.size.read())? == CONSTANT {
            return Ok(());
        }
        let available = number(self.available.read())?;
        let wakeup = match self.wakeup.read() {
            Err(error) if error.is_missing() => 0,
            text => number(text)?,
        };
        sink.group(&ENTROPY, "", &[available, wakeup].map(|bits| at_most(THINGS, Some(bits))));
        Ok(())
    }
}

fn number(text: Result<&str, ReadError>) -> Result<u64, ProbeError> {
    let text = text?.trim();
    text.parse().map_err(|_| ProbeError::Content {
        file: "sys/kernel/random",
        problem: format!("expected a number of bits, found {text:?}"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// The values on a host with these files.
    fn sampled(files: &[(&str, &str)]) -> Result<Vec<Vec<f64>>, String> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("proc/sys/kernel/random");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        let mut seen = Recorder::default();
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        let outcome = EntropyProbe::new(&Host::at(root.path())).sample(tick, &mut seen);
        outcome.map_err(|error| error.to_string())?;
        Ok(seen.groups.into_iter().map(|group| group.2).collect())
    }

    #[test]
    fn entropy_is_sampled_where_it_changes_and_the_threshold_where_somebody_waits() {
        let old =
            [("entropy_avail", "183\n"), ("poolsize", "4096\n"), ("read_wakeup_threshold", "64\n")];
        assert_eq!(sampled(&old).unwrap(), [[183.0, 64.0]]);
        // Linux 5.10, and 5.18.
        assert_eq!(sampled(&old[..2]).unwrap(), [[183.0, 0.0]]);
        let new = [("entropy_avail", "256\n"), ("poolsize", "256\n")];
        assert_eq!(sampled(&new).unwrap(), [[0.0; 2]; 0]);
        let error = sampled(&[("poolsize", "many\n")]).unwrap_err();
        assert_eq!(error, "sys/kernel/random: expected a number of bits, found \"many\"");
        assert!(sampled(&[]).unwrap_err().contains("poolsize: cannot be read"));
        let huge = [("entropy_avail", "18446744073709551615"), ("poolsize", "4096")];
        assert!(sampled(&huge).unwrap()[0][0].is_nan());
    }
}
