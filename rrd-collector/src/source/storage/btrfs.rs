//! Btrfs: how its devices are filled, and which are missing: `/sys/fs/btrfs/UUID/`.
//!
//! Space is handed out in chunks for data or for metadata; a filesystem whose devices are handed
//! out completely may be full although chunks have space. All sizes are those on devices: what is
//! stored twice counts twice. For RAID 5 and 6 the kernel leaves the parity out.
//! The files are described in btrfs(5); all may be read by everybody.

use std::path::{Path, PathBuf};

use rrd_core::Step;

use super::file;
use super::place::{Places, of_devices};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{THINGS, at_most};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// One filesystem; the instance is its mount point.
pub static BTRFS: Kind = Kind::new("btrfs", "Btrfs", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("data", Unit::Bytes, "used by data"),
    Metric::new("data_free", Unit::Bytes, "set aside for data and free"),
    Metric::new("metadata", Unit::Bytes, "used by metadata"),
    Metric::new("metadata_free", Unit::Bytes, "set aside for metadata and free"),
    Metric::new("unallocated", Unit::Bytes, "not set aside for anything"),
    Metric::new("missing", Unit::Count, "devices that are missing"),
];

/// More bytes than any filesystem has.
const BYTES: f64 = 18_446_744_073_709_551_616.0;
/// Sizes of devices are in sectors of this many bytes.
const SECTOR: u64 = 512;

/// Samples the files of each filesystem.
pub struct BtrfsProbe {
    folder: PathBuf,
    places: Places,
}

impl BtrfsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { folder: host.sys("fs/btrfs"), places: Places::new(host) }
    }
}

impl Probe for BtrfsProbe {
    fn name(&self) -> &'static str {
        "btrfs"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let found = filesystems(&self.folder)?;
        if found.is_empty() {
            return Ok(());
        }
        let mounts = self.places.read()?;
        for (uuid, folder) in found {
            let place = of_devices(&mounts, &folder.join("devices"))?;
            let label = file::text(&folder.join("label"))?.unwrap_or_default();
            let (instance, label) = (place.unwrap_or(&uuid), label.trim());
            if !sink.takes(&[instance, &uuid, label], true) {
                continue;
            }
            sink.group(&BTRFS, instance, &values(&folder)?);
            if place.is_none() && !label.is_empty() {
                sink.label(&BTRFS, instance, label);
            }
        }
        Ok(())
    }
}

/// The mounted filesystems: UUID and folder. Beside them is a folder of what the kernel can do.
pub(super) fn filesystems(folder: &Path) -> Result<Vec<(String, PathBuf)>, ReadError> {
    let mut found = file::folders(folder)?;
    found.retain(|name| name.contains('-'));
    Ok(found.into_iter().map(|uuid| (uuid.clone(), folder.join(uuid))).collect())
}

fn values(folder: &Path) -> Result<[f64; 6], ReadError> {
    // Small filesystems keep data and metadata in the same chunks.
    let [data, data_free] = space(folder, &["data", "mixed"])?;
    let [metadata, metadata_free] = space(folder, &["metadata", "system"])?;
    let mut size = None;
    for device in file::folders(&folder.join("devices"))? {
        let sectors = file::number(&folder.join("devices").join(device).join("size"))?;
        add(&mut size, sectors.map(|sectors| sectors.saturating_mul(SECTOR)));
    }
    let allocated = data + data_free + metadata + metadata_free;
    let unallocated = at_most(BYTES, size) - allocated;
    let mut missing = None;
    for device in file::folders(&folder.join("devinfo"))? {
        add(&mut missing, file::number(&folder.join("devinfo").join(device).join("missing"))?);
    }
    // The size of a device that is missing is not known.
    let is_whole = missing.unwrap_or(0) == 0;
    let unallocated = match unallocated {
        below if below < 0.0 => 0.0,
        bytes if is_whole => bytes,
        _ => f64::NAN,
    };
    Ok([data, data_free, metadata, metadata_free, unallocated, at_most(THINGS, missing)])
}

