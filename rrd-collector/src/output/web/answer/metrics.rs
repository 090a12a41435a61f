//! `/metrics` for Prometheus, under our names or those of `node_exporter`.

use super::super::address::QueryError;
use super::super::response::{Answer, refused, respond};
use super::asked::Asked;
use crate::output::prometheus::metrics::{self, Form};
use crate::output::prometheus::remote;

/// All newest values, in the format that the client accepts.
pub(in super::super) fn metrics(asked: &Asked<'_>) -> Answer {
    let Asked { site, query, client, now, .. } = asked;
    let form = Form::accepted(&client.accept);
    let text = match query.get("names").map(String::as_str) {
        None => {
            let mut counts = Vec::from(site.traffic.counts());
            counts.extend(remote::counts(&site.shared.remote_writes()));
            metrics::metrics(&site.shared.catalog(), &counts, form, *now)
        }
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
