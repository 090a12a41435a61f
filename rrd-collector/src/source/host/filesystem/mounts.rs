//! The table of mounts, and which of them belong to the host.

use std::collections::{BTreeMap, BTreeSet};

use crate::section::is_machine_made;

/// Types of filesystems without space of their own, or that are always full.
const LEFT_OUT: [&str; 29] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "cramfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "proc",
    "procfs",
    "pstore",
    "ramfs",
    "romfs",
    "rootfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];

/// The same of programs in user space, after `fuse.`.
const PROGRAMS_LEFT_OUT: [&str; 6] =
    ["gvfsd-fuse", "lxcfs", "portal", "snapfuse", "squashfuse", "vmware-vmblock"];

/// Types that put layers together; only that of the root of a container has space of its own.
const LAYERS: [&str; 3] = ["overlay", "aufs", "fuse.fuse-overlayfs"];

/// Mounts below these folders belong to programs, not to the host.
const PLACES_LEFT_OUT: [&str; 10] = [
    "/dev",
    "/proc",
    "/run/containerd",
    "/run/credentials",
    "/run/docker",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/containers/storage",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// One line of `mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The number of the mount; a filesystem that is mounted again has another one.
    pub(super) id: u64,
    pub(crate) device: String,
    pub(crate) place: String,
    pub(crate) kind: String,
    /// The mounted device, as named in the mount table.
    pub(crate) source: String,
    pub(super) read_only: bool,
}

impl Mount {
    /// Whether it is on a disk of this host, not on a server or in a program.
    pub(super) fn is_disk(&self) -> bool {
        self.source.starts_with("/dev/")
    }

    /// Whether its type and place are those of a filesystem of the host.
    fn is_hosts(&self) -> bool {
        if LAYERS.contains(&&*self.kind) {
            return self.place == "/";
        }
        let is_left_out = match self.kind.strip_prefix("fuse.") {
            Some(program) => PROGRAMS_LEFT_OUT.contains(&program) || program.ends_with(".AppImage"),
            None => LEFT_OUT.contains(&&*self.kind),
        };
        let is_below = |folder: &&str| {
            self.place.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        // A disk belongs to the host even if its mount point is named by its UUID.
        let is_temporary = is_machine_made(&self.place) && !self.is_disk();
        !is_left_out
            && !is_temporary
            && self.place != "/dev"
            && !PLACES_LEFT_OUT.iter().any(is_below)
    }
}

/// The mounts that can be seen: a later mount hides an earlier one at the same place.
pub(crate) fn mounts(text: &str) -> Vec<Mount> {
    let parsed: Vec<Mount> = text.lines().filter_map(parse_line).collect();
    let last: BTreeMap<String, usize> =
        parsed.iter().enumerate().map(|(index, mount)| (mount.place.clone(), index)).collect();
    let indexed = parsed.into_iter().enumerate();
    let seen = indexed.filter(|(index, mount)| last.get(&mount.place) == Some(index));
    seen.map(|(_, mount)| mount).collect()
}

/// The same by our own mount table: a sandbox mounts everything read-only for this process, so only
/// the options of the filesystem itself count.
pub(super) fn own_mounts(text: &str) -> Vec<Mount> {
    let bare: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let words: Vec<&str> = mount.split(' ').take(5).collect();
            Some(format!("{} rw - {filesystem}", words.join(" ")))
        })
        .collect();
    mounts(&bare.join("\n"))
}

/// For each mount whether it is sampled by default: the first one of each device that belongs to
/// the host and is a folder.
pub(super) fn defaults(mounts: &[Mount], is_file: &dyn Fn(&Mount) -> bool) -> Vec<bool> {
    let mut devices = BTreeSet::new();
    mounts
        .iter()
        .map(|mount| mount.is_hosts() && !is_file(mount) && devices.insert(&mount.device))
        .collect()
}

/// The mount points in a table, read as the host's and as our own. Entry point for fuzzing.
#[doc(hidden)]
pub fn mount_places(text: &str) -> [Vec<String>; 2] {
    [mounts(text), own_mounts(text)]
        .map(|mounts| mounts.into_iter().map(|mount| mount.place).collect())
}

/// `ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [TAGS...] - KIND SOURCE SUPEROPTIONS`.
fn parse_line(line: &str) -> Option<Mount> {
    let (mount, filesystem) = line.split_once(" - ")?;
    let mut words = mount.split(' ');
    let (id, _parent, device) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
    let (_root, place, options) = (words.next()?, words.next()?, words.next()?);
    let mut words = filesystem.split(' ');
    let kind = words.next()?;
    let source = unescape(words.next().unwrap_or_default());
    let super_options = words.next().unwrap_or_default();
    let read_only = [options, super_options].iter().any(|list| list.split(',').any(|o| o == "ro"));
    Some(Mount {
        id,
        device: device.to_owned(),
        place: unescape(place),
        kind: kind.to_owned(),
        source,
        read_only,
    })
}

