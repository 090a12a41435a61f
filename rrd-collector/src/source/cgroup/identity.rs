//! Containers and virtual machines, as told from the names of their control groups.
//!
//! * Docker, Podman, CRI-O, containerd, nerdctl: `docker-ID.scope`, `libpod-ID.scope`, `docker/ID`
//! * LXC, LXD, Incus, Proxmox: `lxc.payload.NAME`, `lxc.payload/NAME`, `lxc/NAME`
//! * libvirt: `machine-qemu\x2d1\x2dNAME.scope`, `machine/qemu-1-NAME.libvirt-qemu`,
//!   `libvirt/qemu/NAME`
//! * virtual machines of Proxmox: `qemu.slice/NUMBER.scope`
//! * systemd-nspawn, systemd-vmspawn: `machine-NAME.scope`, `systemd-nspawn@NAME.service`

use std::borrow::Cow;
use std::path::Path;

/// What the name of a container's group says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// An identifier of 64 digits: the name that people gave is in files of the program.
    Id(String),
    /// A number, of Proxmox: its name is elsewhere, too.
    Number(String),
    /// The name that people gave.
    Name(String),
}

/// Folders of containers that systemd does not manage, and of the pods that contain them.
const FOLDERS: [&str; 11] = [
    "docker",
    "libpod_parent",
    "kubepods",
    "burstable",
    "besteffort",
    "default",
    "lxc",
    "lxc.payload",
    "machine",
    "libvirt",
    "qemu",
];

/// Whether a group contains those of containers, and is neither a unit nor a container.
pub(super) fn is_folder(name: &str) -> bool {
    FOLDERS.contains(&name) || name.starts_with("pod")
}

impl Identity {
    /// The container of a group in this folder.
    pub(super) fn of(folder: &Path, name: &str) -> Option<Self> {
        let folder_name = |folder: &Path| Some(folder.file_name()?.to_str()?.to_owned());
        let parent = folder_name(folder).unwrap_or_default();
        if let Some(id) = id(name) {
            return Some(Self::Id(id.to_owned()));
        }
        let found = match &*parent {
            "lxc" | "lxc.payload" => Cow::Borrowed(name),
            "qemu.slice" => {
                Cow::Borrowed(name.strip_suffix(".scope").filter(|name| is_number(name))?)
            }
            "machine" => Cow::Borrowed(libvirt(
                name.strip_suffix(".libvirt-qemu").or_else(|| name.strip_suffix(".libvirt-lxc"))?,
            )),
            "qemu" if folder.parent().and_then(folder_name)? == "libvirt" => Cow::Borrowed(name),
            _ => by_itself(name)?,
        };
        let found = found.into_owned();
        Some(if is_number(&found) { Self::Number(found) } else { Self::Name(found) })
    }

    /// What it is known by.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Id(key) | Self::Number(key) | Self::Name(key) => key,
        }
    }

    /// A name that needs no file: the identifier shortened to 12 digits, as programs print it.
    pub(super) fn short(&self) -> &str {
        match self {
            Self::Id(id) => id.get(..12).unwrap_or(id),
            Self::Number(name) | Self::Name(name) => name,
        }
    }

    /// Whether it may contain groups: those of a whole system, or of a machine's threads.
    pub(super) fn has_groups(&self) -> bool {
        !matches!(self, Self::Id(_))
    }
}

/// The identifier in the name of a group: `docker-ID.scope`, `cri-containerd-ID.scope`, `ID`.
/// Groups of programs that watch a container have the same identifier.
fn id(group: &str) -> Option<&str> {
    let stem = group.strip_suffix(".scope").unwrap_or(group);
    let (program, id) = stem.rsplit_once('-').unwrap_or(("", stem));
    let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !program.ends_with("conmon")).then_some(id)
}

/// The container of a group that is recognised in any folder.
fn by_itself(name: &str) -> Option<Cow<'_, str>> {
    if let Some(name) = name.strip_prefix("lxc.payload.") {
        return Some(Cow::Borrowed(name));
    }
    if let Some(machine) =
        name.strip_prefix("machine-").and_then(|name| name.strip_suffix(".scope"))
    {
        let machine = unescaped(machine)?;
        return Some(Cow::Owned(libvirt(&machine).to_owned()));
    }
    let machine = name.strip_prefix("systemd-nspawn@")?.strip_suffix(".service")?;
    unescaped(machine).map(Cow::Owned)
}

