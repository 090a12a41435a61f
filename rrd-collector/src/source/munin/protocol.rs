//! The output of Munin's plugins: `config` and values, for one graph or several.
//!
//! Source: the Munin guide, "Plugin reference" and "Protocol for multigraph plugins". Plugins are
//! run elsewhere.

use std::collections::BTreeMap;

use crate::source::meter::MeterKind;

/// The kind of every graph of a plugin; its instance is the name of the graph.
pub const MUNIN: &str = "munin";
/// One graph that a plugin describes or gives values for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The name after `multigraph`; empty if the plugin has only one graph.
    pub name: String,
    /// Attributes of the graph, such as `graph_title`, by name.
    pub attributes: BTreeMap<String, String>,
    /// Fields in order of appearance.
    pub fields: Vec<Field>,
}

/// One curve of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// The name: letters, digits and `_`, as Munin converts it.
    pub name: String,
    /// Attributes: `label`, `type`, `min`, `warning`, ...
    pub attributes: BTreeMap<String, String>,
    /// Values, each with its time if the plugin gave one. NaN for `U`.
    pub values: Vec<(Option<i64>, f64)>,
}

impl Field {
    /// The kind; GAUGE if none or an unknown one is given.
    pub fn kind(&self) -> MeterKind {
        self.attributes
            .get("type")
            .and_then(|kind| MeterKind::parse(kind.trim()))
            .unwrap_or(MeterKind::Gauge)
    }

    /// A limit: `min` or `max`; NaN if it is not given.
    pub fn limit(&self, name: &str) -> f64 {
        self.attributes.get(name).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
    }
}

/// Parses the output of a plugin, with description and values in any mix (dirty config).
///
/// Malformed lines are reported by number and skipped: one malformed line must not affect the
/// others.
///
/// ```
/// use rrd_collector::source::munin::protocol::parse;
/// let (graphs, odd) = parse("graph_title Load\nload.label load\nload.value 0.25\n");
/// assert_eq!(graphs[0].attributes["graph_title"], "Load");
/// assert_eq!(graphs[0].fields[0].values, [(None, 0.25)]);
/// assert!(odd.is_empty());
/// ```
pub fn parse(text: &str) -> (Vec<Graph>, Vec<usize>) {
    let mut graphs: Vec<Graph> = Vec::new();
    let mut odd = Vec::new();
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == "." {
            continue;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let value = value.trim();
        if key == "multigraph" {
            current = Some(position(&mut graphs, value));
            continue;
        }
        let index = *current.get_or_insert_with(|| position(&mut graphs, ""));
        let understood =
            graphs.get_mut(index).is_some_and(|graph| take_line(graph, key, value).is_some());
        if !understood {
            odd.push(number + 1);
        }
    }
    (graphs, odd)
}

/// The index of the graph with this name, which is added if it is new.
fn position(graphs: &mut Vec<Graph>, name: &str) -> usize {
    graphs.iter().position(|graph| graph.name == name).unwrap_or_else(|| {
        graphs.push(Graph { name: name.to_owned(), ..Graph::default() });
        graphs.len() - 1
    })
}

fn take_line(graph: &mut Graph, key: &str, value: &str) -> Option<()> {
    let Some((field, attribute)) = key.split_once('.') else {
        let known = key.starts_with("graph_")
            || matches!(key, "host_name" | "update" | "update_rate" | "timeout");
        if known {
            graph.attributes.insert(key.to_owned(), value.to_owned());
        }
        return known.then_some(());
    };
    if field.is_empty() || attribute.is_empty() {
        return None;
    }
    // The value is parsed before its field is created: a malformed line must not leave an empty
    // field.
    let reading = if attribute == "value" { Some(reading(value)?) } else { None };
    let field = field_of(graph, field);
    match reading {
        Some(reading) => field.values.push(reading),
        None => {
            field.attributes.insert(attribute.to_owned(), value.to_owned());
        }
    }
    Some(())
}

fn field_of<'a>(graph: &'a mut Graph, name: &str) -> &'a mut Field {
    let name = clean_name(name);
    let index = graph.fields.iter().position(|field| field.name == name).unwrap_or_else(|| {
        graph.fields.push(Field { name, ..Field::default() });
        graph.fields.len() - 1
    });
    &mut graph.fields[index]
}

/// A field's name as Munin makes it valid: invalid characters become `_`.
fn clean_name(name: &str) -> String {
    name.chars()
        .enumerate()
        .map(|(index, c)| match c {
            c if c.is_ascii_alphabetic() || c == '_' => c,
            c if c.is_ascii_digit() && index > 0 => c,
            _ => '_',
        })
        .collect()
}

/// `VALUE` or `TIME:VALUE`, with `U` for unknown.
fn reading(text: &str) -> Option<(Option<i64>, f64)> {
    let (time, value) = match text.split_once(':') {
        Some((time, value)) => (Some(time.trim().parse().ok()?), value.trim()),
        None => (None, text),
    };
    let value = if value == "U" {
        f64::NAN
    } else {
        value.parse::<f64>().ok().filter(|value| value.is_finite())?
    };
    Some((time, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multigraph_plugin_gives_several_graphs_and_dirty_config_gives_values_with_them() {
        let text = "multigraph disk\ngraph_title Disk\nsda.label sda\nsda.type DERIVE\nsda.min 0\nsda.value 12\n\
                    multigraph disk.sda\nread.label read\nread.value U\nmultigraph disk\nsdb.value 7\n";
        let (graphs, odd) = parse(text);
        assert_eq!(odd, [0; 0]);
        assert_eq!(
            graphs.iter().map(|g| g.name.as_str()).collect::<Vec<_>>(),
            ["disk", "disk.sda"]
        );
        let sda = &graphs[0].fields[0];
        assert_eq!((sda.kind(), sda.limit("min")), (MeterKind::Derive, 0.0));
        assert!(sda.limit("max").is_nan());
        assert_eq!(graphs[0].fields[1].values, [(None, 7.0)]);
        assert!(graphs[1].fields[0].values[0].1.is_nan());
    }

    #[test]
    fn a_value_may_carry_its_time() {
        let (graphs, _) = parse("a.value 1700000000:1e3\na.value 1700000300:2\n");
        let expected = [(Some(1_700_000_000), 1000.0), (Some(1_700_000_300), 2.0)];
        assert_eq!(graphs[0].fields[0].values, expected);
    }

    #[test]
    fn an_odd_line_is_reported_and_costs_nothing_else() {
        let (graphs, odd) =
            parse("# Bad exit\nwarning: no such thing\na.value 1\nb.value x\n.value 1\n");
        assert_eq!(odd, [2, 4, 5]);
        assert_eq!(graphs[0].fields.len(), 1);
    }

    #[test]
    fn names_are_made_legal_as_munin_does() {
        let (graphs, _) = parse("0day-x.value 1\n");
        assert_eq!(graphs[0].fields[0].name, "_day_x");
    }
}
