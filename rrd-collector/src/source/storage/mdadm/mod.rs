//! Arrays of disks (md): members that are missing, rebuilds and checks.
//!
//! `/proc/mdstat` lists them; two files of sysfs add what it does not show. An array is known by
//! its name in `/dev/md/`, which udev has written down: the service sees no `/dev` of the host.

mod mdstat;

use std::collections::BTreeMap;
use std::path::PathBuf;

use rrd_core::Step;

use self::mdstat::{Array, Sync, arrays};
use super::file;
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, KeptFile};
use crate::schedule::Tick;
use crate::source::counter::{at_most, per, to_f64};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// One array.
pub static ARRAY: Kind = Kind::new("array", "Array", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("missing", Unit::Count, "members that are missing"),
    Metric::new(
        "redundancy_lost",
        Unit::Share,
        "share of the redundancy that is lost: at 100 % another failure takes data with it",
    ),
    Metric::new("failed", Unit::Count, "failed members that are still listed"),
    Metric::new("spare", Unit::Count, "spare members"),
    Metric::new("down", Unit::Count, "1 if it is not started or has lost too many members"),
    Metric::new("sync_done", Unit::Share, "done of a rebuild, reshape or check; unknown without"),
    Metric::new("sync_speed", Unit::BytesPerSecond, "speed of the rebuild, reshape or check"),
    Metric::new("sync_left", Unit::Seconds, "time until the rebuild, reshape or check ends"),
    Metric::new("mismatches", Unit::Count, "sectors that differed in the last check"),
];

/// More sectors than any array has.
const SECTORS: f64 = 9_007_199_254_740_992.0;

/// Samples `/proc/mdstat` and the files of each array in sysfs.
pub struct MdadmProbe {
    mdstat: KeptFile,
    block: PathBuf,
    udev: PathBuf,
    /// The names of the devices, once they are found.
    names: BTreeMap<String, String>,
}

impl MdadmProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            mdstat: host.proc("mdstat"),
            block: host.sys("block"),
            udev: host.root("run/udev/data"),
            names: BTreeMap::new(),
        }
    }
}

impl Probe for MdadmProbe {
    fn name(&self) -> &'static str {
        "mdadm"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let Self { mdstat, block, udev, names } = self;
        let Some(text) = mdstat.read_if_present()? else { return Ok(()) };
        let arrays = arrays(text);
        names.retain(|device, _| arrays.iter().any(|array| array.device == device));
        for array in arrays.iter().filter(|array| !array.is_container) {
            let device = array.device;
            let folder = block.join(device);
            if !names.contains_key(device) {
                let number = file::text(&folder.join("dev"))?;
                let name = match number.as_deref().and_then(device_number) {
                    Some(number) => udev_name(file::text(&udev.join(format!("b{number}")))?),
                    None => None,
                };
                let is_device = |name: &String| arrays.iter().any(|other| other.device == name);
                let is_new =
                    |name: &String| !names.values().any(|known| known == name) && !is_device(name);
                if let Some(name) = name.filter(is_new) {
                    names.insert(device.to_owned(), name);
                }
            }
            let instance = names.get(device).map_or(device, String::as_str);
            if !sink.takes(&[instance, device], true) {
                continue;
            }
            let more = More {
                is_broken: file::text(&folder.join("md/array_state"))?
                    .is_some_and(|state| state.trim() == "broken"),
                mismatches: file::number(&folder.join("md/mismatch_cnt"))?,
            };
            sink.group(&ARRAY, instance, &values(array, &more));
        }
        Ok(())
    }
}

/// `MAJOR:MINOR`, by which udev names the file of a device.
fn device_number(text: &str) -> Option<&str> {
    let number = text.trim();
    number.bytes().all(|byte| byte == b':' || byte.is_ascii_digit()).then_some(number)
}

/// The name of an array in `/dev/md/`, from what udev knows of its device.
fn udev_name(text: Option<String>) -> Option<String> {
    let text = text?;
    let name = text.lines().find_map(|line| line.strip_prefix("S:md/"))?;
    // An array that was created by its number has that for a name.
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    Some(if is_number { format!("md{name}") } else { name.to_owned() }).filter(|n| !n.is_empty())
}

/// What only sysfs knows of an array.
struct More {
    is_broken: bool,
    mismatches: Option<u64>,
}

