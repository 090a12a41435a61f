//! What accepted samples mean for write-back.

/// What accepted samples mean for write-back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backlog {
    /// The file had all earlier samples: these are the first that it lacks.
    Begun,
    /// The file lacked samples before, or none were accepted.
    #[default]
    Continued,
}
