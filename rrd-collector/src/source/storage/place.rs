//! The mount point of a filesystem, by which people know it, and which the probe of filesystems
//! names it by.

use std::path::Path;

use super::file;
use crate::rootfs::{Host, KeptFile, ReadError};
use crate::source::host::{Mount, mounts};

/// The mount table of the first process, or else our own.
pub(super) struct Places {
    first: KeptFile,
    own: KeptFile,
}

impl Places {
    /// The tables of this host.
    pub(super) fn new(host: &Host) -> Self {
        Self { first: host.proc("1/mountinfo"), own: host.proc("self/mountinfo") }
    }

    /// The mounts.
    pub(super) fn read(&mut self) -> Result<Vec<Mount>, ReadError> {
        match self.first.read() {
            Ok(text) => Ok(mounts(text)),
            Err(_) => self.own.read().map(mounts),
        }
    }
}

/// Where the filesystem of a device is mounted. `class` is `/sys/class/block`.
pub(super) fn of_device<'a>(
    mounts: &'a [Mount],
    class: &Path,
    device: &str,
) -> Result<Option<&'a str>, ReadError> {
    let number = file::text(&class.join(device).join("dev"))?;
    let number = number.as_deref().map(str::trim).unwrap_or_default();
    let mount = mounts.iter().find(|mount| mount.device == number);
    Ok(mount.map(|mount| &*mount.place))
}

/// Where a filesystem is mounted that is on several devices. `devices` is a folder with a link to
/// each.
pub(super) fn of_devices<'a>(
    mounts: &'a [Mount],
    devices: &Path,
) -> Result<Option<&'a str>, ReadError> {
    for device in file::folders(devices)? {
        let volume = file::text(&devices.join(&device).join("dm/name"))?;
        let source = match volume {
            Some(volume) => format!("/dev/mapper/{}", volume.trim()),
            None => format!("/dev/{device}"),
        };
        if let Some(mount) = mounts.iter().find(|mount| mount.source == source) {
            return Ok(Some(&mount.place));
        }
    }
    Ok(None)
}
