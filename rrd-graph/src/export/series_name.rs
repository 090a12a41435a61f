//! What a series is called outside of RRDtool's world: a name and labels, as in Prometheus.

use std::fmt;

use super::prometheus_text::label_value;

/// A name and labels. `Display` writes them in Prometheus' notation.
///
/// ```
/// use rrd_graph::export::SeriesName;
/// let read = SeriesName::new("rrd_disk_read", [("name", "vda"), ("device", "root")]);
/// assert_eq!(read.labels()[0], ("device".to_owned(), "root".to_owned()));
/// assert_eq!(read.name(), "rrd_disk_read");
/// assert_eq!(read.to_string(), r#"rrd_disk_read{device="root",name="vda"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesName {
    name: String,
    labels: Vec<(String, String)>,
}

impl SeriesName {
    /// A series of this name. Of two labels with one name the first one counts, and labels without
    /// a value are left out: receivers refuse both.
    pub fn new(
        name: impl Into<String>,
        labels: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into()));
        let mut labels: Vec<(String, String)> =
            labels.filter(|(_, value)| !value.is_empty()).collect();
        labels.sort_by(|one, other| one.0.cmp(&other.0));
        labels.dedup_by(|next, first| next.0 == first.0);
        Self { name: name.into(), labels }
    }

    /// The same with further labels. Those that it has stay as they are.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::new(self.name, self.labels.into_iter().chain(more))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The labels, sorted by their names, each once.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// Whether every engine takes its name and those of its labels, which are ASCII letters,
    /// digits and `_`, and begin with no digit. The names of labels that begin with `__` are the
    /// engines' own.
    pub fn is_legal(&self) -> bool {
        let is_name = |name: &str| {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
            name.starts_with(|c| is_letter(c) && !c.is_ascii_digit()) && name.chars().all(is_letter)
        };
        let is_label = |(name, _): &(String, String)| is_name(name) && !name.starts_with("__");
        is_name(&self.name.replace(':', "_")) && self.labels.iter().all(is_label)
    }
}

impl fmt::Display for SeriesName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (place, (name, value)) in self.labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            write!(f, "{before}{name}=\"{}\"", label_value(value))?;
        }
        f.write_str(if self.labels.is_empty() { "" } else { "}" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_is_there_stays_and_one_without_value_is_left_out() {
        let series = SeriesName::new("load", [("b", "1"), ("a", ""), ("b", "2")]);
        let series =
            series.with([("b".to_owned(), "3".to_owned()), ("a".to_owned(), "x".to_owned())]);
        let labels: Vec<_> =
            series.labels().iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(labels, [("a", "x"), ("b", "1")]);
    }

    #[test]
    fn names_that_an_engine_refuses_are_not_legal() {
        let none: [(&str, &str); 0] = [];
        for (name, is_legal) in
            [("node:load_1", true), ("", false), ("1load", false), ("a b", false), ("größe", false)]
        {
            assert_eq!(SeriesName::new(name, none).is_legal(), is_legal, "{name}");
        }
        for (label, is_legal) in [("_a1", true), ("a:b", false), ("__name__", false), ("1", false)]
        {
            assert_eq!(SeriesName::new("load", [(label, "x")]).is_legal(), is_legal, "{label}");
        }
    }
}
