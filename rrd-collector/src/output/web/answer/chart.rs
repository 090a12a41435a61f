//! One chart, as SVG, PNG or JSON.

use hyper::StatusCode;
use hyper::header::{ETAG, HeaderValue};
use rrd_core::TimeRange;
use rrd_graph::description::{Description, DescriptionError};
use rrd_graph::{Chart, Color, Fonts, Role, Svg, Theme};

use super::super::address::{self, Query, QueryError};
use super::super::annotations::Annotations;
use super::super::charts::find_chart;
use super::super::client::{unchanged, version_of};
use super::super::download::Download;
use super::super::draw::{Picture, archive_error, draw};
use super::super::local_time;
use super::super::response::{Answer, plain, refused, respond};
use super::super::site::Site;
use super::super::span::Shown;
use super::super::workers::Cost;
use super::asked::{Asked, status_of};
use super::unknown::{no_chart, no_group};
use crate::fault::chain;
use crate::group::{GroupChart, GroupId};
use crate::store::archives::ArchiveError;

/// Pixels of a PNG that take as long as other answers together.
const MANY_PIXELS: u64 = 1_000_000;

/// Width and height in pixels, if they are given.
pub(super) fn size(query: &Query) -> Result<(u32, Option<u32>), QueryError> {
    let pixels = |key, low, high| {
        let given = address::number(query, key, "a number of pixels")?;
        let limited = |given: u64| u32::try_from(given).unwrap_or(u32::MAX).clamp(low, high);
        Ok(given.map(limited))
    };
    Ok((pixels("width", 200, 4000)?.unwrap_or(640), pixels("height", 100, 2000)?))
}

