//! Probes of the kernel's files on this host, one file per probe.
//!
//! The `procfs` crate provides constants (ticks per second, page size) and files that are read
//! rarely. The files of every tick are parsed here: procfs opens the file each time and allocates a
//! map or a vector of strings for each (`/proc/stat`, `diskstats`, `meminfo`: some hundred
//! allocations per second), refuses a whole file because of one odd line, and rounds load averages
//! to `f32`.

mod cpu;
mod disk;
mod filesystem;
mod fragmentation;
mod huge_pages;
mod load;
mod memory;
mod pressure;
mod processes;
mod rules;
mod settings;
mod vm;

use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};

pub use cpu::{CPU, CPU_TOTAL, CpuProbe};
pub(crate) use cpu::{CpuTicks, cpu_ticks};
pub use disk::{DISK, DiskProbe};
pub(crate) use disk::{disk_counts, is_disk_part};
#[doc(hidden)]
pub use filesystem::mount_places;
pub use filesystem::{FILESYSTEM, FilesystemProbe};
pub(crate) use filesystem::{Mount, mounts, unescape};
pub use fragmentation::{FRAGMENTATION, FragmentationProbe};
pub use huge_pages::{HUGE_PAGES, HugePagesProbe};
pub use load::{LOAD, LoadProbe};
pub use memory::{MEMORY, MemoryProbe};
pub(crate) use pressure::{
    LIMIT as PRESSURE_LIMIT, share as pressure_share, totals as pressure_totals,
};
pub use pressure::{PRESSURE, PressureProbe};
pub use processes::{INTERRUPTS, PROCESSES, ProcessesProbe};
pub use settings::{HostSettings, ProbeSettings};
pub use vm::{SWAP, SwapProbe, VM, VmProbe};

/// The host itself.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: rules::RULES,
    charts: &[include_str!("host.toml"), include_str!("memory.toml"), include_str!("disk.toml")],
    part: "Host",
    many: &[
        ManyInstances {
            kind: "processor",
            columns: &[
                TableColumn::new("Busy", &["busy"]),
                TableColumn::new("Steal", &["steal"]),
                TableColumn::new("I/O wait", &["iowait"]),
            ],
            heat_maps: &["busy", "steal"],
        },
        ManyInstances {
            kind: "disk",
            columns: &[
                TableColumn::new("In use", &["util"]),
                TableColumn::new("Queue", &["queue"]),
                TableColumn::new("Read", &["read_bytes"]),
                TableColumn::new("Written", &["write_bytes"]),
                TableColumn::new("Read wait", &["read_await"]),
                TableColumn::new("Write wait", &["write_await"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "filesystem",
            columns: &[
                TableColumn::new("In use", &["used_share"]),
                TableColumn::new("Used", &["used"]),
                TableColumn::new("Available", &["available"]),
            ],
            heat_maps: &[],
        },
    ],
    page: &[
        PageSection { heading: "CPU and steal", kinds: &["cpu", "load", "processor"] },
        PageSection {
            heading: "Memory",
            kinds: &["memory", "swap", "vm", "huge_pages", "fragmentation"],
        },
        PageSection { heading: "Disks", kinds: &["disk"] },
        PageSection { heading: "Filesystems", kinds: &["filesystem"] },
        PageSection { heading: "Pressure", kinds: &["pressure"] },
        PageSection { heading: "Kernel", kinds: &["processes", "interrupts", "collector"] },
    ],
    ..Source::EMPTY
};

/// The probes, and their names in the configuration.
const PROBES: &[RegisteredProbe] = &[
    probe!("cpu", CpuProbe, CPU_TOTAL, CPU),
    probe!("disk", DiskProbe, DISK),
    probe!("memory", MemoryProbe, MEMORY),
    probe!("load", LoadProbe, LOAD),
    probe!("vm", VmProbe, VM),
    probe!("swap", SwapProbe, SWAP),
    probe!("processes", ProcessesProbe, PROCESSES, INTERRUPTS),
    probe!("pressure", PressureProbe, PRESSURE),
    probe!("filesystem", FilesystemProbe, FILESYSTEM),
    probe!("huge_pages", HugePagesProbe, HUGE_PAGES),
    probe!("fragmentation", FragmentationProbe, FRAGMENTATION),
];
