//! RRDtool's option grammar: a command line to options with their values, and other words.
//!
//! Options may be anywhere and keep their order; `--` ends them; short ones can be combined (`-sta`
//! is `-s -t a`); long ones must be exact (`--name value`, `--name=value`). A minus sign with a
//! digit is an option, a single minus sign is not.

use std::borrow::Borrow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// How an option is typed, and what the user reads about it.
#[derive(Clone, Copy, Debug)]
pub struct OptionDescription {
    /// The letter.
    pub short: Option<char>,
    /// Empty for none.
    pub long: &'static str,
    /// Whether it has a value.
    pub argument: Argument,
    /// One sentence.
    pub help: &'static str,
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// None.
    None,
    /// A value of this name.
    Required(&'static str),
    /// A value of this name, but only one that is joined to the option, as in `--name=value`.
    Attached(&'static str),
}

/// One word of a command line.
#[derive(Debug)]
pub enum Word<'a, 'o, O> {
    /// An option and its value, which is empty for options without one.
    Option(&'o O, &'a OsStr),
    /// Any other argument.
    Positional(&'a OsStr),
}

/// A command line that does not follow the grammar.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// There is no option with this letter or name.
    #[error("invalid option -- '{0}'")]
    Unknown(String),
    /// The value of a short option is missing.
    #[error("option requires an argument -- '{0}'")]
    ShortWithoutValue(char),
    /// The value of a long option is missing.
    #[error("option requires argument -- '{0}'")]
    LongWithoutValue(&'static str),
    /// A flag has a value.
    #[error("option takes no arguments -- '{0}'")]
    FlagWithValue(&'static str),
}

/// Parses a command line from left to right. An item after an error is that of the next argument.
pub fn words<'a, 'o, O: Borrow<OptionDescription>>(
    arguments: &'a [OsString],
    options: &'o [O],
) -> Words<'a, 'o, O> {
    Words { arguments: arguments.iter(), options, bundle: &[], options_ended: false }
}

/// The iterator of [`words`].
#[derive(Debug)]
pub struct Words<'a, 'o, O> {
    arguments: std::slice::Iter<'a, OsString>,
    options: &'o [O],
    /// The rest of an argument with short options.
    bundle: &'a [u8],
    options_ended: bool,
}

impl<O> Words<'_, '_, O> {
    /// How many arguments have not been looked at.
    pub fn arguments_left(&self) -> usize {
        self.arguments.len()
    }

    /// Whether the next item is from the same argument as the last one.
    pub fn is_bundled(&self) -> bool {
        !self.bundle.is_empty()
    }
}

impl<'a, 'o, O: Borrow<OptionDescription>> Iterator for Words<'a, 'o, O> {
    type Item = Result<Word<'a, 'o, O>, OptionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((letter, rest)) = self.bundle.split_first() {
            return Some(self.short(*letter, rest));
        }
        let argument = self.arguments.next()?.as_os_str();
        let bytes = argument.as_bytes();
        if self.options_ended || bytes == b"-" {
            return Some(Ok(Word::Positional(argument)));
        }
        if bytes == b"--" {
            self.options_ended = true;
            return self.next();
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            return Some(self.long(long));
        }
        match bytes {
            [b'-', letter, rest @ ..] => Some(self.short(*letter, rest)),
            _ => Some(Ok(Word::Positional(argument))),
        }
    }
}

impl<'a, 'o, O: Borrow<OptionDescription>> Words<'a, 'o, O> {
    fn short(&mut self, letter: u8, rest: &'a [u8]) -> Result<Word<'a, 'o, O>, OptionError> {
        self.bundle = &[];
        let letter = char::from(letter);
        let found = self.options.iter().find(|option| description(*option).short == Some(letter));
        let Some(option) = found else {
            return Err(OptionError::Unknown(letter.to_string()));
        };
        match description(option).argument {
            Argument::None | Argument::Attached(_) => {
                self.bundle = rest;
                Ok(Word::Option(option, OsStr::new("")))
            }
            Argument::Required(_) if !rest.is_empty() => {
                Ok(Word::Option(option, OsStr::from_bytes(rest)))
            }
            Argument::Required(_) => match self.arguments.next() {
                Some(value) => Ok(Word::Option(option, value)),
                None => Err(OptionError::ShortWithoutValue(letter)),
            },
        }
    }

    fn long(&mut self, text: &'a [u8]) -> Result<Word<'a, 'o, O>, OptionError> {
        let (name, attached) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]))),
            None => (text, None),
        };
        let mut options = self.options.iter();
        let is_named =
            |option: &&O| !name.is_empty() && description(*option).long.as_bytes() == name;
        let Some(option) = options.find(is_named) else {
            return Err(OptionError::Unknown(String::from_utf8_lossy(text).into_owned()));
        };
        let &OptionDescription { long, argument, .. } = description(option);
        match (argument, attached) {
            (Argument::None | Argument::Attached(_), None) => {
                Ok(Word::Option(option, OsStr::new("")))
            }
            (Argument::None, Some(_)) => Err(OptionError::FlagWithValue(long)),
            (Argument::Required(_) | Argument::Attached(_), Some(value)) => {
                Ok(Word::Option(option, value))
            }
            (Argument::Required(_), None) => match self.arguments.next() {
                Some(value) => Ok(Word::Option(option, value)),
                None => Err(OptionError::LongWithoutValue(long)),
            },
        }
    }
}

fn description<O: Borrow<OptionDescription>>(option: &O) -> &OptionDescription {
    option.borrow()
}
