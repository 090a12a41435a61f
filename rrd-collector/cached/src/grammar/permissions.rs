//! Which commands a socket allows.

use super::Verb;

/// The commands that a socket allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// `None` for all.
    allowed: Option<Vec<Verb>>,
}

impl Permissions {
    /// Whether a command may be used.
    pub fn allows(&self, verb: Verb) -> bool {
        match (&self.allowed, verb) {
            (None, _) | (_, Verb::Help | Verb::Quit) => true,
            (Some(allowed), Verb::Dot) => allowed.contains(&Verb::Batch),
            (Some(allowed), verb) => allowed.contains(&verb),
        }
    }
}
