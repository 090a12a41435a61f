//! `/metrics` for Prometheus, under our names or those of `node_exporter`.

use hyper::StatusCode;

use super::response::{Answer, Asked, plain, respond};
use crate::output::prometheus::metrics::{self, Form};

/// All newest values, in the format that the client accepts.
pub(in super::super) fn metrics(asked: &Asked<'_>, accept: &str) -> Answer {
    let Asked { site, query, now } = asked;
    let form = Form::accepted(accept);
    let text = match query.get("names").map(String::as_str) {
        None => metrics::metrics(&site.shared.catalog(), form, *now),
        Some("node") => {
            let catalog = site.shared.catalog().clone();
            site.node.scrape(&site.files, &catalog).text(form == Form::OpenMetrics)
        }
        Some(_) => return plain(StatusCode::BAD_REQUEST, "names is node, or left out\n"),
    };
    respond(form.content_type(), text)
}
