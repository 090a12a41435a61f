//! Load averages and the number of tasks: `/proc/loadavg`.

use super::kind::{Kind, Metric, Unit};
use super::{Probe, ProbeError, Readout, Tick};
use crate::host::{Host, KeptFile};

/// How many tasks wanted to run or waited for a disk.
pub static LOAD: Kind = Kind::new("load", "Load", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("load1", Unit::Count, "tasks that run or wait, average of one minute"),
    Metric::new("load5", Unit::Count, "average of five minutes"),
    Metric::new("load15", Unit::Count, "average of fifteen minutes"),
    Metric::new("runnable", Unit::Count, "tasks that run or could, now"),
    Metric::new("tasks", Unit::Count, "all tasks: processes and threads"),
];

/// Samples `/proc/loadavg`.
pub struct LoadProbe {
    file: KeptFile,
}

impl LoadProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { file: host.proc("loadavg") }
    }
}

impl Probe for LoadProbe {
    fn name(&self) -> &'static str {
        "load"
    }

    fn sample(&mut self, _tick: Tick, readout: &mut dyn Readout) -> Result<(), ProbeError> {
        let text = self.file.read()?;
        let values = values(text).ok_or_else(|| ProbeError::Content {
            file: "loadavg",
            problem: format!("{:?} is not three averages and running/all tasks", text.trim_end()),
        })?;
        readout.group(&LOAD, "", &values);
        Ok(())
    }
}

fn values(text: &str) -> Option<[f64; 5]> {
    let mut words = text.split_ascii_whitespace();
    let mut average = || words.next()?.parse::<f64>().ok().filter(|load| load.is_finite());
    let averages = [average()?, average()?, average()?];
    let (runnable, tasks) = words.next()?.split_once('/')?;
    let count = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some([averages[0], averages[1], averages[2], count(runnable)?, count(tasks)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_averages_keep_their_digits() {
        assert_eq!(values("0.41 1.10 2.07 3/517 12345\n"), Some([0.41, 1.1, 2.07, 3.0, 517.0]));
    }

    #[test]
    fn anything_else_is_no_sample() {
        assert_eq!(values("0.41 1.10\n"), None);
        assert_eq!(values("nan 1.10 2.07 3/517 1\n"), None);
        assert_eq!(values("0.41 1.10 2.07 3-517 1\n"), None);
    }
}
