//! The names that people gave to containers whose groups have identifiers or numbers. The programs
//! that run them keep the names in files, many of which only root may read.

mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::identity::Identity;
use super::tree::Group;
use crate::rootfs::Host;

/// How often the name of a container is looked for: a name may appear shortly after its group.
pub(super) const ATTEMPTS: u8 = 6;
/// The lists in a storage of Podman, of each way to store and for each span of life.
const LISTS: [&str; 4] = [
    "overlay-containers/containers.json",
    "overlay-containers/volatile-containers.json",
    "vfs-containers/containers.json",
    "vfs-containers/volatile-containers.json",
];

/// The names of the containers that exist.
pub(super) struct ContainerNames {
    host: Host,
    known: BTreeMap<String, Known>,
    /// Whether the names of Kubernetes' containers can be read.
    has_kubernetes: bool,
}

#[derive(Default)]
struct Known {
    name: Option<String>,
    attempts: u8,
}

/// What a container is called.
pub(super) struct Called<'a> {
    /// The name that people gave, or else that of its program.
    pub(super) name: &'a str,
    /// Whether it is taken by default.
    pub(super) by_default: bool,
}

impl ContainerNames {
    pub(super) fn new(host: &Host) -> Self {
        Self { host: host.clone(), known: BTreeMap::new(), has_kubernetes: false }
    }

    /// Looks for the names of the containers among the groups of a tree, and forgets all others.
    pub(super) fn look_up(&mut self, tree: &Path, groups: &[Group]) {
        let mut before = std::mem::take(&mut self.known);
        let mut open = Vec::new();
        for group in groups {
            let Some(Identity::Id(key) | Identity::Number(key)) = &group.container else {
                continue;
            };
            let mut known = before.remove(key).unwrap_or_default();
            if known.name.is_none() && known.attempts < ATTEMPTS {
                known.attempts += 1;
                open.push(group);
            }
            self.known.insert(key.clone(), known);
        }
        if open.is_empty() {
            return;
        }
        let kubernetes = files::kubernetes(&self.host.root("/var/log/containers"));
        self.has_kubernetes = kubernetes.is_some();
        let users: BTreeSet<Option<u32>> = open.iter().map(|group| group.user()).collect();
        let storages = users.into_iter().flat_map(|user| storages(&self.host, user));
        let podman =
            storages.flat_map(|folder| LISTS.map(|list| files::podman(&folder.join(list))));
        let lists: BTreeMap<String, String> =
            podman.flatten().chain(kubernetes.into_iter().flatten()).collect();
        for group in open {
            let name = match &group.container {
                Some(Identity::Id(id)) => lists.get(id).cloned().or_else(|| {
                    files::docker(&docker_containers(&self.host, group.user())?.join(id))
                }),
                Some(Identity::Number(number)) => {
                    of_number(&self.host, number, &tree.join(&group.path))
                }
                _ => None,
            };
            let container = group.container.as_ref();
            if let Some(known) = container.and_then(|it| self.known.get_mut(it.key())) {
                known.name = name;
            }
        }
    }

    /// What the container of a group is called. One without a name is taken by default once no name
    /// has been found for a while, but not the one that Kubernetes has in each pod besides those
    /// that do the work.
    pub(super) fn called<'a>(&'a self, group: &Group, container: &'a Identity) -> Called<'a> {
        let known = self.known.get(container.key());
        if let Identity::Name(name) = container {
            return Called { name, by_default: true };
        }
        if let Some(name) = known.and_then(|known| known.name.as_deref()) {
            return Called { name, by_default: true };
        }
        let is_young = known.is_some_and(|known| known.attempts < ATTEMPTS);
        let by_default = !is_young && !self.is_of_pod(group);
        Called { name: container.short(), by_default }
    }

    /// A place with the names of these containers that may not be read, if there are any without a
    /// name.
    pub(super) fn unreadable(&self, groups: &[Group]) -> Option<PathBuf> {
        groups.iter().find_map(|group| {
            let container = group.container.as_ref()?;
            let known = self.known.get(container.key())?;
            if known.name.is_some() || self.is_of_pod(group) {
                return None;
            }
            let places = match container {
                Identity::Id(_) => {
                    let user = group.user();
                    let docker = docker_containers(&self.host, user);
                    docker.into_iter().chain(storages(&self.host, user)).collect()
                }
                Identity::Number(number) => vec![lxc_settings(&self.host, number)],
                Identity::Name(_) => Vec::new(),
            };
            let is_refused = |place: &PathBuf| {
                files::open(place).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
            };
            places.into_iter().find(is_refused)
        })
    }

    fn is_of_pod(&self, group: &Group) -> bool {
        self.has_kubernetes && group.is_in_pod()
    }
}

/// Where Podman keeps the containers of the system, or of a user.
fn storages(host: &Host, user: Option<u32>) -> Vec<PathBuf> {
    let Some(user) = user else {
        return ["/var/lib/containers/storage", "/run/containers/storage"]
            .map(|f| host.root(f))
            .into();
    };
    let kept = home(host, user).map(|home| home.join(".local/share/containers/storage"));
    let volatile = host.root(&format!("/run/user/{user}/containers"));
    kept.into_iter().chain([volatile]).collect()
}

/// Where Docker keeps the containers of the system, or of a user.
fn docker_containers(host: &Host, user: Option<u32>) -> Option<PathBuf> {
    match user {
        None => Some(host.root("/var/lib/docker/containers")),
        Some(user) => Some(home(host, user)?.join(".local/share/docker/containers")),
    }
}

