//! Samples by the name of their family, and their text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::source::textfile::exposition::{escape_label, format_value};

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyType {
    /// Goes up and down.
    Gauge,
    /// Only grows.
    Counter,
    /// Either, as in the kernel.
    Untyped,
}

/// Samples by the name of their family.
#[derive(Debug, Default)]
pub struct Families(BTreeMap<String, Family>);

#[derive(Debug)]
struct Family {
    kind: FamilyType,
    help: String,
    samples: Vec<(String, f64)>,
}

impl Families {
    /// Adds a sample, with its labels as pairs sorted by name.
    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        kind: FamilyType,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let mut text = String::new();
        for (index, (label, value)) in labels.iter().enumerate() {
            let comma = if index == 0 { '{' } else { ',' };
            let _ = write!(text, "{comma}{label}=\"{}\"", escape_label(value));
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // Names come from the kernel: an odd one must not damage the others.
        let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let (name, help) = (name.into().replace(is_odd, "_"), help.replace(is_unprintable, "_"));
        let family = || Family { kind, help, samples: Vec::new() };
        self.0.entry(name).or_insert_with(family).samples.push((text, value));
    }

    pub(super) fn gauge(
        &mut self,
        name: impl Into<String>,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        self.add(name, FamilyType::Gauge, help, labels, value);
    }

    pub(super) fn counter(
        &mut self,
        name: impl Into<String>,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        self.add(name, FamilyType::Counter, help, labels, value);
    }

    /// Formats for Prometheus, format 0.0.4; for `OpenMetrics` if `open`.
    pub fn text(&self, open: bool) -> String {
        let mut text = String::new();
        for (name, Family { kind, help, samples }) in &self.0 {
            let (family, kind) = match (kind, open) {
                (FamilyType::Gauge, _) => (&**name, "gauge"),
                (FamilyType::Counter, false) => (&**name, "counter"),
                (FamilyType::Counter, true) => {
                    (name.strip_suffix("_total").unwrap_or(name), "counter")
                }
                (FamilyType::Untyped, false) => (&**name, "untyped"),
                (FamilyType::Untyped, true) => (&**name, "unknown"),
            };
            let _ = writeln!(text, "# HELP {family} {help}\n# TYPE {family} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {}", format_value(*value));
            }
        }
        if open {
            text.push_str("# EOF\n");
        }
        text
    }
}

/// Whether a character needs escaping in the help text of a family.
fn is_unprintable(c: char) -> bool {
    c == '\\' || c.is_control()
}
