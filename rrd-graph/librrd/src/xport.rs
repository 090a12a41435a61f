//! Series as numbers, for other programs.
