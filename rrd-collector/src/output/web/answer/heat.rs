//! A heat map, as SVG, PNG or, summed up by column, JSON.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use rrd_graph::{Color, Fonts, Role, Svg, Theme};

use super::super::address::QueryError;
use super::super::heat::{Heat, heat_map};
use super::super::response::{Answer, plain, refused, respond};
use super::super::span::Shown;
use super::asked::{Asked, status_of};
use super::chart::{size, with_time};
use super::unknown::{no_kind, no_metric};
use crate::fault::chain;

/// The heat map `KIND.METRIC.svg` or `KIND.METRIC.png`, or the highest, median and lowest value at
/// each time as `KIND.METRIC.json`, in the form of the values of a chart.
pub(in super::super) fn heat(asked: &Asked<'_>) -> Answer {
    let Asked { site, name, query, now, .. } = asked;
    let parts =
        name.rsplit_once('.').and_then(|(name, format)| Some((name.split_once('.')?, format)));
    let Some(((kind, metric), format @ ("svg" | "png" | "json"))) = parts else {
        return plain(StatusCode::NOT_FOUND, "write /heat/GROUP.METRIC.svg, .png or .json\n");
    };
    let parse =
        || -> Result<(Shown, u32), QueryError> { Ok((site.shown(query, *now)?, size(query)?.0)) };
    let (shown, width) = match parse() {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let shown = shown.in_columns(width);
    let next = shown.next_column(width, *now);
    // A copy, so that nobody waits for it while rows are read.
    let catalog = site.shared.catalog().clone();
    if !catalog.has(kind) {
        return plain(StatusCode::NOT_FOUND, no_kind(kind, &catalog));
    }
    let Heat { map, summary } =
        match heat_map(&site.archives, &catalog, (kind, metric), &shown, width) {
            Ok(Some(heat)) => heat,
            Ok(None) => {
                return plain(StatusCode::NOT_FOUND, no_metric(kind, metric, &catalog));
            }
            Err(error) => return plain(status_of(&error), format!("{}\n", chain(&error))),
        };
    if format == "json" {
        let json = summary.columns(&summary.layout(&Fonts::new())).to_json();
        return with_time(respond("application/json", json), &shown, next, None);
    }
    if format == "png" {
        // A separate picture has a white background.
        let white = Color::rgb(255, 255, 255);
        return match map.theme(Theme::Light).color(Role::Back, white).to_png() {
            Ok(png) => with_time(respond("image/png", png), &shown, next, None),
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error))),
        };
    }
    let fonts = Fonts::new();
    let mut response = respond("image/svg+xml", Svg::default().text(&map.scene(&fonts)));
    let (left, top, width, height) = map.canvas(&fonts);
    if let Ok(canvas) = HeaderValue::from_str(&format!("{left} {top} {width} {height}")) {
        response.headers_mut().insert("x-canvas", canvas);
    }
    with_time(response, &shown, next, None)
}
