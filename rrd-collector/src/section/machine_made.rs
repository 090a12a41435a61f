//! Names that programs make up: of containers, transient units and sessions. Each lives for a
//! while and never returns, so probes do not take them by default.

/// The letters and digits of which Kubernetes makes the endings of pods.
const POD_CHARACTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// The shortest hexadecimal number that is an identifier; Docker shortens its own to this length.
const HEX_LENGTH: usize = 12;
/// The shortest decimal number at the end of a name that cannot be a port.
const NUMBER_LENGTH: usize = 6;
/// The lengths of the parts of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Whether a name contains an identifier that a program has made up.
///
/// Numbers that people give, such as ports and versions, are none. Does not allocate.
///
/// ```
/// use rrd_collector::section::is_machine_made;
/// assert!(is_machine_made("run-r3f1c2d4e5a6b7c8d.service"));
/// assert!(!is_machine_made("redis@6379.service"));
/// ```
pub fn is_machine_made(name: &str) -> bool {
    is_transient_unit(name)
        || has_uuid(name)
        || has_long_hex(name)
        || has_long_number_at_end(name)
        || is_pod(name)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Units of systemd that belong to one login, call or connection.
fn is_transient_unit(name: &str) -> bool {
    let Some((stem, kind)) = name.rsplit_once('.') else { return false };
    let after = |prefix| stem.strip_prefix(prefix);
    match kind {
        "slice" => after("user-").is_some_and(is_digits),
        // A program has made every scope; those with a number have that of a process or session.
        "scope" => {
            let last = stem.rsplit_once('-').map_or("", |(_, last)| last);
            is_digits(last.strip_prefix('c').unwrap_or(last)) || after("run-").is_some_and(is_run)
        }
        "service" => match stem.split_once('@') {
            Some(("user" | "user-runtime-dir", instance)) => is_digits(instance),
            Some((template, instance)) => is_connection(instance) || template.starts_with("dbus-:"),
            None => after("run-").is_some_and(is_run),
        },
        _ => false,
    }
}

/// The rest of `run-r0123abcd`, `run-u12`, `run-p12-i34` and `run-12`, as systemd-run names them.
fn is_run(rest: &str) -> bool {
    let first = rest.split('-').next().unwrap_or(rest);
    let number = first.strip_prefix(['u', 'p']).unwrap_or(first);
    is_digits(number) || first.strip_prefix('r').is_some_and(is_hex)
}

/// The instance of a service that is started for each connection or crash: numbers and addresses.
fn is_connection(instance: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'.' | b':');
    instance.starts_with(|first: char| first.is_ascii_digit())
        && instance.bytes().all(is_part)
        && instance.split('-').count() > 2
}

/// Whether there is a UUID anywhere. Its parts are separated by `-`, by `_` in Kubernetes' slices,
/// or by an escaped `-` of systemd.
fn has_uuid(name: &str) -> bool {
    name.char_indices().filter_map(|(at, _)| name.get(at..)).any(starts_with_uuid)
}

fn starts_with_uuid(text: &str) -> bool {
    let mut rest = text;
    for (index, length) in UUID.into_iter().enumerate() {
        if index > 0 {
            let mut separators = ["-", "_", "\\x2d"].into_iter();
            let Some(after) = separators.find_map(|word| rest.strip_prefix(word)) else {
                return false;
            };
            rest = after;
        }
        let Some((part, after)) = rest.split_at_checked(length) else { return false };
        if !is_hex(part) {
            return false;
        }
        rest = after;
    }
    true
}

