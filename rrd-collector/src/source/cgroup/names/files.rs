//! The files in which programs keep the names of their containers. Some are those of users, who may
//! put anything in their place.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use serde::Deserialize;

/// Limit on the length of a file with names.
const MAX_FILE: u64 = 4 << 20;
/// Limit on the length of a name.
const MAX_NAME: usize = 200;

/// A name that may be shown; `None` for what nobody would give as one.
pub(super) fn valid(name: &str) -> Option<String> {
    let is_valid =
        (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    is_valid.then(|| name.to_owned())
}

/// Opens a file or folder.
pub(super) fn open(file: &Path) -> io::Result<File> {
    // Opening a pipe would wait for a writer.
    let unwaiting = OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(unwaiting).open(file)
}

/// The bytes of a file; none if it is no regular file.
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let file = open(file)?;
    let mut bytes = Vec::new();
    if file.metadata()?.is_file() {
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn json<T: for<'de> Deserialize<'de>>(file: &Path) -> Option<T> {
    serde_json::from_slice(&bytes(file).ok()?).ok()
}

fn text(file: &Path) -> Option<String> {
    String::from_utf8(bytes(file).ok()?).ok()
}

/// The name in the folder that Docker keeps for a container.
pub(super) fn docker(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Container {
        #[serde(rename = "Name")]
        name: String,
    }

    let Container { name } = json(&folder.join("config.v2.json"))?;
    valid(name.trim_start_matches('/'))
}

/// The identifiers and names in a list of Podman's.
pub(super) fn podman(file: &Path) -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Container {
        id: String,
        #[serde(default)]
        names: Vec<String>,
    }

    let containers: Vec<Container> = json(file).unwrap_or_default();
    let named = |Container { id, names }| Some((id, valid(names.first()?)?));
    containers.into_iter().filter_map(named).collect()
}

/// The identifiers and names in the links to the logs of Kubernetes; `None` if there are no such
/// links. `POD_NAMESPACE_CONTAINER-ID.log` is the container `NAMESPACE/POD/CONTAINER`.
pub(super) fn kubernetes(folder: &Path) -> Option<Vec<(String, String)>> {
    let named = |link: &str| {
        let (place, id) = link.strip_suffix(".log")?.rsplit_once('-')?;
        let mut parts = place.split('_');
        let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
        Some((id.to_owned(), valid(&format!("{namespace}/{pod}/{container}"))?))
    };
    let entries = fs::read_dir(folder).ok()?;
    Some(entries.filter_map(|entry| named(entry.ok()?.file_name().to_str()?)).collect())
}

/// The name in the settings that Proxmox makes for a container: `lxc.uts.name = NAME`.
pub(super) fn lxc(settings: &Path) -> Option<String> {
    let text = text(settings)?;
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let (_, name) = lines.find(|(key, _)| matches!(key.trim(), "lxc.uts.name" | "lxc.utsname"))?;
    valid(name.trim())
}

/// The name of a virtual machine in the words of its command line: after `-name`, as `NAME,...` or
/// `guest=NAME,...`.
pub(super) fn qemu(command_line: &Path) -> Option<String> {
    let text = text(command_line)?;
    let name = text.split('\0').skip_while(|word| *word != "-name").nth(1)?;
    let first = name.split(',').next()?;
    valid(first.strip_prefix("guest=").unwrap_or(first))
}

/// The first process in a list of processes.
pub(super) fn first_process(list: &Path) -> Option<u32> {
    text(list)?.lines().next()?.parse().ok()
}

/// The home folder of a user in `/etc/passwd`.
pub(super) fn home(passwd: &Path, user: u32) -> Option<String> {
    let text = text(passwd)?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':').skip(2);
        (fields.next()?.parse() == Ok(user)).then(|| fields.nth(2).map(str::to_owned))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_virtual_machine_is_named_in_its_command_line() {
        let name = |text| qemu(written(text).path());
        let proxmox = "/usr/bin/kvm\0-id\x00101\0-name\0mail,debug-threads=on\0-no-shutdown\0";
        assert_eq!(name(proxmox).as_deref(), Some("mail"));
        let libvirt = "qemu-system-x86_64\0-name\0guest=db,debug-threads=on\0";
        assert_eq!(name(libvirt).as_deref(), Some("db"));
        for odd in ["", "kvm\0-name", "kvm\0-name\0", "kvm\0-name\0,x\0", "kvm\0-name\0a b\0"] {
            assert_eq!(name(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_container_of_proxmox_is_named_in_its_settings() {
        let name = |text| lxc(written(text).path());
        assert_eq!(name("lxc.arch = amd64\nlxc.uts.name = web\n").as_deref(), Some("web"));
        assert_eq!(name("lxc.utsname=web\n").as_deref(), Some("web"));
        assert_eq!((name("lxc.arch = amd64\n"), name("lxc.uts.name =\n")), (None, None));
    }

    #[test]
    fn the_home_of_a_user_is_found_by_number() {
        let passwd =
            written("root:x:0:0:root:/root:/bin/sh\nodd\nann:x:1000:1000:,,,:/home/ann:/bin/sh\n");
        let home = |user| home(passwd.path(), user);
        assert_eq!((home(1000).as_deref(), home(0).as_deref()), (Some("/home/ann"), Some("/root")));
        assert_eq!(home(7), None);
    }

    #[test]
    fn what_nobody_would_give_as_a_name_is_none() {
        assert_eq!(valid("my_web-1.example").as_deref(), Some("my_web-1.example"));
        let long = "x".repeat(201);
        for name in ["", "a b", "a\n", "caf\u{e9}", "\u{1b}[31m", &long] {
            assert_eq!(valid(name), None, "{name:?}");
        }
        let list =
            format!("[{{\"id\":\"a\",\"names\":[\"{long}\"]}},{{\"id\":\"b\",\"names\":[]}}]");
        assert_eq!(podman(written(&list).path()), []);
    }

    #[test]
    fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("containers.json");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert_eq!(podman(&pipe), []);
    }
}
