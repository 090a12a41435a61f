//! The data folder: what it is, whose, and who may write there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::{Uid, User};

use super::complaint::{CHECK, Complaint, quoted};
use crate::alert::trial::socket;
use crate::store::databases;

/// Limit of the system on the path of a socket, in bytes.
const MAX_SOCKET: usize = 107;

/// A complaint about the data folder.
pub(super) struct FolderComplaint {
    pub(super) complaint: Complaint,
    /// Whether there is none.
    pub(super) is_missing: bool,
    /// Whether its files can be looked at nevertheless.
    pub(super) is_readable: bool,
}

/// The first fault of the folder. `owner` is the user of the daemon, if that is known.
pub(super) fn complaint(data: &Path, owner: Option<u32>) -> Option<FolderComplaint> {
    let (folder, word) = (data.display(), quoted(data));
    let (is_missing, is_readable) = (false, false);
    let unusable = |what: &str, remedy: String| {
        let complaint = Complaint::new("data folder", format!("{folder} {what}"), remedy);
        FolderComplaint { complaint, is_missing, is_readable }
    };
    let denied =
        || unusable("cannot be read by this user", "run `sudo rrd-collector doctor`".to_owned());
    let found = match fs::metadata(data) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Some(denied()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Ok(target) = fs::read_link(data) {
                let what = format!("is a link to {}, which does not exist", target.display());
                let remedy = format!(
                    "make or mount that, or run `rm {word} && systemctl restart rrd-collector`"
                );
                return Some(unusable(&what, remedy));
            }
            let remedy = "mount it or put it back, or let the daemon make a new one: run \
                          `systemctl restart rrd-collector`";
            let complaint = unusable("does not exist", remedy.to_owned());
            return Some(FolderComplaint { is_missing: true, ..complaint });
        }
        Err(error) => {
            return Some(unusable(&format!("cannot be used: {error}"), CHECK.to_owned()));
        }
    };
    if !found.is_dir() {
        let remedy = format!("run `mv {word} {word}.old && systemctl restart rrd-collector`");
        return Some(unusable("is not a folder", remedy));
    }
    if fs::read_dir(data).is_err() {
        return Some(denied());
    }
    let usable = |what: String, remedy: String| {
        Some(FolderComplaint { is_readable: true, ..unusable(&what, remedy) })
    };
    let length = socket(data).as_os_str().len();
    if length > MAX_SOCKET {
        let what = format!(
            "has too long a path, so that the daemon cannot be asked: its socket has {length} bytes, \
             and {MAX_SOCKET} are the limit"
        );
        return usable(what, "move it, and give the new place as `data`".to_owned());
    }
    if let Some(owner) = owner.filter(|owner| *owner != found.uid() && *owner != 0) {
        let (is, should) = (name(found.uid()), name(owner));
        let what = format!("belongs to {is}, and the daemon runs as {should}");
        return usable(what, format!("run `chown -R {should}: {word}`"));
    }
    let mode = found.mode() & 0o777;
    if mode & 0o700 != 0o700 {
        let what = format!("has the mode {mode:04o}, with which its owner cannot write there");
        return usable(what, format!("run `chmod 750 {word}`"));
    }
    if mode & 0o002 != 0 {
        let what = format!("has the mode {mode:04o}, with which everybody can write there");
        return usable(what, format!("run `chmod 750 {word}`"));
    }
    let owner = owner.filter(|owner| *owner != 0)?;
    let is_of_other = |file: &String| fs::metadata(data.join(file)).is_ok_and(|f| f.uid() != owner);
    let others: Vec<String> = databases(data).into_iter().filter(is_of_other).collect();
    let first = others.first()?;
    let (count, should) = (others.len(), name(owner));
    let what = format!(
        "has files that do not belong to {should}, as the daemon runs: {count}, the first is {first}"
    );
    usable(what, format!("run `chown -R {should}: {word}`"))
}

/// A user by name, or by number without one.
fn name(user: u32) -> String {
    let found = User::from_uid(Uid::from_raw(user)).ok().flatten();
    found.map_or_else(|| user.to_string(), |user| user.name)
}
