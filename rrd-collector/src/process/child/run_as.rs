//! The user and group of a child, from their names in the configuration.

use nix::unistd::{Group, User};
use thiserror::Error;

/// A user and a group by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunAs {
    /// The user.
    pub user: u32,
    /// The group; the child gets no supplementary groups.
    pub group: u32,
}

/// Why a name is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RunAsError {
    /// There is no such user.
    #[error("no user {name:?}")]
    User {
        /// The name.
        name: String,
    },
    /// There is no such group.
    #[error("no group {name:?}")]
    Group {
        /// The name.
        name: String,
    },
}

impl RunAs {
    /// The user with this name or number, in this group or in the user's own.
    ///
    /// `None` if that is the current user, or if the current user is not root and cannot become
    /// another.
    ///
    /// # Errors
    ///
    /// [`RunAsError`] for names that do not exist on this host.
    pub fn find(user: Option<&str>, group: Option<&str>) -> Result<Option<Self>, RunAsError> {
        let ours = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let (mut wanted_user, mut wanted_group) = ours;
        if let Some(name) = user {
            let unknown = || RunAsError::User { name: name.to_owned() };
            let found = match name.parse::<u32>() {
                Ok(number) => User::from_uid(number.into()),
                Err(_) => User::from_name(name),
            };
            let found = found.ok().flatten().ok_or_else(unknown)?;
            (wanted_user, wanted_group) = (found.uid.as_raw(), found.gid.as_raw());
        }
        if let Some(name) = group {
            let unknown = || RunAsError::Group { name: name.to_owned() };
            let found = match name.parse::<u32>() {
                Ok(number) => Group::from_gid(number.into()),
                Err(_) => Group::from_name(name),
            };
            wanted_group = found.ok().flatten().ok_or_else(unknown)?.gid.as_raw();
        }
        if ours.0 != 0 || ours == (wanted_user, wanted_group) {
            return Ok(None);
        }
        Ok(Some(Self { user: wanted_user, group: wanted_group }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_do_not_exist_are_reported() {
        let error = RunAs::find(Some("no such user"), None).unwrap_err();
        assert_eq!(error.to_string(), "no user \"no such user\"");
        let error = RunAs::find(None, Some("no such group")).unwrap_err();
        assert_eq!(error.to_string(), "no group \"no such group\"");
    }

    #[test]
    fn without_names_a_child_is_who_we_are() {
        assert_eq!(RunAs::find(None, None), Ok(None));
    }

    #[test]
    fn root_can_be_anybody() {
        let found = RunAs::find(Some("nobody"), None).unwrap();
        let expected = rustix::process::geteuid().is_root().then_some(65_534);
        assert_eq!(found.map(|identity| identity.user), expected);
    }
}
