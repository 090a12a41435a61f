//! The files of a folder.
