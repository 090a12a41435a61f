//! What a series is called outside of RRDtool's world: a name and labels, as in Prometheus.

/// A name and labels.
///
/// ```
/// use rrd_graph::export::SeriesName;
/// let read = SeriesName::new("rrd_disk_read", [("name", "vda"), ("device", "root")]);
/// assert_eq!(read.labels()[0], ("device".to_owned(), "root".to_owned()));
/// assert_eq!(read.name(), "rrd_disk_read");
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
}
