//! Which interfaces are sampled by default: all probes of interfaces ask here.

use std::fs;
use std::path::Path;

use crate::section::is_machine_made;

/// Starts of the names of the host's ends of links to containers and guests. They come and go by
/// the hundred, and what they transfer is also counted at the bridge or the hardware behind them.
const HOST_ENDS: [&str; 16] = [
    "veth", "cali", "lxc", "cni", "vnet", "tap", // Containers, Kubernetes, libvirt.
    "eni", "azv", // Kubernetes at AWS and Azure.
    "ve-", "vb-", // systemd-nspawn.
    "fwbr", "fwln", "fwpr", // Proxmox VE.
    "qbr", "qvb", "qvo", // OpenStack.
];

/// Whether an interface is sampled by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Taken,
    LeftOut,
    /// Once it has transferred a packet.
    Unused,
}

impl Choice {
    /// The choice for an interface that is seen for the first time.
    pub(super) fn of(name: &str, is_in_use: &dyn Fn(&str) -> bool) -> Self {
        let is_host_end = HOST_ENDS.iter().any(|start| name.starts_with(start));
        if name == "lo" || is_host_end || is_machine_made(name) {
            Self::LeftOut
        } else if is_in_use(name) {
            Self::Taken
        } else {
            Self::Unused
        }
    }

    /// Notes what the interface has transferred; returns whether it is sampled.
    pub(super) fn after(&mut self, has_transferred: bool) -> bool {
        if *self == Self::Unused && has_transferred {
            *self = Self::Taken;
        }
        *self == Self::Taken
    }
}

/// Whether the interface is hardware or is up. Kernels with tunnels built in have one of each type
/// in every network namespace, which is down and never used.
pub(super) fn is_in_use(class: &Path, name: &str) -> bool {
    let folder = class.join(name);
    let Ok(flags) = fs::read_to_string(folder.join("flags")) else { return true };
    folder.join("device").exists() || is_up(&flags)
}

/// Whether an interface is switched on, by its file `flags`.
pub(super) fn is_up(flags: &str) -> bool {
    const UP: u32 = 1;
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16);
    flags.is_ok_and(|flags| flags & UP != 0)
}
