//! RRDtool's option grammar, one for all commands. What an option means lives with its command.
//!
//! Options stand anywhere and keep their order; `--` ends them; short ones bundle (`-sta` is `-s -t a`); long ones are
//! exact (`--name value`, `--name=value`). An argument of a minus sign and a digit is an option, a lone minus is not.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// One option of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<T> {
    short: Option<char>,
    long: Option<&'static str>,
    takes: Takes,
    means: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// A value, but only one that is joined to the name.
    Perhaps,
}

impl<T> Rule<T> {
    /// An option without a value.
    pub(crate) const fn flag(short: Option<char>, long: &'static str, means: T) -> Self {
        Self { short, long: Some(long), takes: Takes::Nothing, means }
    }

    /// An option with a value.
    pub(crate) const fn value(short: Option<char>, long: &'static str, means: T) -> Self {
        Self { short, long: Some(long), takes: Takes::Value, means }
    }

    /// A long option that may have a value, as in `--name` or `--name=value`.
    pub(crate) const fn perhaps(long: &'static str, means: T) -> Self {
        Self { short: None, long: Some(long), takes: Takes::Perhaps, means }
    }
}

/// One thing that was said on a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word<'a, T> {
    /// An option and its value; one without has the empty one.
    Option(T, &'a OsStr),
    /// Anything else.
    Positional(&'a OsStr),
}

/// A command line that does not follow the grammar.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OptionError {
    /// No option has this letter or name.
    #[error("invalid option -- '{0}'")]
    Unknown(String),
    /// The command line ends before the value of a short option.
    #[error("option requires an argument -- '{0}'")]
    ShortWithoutValue(char),
    /// The command line ends before the value of a long option.
    #[error("option requires argument -- '{0}'")]
    LongWithoutValue(&'static str),
    /// A flag was given a value.
    #[error("option takes no arguments -- '{0}'")]
    FlagWithValue(&'static str),
}

/// Reads a command line from left to right.
///
/// After an error nothing sensible follows; callers stop there.
pub(crate) fn words<'a, T: Copy>(arguments: &'a [OsString], rules: &'a [Rule<T>]) -> Words<'a, T> {
    Words { arguments: arguments.iter(), rules, bundle: &[], options_ended: false }
}

/// The iterator of [`words`].
pub(crate) struct Words<'a, T> {
    arguments: std::slice::Iter<'a, OsString>,
    rules: &'a [Rule<T>],
    /// What is left of an argument of short options.
    bundle: &'a [u8],
    options_ended: bool,
}

impl<'a, T: Copy> Iterator for Words<'a, T> {
    type Item = Result<Word<'a, T>, OptionError>;

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

impl<'a, T: Copy> Words<'a, T> {
    fn short(&mut self, letter: u8, rest: &'a [u8]) -> Result<Word<'a, T>, OptionError> {
        self.bundle = &[];
        let letter = char::from(letter);
        let Some(rule) = self.rules.iter().find(|rule| rule.short == Some(letter)) else {
            return Err(OptionError::Unknown(letter.to_string()));
        };
        match rule.takes {
            Takes::Nothing | Takes::Perhaps => {
                self.bundle = rest;
                Ok(Word::Option(rule.means, OsStr::new("")))
            }
            Takes::Value if !rest.is_empty() => {
                Ok(Word::Option(rule.means, OsStr::from_bytes(rest)))
            }
            Takes::Value => match self.arguments.next() {
                Some(value) => Ok(Word::Option(rule.means, value)),
                None => Err(OptionError::ShortWithoutValue(letter)),
            },
        }
    }

    fn long(&mut self, text: &'a [u8]) -> Result<Word<'a, T>, OptionError> {
        let (name, attached) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]))),
            None => (text, None),
        };
        let found = self.rules.iter().find_map(|rule| match rule.long {
            Some(long) if long.as_bytes() == name => Some((rule, long)),
            _ => None,
        });
        let Some((rule, long)) = found else {
            return Err(OptionError::Unknown(String::from_utf8_lossy(text).into_owned()));
        };
        match (rule.takes, attached) {
            (Takes::Nothing | Takes::Perhaps, None) => Ok(Word::Option(rule.means, OsStr::new(""))),
            (Takes::Nothing, Some(_)) => Err(OptionError::FlagWithValue(long)),
            (Takes::Value | Takes::Perhaps, Some(value)) => Ok(Word::Option(rule.means, value)),
            (Takes::Value, None) => match self.arguments.next() {
                Some(value) => Ok(Word::Option(rule.means, value)),
                None => Err(OptionError::LongWithoutValue(long)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [Rule<char>; 3] = [
        Rule::value(Some('t'), "template", 't'),
        Rule::flag(Some('s'), "skip-past-updates", 's'),
        Rule::value(None, "only-long", 'o'),
    ];

    fn read(line: &[&str]) -> Result<Vec<(Option<char>, String)>, OptionError> {
        let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
        words(&arguments, &RULES)
            .map(|word| {
                word.map(|word| match word {
                    Word::Option(means, value) => {
                        (Some(means), value.to_string_lossy().into_owned())
                    }
                    Word::Positional(text) => (None, text.to_string_lossy().into_owned()),
                })
            })
            .collect()
    }

    fn said(list: &[(Option<char>, &str)]) -> Vec<(Option<char>, String)> {
        list.iter().map(|&(means, text)| (means, text.to_owned())).collect()
    }

    #[test]
    fn options_and_positional_arguments_keep_their_order() {
        assert_eq!(
            read(&["a", "-s", "b", "--template", "x", "--template=y", "-tz", "-t", "w", "-"]),
            Ok(said(&[
                (None, "a"),
                (Some('s'), ""),
                (None, "b"),
                (Some('t'), "x"),
                (Some('t'), "y"),
                (Some('t'), "z"),
                (Some('t'), "w"),
                (None, "-"),
            ]))
        );
    }

    #[test]
    fn flags_bundle_and_the_last_of_a_bundle_may_take_a_value() {
        assert_eq!(read(&["-sta"]), Ok(said(&[(Some('s'), ""), (Some('t'), "a")])));
        assert_eq!(read(&["-st", "a"]), Ok(said(&[(Some('s'), ""), (Some('t'), "a")])));
        assert_eq!(read(&["-t=a"]), Ok(said(&[(Some('t'), "=a")])));
    }

    #[test]
    fn two_minus_signs_end_the_options_once() {
        assert_eq!(read(&["--", "-s", "--"]), Ok(said(&[(None, "-s"), (None, "--")])));
    }

    #[test]
    fn a_value_may_begin_with_a_minus_sign() {
        assert_eq!(read(&["-t", "--"]), Ok(said(&[(Some('t'), "--")])));
    }

    #[test]
    fn a_negative_number_is_an_option_and_so_refused() {
        assert_eq!(read(&["-5"]), Err(OptionError::Unknown("5".to_owned())));
    }

    #[test]
    fn long_options_are_exact_and_errors_name_what_was_typed() {
        assert_eq!(read(&["--templ", "x"]), Err(OptionError::Unknown("templ".to_owned())));
        assert_eq!(read(&["--bogus=3"]), Err(OptionError::Unknown("bogus=3".to_owned())));
        assert_eq!(read(&["--only-long"]), Err(OptionError::LongWithoutValue("only-long")));
        assert_eq!(read(&["-st"]), Err(OptionError::ShortWithoutValue('t')));
        assert_eq!(
            read(&["--skip-past-updates=1"]),
            Err(OptionError::FlagWithValue("skip-past-updates"))
        );
    }
}