/// The series that are hidden, separated by commas.
fn hidden(query: &Query) -> Vec<String> {
    let names = query.get("hide").map_or("", |names| names).split(',');
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Whether the axis is logarithmic, if that is said.
fn logarithmic(query: &Query) -> Result<Option<bool>, QueryError> {
    match query.get("scale").map(|scale| &**scale) {
        None | Some("auto") => Ok(None),
        Some("log") => Ok(Some(true)),
        Some("linear") => Ok(Some(false)),
        Some(_) => Err(QueryError::Value { parameter: "scale", expected: "log, linear or auto" }),
    }
}

/// How long this chart takes: a PNG needs time for each of its pixels.
pub(in super::super) fn cost(name: &str, query: &Query) -> Cost {
    let is_large = |(width, height): (u32, Option<u32>)| {
        u64::from(width) * u64::from(height.unwrap_or(width / 2)) > MANY_PIXELS
    };
    let is_png = name.rsplit_once('.').is_some_and(|(_, format)| format == "png");
    if is_png && size(query).is_ok_and(is_large) { Cost::Large } else { Cost::Small }
}

/// The chart `NAME.svg` or `NAME.png` of the group in the query, or its values by column as
/// `NAME.json`.
pub(in super::super) fn chart(asked: &Asked<'_>) -> Answer {
    let Asked { site, name, query, client, now } = asked;
    let Some((name, format @ ("svg" | "png" | "json"))) = name.rsplit_once('.') else {
        return plain(StatusCode::NOT_FOUND, "nothing here\n");
    };
    let instance = address::instance(query);
    let found = find_chart(name, instance, &site.shared.catalog());
    let group = found.as_ref().and_then(|chart| GroupId::new(&chart.kind, instance).ok());
    let asked =
        site.shown(query, *now).and_then(|shown| Ok((shown, size(query)?, logarithmic(query)?)));
    let (shown, (width, height), logarithmic) = match asked {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let (Some(found), Some(group)) = (found, group) else {
        return plain(StatusCode::NOT_FOUND, no_chart(name));
    };
    if let Err(ArchiveError::Missing { .. }) = site.archives.newest(&group) {
        return plain(StatusCode::NOT_FOUND, no_group(&group, &site.shared.catalog()));
    }
    let shown = shown.in_columns(width);
    let next = shown.next_column(width, *now);
    let annotations = query.contains_key("annotations").then(|| {
        let (alerts, history) = (site.shared.alerts().clone(), site.shared.history().clone());
        Annotations::of(&found, &group, &alerts, &history, shown.range)
    });
    let version = version(site, &found, &group, &shown, annotations.as_ref());
    if let Some(version) = version.as_ref().filter(|version| client.has(version)) {
        return unchanged(with_time(plain(StatusCode::OK, ""), &shown, next, Some(version)));
    }
    let hide = hidden(query);
    let picture =
        Picture { chart: &found, group: &group, shown: &shown, width, height, hide, logarithmic };
    let chart = match draw(&site.archives, &picture) {
        Ok(chart) => chart,
        Err(DescriptionError::Hide { .. }) => {
            let expected = "names of series of this chart, such as user,system";
            return refused(&QueryError::Value { parameter: "hide", expected });
        }
        Err(error) => {
            let status = archive_error(&error).map_or(StatusCode::INTERNAL_SERVER_ERROR, status_of);
            return plain(status, format!("{}\n", chain(&error)));
        }
    };
    let chart = match &annotations {
        Some(annotations) => annotations.draw(chart, shown.range),
        None => chart,
    };
    let answer = match format {
        "json" => {
            respond("application/json", chart.columns(&chart.layout(&Fonts::new())).to_json())
        }
        "svg" if !query.contains_key("download") => on_page(&chart),
        _ => {
            let zone = &shown.zone();
            let download = Download { host: &site.host, name, instance, range: shown.range, zone };
            separate(chart, &found.description, &download, format)
        }
    };
    with_time(answer, &shown, next, version.as_ref())
}

/// The chart as the page shows it, with the place of its canvas.
fn on_page(chart: &Chart) -> Answer {
    let fonts = Fonts::new();
    let layout = chart.layout(&fonts);
    let svg = Svg::default().text(&chart.scene(&layout, &fonts));
    let mut response = respond("image/svg+xml", svg);
    let (left, top, width, height) = layout.canvas();
    if let Ok(canvas) = HeaderValue::from_str(&format!("{left} {top} {width} {height}")) {
        response.headers_mut().insert("x-canvas", canvas);
    }
    response
}

/// A picture that is kept apart from the page: on white, and with a title that says what it shows.
fn separate(
    chart: Chart,
    described: &Description,
    download: &Download<'_>,
    format: &str,
) -> Answer {
    let white = Color { red: 255, green: 255, blue: 255, alpha: 255 };
    let title = download.title(&described.title, &described.unit);
    let chart = chart.theme(Theme::Light).color(Role::Back, white).title(title);
    let mut answer = if format == "svg" {
        respond("image/svg+xml", chart.to_svg())
    } else {
        match chart.to_png() {
            Ok(png) => respond("image/png", png),
            Err(error) => {
                return plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error)));
            }
        }
    };
    download.attach(&mut answer, format);
    answer
}

/// The version of what is drawn, without drawing it: it changes with the range, with newer rows in
/// it, with the description, with annotations, and with the program. `None` if the rows cannot be
/// read.
fn version(
    site: &Site,
    chart: &GroupChart,
    group: &GroupId,
    shown: &Shown,
    annotations: Option<&Annotations>,
) -> Option<HeaderValue> {
    let (opened, newest) = site.archives.newest(group).ok()?;
    let TimeRange { start, end } = shown.range;
    let time = (start.seconds(), end.seconds(), newest.min(end).seconds());
    let drawn = format!("{:?} {annotations:?}", chart.description);
    Some(version_of(&(time, opened, site.started, drawn)))
}

/// The answer with what the page's script needs to know of a chart: its range, also as its zone has
/// it, and the seconds until there is a newer one.
pub(super) fn with_time(
    mut answer: Answer,
    shown: &Shown,
    next: Option<i64>,
    version: Option<&HeaderValue>,
) -> Answer {
    let TimeRange { start, end } = shown.range;
    let numbers =
        [("x-start", Some(start.seconds())), ("x-end", Some(end.seconds())), ("x-next", next)];
    let headers = answer.headers_mut();
    for (name, number) in numbers {
        if let Some(number) = number {
            headers.insert(name, HeaderValue::from(number));
        }
    }
    let local = [start, end].map(|moment| local_time::field(moment.seconds(), &shown.zone()));
    if let Ok(local) = HeaderValue::from_str(&local.join(" ")) {
        headers.insert("x-local", local);
    }
    if let Some(version) = version {
        headers.insert(ETAG, version.clone());
    }
    answer
}
