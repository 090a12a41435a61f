//! Readings into files.
