//! systemd's services and slices, containers and virtual machines, by their control groups: their
//! use of CPUs, memory and disks.

mod hierarchy;
mod identity;
mod kinds;
mod names;
mod probe;
mod tree;

use self::hierarchy::Hierarchies;
use self::names::ContainerNames;
use crate::rootfs::Host;
use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::probe;
use crate::source::right::Right;

pub use kinds::{CONTAINER, UNIT};
pub use probe::CgroupProbe;

/// Services and containers.
pub static SOURCE: Source = Source {
    probes: &[probe!("cgroup", CgroupProbe, UNIT, CONTAINER).slow()],
    rules: &[("container-out-of-memory", "max over 30m of container:*.oom_kills > 0")],
    rights: &[Right { name: "containers", probe: Some("cgroup"), lacking: unreadable_names }],
    charts: &[include_str!("charts.toml")],
    part: "Host",
    many: &[
        ManyInstances {
            kind: "unit",
            columns: &[
                TableColumn::new("CPU", &["cpu"]),
                TableColumn::new("Memory", &["memory"]),
                TableColumn::new("I/O", &["read_bytes", "write_bytes"]),
                TableColumn::new("Processes", &["processes"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "container",
            columns: &[
                TableColumn::new("CPU", &["cpu"]),
                TableColumn::new("Memory", &["memory"]),
                TableColumn::new("Of its limit", &["memory_share"]),
                TableColumn::new("I/O", &["read_bytes", "write_bytes"]),
                TableColumn::new("CPU wait", &["cpu_some"]),
                TableColumn::new("I/O wait", &["io_some"]),
                TableColumn::new("Processes", &["processes"]),
            ],
            heat_maps: &[],
        },
    ],
    page: &[
        PageSection { heading: "Services", kinds: &["unit"] },
        PageSection { heading: "Containers", kinds: &["container"] },
    ],
    ..Source::EMPTY
};

/// Why containers of this host go by their identifiers.
fn unreadable_names(host: &Host) -> Option<String> {
    let trees = Hierarchies::find(host)?;
    let (mut names, groups) = (ContainerNames::new(host), tree::groups(trees.units()));
    names.look_up(trees.units(), &groups);
    let place = names.unreadable(&groups)?;
    Some(format!(
        "{} cannot be read, so that containers go by their short ids instead of their names",
        place.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_host_whose_containers_have_names_that_may_not_be_read_lacks_a_right() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::at(root.path());
        let id = "0123456789abcdef".repeat(4);
        let cgroups = root.path().join("sys/fs/cgroup");
        let docker = root.path().join("var/lib/docker");
        fs::create_dir_all(cgroups.join(format!("docker/{id}"))).unwrap();
        fs::write(cgroups.join("cgroup.controllers"), "").unwrap();
        fs::create_dir_all(docker.join("containers")).unwrap();
        assert_eq!(unreadable_names(&host), None);
        fs::set_permissions(&docker, Permissions::from_mode(0o000)).unwrap();
        // Root may read everything.
        let is_root = rustix::process::geteuid().is_root();
        let lacking = (!is_root).then(|| {
            let containers = docker.join("containers");
            format!(
                "{} cannot be read, so that containers go by their short ids instead of their names",
                containers.display()
            )
        });
        assert_eq!(unreadable_names(&host), lacking);
        fs::set_permissions(&docker, Permissions::from_mode(0o700)).unwrap();
        // Without containers, and with their names, nothing is lacking.
        let container = docker.join("containers").join(&id);
        fs::create_dir(&container).unwrap();
        fs::write(container.join("config.v2.json"), "{\"Name\":\"/web\"}").unwrap();
        assert_eq!(unreadable_names(&host), None);
        assert_eq!(unreadable_names(&Host::at(docker)), None);
    }
}
