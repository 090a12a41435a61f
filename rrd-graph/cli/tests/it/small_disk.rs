//! A small file system for a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Unmounted at the end, even while a program that another test is starting holds a file here.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one with these options in a new folder; `None` without the right to mount.
    pub(crate) fn mount(folder: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&folder).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        assert!(std::env::var_os("CI").is_none(), "the right to mount a file system is needed");
        println!("left out: no right to mount a small file system");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
