//! The walk through the tree of control groups, which finds units and containers.

use std::fs;
use std::path::{Path, PathBuf};

use super::identity::{Identity, is_folder};

/// Depth of the tree that is walked: a user's pod of Podman has five groups above a container.
const DEEPEST: usize = 6;

/// A group below the root of a tree.
pub(super) struct Group {
    /// Its name.
    pub(super) name: String,
    /// Its path below the root.
    pub(super) path: PathBuf,
    /// The container it belongs to; `None` for a unit of systemd.
    pub(super) container: Option<Identity>,
}

/// The units and containers in a tree, those of one folder by name. The units of users are left
/// out, but not their containers.
pub(super) fn groups(root: &Path) -> Vec<Group> {
    let mut found = Vec::new();
    walk(root, Path::new(""), DEEPEST, Units::OfSystem, &mut found);
    found
}

/// Whose units are in a part of the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Units {
    OfSystem,
    OfUser,
}

fn walk(root: &Path, folder: &Path, depth: usize, units: Units, found: &mut Vec<Group>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    for name in names {
        let (path, container) = (folder.join(&name), Identity::of(folder, &name));
        let kind = unit_kind(&name);
        if container.is_none() && depth > 1 {
            let is_manager = is_manager_of_user(&name);
            let units = if is_manager { Units::OfUser } else { units };
            if kind == Some("slice") || is_manager || is_folder(&name) {
                walk(root, &path, depth - 1, units, found);
            }
        }
        if container.is_some() || kind.is_some() && units == Units::OfSystem {
            found.push(Group { name, path, container });
        }
    }
}

/// The kind of a unit of systemd, which is the text after the last dot.
fn unit_kind(name: &str) -> Option<&str> {
    let kind = name.rsplit_once('.').map(|(_, kind)| kind);
    kind.filter(|kind| matches!(*kind, "slice" | "service" | "scope"))
}

/// Whether this is the unit of a user's own systemd, `user@1000.service`.
fn is_manager_of_user(name: &str) -> bool {
    name.starts_with("user@") && name.ends_with(".service")
}

impl Group {
    /// Whether it is taken by default if its name is not made up: a scope is that of a session or
    /// of a program that somebody started.
    pub(super) fn is_service_or_slice(&self) -> bool {
        matches!(unit_kind(&self.name), Some("service" | "slice"))
    }

    /// Whether it may contain other groups.
    pub(super) fn has_groups(&self) -> bool {
        match &self.container {
            Some(container) => container.has_groups(),
            None => unit_kind(&self.name) == Some("slice"),
        }
    }

    /// The user whose container it is: `1000` for a group below `user-1000.slice`.
    pub(super) fn user(&self) -> Option<u32> {
        let mut folders = self.path.iter().filter_map(|folder| folder.to_str());
        folders.find_map(|name| name.strip_prefix("user-")?.strip_suffix(".slice")?.parse().ok())
    }

    /// Whether it is in a pod of Kubernetes, which has a container of its own without a name.
    pub(super) fn is_in_pod(&self) -> bool {
        self.path.iter().any(|folder| folder.to_string_lossy().contains("kubepods"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_walk_finds_units_and_containers_down_to_those_of_users() {
        let root = tempfile::tempdir().unwrap();
        let id = "a".repeat(64);
        let user = "user.slice/user-1000.slice/user@1000.service";
        for group in [
            "system.slice/cron.service",
            &format!("{user}/app.slice/editor.service"),
            &format!("{user}/user.slice/libpod-{id}.scope/container"),
            &format!("{user}/user.slice/user-libpod_pod_1.slice/libpod-{id}.scope"),
            "lxc.payload.web/system.slice/cron.service",
            "lxc.monitor.web",
            "lxc/101/ns",
            "libvirt/qemu/db/emulator",
        ] {
            fs::create_dir_all(root.path().join(group)).unwrap();
        }
        fs::write(root.path().join("lxc/cgroup.procs"), "").unwrap();
        let found: Vec<(String, Option<String>)> = groups(root.path())
            .into_iter()
            .map(|group| (group.name, group.container.map(|found| found.short().to_owned())))
            .collect();
        let unit = |name: &str| (name.to_owned(), None);
        let container = |name: &str, found: &str| (name.to_owned(), Some(found.to_owned()));
        let scope = format!("libpod-{id}.scope");
        let expected = [
            container("db", "db"),
            container("101", "101"),
            container("lxc.payload.web", "web"),
            unit("cron.service"),
            unit("system.slice"),
            container(&scope, "aaaaaaaaaaaa"),
            container(&scope, "aaaaaaaaaaaa"),
            unit("user@1000.service"),
            unit("user-1000.slice"),
            unit("user.slice"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_group_knows_its_user_and_its_pod() {
        let group = |path: &str| {
            let path = PathBuf::from(path);
            Group { name: String::new(), path, container: None }
        };
        let of_user = group("user.slice/user-1000.slice/user@1000.service/user.slice/x.scope");
        assert_eq!(of_user.user(), Some(1000));
        assert_eq!(group("system.slice/x.scope").user(), None);
        assert!(group("kubepods.slice/kubepods-pod1.slice/x.scope").is_in_pod());
        assert!(group("kubelet.slice/kubelet-kubepods.slice/x.scope").is_in_pod());
        assert!(!of_user.is_in_pod());
    }
}
