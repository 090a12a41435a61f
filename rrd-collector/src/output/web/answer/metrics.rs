//! `/metrics` for Prometheus, under our names or those of `node_exporter`.

use super::super::address::QueryError;
use super::super::response::{Answer, refused, respond};
use super::asked::Asked;
use crate::output::prometheus::metrics::{self, Form};

/// All newest values, in the format that the client accepts.
pub(in super::super) fn metrics(asked: &Asked<'_>) -> Answer {
    let Asked { site, query, client, now, .. } = asked;
    let form = Form::accepted(&client.accept);
    let text = match query.get("names").map(String::as_str) {
        None => metrics::metrics(&site.shared.catalog(), &site.traffic.counts(), form, *now),
        Some("node") => {
            let catalog = site.shared.catalog().clone();
            site.node.scrape(&site.files, &catalog).text(form == Form::OpenMetrics)
        }
        Some(_) => {
            return refused(&QueryError::Value {
                parameter: "names",
                expected: "node, or nothing",
            });
        }
    };
    respond(form.content_type(), text)
}
