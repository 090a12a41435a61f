//! What the kernel says of this host: one file a probe.
//!
//! The `procfs` crate is asked for what is constant (ticks per second, page size) and for what is read seldom. The files of
//! every tick are parsed here: procfs opens the file each time and allocates a map or a vector of strings for each
//! (`/proc/stat`, `diskstats`, `meminfo`: some hundred allocations a second), refuses a whole file for one odd line, and
//! rounds load averages to `f32`.

mod cgroup;
mod clock;
mod cpu;
mod disk;
mod filesystem;
mod load;
mod memory;
mod network;
mod pressure;
mod processes;
mod sockets;
mod tcp_states;
mod vm;

use super::Probe;
use crate::rootfs::Host;

pub use cgroup::{CgroupProbe, UNIT};
pub use clock::{CLOCK, ClockProbe};
pub use cpu::{CPU, CPU_TOTAL, CpuProbe};
pub(crate) use cpu::{CpuTicks, cpu_ticks};
pub use disk::{DISK, DiskProbe};
pub(crate) use disk::{disk_counts, is_disk_part};
#[doc(hidden)]
pub use filesystem::mount_places;
pub(crate) use filesystem::mounts;
pub use filesystem::{FILESYSTEM, FilesystemProbe};
pub use load::{LOAD, LoadProbe};
pub use memory::{MEMORY, MemoryProbe};
pub(crate) use network::interface_counts;
pub use network::{NETWORK, NetworkProbe};
pub use pressure::{PRESSURE, PressureProbe};
pub use processes::{INTERRUPTS, PROCESSES, ProcessesProbe};
pub use sockets::{SOCKETS, SocketsProbe, TCP, UDP};
#[doc(hidden)]
pub use tcp_states::count_answer;
pub use tcp_states::{TCP_STATES, TcpStatesProbe};
pub use vm::{SWAP, SwapProbe, VM, VmProbe};

/// Every probe of the host itself.
pub fn host_probes(host: &Host) -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(CpuProbe::new(host)),
        Box::new(DiskProbe::new(host)),
        Box::new(MemoryProbe::new(host)),
        Box::new(LoadProbe::new(host)),
        Box::new(NetworkProbe::new(host)),
        Box::new(VmProbe::new(host)),
        Box::new(SwapProbe::new(host)),
        Box::new(ProcessesProbe::new(host)),
        Box::new(PressureProbe::new(host)),
        Box::new(SocketsProbe::new(host)),
        Box::new(TcpStatesProbe::new(host)),
        Box::new(FilesystemProbe::new(host)),
        Box::new(CgroupProbe::new(host)),
        Box::new(ClockProbe::new(host)),
    ]
}
