//! Samples by the name of their family, and their text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rrd_graph::export::prometheus_text::{help_text, label_value, legal_name, value_text};

pub use crate::source::textfile::exposition::FamilyType;

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
        self.part(&name.into(), "", kind, help, labels, value);
    }

    /// Adds a sample whose name is that of its family with a suffix, as of histograms.
    pub(super) fn part(
        &mut self,
        name: &str,
        suffix: &str,
        kind: FamilyType,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let mut text = suffix.to_owned();
        for (index, (label, value)) in labels.iter().enumerate() {
            let comma = if index == 0 { '{' } else { ',' };
            let _ = write!(text, "{comma}{label}=\"{}\"", label_value(value));
        }
        if !labels.is_empty() {
            text.push('}');
        }
        // Names come from the kernel and from files: an odd one must not damage the others.
        let family = || Family { kind, help: help.to_owned(), samples: Vec::new() };
        let known = self.0.entry(legal_name(name).into_owned()).or_insert_with(family);
        known.samples.push((text, value));
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
            // A counter of OpenMetrics is named without the ending that its samples have.
            let (family, name) = match kind {
                FamilyType::Counter if open => {
                    let family = name.strip_suffix("_total").unwrap_or(name);
                    (family, format!("{family}_total"))
                }
                _ => (&**name, name.clone()),
            };
            let kind = match kind {
                FamilyType::Gauge => "gauge",
                FamilyType::Counter => "counter",
                FamilyType::Histogram => "histogram",
                FamilyType::Summary => "summary",
                FamilyType::Untyped if open => "unknown",
                FamilyType::Untyped => "untyped",
            };
            let help = help_text(help);
            let _ = writeln!(text, "# HELP {family} {help}\n# TYPE {family} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {}", value_text(*value));
            }
        }
        if open {
            text.push_str("# EOF\n");
        }
        text
    }
}
