//! Load averages, in total and per CPU, and the number of tasks: `/proc/loadavg`.

use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{TASKS, per};
use crate::source::probe::{Probe, ProbeError};
use crate::source::sample::SampleSink;

/// Number of tasks that were runnable or waited for a disk.
pub static LOAD: Kind = Kind::new("load", "Load", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("load1", Unit::Count, "running or waiting tasks, one-minute average"),
    Metric::new("load5", Unit::Count, "five-minute average"),
    Metric::new("load15", Unit::Count, "fifteen-minute average"),
    Metric::new("runnable", Unit::Count, "runnable tasks at the time of the sample"),
    Metric::new("tasks", Unit::Count, "all tasks: processes and threads"),
    Metric::new("per_cpu", Unit::Count, "load15 per online CPU"),
];

/// Samples `/proc/loadavg`.
pub struct LoadProbe {
    file: KeptFile,
    online: KeptFile,
}

impl LoadProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            file: host.proc("loadavg"),
            online: KeptFile::new(host.sys("devices/system/cpu/online")),
        }
    }
}

impl Probe for LoadProbe {
    fn name(&self) -> &'static str {
        "load"
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let text = self.file.read()?;
        let [one, five, fifteen, runnable, tasks] =
            values(text).ok_or_else(|| ProbeError::Content {
                file: "loadavg",
                problem: format!(
                    "{:?} is not three averages and running/all tasks",
                    text.trim_end()
                ),
            })?;
        let cpus = self.online.read().map_or(0, |text| count(text.trim()));
        let each = per(fifteen, f64::from(cpus));
        sink.group(&LOAD, "", &[one, five, fifteen, runnable, tasks, each]);
        Ok(())
    }
}

/// Number of CPUs in a list such as `0-3,8`; 0 for malformed lists.
fn count(list: &str) -> u32 {
    let size = |part: &str| -> Option<u32> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)?.checked_add(1)
    };
    list.split(',').map(size).try_fold(0_u32, |sum, size| sum.checked_add(size?)).unwrap_or(0)
}

fn values(text: &str) -> Option<[f64; 5]> {
    let mut words = text.split_ascii_whitespace();
    let mut average = || words.next()?.parse().ok().filter(|load| (0.0..TASKS).contains(load));
    let averages = [average()?, average()?, average()?];
    let (runnable, tasks) = words.next()?.split_once('/')?;
    let count = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some([averages[0], averages[1], averages[2], count(runnable)?, count(tasks)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn the_averages_keep_their_digits() {
        assert_eq!(values("0.41 1.10 2.07 3/517 12345\n"), Some([0.41, 1.1, 2.07, 3.0, 517.0]));
    }

    #[test]
    fn lists_of_cpus_are_counted() {
        assert_eq!(count("0"), 1);
        assert_eq!(count("0-3,8,10-11"), 7);
        assert_eq!(["", "x", "3-1", "0-4294967295"].map(count), [0; 4]);
    }

    #[test]
    fn the_load_of_each_cpu_is_unknown_where_their_number_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("proc")).unwrap();
        std::fs::write(folder.path().join("proc/loadavg"), "0.5 0.4 6.0 1/100 7\n").unwrap();
        let tick =
            Tick { at: rrd_core::Timestamp::from_seconds(1), clock: std::time::Duration::ZERO };
        let mut probe = LoadProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        probe.sample(tick, &mut recorder).unwrap();
        assert!(recorder.value(&LOAD, "", "per_cpu").is_nan());
        std::fs::create_dir_all(folder.path().join("sys/devices/system/cpu")).unwrap();
        std::fs::write(folder.path().join("sys/devices/system/cpu/online"), "0-3\n").unwrap();
        probe.sample(tick, &mut recorder).unwrap();
        assert_eq!(recorder.value(&LOAD, "", "per_cpu"), 1.5);
    }

    #[test]
    fn anything_else_is_no_sample() {
        assert_eq!(values("0.41 1.10\n"), None);
        assert_eq!(values("nan 1.10 2.07 3/517 1\n"), None);
        assert_eq!(values("0.41 -1.10 2.07 3/517 1\n"), None);
        assert_eq!(values("4294967295.99 1.10 2.07 3/517 1\n"), None);
        assert_eq!(values("0.41 1.10 2.07 3-517 1\n"), None);
    }
}
