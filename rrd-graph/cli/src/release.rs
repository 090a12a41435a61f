//! The release of the program, and the release of RRDtool whose command line it has.

/// Scripts read it as the second word of the usage text.
pub(crate) const COMPATIBLE_WITH: &str = "1.9.0";

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