/// Decodes `\040` and similar escapes.
pub(crate) fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        result.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        rest = match (code, after.get(3..)) {
            (Some(code), Some(after)) if code.is_ascii() => {
                result.push(char::from(code));
                after
            }
            _ => {
                result.push('\\');
                after
            }
        };
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const TEXT: &str = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        23 22 0:20 / /proc rw - proc proc rw\n24 22 0:21 / /dev/shm rw - tmpfs tmpfs rw\n\
        25 22 254:0 /data /srv/bind rw - ext4 /dev/vda rw\n26 22 8:1 / /mnt/a\\040b ro - xfs /dev/sda1 ro\n\
        27 22 0:41 / /devices rw - tmpfs none rw\nodd line\n";

    /// The places that are sampled by default; `files` are no folders.
    fn taken(text: &str, files: &[&str]) -> Vec<String> {
        let mounts = mounts(text);
        let chosen = defaults(&mounts, &|mount| files.contains(&&*mount.place));
        let taken = mounts.into_iter().zip(chosen).filter(|(_, is_taken)| *is_taken);
        taken.map(|(mount, _)| mount.place).collect()
    }

    /// A table with a device of its own for each type, source and place.
    fn table(mounts: &[(&str, &str, &str)]) -> String {
        let line = |(id, (kind, source, place)): (usize, &(&str, &str, &str))| {
            format!("{id} 1 0:{id} / {place} rw - {kind} {source} rw\n")
        };
        mounts.iter().enumerate().map(line).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_mount_hides_an_earlier_one_at_the_same_place() {
        let text = "22 1 0:23 / /srv rw - tmpfs tmpfs rw\n23 22 0:27 / /srv rw - xfs /dev/sdb rw\n";
        let mounts = mounts(text);
        assert_eq!(mounts.len(), 1);
        assert_eq!((&*mounts[0].place, &*mounts[0].kind), ("/srv", "xfs"));
    }

    #[test]
    fn each_device_counts_once_and_what_is_not_the_hosts_is_left_out() {
        assert_eq!(taken(TEXT, &[]), ["/", "/mnt/a b", "/devices"]);
        let read_only: Vec<bool> = mounts(TEXT).iter().map(|mount| mount.read_only).collect();
        assert_eq!(read_only, [false, false, false, false, true, false]);
    }

    #[test]
    fn filesystems_of_servers_and_of_programs_with_space_are_taken() {
        let text = table(&[
            ("nfs4", "nas:/export", "/mnt/nas"),
            ("cifs", "//nas/share", "/mnt/share"),
            ("ceph", "10.0.0.1:6789:/", "/mnt/ceph"),
            ("fuseblk", "/dev/sdb1", "/mnt/usb"),
            ("fuse.sshfs", "me@host:", "/mnt/ssh"),
            ("fuse.glusterfs", "host:/vol", "/mnt/gluster"),
            ("fuse", "s3", "/mnt/s3"),
            ("fuse.portal", "portal", "/run/user/1000/doc"),
            ("fuse.gvfsd-fuse", "gvfsd-fuse", "/run/user/1000/gvfs"),
            ("fuse.lxcfs", "lxcfs", "/var/lib/lxcfs"),
            ("fuse.Tool.AppImage", "Tool.AppImage", "/tmp/.mount_Tool3x"),
            ("squashfs", "/dev/loop0", "/snap/core/1"),
        ]);
        let wanted = [
            "/mnt/nas",
            "/mnt/share",
            "/mnt/ceph",
            "/mnt/usb",
            "/mnt/ssh",
            "/mnt/gluster",
            "/mnt/s3",
        ];
        assert_eq!(taken(&text, &[]), wanted);
    }

    #[test]
    fn a_container_has_its_root_and_its_volumes_and_no_single_files() {
        let text = "10 1 0:50 / / rw - overlay overlay rw\n11 10 0:51 / /dev rw - tmpfs tmpfs rw\n\
            12 10 8:1 /var/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n\
            13 10 8:1 /var/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n\
            14 10 8:1 /var/data /data rw - ext4 /dev/sda1 rw\n";
        assert_eq!(taken(text, &["/etc/hosts", "/etc/resolv.conf"]), ["/", "/data"]);
    }

    #[test]
    fn mounts_of_container_programs_are_left_out_and_the_disk_under_them_is_not() {
        let id = "3f1c2d4e5a6b7c8d9e0f3f1c2d4e5a6b7c8d9e0f3f1c2d4e5a6b7c8d9e0f1a2b";
        let uuid = "9c0f6a3e-1b2c-4d5e-8f90-123456789abc";
        let (layers, memory) =
            (format!("/var/lib/docker/overlay2/{id}/merged"), format!("/srv/jail/{id}/shm"));
        let (volume, disk) = (
            format!("/var/lib/kubelet/pods/{uuid}/volumes/data"),
            format!("/srv/dev-disk-by-uuid-{uuid}"),
        );
        let text = table(&[
            ("xfs", "/dev/sdb1", "/var/lib/docker"),
            ("overlay", "overlay", &layers),
            ("overlay", "overlay", "/srv/merged"),
            ("tmpfs", "shm", &memory),
            ("ext4", "/dev/sdc", &volume),
            ("ext4", "/dev/sdd1", &disk),
        ]);
        assert_eq!(taken(&text, &[]), ["/var/lib/docker", &*disk]);
    }

    #[test]
    fn a_sandbox_that_mounts_all_read_only_says_nothing_of_the_host() {
        let sandboxed =
            TEXT.replace(" rw,relatime ", " ro,relatime ").replace(" / rw - ", " / ro - ");
        let read_only: Vec<_> =
            own_mounts(&sandboxed).iter().map(|mount| mount.read_only).collect();
        assert_eq!(read_only, [false, false, false, false, true, false]);
    }

    #[test]
    fn escapes_in_places_are_undone() {
        assert_eq!(unescape("/a\\040b\\134c\\x"), "/a b\\c\\x");
    }
}
