//! What the library asks of a system.

/// What is to be said about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) enum Asked {
    /// All but when it was changed: if that is asked for, Linux stores a new time at the next
    /// write.
    Status,
    /// What tells it from others and from earlier states of itself.
    Look,
}

/// Whether a link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) enum Links {
    /// It is followed.
    Followed,
    /// The link itself is meant.
    Kept,
}

/// A lock of a whole file. It belongs to the handle through which it was taken: two handles of one
/// process exclude each other like two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) enum Lock {
    /// Of a writer: nobody else holds any.
    Exclusive,
    /// Of a reader: no writer holds one.
    Shared,
}
