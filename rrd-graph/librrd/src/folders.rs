//! Folders that are made with those above them.
