//! `[[process]]`: the processes that are watched, by patterns of their names or command lines.

use serde::Deserialize;
use thiserror::Error;

use crate::section::{ConfigError, Pattern, SectionReader, SectionValue};

/// The most sections: what a process matches is kept as bits of one word.
pub const MOST_WATCHED: usize = 64;

/// The processes of one section, which are one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedProcess {
    /// The name of the group.
    pub name: String,
    /// What the name of a process must match, if anything.
    pub program: Option<Pattern>,
    /// What its command line must match, if anything; its words are separated by spaces.
    pub command: Option<Pattern>,
}

/// Why a section is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WatchedError {
    /// Neither a name nor a command line is given.
    #[error(
        "nothing says which processes: expected match = \"NAME\" or command = \"*TEXT*\", or both"
    )]
    NoPattern,
    /// Another section has this name.
    #[error("another [[process]] has the name {name:?}: each needs its own")]
    SameName {
        /// The name.
        name: String,
    },
    /// Too many sections.
    #[error("more than {MOST_WATCHED} [[process]] sections")]
    TooMany,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchedTable {
    name: String,
    #[serde(rename = "match")]
    program: Option<String>,
    command: Option<String>,
}

/// Adds the processes of one section.
///
/// # Errors
///
/// [`ConfigError`] without a pattern, for a name that is taken, and for too many sections.
pub fn read<'a>(
    watched: &mut Vec<WatchedProcess>,
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<(), ConfigError> {
    let WatchedTable { name, program, command } = reader.parse(value)?;
    if program.is_none() && command.is_none() {
        return Err(reader.error("", WatchedError::NoPattern));
    }
    if watched.iter().any(|other| other.name == name) {
        return Err(reader.error("name", WatchedError::SameName { name }));
    }
    if watched.len() == MOST_WATCHED {
        return Err(reader.error("", WatchedError::TooMany));
    }
    let [program, command] = [program, command].map(|text| text.map(|text| Pattern::new(&text)));
    watched.push(WatchedProcess { name, program, command });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::fault::chain;
    use crate::section::{Environment, SectionFile};

    fn watched(text: &str) -> Result<Vec<WatchedProcess>, String> {
        let environment = Environment { variable: &|_| None, credentials: None };
        let file = SectionFile::new(Path::new("x.toml"), text, &environment);
        let (mut watched, mut errors) = (Vec::new(), Vec::new());
        let value = file.tables().unwrap().remove("process").unwrap();
        for part in file.parts("process", true, value, &mut errors) {
            file.read("process", part, &mut errors, |reader, value| {
                read(&mut watched, reader, value)
            });
        }
        errors.first().map_or(Ok(watched), |error| Err(chain(error)))
    }

    #[test]
    fn a_section_names_programs_command_lines_or_both() {
        let found = watched(
            "[[process]]\nname = \"db\"\nmatch = \"postgres*\"\n\
             [[process]]\nname = \"web\"\nmatch = \"python3\"\ncommand = \"*gunicorn*\"\n",
        );
        let pattern = |text| Some(Pattern::new(text));
        let process = |name: &str, program, command| WatchedProcess {
            name: name.to_owned(),
            program,
            command,
        };
        assert_eq!(
            found.unwrap(),
            [
                process("db", pattern("postgres*"), None),
                process("web", pattern("python3"), pattern("*gunicorn*"))
            ]
        );
    }

    #[test]
    fn sections_that_cannot_be_are_refused_with_their_line() {
        let error = |text: &str| watched(text).unwrap_err();
        assert_eq!(
            error("\n[[process]]\nname = \"db\"\n"),
            "x.toml:2: process: nothing says which processes: expected match = \"NAME\" or \
             command = \"*TEXT*\", or both"
        );
        let section = "[[process]]\nname = \"db\"\nmatch = \"a\"\n";
        assert_eq!(
            error(&section.repeat(2)),
            "x.toml:5: process.name: another [[process]] has the name \"db\": each needs its own"
        );
        let many: String = (0..65).map(|n| section.replace("db", &n.to_string())).collect();
        assert_eq!(error(&many), "x.toml:193: process: more than 64 [[process]] sections");
        assert!(error("[[process]]\nmatch = \"a\"\n").contains("missing field `name`"));
    }
}
