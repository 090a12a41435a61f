//! Arrays and storage layers: md, ZFS, and what filesystems and their servers say of themselves.

mod btrfs;
mod columns;
mod errors;
mod file;
mod mdadm;
mod nfs;
mod place;
mod rules;
mod xfs;
mod zfs;

use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};

pub use btrfs::{BTRFS, BtrfsProbe};
pub use errors::{ERRORS, ErrorsProbe};
pub use mdadm::{ARRAY, MdadmProbe};
pub use nfs::{NFS_MOUNT, NFS_SERVER, NfsProbe, NfsServerProbe};
pub use xfs::{XFS, XfsProbe};
pub use zfs::{ARC, ArcProbe, POOL, PoolProbe};

/// Storage between the disks and the programs.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: rules::RULES,
    charts: &[
        include_str!("arrays.toml"),
        include_str!("filesystems.toml"),
        include_str!("nfs.toml"),
    ],
    part: "Host",
    many: &[
        ManyInstances {
            kind: "array",
            columns: &[
                TableColumn::new("Redundancy lost", &["redundancy_lost"]),
                TableColumn::new("Missing", &["missing"]),
                TableColumn::new("Spare", &["spare"]),
                TableColumn::new("Rebuilt or checked", &["sync_done"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "zfs_pool",
            columns: &[
                TableColumn::new("Written", &["write_bytes"]),
                TableColumn::new("Read", &["read_bytes"]),
                TableColumn::new("Degraded", &["degraded"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "btrfs",
            columns: &[
                TableColumn::new("Data", &["data"]),
                TableColumn::new("Free for data", &["data_free"]),
                TableColumn::new("Metadata", &["metadata"]),
                TableColumn::new("Unallocated", &["unallocated"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "xfs",
            columns: &[
                TableColumn::new("Written", &["write_bytes"]),
                TableColumn::new("Read", &["read_bytes"]),
                TableColumn::new("Transactions", &["transactions"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "filesystem_errors",
            columns: &[TableColumn::new("Errors", &["errors"])],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "nfs_mount",
            columns: &[
                TableColumn::new("Operations", &["operations"]),
                TableColumn::new("Read", &["read_bytes"]),
                TableColumn::new("Written", &["write_bytes"]),
                TableColumn::new("Time", &["time"]),
                TableColumn::new("Sent again", &["retransmissions"]),
            ],
            heat_maps: &[],
        },
    ],
    page: &[
        PageSection {
            heading: "Arrays and volumes",
            kinds: &["array", "zfs_pool", "zfs_arc", "btrfs", "xfs", "filesystem_errors"],
        },
        PageSection { heading: "NFS", kinds: &["nfs_mount", "nfs_server"] },
    ],
    ..Source::EMPTY
};

/// The probes, and their names in the configuration.
const PROBES: &[RegisteredProbe] = &[
    probe!("mdadm", MdadmProbe, ARRAY).slow(),
    probe!("zfs", PoolProbe, POOL).slow(),
    probe!("zfs_arc", ArcProbe, ARC).slow(),
    probe!("btrfs", BtrfsProbe, BTRFS).slow(),
    probe!("xfs", XfsProbe, XFS).slow(),
    probe!("filesystem_errors", ErrorsProbe, ERRORS).slow(),
    probe!("nfs", NfsProbe, NFS_MOUNT).slow(),
    probe!("nfs_server", NfsServerProbe, NFS_SERVER).slow(),
];
