//! Small charts of one value.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use super::super::address;
use super::super::draw::draw_spark;
use super::super::page::overview::SPARK_STEP;
use super::super::response::{Answer, plain, respond};
use super::asked::Asked;
use crate::fault::chain;
use crate::group::{GroupId, Target};
use crate::store::archives::ArchiveError;

/// A small chart of one value, without text.
pub(in super::super) fn spark(asked: &Asked<'_>) -> Answer {
    let Asked { site, name, query, now, .. } = asked;
    let Some(name) = name.strip_suffix(".svg") else {
        return plain(StatusCode::NOT_FOUND, "nothing here\n");
    };
    let target = name.split_once('.').and_then(|(kind, metric)| {
        let group = GroupId::new(kind, address::instance(query)).ok()?;
        Some(Target { group, metric: metric.to_owned() })
    });
    let Some(target) = target else {
        return plain(StatusCode::NOT_FOUND, "write /spark/GROUP.METRIC.svg\n");
    };
    match draw_spark(&site.archives, &target, *now) {
        Ok(chart) => {
            let mut response = respond("image/svg+xml", chart.to_svg());
            let fresh = HeaderValue::from_str(&format!("private, max-age={SPARK_STEP}"));
            if let Ok(fresh) = fresh {
                response.headers_mut().insert(CACHE_CONTROL, fresh);
            }
            response
        }
        Err(error @ ArchiveError::Missing { .. }) => {
            plain(StatusCode::NOT_FOUND, format!("{}\n", chain(&error)))
        }
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error))),
    }
}
