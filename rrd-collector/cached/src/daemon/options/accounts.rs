//! Users and groups by name or number.

use nix::unistd::{Gid, Group, Uid};

/// A user to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::daemon) struct User {
    pub(in crate::daemon) name: String,
    pub(in crate::daemon) uid: u32,
    /// The user's own group.
    pub(in crate::daemon) gid: u32,
}

/// Where users and groups are looked up.
pub(in crate::daemon) trait Accounts {
    /// The user with this name or number.
    fn user(&self, name: &str) -> Option<User>;
    /// The group with this name or number.
    fn group(&self, name: &str) -> Option<u32>;
}

/// The accounts of this machine. A number has to be one of an account, too.
#[derive(Debug)]
pub(in crate::daemon) struct SystemAccounts;

impl Accounts for SystemAccounts {
    fn user(&self, name: &str) -> Option<User> {
        let by_name = nix::unistd::User::from_name(name).ok().flatten();
        let by_number = || nix::unistd::User::from_uid(Uid::from_raw(name.parse().ok()?)).ok()?;
        let user = by_name.or_else(by_number)?;
        Some(User { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }

    fn group(&self, name: &str) -> Option<u32> {
        let by_name = Group::from_name(name).ok().flatten();
        let by_number = || Group::from_gid(Gid::from_raw(name.parse().ok()?)).ok()?;
        Some(by_name.or_else(by_number)?.gid.as_raw())
    }
}
