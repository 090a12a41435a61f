//! The chart that a graph asks for in its `config`, as a view.
//!
//! Source: the Munin guide, "Plugin reference: global attributes" and "data source attributes".

use super::protocol::{Field, Graph};
use crate::group::names::metric_name;
use crate::view::{Layer, Look, Paint, View};

use super::record::MUNIN;

/// The longest name of a unit, in bytes.
const LONGEST_UNIT: usize = 8;

/// The chart of a graph.
pub(super) fn view(name: &str, graph: &Graph) -> View {
    let said = |key: &str| graph.attributes.get(key).map_or("", |text| text.trim());
    let period = match said("graph_period") {
        "" => "second",
        period => period,
    };
    let in_words = |text: &str| text.replace("${graph_period}", period);
    // A word goes with each number; more words stand beside the axis.
    let words = in_words(said("graph_vlabel"));
    let is_unit = words.len() <= LONGEST_UNIT && !words.contains(' ');
    let (unit, label) = if is_unit { (words, String::new()) } else { (String::new(), words) };
    let mut view = View {
        name: MUNIN.to_owned(),
        kind: MUNIN.to_owned(),
        title: if said("graph_title").is_empty() { name } else { said("graph_title") }.to_owned(),
        unit,
        label,
        // Rates are stored by the second.
        scale: match period {
            "minute" => 60.0,
            "hour" => 3600.0,
            _ => 1.0,
        },
        bottom: None,
        top: None,
        rigid: false,
        binary: false,
        logarithmic: false,
        layers: layers(graph),
        about: in_words(said("graph_info")),
    };
    if view.layers.iter().all(|layer| layer.factor > 0.0) {
        view.bottom = Some(0.0);
    }
    take_arguments(&mut view, said("graph_args"));
    view
}

/// What `graph_args` says to RRDtool, as far as it is about the axis.
fn take_arguments(view: &mut View, arguments: &str) {
    let mut words = arguments.split(|c: char| c.is_whitespace() || c == '=');
    while let Some(word) = words.next() {
        match word {
            "--base" => view.binary = words.next() == Some("1024"),
            "-l" | "--lower-limit" => {
                view.bottom = words.next().and_then(|word| word.parse().ok()).or(view.bottom);
            }
            "-u" | "--upper-limit" => {
                view.top = words.next().and_then(|word| word.parse().ok()).or(view.top);
            }
            "-r" | "--rigid" => view.rigid = true,
            "-o" | "--logarithmic" => view.logarithmic = true,
            _ => {}
        }
    }
    // A logarithm begins above zero.
    if view.logarithmic && view.bottom.is_some_and(|bottom| bottom <= 0.0) {
        view.bottom = None;
    }
}

/// The curves in the order of `graph_order`, then in their own.
fn layers(graph: &Graph) -> Vec<Layer> {
    let order = graph.attributes.get("graph_order").map_or("", |order| order);
    // `name=other` borrows from other graphs, which have their own.
    let named = order.split_whitespace().filter_map(|name| field(graph, name));
    let mut fields: Vec<&Field> = Vec::new();
    for field in named.chain(&graph.fields) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    let mut layers = Vec::new();
    for field in fields {
        let said = |key: &str| field.attributes.get(key).map_or("", |text| text.trim());
        if said("graph") == "no" {
            continue;
        }
        let paint = Paint::parse(said("colour")).unwrap_or_else(|| Paint::numbered(layers.len()));
        let legend = if said("label").is_empty() { &*field.name } else { said("label") };
        layers.push(layer(field, legend, look(said("draw")), paint, 1.0));
        if let Some(below) = self::field(graph, said("negative")) {
            // What hangs has no legend of its own in Munin either.
            layers.push(layer(below, "", look(said("draw")), paint, -1.0));
        }
    }
    layers
}

fn field<'a>(graph: &'a Graph, name: &str) -> Option<&'a Field> {
    graph.fields.iter().find(|field| field.name == name)
}

fn look(draw: &str) -> Look {
    match draw.to_ascii_uppercase() {
        draw if draw == "AREA" => Look::Area,
        draw if draw == "STACK" || draw.starts_with("AREASTACK") => Look::Stack,
        _ => Look::Line,
    }
}

fn layer(field: &Field, legend: &str, look: Look, color: Paint, sign: f64) -> Layer {
    let cdef = field.attributes.get("cdef").map_or("", |cdef| cdef);
    let (factor, shift) = line_of(cdef, &field.name).unwrap_or((1.0, 0.0));
    Layer {
        metric: metric_name(&field.name),
        legend: legend.to_owned(),
        color,
        look,
        rare: false,
        factor: factor * sign,
        shift: shift * sign,
    }
}

/// A `cdef` that multiplies the field and adds to it, as that factor and that addend. Others are none.
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

    fn of(config: &str) -> View {
        view("plug", &parse(config).0[0])
    }

    #[test]
    fn a_stack_of_areas_keeps_its_order_colours_and_limits() {
        let view = of("graph_title CPU usage\ngraph_order system user\n\
            graph_args --base 1000 -r --lower-limit 0 --upper-limit 200\ngraph_vlabel %\n\
            user.draw STACK\nuser.label user\nuser.colour 00ff00\nidle.graph no\nsystem.draw AREA\n");
        assert_eq!((&*view.title, &*view.unit), ("CPU usage", "%"));
        assert_eq!((view.bottom, view.top, view.rigid), (Some(0.0), Some(200.0), true));
        let shown: Vec<_> =
            view.layers.iter().map(|layer| (&*layer.metric, &*layer.legend, layer.look)).collect();
        assert_eq!(shown, [("system", "system", Look::Area), ("user", "user", Look::Stack)]);
        assert_eq!(view.layers[1].color, Paint(0x00_ff00));
        assert!(!view.binary && !view.logarithmic);
    }

    #[test]
    fn what_goes_the_other_way_hangs_below_the_axis() {
        let view =
            of("graph_vlabel bits in (-) / out (+) per ${graph_period}\ngraph_args --base 1024\n\
            down.graph no\ndown.cdef down,8,*\nup.negative down\nup.cdef up,8,*\nup.label bps\n");
        assert_eq!((&*view.unit, &*view.label), ("", "bits in (-) / out (+) per second"));
        assert!(view.binary);
        assert_eq!(view.bottom, None);
        let shown: Vec<_> = view
            .layers
            .iter()
            .map(|layer| (&*layer.metric, &*layer.legend, layer.factor))
            .collect();
        assert_eq!(shown, [("up", "bps", 8.0), ("down", "", -8.0)]);
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
