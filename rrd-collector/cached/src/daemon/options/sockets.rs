//! Sockets in the order of the command line: `-m`, `-s` and `-P` hold for those that follow.

use std::sync::Arc;

use crate::grammar::Permissions;
use crate::listener::{FileAccess, ListenAddress};

/// The address of a socket when there is neither `-l` nor `-L`.
const DEFAULT: &str = "unix:/tmp/rrdcached.sock";

/// A socket to open.
#[derive(Clone, Debug)]
pub(in crate::daemon) struct SocketOptions {
    pub(in crate::daemon) address: ListenAddress,
    pub(in crate::daemon) file: FileAccess,
    pub(in crate::daemon) permissions: Arc<Permissions>,
    /// Whether a `-P` was given for this socket alone, or none at all.
    has_own_permissions: bool,
}

/// The sockets so far, and what holds for the next one.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    named: Vec<SocketOptions>,
    pub(super) file: FileAccess,
    permissions: Arc<Permissions>,
    has_own_permissions: bool,
    /// The permissions when the first socket was named.
    first: Option<Arc<Permissions>>,
}

impl Sockets {
    /// The permissions of the sockets that follow.
    pub(super) fn set_permissions(&mut self, permissions: Permissions) {
        self.permissions = Arc::new(permissions);
        self.has_own_permissions = true;
    }

    pub(super) fn add(&mut self, address: ListenAddress) {
        let is_inherited = *self.permissions != Permissions::default() && !self.has_own_permissions;
        self.first.get_or_insert_with(|| self.permissions.clone());
        self.named.push(SocketOptions {
            address,
            file: self.file,
            permissions: self.permissions.clone(),
            has_own_permissions: !is_inherited,
        });
        self.has_own_permissions = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// What the user may not have meant.
    pub(super) fn warnings(&self) -> Vec<String> {
        let inherited = self.named.iter().filter(|socket| !socket.has_own_permissions);
        let warning = |socket: &SocketOptions| {
            format!(
                "WARNING: -P also restricts {}, which has no -P of its own; give it one, -P '' to allow everything",
                socket.address
            )
        };
        inherited.map(warning).collect()
    }

    /// All sockets, and the permissions of those that the service manager hands over.
    pub(super) fn finish(mut self) -> (Vec<SocketOptions>, Arc<Permissions>) {
        if self.named.is_empty() {
            self.add(ListenAddress::parse(DEFAULT.as_ref()));
        }
        (self.named, self.first.unwrap_or_default())
    }
}
