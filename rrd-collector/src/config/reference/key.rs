//! What the reference says of a section and of a key.

/// A section of a configuration file.
pub(super) struct Section {
    /// How it is written: `[[apache]]`; other words for the keys outside all sections.
    pub(super) heading: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// How it begins in a test, with a name, and with the section that it is inside of.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests make sections of it"))]
    pub(super) head: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
}

impl Section {
    /// A section that stands alone.
    pub(super) const fn new(
        heading: &'static str,
        about: &'static str,
        keys: &'static [Key],
    ) -> Self {
        Self { heading, about, head: heading, keys }
    }
}

/// A key.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What is written, with its unit.
    pub(super) value: &'static str,
    /// What holds without it.
    pub(super) usual: Usual,
    /// A value in TOML.
    pub(super) example: &'static str,
    /// What it means: sentences.
    pub(super) about: &'static str,
    /// The keys that stand beside it in the examples of tests, instead of those that are required.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests make sections of it"))]
    pub(super) beside: Option<&'static [&'static str]>,
}

/// What holds without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usual {
    /// The section is refused.
    Required,
    /// The same as with this value.
    Literal(&'static str),
    /// What these words say.
    Words(&'static str),
}

impl Key {
    /// A key without which the section is refused.
    pub(super) const fn required(
        name: &'static str,
        value: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, value, usual: Usual::Required, example, about, beside: None }
    }

    /// A key whose default can be written, too.
    pub(super) const fn literal(
        name: &'static str,
        value: &'static str,
        usual: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, value, usual: Usual::Literal(usual), example, about, beside: None }
    }

    /// A key whose default is told in words.
    pub(super) const fn words(
        name: &'static str,
        value: &'static str,
        usual: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, value, usual: Usual::Words(usual), example, about, beside: None }
    }

    /// The same key, which stands beside these lines and not the required keys.
    pub(super) const fn beside(self, lines: &'static [&'static str]) -> Self {
        Self { beside: Some(lines), ..self }
    }
}

pub(super) const TEXT: &str = "Text";
pub(super) const SECRET: &str = "Text, a reference to a secret";
pub(super) const TEXTS: &str = "List of texts";
pub(super) const PATTERNS: &str = "List of patterns";
pub(super) const TABLE: &str = "Table of texts";
pub(super) const BOOL: &str = "`true` or `false`";
pub(super) const INTERVAL: &str = "Duration, from 1s to 1h";
pub(super) const SPAN: &str = "Duration";
pub(super) const PATH: &str = "Path";
/// A file that is read with the configuration.
pub(super) const FILE: &str = "Path of a file that exists";
pub(super) const ADDRESS: &str = "Address: host:port, or the path of a unix socket";
pub(super) const SOCKET: &str = "IP address and port";
pub(super) const URL: &str = "Address that begins with http:// or https://";
