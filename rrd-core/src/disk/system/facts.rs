//! What a system says about a file, in the same words on each of them.

use rustix::fs::FileType;

/// Facts about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::disk) struct Facts {
    pub(in crate::disk) kind: FileType,
    /// Permission bits.
    pub(in crate::disk) mode: u32,
    pub(in crate::disk) owner: u32,
    pub(in crate::disk) group: u32,
    /// Number of names.
    pub(in crate::disk) names: u64,
    pub(in crate::disk) length: u64,
    /// Allocated bytes.
    pub(in crate::disk) allocated: u64,
    pub(in crate::disk) device: u64,
    pub(in crate::disk) number: u64,
    /// When it was made, in nanoseconds; 0 if the file system does not tell.
    pub(in crate::disk) born: i64,
    /// When the system last noted a change, in nanoseconds; 0 if that was not asked for.
    pub(in crate::disk) changed: i64,
}