fn home(host: &Host, user: u32) -> Option<PathBuf> {
    let home = files::home(&host.root("/etc/passwd"), user)?;
    Some(host.root(&home))
}

/// The settings that Proxmox makes for a container when it starts.
fn lxc_settings(host: &Host, number: &str) -> PathBuf {
    host.root("/var/lib/lxc").join(number).join("config")
}

/// The name of a container or virtual machine that has a number, with its group.
fn of_number(host: &Host, number: &str, group: &Path) -> Option<String> {
    files::lxc(&lxc_settings(host, number)).or_else(|| {
        let process = files::first_process(&group.join("cgroup.procs"))?;
        files::qemu(host.proc(&format!("{process}/cmdline")).path())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::source::cgroup::tree::groups;

    const USER: &str = "user.slice/user-1000.slice/user@1000.service/user.slice";

    /// The names by which the containers of a host go, after this many lookups.
    fn called(root: &Path, names: &mut ContainerNames, lookups: usize) -> Vec<(String, bool)> {
        let tree = root.join("sys/fs/cgroup");
        let groups = groups(&tree);
        for _ in 0..lookups {
            names.look_up(&tree, &groups);
        }
        let called = groups.iter().filter_map(|group| {
            let called = names.called(group, group.container.as_ref()?);
            Some((called.name.to_owned(), called.by_default))
        });
        called.collect()
    }

    fn write(root: &Path, name: &str, text: &str) {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn group(root: &Path, group: &str) {
        fs::create_dir_all(root.join("sys/fs/cgroup").join(group)).unwrap();
    }

    fn named(name: &str) -> (String, bool) {
        (name.to_owned(), true)
    }

    #[test]
    fn names_are_found_where_each_program_keeps_them() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let [web, db, late, mine, rootless, app, pause] =
            ["1", "2", "3", "4", "5", "6", "7"].map(|digit| digit.repeat(64));
        group(root, &format!("docker/{web}"));
        group(root, &format!("machine.slice/libpod-{db}.scope"));
        group(root, &format!("machine.slice/libpod-{late}.scope"));
        group(root, &format!("{USER}/docker-{mine}.scope"));
        group(root, &format!("{USER}/libpod-{rootless}.scope"));
        let pod = "kubepods.slice/kubepods-pod1.slice";
        group(root, &format!("{pod}/cri-containerd-{app}.scope"));
        group(root, &format!("{pod}/cri-containerd-{pause}.scope"));
        for place in ["lxc/101", "lxc/102", "qemu.slice/103.scope"] {
            group(root, place);
        }
        write(
            root,
            &format!("var/lib/docker/containers/{web}/config.v2.json"),
            "{\"Name\":\"/web\"}",
        );
        let list =
            |id: &str, name: &str| format!("[{{\"id\":\"{id}\",\"names\":[\"{name}\",\"x\"]}}]");
        let storage = "storage/overlay-containers";
        write(root, &format!("var/lib/containers/{storage}/containers.json"), &list(&db, "db"));
        write(root, "etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
        let home = "home/ann/.local/share";
        write(
            root,
            &format!("{home}/containers/{storage}/containers.json"),
            &list(&rootless, "mine"),
        );
        let docker = format!("{home}/docker/containers/{mine}/config.v2.json");
        write(root, &docker, "{\"Name\":\"/dev\"}");
        write(root, &format!("var/log/containers/app-0_prod_main-{app}.log"), "");
        write(root, "var/lib/lxc/101/config", "lxc.uts.name = mail\n");
        write(root, "sys/fs/cgroup/qemu.slice/103.scope/cgroup.procs", "4321\n4322\n");
        write(
            root,
            "proc/4321/cmdline",
            "/usr/bin/kvm\0-id\x00103\0-name\0windows,debug-threads=on\0",
        );
        let mut names = ContainerNames::new(&Host::at(root));
        let expected = |late: &str, by_default: bool| {
            let unnamed = |name: &str| (name.to_owned(), false);
            let first = [named("web"), named("prod/app-0/main"), unnamed("777777777777")];
            let second =
                [named("mail"), unnamed("102"), named("db"), (late.to_owned(), by_default)];
            let third = [named("windows"), named("dev"), named("mine")];
            [&first[..], &second, &third].concat()
        };
        assert_eq!(called(root, &mut names, 1), expected("333333333333", false));
        // A name may appear later.
        let file = "run/containers/storage/overlay-containers/volatile-containers.json";
        write(root, file, &list(&late, "late"));
        assert_eq!(called(root, &mut names, 1), expected("late", true));
    }

    #[test]
    fn a_container_without_a_name_goes_by_its_short_id_after_a_minute() {
        let root = tempfile::tempdir().unwrap();
        let id = "0123456789abcdef".repeat(4);
        group(root.path(), &format!("system.slice/docker-{id}.scope"));
        write(root.path(), &format!("var/lib/docker/containers/{id}/config.v2.json"), "{\"Name\":");
        let mut names = ContainerNames::new(&Host::at(root.path()));
        let short = "0123456789ab".to_owned();
        assert_eq!(called(root.path(), &mut names, 5), [(short.clone(), false)]);
        assert_eq!(called(root.path(), &mut names, 1), [(short.clone(), true)]);
        // A name is not looked for without end.
        let file = format!("var/lib/docker/containers/{id}/config.v2.json");
        write(root.path(), &file, "{\"Name\":\"/late\"}");
        assert_eq!(called(root.path(), &mut names, 1), [(short, true)]);
        // It is for a container that was away.
        names.look_up(root.path(), &[]);
        assert_eq!(called(root.path(), &mut names, 1), [named("late")]);
    }
}
