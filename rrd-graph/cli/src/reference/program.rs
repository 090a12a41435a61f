//! What a program says of itself.

use crate::option_words::OptionDescription;

/// A program as its manual describes it.
#[derive(Debug)]
pub struct Program {
    /// The name that the user types.
    pub name: &'static str,
    /// What it is, without a full stop.
    pub about: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How it is called; lines.
    pub usage: &'static [&'static str],
    /// The options that belong to no single command.
    pub options: Vec<OptionDescription>,
    /// Its commands, if it has any.
    pub commands: Vec<CommandDescription>,
    /// Where commands are described.
    pub pages: Pages,
    /// Further sections of the manual: Markdown of paragraphs, lists, indented examples and
    /// headings of the second level.
    pub text: &'static str,
    /// Further pages, such as the format of a file.
    pub further: Vec<Page>,
}

/// A page of a manual besides those of programs and commands.
#[derive(Debug)]
pub struct Page {
    /// What it describes.
    pub name: &'static str,
    /// The section of the manual: 5 for formats of files, 7 for conventions.
    pub section: &'static str,
    /// What it is, without a full stop.
    pub about: &'static str,
    /// Its sections, as in [`Program::text`].
    pub text: String,
}

/// A command of a program.
#[derive(Debug)]
pub struct CommandDescription {
    /// The first words after the program's name.
    pub name: &'static str,
    /// What it does, without a full stop.
    pub about: &'static str,
    /// How it is called, without the program's name; lines.
    pub usage: &'static [&'static str],
    /// Its options.
    pub options: Vec<OptionDescription>,
    /// Further sections of its page, as in [`Program::text`].
    pub text: &'static str,
}

/// Where the commands of a program are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// On the page of the program: its commands share its options.
    One,
    /// Each on a page of its own.
    OneEach,
}
