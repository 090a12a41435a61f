//! Who the daemon is: the user and the group of `-U` and `-G`.

use std::ffi::CString;
use std::io;
use std::os::unix::fs::chown;
use std::path::PathBuf;

use nix::unistd::{Gid, Uid};

use super::options::{Options, User};
use super::reason::reason;
use super::start_error::StartError;

/// Gives folders to the user and group of these options, and becomes them. It cannot be undone.
pub(super) fn become_account(options: &Options, made: &[PathBuf]) -> Result<(), StartError> {
    let (user, group) = (options.user.as_ref(), options.group);
    let group = group.or(user.map(|user| user.gid));
    for folder in made {
        // What is made for a daemon belongs to it; if that fails, so does what it does there.
        let _ = chown(folder, user.map(|user| user.uid), group);
    }
    let failed = |whom: String| {
        move |error: nix::Error| {
            let reason = reason(&io::Error::from(error));
            StartError::start(format!("rrdcached: cannot become {whom}: {reason}"))
        }
    };
    if let Some(group) = group {
        become_group(Gid::from_raw(group), options, user)
            .map_err(failed(format!("a member of group {group}")))?;
    }
    match user {
        Some(user) => {
            let uid = Uid::from_raw(user.uid);
            if Uid::effective() == uid && Uid::current() == uid {
                return Ok(());
            }
            nix::unistd::setuid(uid).map_err(failed(format!("user {}", user.name)))
        }
        None => Ok(()),
    }
}

/// With `-G` this group alone, else all groups of the user.
fn become_group(group: Gid, options: &Options, user: Option<&User>) -> nix::Result<()> {
    if Uid::effective().is_root() {
        match user.filter(|_| options.group.is_none()) {
            Some(user) => {
                let name = CString::new(user.name.as_bytes()).map_err(|_| nix::Error::EINVAL)?;
                nix::unistd::initgroups(&name, group)?;
            }
            None => nix::unistd::setgroups(&[group])?,
        }
    } else if Gid::effective() == group && Gid::current() == group {
        return Ok(());
    }
    nix::unistd::setgid(group)
}

/// The user and the group of this process, as `chown` takes them.
pub(super) fn account() -> String {
    let (uid, gid) = (Uid::effective(), Gid::effective());
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    let group = nix::unistd::Group::from_gid(gid).ok().flatten();
    let user = user.map_or_else(|| uid.to_string(), |user| user.name);
    format!("{user}:{}", group.map_or_else(|| gid.to_string(), |group| group.name))
}
