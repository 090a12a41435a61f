//! What `doctor` takes from the machine: the time, and the space that is left for a folder.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::sys::quota::{QuotaType, quotactl_get};
use procfs::process::Process;
use rustix::fs::{StatVfsMountFlags, major, minor, statvfs};

/// The machine that an installation is on.
pub struct Machine<'a> {
    /// Seconds since 1970.
    pub now: i64,
    /// The space that a folder has for a user; `None` for the present one.
    pub space: &'a dyn Fn(&Path, Option<u32>) -> io::Result<Space>,
}

/// The space of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Whether nothing can be written.
    pub is_read_only: bool,
    /// What everybody has.
    pub of_all: Left,
    /// What the quota of the user leaves; `None` if there is none.
    pub of_user: Option<Left>,
}

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Bytes; `None` if they have no limit.
    pub bytes: Option<u64>,
    /// Files; `None` if they have no limit.
    pub files: Option<u64>,
}

impl Space {
    /// That of a folder for a user.
    ///
    /// # Errors
    ///
    /// The file system does not answer.
    pub fn of(folder: &Path, user: Option<u32>) -> io::Result<Self> {
        let found = statvfs(folder)?;
        let bytes = Some(found.f_bavail.saturating_mul(found.f_frsize));
        // Some file systems make inodes as they need them.
        let files = (found.f_files > 0).then_some(found.f_favail);
        let is_read_only = found.f_flag.contains(StatVfsMountFlags::RDONLY);
        let user = user.unwrap_or_else(|| rustix::process::geteuid().as_raw());
        Ok(Self { is_read_only, of_all: Left { bytes, files }, of_user: quota(folder, user) })
    }
}

/// What the quota of a user leaves. Most file systems have none, and only root may ask for others.
fn quota(folder: &Path, user: u32) -> Option<Left> {
    let device = folder.metadata().ok()?.dev();
    let device = format!("{}:{}", major(device), minor(device));
    let mounts = Process::myself().ok()?.mountinfo().ok()?;
    let mount = mounts.iter().find(|mount| mount.majmin == device)?;
    let user = i32::try_from(user).ok()?;
    let quota = quotactl_get(QuotaType::USRQUOTA, mount.mount_source.as_deref()?, user).ok()?;
    // 0 means no limit; limits of space are in KiB.
    let limit = |limit: Option<u64>| limit.filter(|limit| *limit > 0);
    let bytes = limit(quota.blocks_hard_limit()).map(|limit| limit.saturating_mul(1024));
    let files = limit(quota.inodes_hard_limit());
    let bytes = bytes.zip(quota.occupied_space()).map(|(limit, used)| limit.saturating_sub(used));
    let files = files.zip(quota.allocated_inodes()).map(|(limit, used)| limit.saturating_sub(used));
    (bytes.is_some() || files.is_some()).then_some(Left { bytes, files })
}