/// The name in what libvirt calls a machine, `qemu-1-NAME`: the number is another one after each
/// start.
fn libvirt(machine: &str) -> &str {
    let numbered = machine.strip_prefix("qemu-").or_else(|| machine.strip_prefix("lxc-"));
    let named = numbered.and_then(|rest| rest.split_once('-'));
    named
        .filter(|(number, name)| is_number(number) && !name.is_empty())
        .map_or(machine, |found| found.1)
}

/// A name as systemd escapes it, with `\xNN` for each byte that it does not allow; `None` if that
/// is no text.
fn unescaped(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = name.split("\\x");
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        let (byte, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(byte, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The container of a group, given by its path.
    fn of(group: &str) -> Option<Identity> {
        let group = Path::new(group);
        Identity::of(group.parent().unwrap(), group.file_name().unwrap().to_str().unwrap())
    }

    #[test]
    fn containers_with_an_identifier_are_told_from_their_watchers() {
        let id = "3f1c2d4e5a6b7c8d".repeat(4);
        for group in [
            format!("docker/{id}"),
            format!("system.slice/docker-{id}.scope"),
            format!("system.slice/nerdctl-{id}.scope"),
            format!("machine.slice/libpod-{id}.scope"),
            format!("libpod_parent/libpod-{id}"),
            format!("kubepods/burstable/pod0b8f7a52/{id}"),
            format!("kubepods.slice/kubepods-pod1.slice/crio-{id}.scope"),
            format!("kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"),
        ] {
            let found = of(&group).unwrap();
            assert_eq!(found, Identity::Id(id.clone()), "{group}");
            assert_eq!(found.short(), "3f1c2d4e5a6b");
        }
        let watchers = ["libpod-conmon", "crio-conmon"].map(|name| format!("{name}-{id}.scope"));
        let shorter = format!("docker/{}", &id[1..]);
        for group in [&*watchers[0], &watchers[1], &shorter, "docker", "system.slice/ssh.service"] {
            assert_eq!(of(group), None, "{group}");
        }
    }

    #[test]
    fn containers_and_machines_of_other_programs_have_their_names_in_their_groups() {
        for (group, name) in [
            ("lxc.payload.web", "web"),
            ("lxc.payload.project_web-1", "project_web-1"),
            ("lxc/web.example", "web.example"),
            ("lxc.payload/web", "web"),
            ("machine.slice/machine-qemu\\x2d12\\x2ddb\\x2d1.scope", "db-1"),
            ("machine.slice/machine-lxc\\x2d2345\\x2dapp.scope", "app"),
            ("machine.slice/machine-qemu\\x2ddb.scope", "qemu-db"),
            ("machine/db.libvirt-qemu", "db"),
            ("machine/qemu-3-db.libvirt-qemu", "db"),
            ("machine/lxc-3-app.libvirt-lxc", "app"),
            ("libvirt/qemu/db", "db"),
            ("machine.slice/machine-debian.scope", "debian"),
            ("machine.slice/systemd-nspawn@old\\x2dstable.service", "old-stable"),
        ] {
            assert_eq!(of(group), Some(Identity::Name(name.to_owned())), "{group}");
        }
        for group in ["qemu.slice/101.scope", "lxc/101", "lxc.payload.101"] {
            assert_eq!(of(group), Some(Identity::Number("101".to_owned())), "{group}");
        }
        for group in [
            "lxc.monitor.web",
            "qemu.slice/web.scope",
            "machine/tmp",
            "qemu/db",
            "user.slice/user-0.slice/session-1.scope",
            "machine.slice/machine-a\\xzz.scope",
            "machine.slice/machine-a\\xc3.scope",
            "machine.slice/machine-a\\x2.scope",
            "machine.slice/machine-a\\x\u{e9}.scope",
        ] {
            assert_eq!(of(group), None, "{group}");
        }
    }
}
