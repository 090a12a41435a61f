//! The daemon that a command has reached.

use std::ops::{Deref, DerefMut};

use super::{Daemon, Linked};

/// The daemon of a command: connected for it, or by a link that the process keeps.
pub(crate) enum Reached {
    Own(Box<Daemon>),
    Linked(Linked<'static>),
}

impl Deref for Reached {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        match self {
            Self::Own(daemon) => daemon,
            Self::Linked(linked) => linked,
        }
    }
}

impl DerefMut for Reached {
    fn deref_mut(&mut self) -> &mut Daemon {
        match self {
            Self::Own(daemon) => daemon,
            Self::Linked(linked) => linked,
        }
    }
}
