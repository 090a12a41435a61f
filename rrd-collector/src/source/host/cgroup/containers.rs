//! The names that people gave to containers. Their groups are named by identifiers; the programs
//! that run them keep the names in files, which only root may read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::rootfs::Host;

/// Limit on the length of a file with names.
const MAX_FILE: u64 = 4 << 20;
/// How often the name of a container is looked for: a name may appear shortly after its group.
const ATTEMPTS: u8 = 6;

/// The identifier in the name of a container's group: `docker-ID.scope`, `cri-containerd-ID.scope`,
/// `libpod-ID`, `ID`. Groups of programs that watch a container have the same identifier.
pub(super) fn container_id(group: &str) -> Option<&str> {
    let stem = group.strip_suffix(".scope").unwrap_or(group);
    let (program, id) = stem.rsplit_once('-').unwrap_or(("", stem));
    let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !program.ends_with("conmon")).then_some(id)
}

/// The names of the containers that exist.
pub(super) struct ContainerNames {
    docker: PathBuf,
    podman: [PathBuf; 2],
    kubernetes: PathBuf,
    known: BTreeMap<String, Known>,
}

#[derive(Default)]
struct Known {
    name: Option<String>,
    attempts: u8,
}

impl ContainerNames {
    pub(super) fn new(host: &Host) -> Self {
        Self {
            docker: host.root("/var/lib/docker/containers"),
            podman: ["/var/lib/containers/storage", "/run/containers/storage"]
                .map(|folder| host.root(folder).join("overlay-containers/containers.json")),
            kubernetes: host.root("/var/log/containers"),
            known: BTreeMap::new(),
        }
    }

    /// Looks for the names of these containers, and forgets all others.
    pub(super) fn look_up(&mut self, ids: &BTreeSet<&str>) {
        self.known.retain(|id, _| ids.contains(&**id));
        for id in ids {
            if !self.known.contains_key(*id) {
                self.known.insert((*id).to_owned(), Known::default());
            }
        }
        let is_open = |known: &Known| known.name.is_none() && known.attempts < ATTEMPTS;
        if !self.known.values().any(is_open) {
            return;
        }
        let lists: BTreeMap<String, String> = self
            .podman
            .iter()
            .flat_map(|file| podman(file))
            .chain(kubernetes(&self.kubernetes))
            .collect();
        for (id, known) in self.known.iter_mut().filter(|(_, known)| is_open(known)) {
            known.attempts += 1;
            known.name = docker(&self.docker.join(id)).or_else(|| lists.get(id).cloned());
        }
    }

    /// The name of a container.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.known.get(id)?.name.as_deref()
    }
}

/// A value of a JSON file; `None` if it cannot be read.
fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> Option<T> {
    let mut text = Vec::new();
    File::open(file).ok()?.take(MAX_FILE).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The name in the folder that Docker keeps for a container.
fn docker(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Container {
        #[serde(rename = "Name")]
        name: String,
    }

    let Container { name } = read(&folder.join("config.v2.json"))?;
    Some(name.trim_start_matches('/').to_owned()).filter(|name| !name.is_empty())
}

/// The identifiers and names in Podman's list.
fn podman(file: &Path) -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Container {
        id: String,
        #[serde(default)]
        names: Vec<String>,
    }

    let containers: Vec<Container> = read(file).unwrap_or_default();
    let named = |Container { id, names }| Some((id, names.into_iter().next()?));
    containers.into_iter().filter_map(named).collect()
}

/// The identifiers and names in the links to the logs of Kubernetes:
/// `POD_NAMESPACE_CONTAINER-ID.log` is the container `NAMESPACE/POD/CONTAINER`.
fn kubernetes(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let named = |link: &str| {
        let (place, id) = link.strip_suffix(".log")?.rsplit_once('-')?;
        let mut parts = place.split('_');
        let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
        Some((id.to_owned(), format!("{namespace}/{pod}/{container}")))
    };
    entries.filter_map(|entry| named(entry.ok()?.file_name().to_str()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_of_containers_are_told_from_those_of_their_watchers() {
        let id = "3f1c2d4e5a6b7c8d".repeat(4);
        for group in [
            &*id,
            &format!("docker-{id}.scope"),
            &format!("libpod-{id}"),
            &format!("crio-{id}.scope"),
        ] {
            assert_eq!(container_id(group), Some(&*id), "{group}");
        }
        let watcher = format!("libpod-conmon-{id}.scope");
        for group in [&*watcher, &id[1..], "docker", "ssh.service", "session-1.scope"] {
            assert_eq!(container_id(group), None, "{group}");
        }
    }

    #[test]
    fn names_are_found_where_each_program_keeps_them() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let [web, db, app, bad, new] = ["a", "b", "c", "d", "e"].map(|digit| digit.repeat(64));
        write(
            &format!("var/lib/docker/containers/{web}/config.v2.json"),
            "{\"ID\":\"x\",\"Name\":\"/web\",\"State\":{\"Pid\":7}}",
        );
        write(&format!("var/lib/docker/containers/{bad}/config.v2.json"), "{\"Name\":");
        write(
            "var/lib/containers/storage/overlay-containers/containers.json",
            &format!("[{{\"id\":\"{db}\",\"names\":[\"db\",\"sql\"]}},{{\"id\":\"{new}\"}}]"),
        );
        write(&format!("var/log/containers/app-0_prod_main-{app}.log"), "");
        write("var/log/containers/other.log", "");
        let mut names = ContainerNames::new(&Host::at(root.path()));
        let ids: BTreeSet<&str> = [&web, &db, &app, &bad, &new].map(|id| &**id).into();
        names.look_up(&ids);
        let found = [&web, &db, &app, &bad, &new].map(|id| names.name(id));
        assert_eq!(found, [Some("web"), Some("db"), Some("prod/app-0/main"), None, None]);
        // A name may appear later; it is not looked for without end.
        write(
            "run/containers/storage/overlay-containers/containers.json",
            &format!("[{{\"id\":\"{new}\",\"names\":[\"late\"]}}]"),
        );
        for _ in 0..ATTEMPTS {
            names.look_up(&ids);
        }
        assert_eq!(names.name(&new), Some("late"));
        write(&format!("var/lib/docker/containers/{bad}/config.v2.json"), "{\"Name\":\"/no\"}");
        names.look_up(&ids);
        assert_eq!(names.name(&bad), None);
        names.look_up(&BTreeSet::from([&*web]));
        assert_eq!((names.name(&web), names.name(&db)), (Some("web"), None));
    }
}
