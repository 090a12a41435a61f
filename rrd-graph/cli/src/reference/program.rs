//! What a program says of itself.

use super::operand::Operand;
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
    /// The ways in which it is called, without its name.
    pub usage: &'static [&'static str],
    /// The options that belong to no single command.
    pub options: Vec<OptionDescription>,
    /// Its commands, if it has any.
    pub commands: Vec<CommandDescription>,
    /// Where commands are described.
    pub pages: Pages,
    /// Further sections of the manual: Markdown of paragraphs, lists, indented examples and
    /// headings of the second level. The section "Description" comes first on the page, and "Exit
    /// status" is shown on the pages of commands, too.
    pub text: &'static str,
    /// Further pages, such as the format of a file.
    pub further: Vec<Page>,
    /// Pages of other programs: their names and sections.
    pub related: &'static [(&'static str, &'static str)],
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
    /// Its options; on the page of the program, those that no other command has.
    pub options: Vec<OptionDescription>,
    /// What follows its name besides options. The last one may be repeated.
    pub operands: &'static [Operand],
    /// Further sections of its page, as in [`Program::text`]. What comes before the first heading
    /// is the description.
    pub text: &'static str,
    /// The names of commands that its page refers to.
    pub related: &'static [&'static str],
}

impl Program {
    /// The options on the page of the program.
    pub fn all_options(&self) -> impl Iterator<Item = &OptionDescription> {
        let is_here = self.pages == Pages::One;
        let commands = self.commands.iter().filter(move |_| is_here);
        self.options.iter().chain(commands.flat_map(|command| &command.options))
    }
}

impl CommandDescription {
    /// Whether a line of the usage begins a form of the command, and does not continue one.
    pub(super) fn is_form(&self, line: &str) -> bool {
        line.strip_prefix(self.name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

/// Where the commands of a program are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// On the page of the program: its commands share its options.
    One,
    /// Each on a page of its own.
    OneEach,
}
