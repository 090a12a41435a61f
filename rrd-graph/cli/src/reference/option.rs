//! How an option is typed, and what can be offered for its value.

use crate::option_words::{Argument, OptionDescription};

/// How an option is typed, without its value: `-s`, `--start`, or both.
pub(super) fn names(option: &OptionDescription) -> Vec<String> {
    let short = option.short.map(|letter| format!("-{letter}"));
    let long = (!option.long.is_empty()).then(|| format!("--{}", option.long));
    short.into_iter().chain(long).collect()
}

/// What can be offered for the value of an option.
pub(super) enum Value {
    /// The option has no value, or one that is joined to its name.
    None,
    /// One of these words.
    Words(Vec<&'static str>),
    /// A file or folder.
    File,
    /// Something that only the user knows.
    Other,
}

impl Value {
    pub(super) fn of(option: &OptionDescription) -> Self {
        let Argument::Required(name) = option.argument else { return Self::None };
        let words: Vec<_> = name.split('|').collect();
        let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        if words.len() > 1 && words.iter().all(is_word) {
            Self::Words(words)
        } else if ["FILE", "FOLDER", "DIR", "PATH"].iter().any(|end| name.ends_with(end)) {
            Self::File
        } else {
            Self::Other
        }
    }
}
