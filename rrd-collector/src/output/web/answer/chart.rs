//! One chart, as SVG or PNG.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use rrd_core::TimeRange;
use rrd_graph::{Color, Role, Theme};

use super::super::address;
use super::super::charts::find_chart;
use super::super::draw::{Picture, archive_error, draw};
use super::super::span::Shown;
use super::response::{Answer, Asked, plain, respond, status_of};
use crate::fault::chain;
use crate::group::GroupId;

/// The chart `NAME.svg` or `NAME.png` of the group in the query.
pub(in super::super) fn chart(asked: &Asked<'_>, name: &str) -> Answer {
    let Asked { site, query, now } = asked;
    let Some((name, format @ ("svg" | "png"))) = name.rsplit_once('.') else {
        return plain(StatusCode::NOT_FOUND, "nothing here\n");
    };
    let shown = Shown::asked(query, *now);
    let instance = address::instance(query);
    let found = find_chart(name, instance, &site.shared.catalog());
    let group = found.as_ref().and_then(|chart| GroupId::new(&chart.kind, instance).ok());
    let (Some(found), Some(group)) = (found, group) else {
        return plain(StatusCode::NOT_FOUND, "no such chart\n");
    };
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<u32>().ok());
    let picture = Picture {
        chart: &found,
        group: &group,
        shown,
        width: number("width").unwrap_or(640).clamp(200, 4000),
        height: number("height").map(|height| height.clamp(100, 2000)),
    };
    let picture_of = draw(&site.archives, &picture);
    match picture_of {
        Ok(chart) if format == "png" => {
            // A separate picture has a white background.
            let white = Color { red: 255, green: 255, blue: 255, alpha: 255 };
            let chart =
                chart.theme(Theme::Light).color(Role::Back, white).title(&found.description.title);
            match chart.to_png() {
                Ok(png) => respond("image/png", png),
                Err(error) => {
                    plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error)))
                }
            }
        }
        Ok(chart) => {
            let mut response = respond("image/svg+xml", chart.to_svg());
            let TimeRange { start, end } = shown.range;
            for (name, moment) in [("x-start", start), ("x-end", end)] {
                response.headers_mut().insert(name, HeaderValue::from(moment.seconds()));
            }
            response
        }
        Err(error) => {
            let status = archive_error(&error).map_or(StatusCode::INTERNAL_SERVER_ERROR, status_of);
            plain(status, format!("{}\n", chain(&error)))
        }
    }
}
