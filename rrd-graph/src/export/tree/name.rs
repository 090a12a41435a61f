//! What the series of one file are called, and what names may consist of.

use crate::export::SeriesName;

/// The names of the series of a file.
#[derive(Clone, Debug)]
pub(super) struct FileName {
    /// What they begin with, and the labels that all of them have.
    pub(super) shared: SeriesName,
    /// The data source that names do not tell, where most files have only that.
    pub(super) unnamed: Option<&'static str>,
}

impl FileName {
    /// What the series of a data source is called.
    pub(super) fn of(&self, source: &str) -> SeriesName {
        if self.unnamed == Some(source) {
            return self.shared.clone();
        }
        let name = format!("{}_{}", self.shared.name(), legal(source));
        let labels = self.shared.labels().iter().cloned();
        // The sources `a-b` and `a_b` are two.
        let is_labelled = self.unnamed.is_none() || legal(source) != source;
        let label = is_labelled.then(|| ("source".to_owned(), source.to_owned()));
        SeriesName::new(name, labels.chain(label))
    }
}

/// A text as a part of a name.
pub(super) fn legal(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// A text as the name of a label; those that begin with two `_` are Prometheus' own.
pub(super) fn legal_label(text: &str) -> String {
    let legal = legal(text);
    let label = legal.trim_start_matches('_');
    let has_begin = label.starts_with(|c: char| c.is_ascii_alphabetic());
    if has_begin { label.to_owned() } else { format!("_{label}") }
}