/// Whether a word is a long hexadecimal number. Words of letters only are names.
fn has_long_hex(name: &str) -> bool {
    name.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| {
        word.len() >= HEX_LENGTH && is_hex(word) && word.bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// Whether the name, without the kind of a unit, ends in a long number: a process, a date.
fn has_long_number_at_end(name: &str) -> bool {
    let stem = name.strip_suffix(".service").unwrap_or(name);
    let last = stem.rsplit(['-', '_', '.', '@']).next().unwrap_or(stem);
    last.len() < stem.len() && last.len() >= NUMBER_LENGTH && is_digits(last)
}

/// Whether the name ends as those of a deployment's pods: `web-7d9f8b6c5d-x2x4z`.
fn is_pod(name: &str) -> bool {
    let is_made = |text: &str| text.bytes().all(|byte| POD_CHARACTERS.contains(&byte));
    let mut parts = name.rsplit('-');
    let (Some(pod), Some(set), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    pod.len() == 5
        && (8..=10).contains(&set.len())
        && is_made(pod)
        && is_made(set)
        && set.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "3f1c2d4e5a6b7c8d9e0f3f1c2d4e5a6b7c8d9e0f3f1c2d4e5a6b7c8d9e0f1a2b";
    const UUID: &str = "0b8f7a52-95c4-4c5e-9f0e-6a1d2c3b4a59";

    #[test]
    fn names_with_identifiers_of_programs_are_told_from_names_that_people_give() {
        let escaped = UUID.replace('-', "\\x2d");
        let made = [
            format!("docker-{HEX}.scope"),
            format!("cri-containerd-{HEX}.scope"),
            HEX.to_owned(),
            "br-3f1c2d4e5a6b".to_owned(),
            format!("kubepods-burstable-pod{}.slice", UUID.replace('-', "_")),
            format!("kubepods-pod{UUID}"),
            format!("/var/lib/kubelet/pods/{UUID}/volumes/data"),
            format!("systemd-fsck@dev-disk-by\\x2duuid-{escaped}.service"),
            format!("vte-spawn-{UUID}.scope"),
            "run-r3f1c2d4e5a6b7c8d9e0f3f1c2d4e5a6b.service".to_owned(),
            "run-r3f1c.scope".to_owned(),
            "run-u12.service".to_owned(),
            "run-p1234-i5678.service".to_owned(),
            "run-12.service".to_owned(),
            "session-4.scope".to_owned(),
            "session-c1.scope".to_owned(),
            "app-gnome-firefox-4711.scope".to_owned(),
            "user-1000.slice".to_owned(),
            "user@1000.service".to_owned(),
            "user-runtime-dir@0.service".to_owned(),
            "systemd-coredump@7-4711-0.service".to_owned(),
            "sshd@12-10.0.0.1:22-10.0.0.2:50122.service".to_owned(),
            "dbus-:1.2-org.freedesktop.portal@4.service".to_owned(),
            "worker-1234567".to_owned(),
            "backup-20261130.service".to_owned(),
            "web-7d9f8b6c5d-x2x4z".to_owned(),
        ];
        for name in made {
            assert!(is_machine_made(&name), "{name}");
        }
        for name in [
            "",
            "-",
            "nginx.service",
            "system.slice",
            "user.slice",
            "init.scope",
            "machine-web.scope",
            "session.service",
            "run-parts.service",
            "run-backup.service",
            "redis@6379.service",
            "web-8080.service",
            "php8.2-fpm.service",
            "postgresql@16-main.service",
            "getty@tty1.service",
            "user@name.service",
            "systemd-journald.service",
            "eth0",
            "enx001122334455",
            "wlp0s20f3",
            "vg-root",
            "/srv/data",
            "facadefacade",
            "123456",
            "web-http2",
            "größe-ö",
        ] {
            assert!(!is_machine_made(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_with_a_uuid_is_made_by_a_machine_whatever_is_around_it(
            before in any::<String>(),
            after in any::<String>(),
        ) {
            let name = format!("{before}{UUID}{after}");
            prop_assert!(is_machine_made(&name));
        }

        #[test]
        fn words_of_letters_are_names_of_people(name in "[g-z]{1,20}(-[g-z]{1,4})?") {
            prop_assert!(!is_machine_made(&name));
        }
    }
}
