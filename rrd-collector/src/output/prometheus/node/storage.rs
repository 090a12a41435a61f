//! Disks and filesystems, under `node_exporter`'s names.

use std::fs;

use super::input::Source;
use super::{Families, FamilyType};
use crate::rootfs::ReadError;
use crate::source::host::{disk_counts, is_disk_part, mounts};

const SECTOR: f64 = 512.0;
const MILLISECOND: f64 = 0.001;

/// The columns after the device's name: name, factor to base units, and description.
const COLUMNS: [(&str, f64, FamilyType, &str); 17] = [
    ("reads_completed_total", 1.0, FamilyType::Counter, "reads completed"),
    ("reads_merged_total", 1.0, FamilyType::Counter, "reads merged"),
    ("read_bytes_total", SECTOR, FamilyType::Counter, "bytes read"),
    ("read_time_seconds_total", MILLISECOND, FamilyType::Counter, "seconds that reads took"),
    ("writes_completed_total", 1.0, FamilyType::Counter, "writes completed"),
    ("writes_merged_total", 1.0, FamilyType::Counter, "writes merged"),
    ("written_bytes_total", SECTOR, FamilyType::Counter, "bytes written"),
    ("write_time_seconds_total", MILLISECOND, FamilyType::Counter, "seconds that writes took"),
    ("io_now", 1.0, FamilyType::Gauge, "requests under way"),
    ("io_time_seconds_total", MILLISECOND, FamilyType::Counter, "seconds with a request"),
    (
        "io_time_weighted_seconds_total",
        MILLISECOND,
        FamilyType::Counter,
        "seconds of all requests together",
    ),
    ("discards_completed_total", 1.0, FamilyType::Counter, "discards completed"),
    ("discards_merged_total", 1.0, FamilyType::Counter, "discards merged"),
    ("discarded_sectors_total", 1.0, FamilyType::Counter, "sectors discarded"),
    ("discard_time_seconds_total", MILLISECOND, FamilyType::Counter, "seconds that discards took"),
    ("flush_requests_total", 1.0, FamilyType::Counter, "flushes completed"),
    (
        "flush_requests_time_seconds_total",
        MILLISECOND,
        FamilyType::Counter,
        "seconds that flushes took",
    ),
];

pub(super) fn diskstats(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let text = source.proc("diskstats")?;
    for (place, name, counts) in disk_counts(&text).filter(|(_, name, _)| is_shown(name)) {
        for ((column, scale, kind, help), count) in COLUMNS.iter().zip(counts) {
            let labels = [("device", name)];
            families.add(format!("node_disk_{column}"), *kind, help, &labels, count * scale);
        }
        let folder = source.host.sys("block").join(name).join("device");
        let about =
            |file| fs::read_to_string(folder.join(file)).unwrap_or_default().trim().to_owned();
        let (model, revision) = (about("model"), about("rev"));
        let (serial, wwn) = (about("serial"), about("wwid"));
        let (major, minor) = place;
        let labels = [
            ("device", name),
            ("major", major),
            ("minor", minor),
            ("model", &*model),
            ("path", ""),
            ("revision", &*revision),
            ("serial", &*serial),
            ("wwn", &*wwn),
        ];
        families.gauge("node_disk_info", "what is known of the device", &labels, 1.0);
    }
    Ok(())
}

/// Whole devices, without memory devices and image files.
fn is_shown(name: &str) -> bool {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let disk = ["hd", "sd", "vd", "xvd"].iter().any(|start| {
        letters.strip_prefix(start).is_some_and(|letter| letter.len() == 1) && letters != name
    });
    let nvme = name.starts_with("nvme")
        && name.rsplit_once('p').is_some_and(|(whole, _)| is_disk_part(name, whole));
    !disk && !nvme && !matches!(letters, "ram" | "zram" | "loop" | "fd")
}

/// Space as last sampled, with the fields of the mount table.
pub(super) fn filesystem(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let text = source.proc("1/mountinfo").or_else(|_| source.proc("self/mountinfo"))?;
    for mount in mounts(&text) {
        let Some(group) = source.catalog.find("filesystem", &mount.place) else { continue };
        let labels =
            [("device", &*mount.source), ("fstype", &*mount.kind), ("mountpoint", &*mount.place)];
        let value =
            |metric: &str| group.kind.position(metric).and_then(|at| group.values.get(at)).copied();
        let sum =
            |metrics: &[&str]| metrics.iter().map(|metric| value(metric)).sum::<Option<f64>>();
        for (name, help, amount) in [
            ("size_bytes", "size", sum(&["used", "reserved", "available"])),
            ("free_bytes", "free for root", sum(&["reserved", "available"])),
            ("avail_bytes", "free for all users", sum(&["available"])),
            ("files", "inodes", sum(&["inodes_used", "inodes_free"])),
            ("files_free", "free inodes", sum(&["inodes_free"])),
            ("readonly", "whether nothing can be written", sum(&["read_only"])),
            ("device_error", "whether the filesystem does not answer", sum(&["stuck"])),
        ] {
            if let Some(amount) = amount.filter(|amount| !amount.is_nan()) {
                families.gauge(format!("node_filesystem_{name}"), help, &labels, amount);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_and_memory_are_not_shown() {
        for name in ["sda", "vdb", "nvme0n1", "dm-0", "md127", "xvdf", "mmcblk0", "sr0"] {
            assert!(is_shown(name), "{name}");
        }
        for name in ["sda1", "vdb12", "xvdf1", "nvme0n1p3", "loop7", "ram0", "zram0", "fd0"] {
            assert!(!is_shown(name), "{name}");
        }
    }
}