/// The used and the free bytes of the chunks of these types together.
fn space(folder: &Path, types: &[&str]) -> Result<[f64; 2], ReadError> {
    let (mut used, mut total) = (None, None);
    for name in types {
        let folder = folder.join("allocation").join(name);
        add(&mut used, file::number(&folder.join("disk_used"))?);
        add(&mut total, file::number(&folder.join("disk_total"))?);
    }
    let free = total.zip(used).map(|(total, used)| total.saturating_sub(used));
    Ok([at_most(BYTES, used), at_most(BYTES, free)])
}

/// Adds what is known.
pub(super) fn add(sum: &mut Option<u64>, part: Option<u64>) {
    if let Some(part) = part {
        *sum = Some(sum.unwrap_or(0).saturating_add(part));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use rrd_core::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    const UUID: &str = "9c0f6a3e-1b2c-4d5e-8f90-123456789abc";

    /// A host with one filesystem that has these files.
    fn host(files: &[(&str, &str)], mounts: &str) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sys/fs/btrfs");
        fs::create_dir_all(folder.join("features")).unwrap();
        for (file, text) in files {
            let path = folder.join(UUID).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(root.path().join("proc/1")).unwrap();
        fs::write(root.path().join("proc/1/mountinfo"), mounts).unwrap();
        root
    }

    fn sampled(root: &TempDir) -> Recorder {
        let mut recorder = Recorder::default();
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        BtrfsProbe::new(&Host::at(root.path())).sample(tick, &mut recorder).unwrap();
        recorder
    }

    fn row(seen: &Recorder, instance: &str) -> [f64; 6] {
        let value = |metric: &Metric| seen.value(&BTRFS, instance, &metric.name);
        let values: Vec<f64> = METRICS.iter().map(value).collect();
        std::array::from_fn(|index| if values[index].is_nan() { -1.0 } else { values[index] })
    }

    #[test]
    fn a_filesystem_is_known_by_its_mount_point_also_on_volumes() {
        let mounts = "30 1 0:34 /root / rw - btrfs /dev/mapper/vg-root rw\n\
            31 1 0:34 /home /home rw - btrfs /dev/mapper/vg-root rw\n";
        let root = host(
            &[
                ("label", "\n"),
                ("allocation/data/disk_used", "300\n"),
                ("allocation/data/disk_total", "1000\n"),
                ("allocation/metadata/disk_used", "20\n"),
                ("allocation/metadata/disk_total", "200\n"),
                ("allocation/system/disk_used", "1\n"),
                ("allocation/system/disk_total", "8\n"),
                ("devices/dm-0/size", "4\n"),
                ("devices/dm-0/dm/name", "vg-root\n"),
                ("devinfo/1/missing", "0\n"),
            ],
            mounts,
        );
        let seen = sampled(&root);
        assert_eq!((seen.instances(&BTRFS), seen.labels.len()), (vec!["/"], 0));
        assert_eq!(row(&seen, "/"), [300.0, 700.0, 21.0, 187.0, 840.0, 0.0]);
    }

    #[test]
    fn an_old_kernel_knows_no_missing_devices_and_small_filesystems_mix_their_chunks() {
        let root = host(
            &[
                ("label", "old\n"),
                ("allocation/mixed/disk_used", "300\n"),
                ("allocation/mixed/disk_total", "1000\n"),
                ("devices/sda1/size", "1\n"),
            ],
            "",
        );
        let seen = sampled(&root);
        assert_eq!(seen.labels, ["old"]);
        // Chunks that are larger than the device leave nothing, and what is not there is unknown.
        assert_eq!(row(&seen, UUID), [300.0, 700.0, -1.0, -1.0, -1.0, -1.0]);
    }

    #[test]
    fn numbers_that_make_no_sense_are_unknown() {
        let files = [
            ("allocation/data/disk_used", "x"),
            ("allocation/data/disk_total", "-4"),
            ("allocation/metadata/disk_used", "18446744073709551615"),
            ("allocation/system/disk_used", "18446744073709551615"),
            ("devices/sda/size", "18446744073709551615"),
            ("devinfo/1/missing", "4294967295"),
        ];
        assert_eq!(row(&sampled(&host(&files, "")), UUID), [-1.0; 6]);
    }
}
