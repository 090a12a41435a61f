//! Health checks: whether the daemon runs, and whether it samples.

use hyper::StatusCode;

use super::super::response::{Answer, plain};
use super::asked::Asked;
use crate::output::live::READY;

/// Answering proves that it runs.
pub(in super::super) fn healthy(_: &Asked<'_>) -> Answer {
    plain(StatusCode::OK, "alive\n")
}

/// Whether any group was sampled recently, and nothing keeps samples from being stored.
pub(in super::super) fn ready(asked: &Asked<'_>) -> Answer {
    let lines = asked.site.shared.unready(asked.now);
    if lines.is_empty() {
        plain(StatusCode::OK, READY)
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, lines.concat())
    }
}
