//! The rules about storage that every configuration has: name and text.

pub(super) const RULES: &[(&str, &str)] = &[
    // Members that are missing, by what the level can spare. A check takes no member away.
    ("array-degraded", "last of array:*.redundancy_lost > 0, critical > 99, for 1m"),
    // While a host starts, an array waits for its members.
    ("array-down", "last of array:*.down > 0, critical > 0.5, for 5m"),
    ("zfs-pool-degraded", "last of zfs_pool:*.degraded > 0, for 1m"),
    ("zfs-pool-down", "last of zfs_pool:*.down > 0, critical > 0.5, for 1m"),
    // A filesystem with a device missing is only mounted if somebody asks for it.
    ("btrfs-missing", "last of btrfs:*.missing > 0, for 5m"),
    // Not the errors of long ago: those stay until somebody checks the filesystem.
    ("filesystem-errors", "max over 1d of filesystem_errors:*.new_errors > 0"),
    // The server did not answer for as long as the mount allows, several times over.
    ("nfs-timeouts", "max over 10m of nfs_mount:*.timeouts > 0"),
];
