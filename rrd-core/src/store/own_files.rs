//! The store's own files next to its databases.

/// The two segments of the journal.
pub(super) const SEGMENTS: [&str; 2] = [".store-0.journal", ".store-1.journal"];
/// Images of heads that are being written.
pub(super) const IMAGES: &str = ".store-images.journal";
/// Samples of files that could not be written.
pub(super) const ORPHANS: &str = ".store-orphans.journal";