fn values(array: &Array<'_>, more: &More) -> [f64; 9] {
    let flag = |set: bool| if set { 1.0 } else { 0.0 };
    let [missing, lost, spare] = if array.is_active {
        let missing = array.missing.map_or(f64::NAN, to_f64);
        let lost = per(missing, array.spared.map_or(f64::NAN, to_f64));
        [missing, if lost > 1.0 { 1.0 } else { lost }, to_f64(array.spare)]
    } else {
        // All members of an array that is not started are listed as spare.
        [f64::NAN; 3]
    };
    let none = Sync { done: f64::NAN, speed: f64::NAN, left: f64::NAN };
    let sync = array.sync.unwrap_or(none);
    [
        missing,
        lost,
        to_f64(array.failed),
        spare,
        flag(!array.is_active || array.is_lost || more.is_broken),
        sync.done,
        sync.speed,
        sync.left,
        at_most(SECTORS, more.mismatches),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn host(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn sampled(probe: &mut MdadmProbe) -> Recorder {
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        probe.sample(tick, &mut recorder).unwrap();
        recorder
    }

    /// All values of an array; what is unknown is -1.
    fn row(seen: &Recorder, instance: &str) -> [f64; 9] {
        let value = |metric: &Metric| seen.value(&ARRAY, instance, &metric.name);
        let values: Vec<f64> = METRICS.iter().map(value).collect();
        std::array::from_fn(|index| if values[index].is_nan() { -1.0 } else { values[index] })
    }

    #[test]
    fn an_array_is_known_by_its_name_as_long_as_it_has_it() {
        let root = host(&[
            (
                "proc/mdstat",
                "Personalities : [raid1]\nmd127 : active raid1 sdb1[1] sda1[0]\n  \
                 1 blocks super 1.2 [2/2] [UU]\n\nmd126 : active raid0 sdd1[1] sdc1[0]\n  \
                 1 blocks super 1.2 512k chunks\n\nmd3 : active raid1 sdf[1](W) sde[0]\n  \
                 1 blocks [2/2] [UU]\n\nunused devices: <none>\n",
            ),
            ("sys/block/md127/dev", "9:127\n"),
            ("sys/block/md127/md/array_state", "active-idle\n"),
            ("sys/block/md127/md/mismatch_cnt", "128\n"),
            ("sys/block/md126/dev", "9:126\n"),
            ("sys/block/md126/md/array_state", "broken\n"),
            (
                "run/udev/data/b9:127",
                "S:disk/by-id/md-name-nas:home\nS:md/home\nE:MD_LEVEL=raid1\n",
            ),
            ("run/udev/data/b9:126", "S:md/0\n"),
        ]);
        let mut probe = MdadmProbe::new(&Host::at(root.path()));
        let seen = sampled(&mut probe);
        assert_eq!(seen.instances(&ARRAY), ["home", "md0", "md3"]);
        assert_eq!(row(&seen, "home"), [0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0, -1.0, 128.0]);
        // A striped array that has lost a member.
        assert_eq!(row(&seen, "md0"), [-1.0, -1.0, 0.0, 0.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
        assert_eq!(row(&seen, "md3")[4], 0.0);
        // Another array has the name now.
        let text = "md126 : active raid1 sdb[0]\n  1 blocks [2/1] [U_]\n";
        fs::write(root.path().join("proc/mdstat"), text).unwrap();
        fs::write(root.path().join("run/udev/data/b9:126"), "S:md/home\n").unwrap();
        assert_eq!(sampled(&mut probe).instances(&ARRAY), ["md0"]);
        fs::write(root.path().join("proc/mdstat"), "").unwrap();
        assert_eq!(sampled(&mut probe).instances(&ARRAY), [""; 0]);
        fs::write(root.path().join("proc/mdstat"), text).unwrap();
        let seen = sampled(&mut probe);
        assert_eq!(row(&seen, "home")[..2], [1.0, 1.0]);
    }

    #[test]
    fn two_arrays_with_one_name_are_distinguished() {
        let array = |device: &str| format!("{device} : active raid1 sdb1[1] sda1[0]\n");
        let devices = ["md126", "md127", "md125", "md0"];
        let root = host(&[
            ("proc/mdstat", &devices.map(array).concat()),
            ("sys/block/md125/dev", "9:125\n"),
            ("run/udev/data/b9:125", "S:md/0\n"),
            ("sys/block/md127/dev", "9:127\n"),
            ("sys/block/md126/dev", "9:126\n"),
            ("run/udev/data/b9:127", "S:md/home\n"),
            ("run/udev/data/b9:126", "S:md/home\n"),
        ]);
        let mut probe = MdadmProbe::new(&Host::at(root.path()));
        let wanted = ["home", "md127", "md125", "md0"];
        assert_eq!(sampled(&mut probe).instances(&ARRAY), wanted);
        assert_eq!(sampled(&mut probe).instances(&ARRAY), wanted);
    }

    #[test]
    fn redundancy_is_lost_by_the_share_of_what_the_level_can_spare() {
        let text = "md0 : active raid6 sdc[2] sdb[1] sda[0]\n  1 blocks level 6 [4/3] [UUU_]\n\
            md1 : active raid5 sdb[1] sda[0](F) sdg[7](S)\n  1 blocks level 5 [3/1] [_U_]\n\
            md2 : active raid10 sdd[3] sda[0]\n  1 blocks 2 near-copies [4/2] [U__U]\n\
            md3 : active raid1 sdd[3] sda[0]\n  1 blocks [12/4] [UUUU________]\n\
            md4 : active raid1 sda[0]\n  1 blocks [1/1] [U]\n\
            md5 : inactive sdb[1](S) sda[0](S)\n  1 blocks super 1.2\n\
            md6 : inactive sdb[1](S)\n  1 blocks super external:ddf\n";
        let root = host(&[("proc/mdstat", text)]);
        let seen = sampled(&mut MdadmProbe::new(&Host::at(root.path())));
        let found = |instance| {
            let [missing, lost, failed, spare, down, ..] = row(&seen, instance);
            [missing, lost, failed, spare, down]
        };
        assert_eq!(found("md0"), [1.0, 0.5, 0.0, 0.0, 0.0]);
        assert_eq!(found("md1"), [2.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(found("md2"), [2.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(found("md3"), [8.0, 8.0 / 11.0, 0.0, 0.0, 0.0]);
        assert_eq!(found("md4"), [0.0, -1.0, 0.0, 0.0, 0.0]);
        assert_eq!(found("md5"), [-1.0, -1.0, 0.0, -1.0, 1.0]);
        assert!(!seen.instances(&ARRAY).contains(&"md6"));
    }

    #[test]
    fn a_host_without_arrays_is_looked_at_once_a_minute() {
        let root = host(&[]);
        let mut probe = MdadmProbe::new(&Host::at(root.path()));
        assert_eq!(sampled(&mut probe).groups, []);
    }
}
