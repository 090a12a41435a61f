//! The store's own files: in a hidden folder of their own, where no name of a database leads.

/// The folder.
pub(super) const FOLDER: &str = ".rrd-store";
/// The two segments of the log.
pub(super) const SEGMENTS: [&str; 2] = [".rrd-store/0.log", ".rrd-store/1.log"];
/// Images of heads that are being written.
pub(super) const IMAGES: &str = ".rrd-store/images";
/// Samples of files that could not be written.
pub(super) const ORPHANS: &str = ".rrd-store/orphans";
