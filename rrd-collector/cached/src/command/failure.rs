//! Errors of the store as answers.

use std::path::Path;

use rrd_core::StoreError;

use crate::grammar::Answer;
use crate::names;

/// The answer to an error about the file that a client calls `path`.
pub(super) fn failure(path: &Path, error: StoreError) -> Answer {
    if let StoreError::Outside { .. } = error {
        return names::denied(path);
    }
    Answer::failure(format!("RRD Error: {}", rrd_cli::rrdtool_words(&error.about(path))))
}
