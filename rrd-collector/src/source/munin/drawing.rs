//! The chart that a graph asks for in its `config`.
//!
//! Source: the Munin guide, "Plugin reference: global attributes" and "data source attributes".

use rrd_graph::description::{Description, Logarithmic, SeriesDescription, Shape};
use rrd_graph::{Color, PaletteColor, SeriesColor};

use super::protocol::{Field, Graph, MUNIN};
use crate::group::names::metric_name;
use crate::group::{GroupChart, page_style};

/// Limit on the length of a unit, in bytes.
const MAX_UNIT_LENGTH: usize = 8;

/// The chart of a graph.
pub(super) fn chart(name: &str, graph: &Graph) -> GroupChart {
    let set = |key: &str| graph.attributes.get(key).map_or("", |text| text.trim());
    let period = match set("graph_period") {
        "" => "second",
        period => period,
    };
    let in_words = |text: &str| text.replace("${graph_period}", period);
    // Rates are stored per second.
    let scale = match period {
        "minute" => 60.0,
        "hour" => 3600.0,
        _ => 1.0,
    };
    let title = set("graph_title");
    let mut chart = page_style(if title.is_empty() { name } else { title });
    chart.about = in_words(set("graph_info"));
    // A word is a unit, which may take prefixes; more words are next to the axis.
    let words = in_words(set("graph_vlabel"));
    if words.len() <= MAX_UNIT_LENGTH && !words.contains(' ') {
        chart.unit = words;
    } else {
        chart.vertical_label = Some(words);
    }
    chart.series = series(graph, scale);
    if chart.series.iter().all(|series| series.factor > 0.0) {
        chart.lower = Some(0.0);
    }
    take_arguments(&mut chart, set("graph_args"));
    GroupChart { name: MUNIN.to_owned(), kind: MUNIN.to_owned(), description: chart }
}

/// The options for the axis in `graph_args`.
fn take_arguments(chart: &mut Description, arguments: &str) {
    let mut words = arguments.split(|c: char| c.is_whitespace() || c == '=');
    while let Some(word) = words.next() {
        match word {
            "--base" => chart.binary = words.next() == Some("1024"),
            "-l" | "--lower-limit" => {
                chart.lower = words.next().and_then(|word| word.parse().ok()).or(chart.lower);
            }
            "-u" | "--upper-limit" => {
                chart.upper = words.next().and_then(|word| word.parse().ok()).or(chart.upper);
            }
            "-r" | "--rigid" => chart.rigid = true,
            "-o" | "--logarithmic" => chart.logarithmic = Logarithmic::Yes,
            _ => {}
        }
    }
}

/// The curves in the order of `graph_order`, then in their own order.
fn series(graph: &Graph, scale: f64) -> Vec<SeriesDescription> {
    let order = graph.attributes.get("graph_order").map_or("", |order| order);
    // `name=other` borrows from other graphs, which have their own charts.
    let named = order.split_whitespace().filter_map(|name| field(graph, name));
    let mut fields: Vec<&Field> = Vec::new();
    for field in named.chain(&graph.fields) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    let mut all: Vec<SeriesDescription> = Vec::new();
    for field in fields {
        let set = |key: &str| field.attributes.get(key).map_or("", |text| text.trim());
        if set("graph") == "no" {
            continue;
        }
        let own = Color::from_hex(set("colour")).map(SeriesColor::Fixed);
        let color = own.unwrap_or_else(|| PaletteColor::nth(all.len()).into());
        let label = if set("label").is_empty() { &*field.name } else { set("label") };
        all.push(one_series(field, label, color, set("draw"), scale));
        if let Some(below) = self::field(graph, set("negative")) {
            // What hangs below the axis has no legend of its own in Munin either.
            all.push(one_series(below, "", color, set("draw"), -scale));
        }
    }
    if all.iter().all(|series| series.draw == Shape::Line) {
        for series in &mut all {
            series.envelope = true;
        }
    }
    all
}

fn field<'a>(graph: &'a Graph, name: &str) -> Option<&'a Field> {
    graph.fields.iter().find(|field| field.name == name)
}

fn one_series(
    field: &Field,
    label: &str,
    color: SeriesColor,
    draw: &str,
    scale: f64,
) -> SeriesDescription {
    let cdef = field.attributes.get("cdef").map_or("", |cdef| cdef);
    let (factor, shift) = line_of(cdef, &field.name).unwrap_or((1.0, 0.0));
    let draw = draw.to_ascii_uppercase();
    let mut series = SeriesDescription::of(metric_name(&field.name));
    series.stack = draw == "STACK" || draw.starts_with("AREASTACK");
    series.draw = if series.stack || draw == "AREA" { Shape::Area } else { Shape::Line };
    series.label = Some(label.to_owned());
    series.color = Some(color);
    series.factor = factor * scale;
    series.shift = shift * scale.signum();
    series
}

