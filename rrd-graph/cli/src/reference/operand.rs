//! What can be offered for a word that is no option.

/// An operand of a command, as completions see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A file whose name ends in `.rrd`.
    Database,
    /// Any file.
    File,
    /// A folder.
    Folder,
    /// The name of a file in this folder.
    NameIn(&'static str),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A word that begins with one of these, such as `DEF:`.
    Beginnings(&'static [&'static str]),
    /// Something that only the user knows.
    Other,
}
