//! Health checks: whether the daemon runs, and whether it samples.

use hyper::StatusCode;

use super::super::response::{Answer, plain};
use super::asked::Asked;

/// Answering proves that it runs.
pub(in super::super) fn healthy(_: &Asked<'_>) -> Answer {
    plain(StatusCode::OK, "alive\n")
}

/// Whether any group was sampled recently, and nothing keeps samples from being stored.
pub(in super::super) fn ready(asked: &Asked<'_>) -> Answer {
    let faults = asked.site.shared.faults().into_iter().filter(|fault| fault.stops_storing);
    let lines: Vec<String> = faults
        .map(|fault| format!("not storing: {}: {}\n", fault.concern, fault.message))
        .collect();
    if !lines.is_empty() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, lines.concat());
    }
    let now = asked.now;
    let is_sampling = asked.site.shared.catalog().groups().any(|(_, group)| group.is_current(now));
    if is_sampling {
        plain(StatusCode::OK, "sampling\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "no recent sample\n")
    }
}