/// A `cdef` that multiplies the field and adds to it, as factor and addend; `None` for any other.
fn line_of(cdef: &str, field: &str) -> Option<(f64, f64)> {
    let mut stack: Vec<(f64, f64)> = Vec::new();
    for word in cdef.split(',').map(str::trim) {
        let value = match word {
            "+" | "-" | "*" | "/" => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                match word {
                    "+" => (left.0 + right.0, left.1 + right.1),
                    "-" => (left.0 - right.0, left.1 - right.1),
                    "*" if left.0 == 0.0 => (left.1 * right.0, left.1 * right.1),
                    "*" if right.0 == 0.0 => (left.0 * right.1, left.1 * right.1),
                    "/" if right.0 == 0.0 && right.1 != 0.0 => (left.0 / right.1, left.1 / right.1),
                    _ => return None,
                }
            }
            name if name == field => (1.0, 0.0),
            number => (0.0, number.parse().ok()?),
        };
        stack.push(value);
    }
    let found = stack.pop()?;
    stack.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::protocol::parse;
    use super::*;

    fn of(config: &str) -> Description {
        chart("plug", &parse(config).0[0]).description
    }

    #[test]
    fn a_stack_of_areas_keeps_its_order_colours_and_limits() {
        let chart = of("graph_title CPU usage\ngraph_order system user\n\
            graph_args --base 1000 -r --lower-limit 0 --upper-limit 200\ngraph_vlabel %\n\
            user.draw STACK\nuser.label user\nuser.colour 00ff00\nidle.graph no\nsystem.draw AREA\n");
        assert_eq!((&*chart.title, &*chart.unit), ("CPU usage", "%"));
        assert_eq!((chart.lower, chart.upper, chart.rigid), (Some(0.0), Some(200.0), true));
        let shown: Vec<_> = chart
            .series
            .iter()
            .map(|one| (one.source.as_deref(), one.label.as_deref(), one.draw, one.stack))
            .collect();
        assert_eq!(
            shown,
            [
                (Some("system"), Some("system"), Shape::Area, false),
                (Some("user"), Some("user"), Shape::Area, true)
            ]
        );
        assert_eq!(chart.series[1].color, Some(Color::rgb(0, 255, 0).into()));
        assert!(!chart.binary && chart.logarithmic == Logarithmic::No);
    }

    #[test]
    fn what_goes_the_other_way_hangs_below_the_axis() {
        let chart =
            of("graph_vlabel bits in (-) / out (+) per ${graph_period}\ngraph_args --base 1024\n\
            down.graph no\ndown.cdef down,8,*\nup.negative down\nup.cdef up,8,*\nup.label bps\n");
        assert_eq!(&*chart.unit, "");
        assert_eq!(chart.vertical_label.as_deref(), Some("bits in (-) / out (+) per second"));
        assert!(chart.binary);
        assert_eq!(chart.lower, None);
        let shown: Vec<_> = chart
            .series
            .iter()
            .map(|one| (one.source.as_deref(), one.label.as_deref(), one.factor))
            .collect();
        assert_eq!(shown, [(Some("up"), Some("bps"), 8.0), (Some("down"), Some(""), -8.0)]);
    }

    #[test]
    fn a_rate_by_the_minute_is_shown_by_the_minute() {
        let chart = of("graph_period minute\nf.cdef f,2,*,1,+\n");
        assert_eq!((chart.series[0].factor, chart.series[0].shift), (120.0, 1.0));
    }

    #[test]
    fn simple_formulas_are_lines() {
        assert_eq!(line_of("f,8,*", "f"), Some((8.0, 0.0)));
        assert_eq!(line_of("8,f,*,2,/", "f"), Some((4.0, 0.0)));
        assert_eq!(
            line_of("f,32,-,1.8,/", "f").map(|l| (l.0 * 1.8, l.1 * 1.8)),
            Some((1.0, -32.0))
        );
        for other in ["", "f,f,*", "1,f,/", "f,g,+", "f,0,GT", "f,+", "f,0,/", "f,8"] {
            assert_eq!(line_of(other, "f"), None, "{other}");
        }
    }
}
