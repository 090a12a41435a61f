//! RRDtool's option grammar, one for all commands, and the shape of their tables of options.
//!
//! Options may be anywhere and keep their order; `--` ends them; short ones can be combined (`-sta`
//! is `-s -t a`); long ones must be exact (`--name value`, `--name=value`). A minus sign with a
//! digit is an option, a single minus sign is not.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::failure::{Failure, Outcome};

/// One option of a command: how it is typed, what the user reads about it, what it does.
pub(crate) struct OptionSpec<T> {
    description: OptionDescription,
    apply: Apply<T>,
}

/// Takes effect on `T`; the value is empty where none was given.
type Apply<T> = fn(&mut T, &OsStr) -> Outcome;

/// How an option is typed, and what the user reads about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionDescription {
    pub(crate) short: Option<char>,
    pub(crate) long: &'static str,
    pub(crate) argument: Argument,
    /// One sentence.
    pub(crate) help: &'static str,
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    None,
    /// A value of this name.
    Required(&'static str),
    /// A value of this name, but only one that is joined to the option, as in `--name=value`.
    Attached(&'static str),
}

impl<T> OptionSpec<T> {
    /// An option without a value.
    pub(crate) const fn flag(
        short: Option<char>,
        long: &'static str,
        help: &'static str,
        apply: Apply<T>,
    ) -> Self {
        let description = OptionDescription { short, long, argument: Argument::None, help };
        Self { description, apply }
    }

    /// An option with a value of this name.
    pub(crate) const fn value(
        short: Option<char>,
        long: &'static str,
        value: &'static str,
        help: &'static str,
        apply: Apply<T>,
    ) -> Self {
        let argument = Argument::Required(value);
        Self { description: OptionDescription { short, long, argument, help }, apply }
    }

    /// A long option that may have a value of this name, as in `--name` or `--name=value`.
    pub(crate) const fn attached(
        long: &'static str,
        value: &'static str,
        help: &'static str,
        apply: Apply<T>,
    ) -> Self {
        let argument = Argument::Attached(value);
        Self { description: OptionDescription { short: None, long, argument, help }, apply }
    }

    /// `--daemon`, as most commands have it.
    pub(crate) const fn daemon(apply: Apply<T>) -> Self {
        let help = "The address of rrdcached; empty to read the file itself.";
        Self::value(Some('d'), "daemon", "ADDRESS", help, apply)
    }

    /// `--start` of a time range.
    pub(crate) const fn start(apply: Apply<T>) -> Self {
        let help = "Start of the time range, end-24h by default.";
        Self::value(Some('s'), "start", "TIME", help, apply)
    }

    /// `--end` of a time range.
    pub(crate) const fn end(apply: Apply<T>) -> Self {
        let help = "End of the time range, now by default.";
        Self::value(Some('e'), "end", "TIME", help, apply)
    }

    /// `--json`, for the commands that print values.
    pub(crate) const fn json(apply: Apply<T>) -> Self {
        Self::flag(None, "json", "Print JSON.", apply)
    }
}

/// What the user reads about these options.
pub(crate) fn descriptions<T>(options: &[OptionSpec<T>]) -> Vec<OptionDescription> {
    options.iter().map(|option| option.description).collect()
}

/// Applies the options of a command line to `state`, from left to right, and returns its other
/// words.
pub(crate) fn parse<'a, T>(
    arguments: &'a [OsString],
    options: &[OptionSpec<T>],
    state: &mut T,
) -> Result<Vec<&'a OsStr>, Failure> {
    let mut positional = Vec::new();
    for word in words(arguments, options) {
        match word? {
            Word::Option(option, value) => (option.apply)(state, value)?,
            Word::Positional(word) => positional.push(word),
        }
    }
    Ok(positional)
}

/// The places of the arguments that are read as options, or end them, up to the first error.
pub(crate) fn places<T>(arguments: &[OsString], options: &[OptionSpec<T>]) -> Vec<usize> {
    let mut words = words(arguments, options);
    let mut places = Vec::new();
    loop {
        let place = arguments.len() - words.arguments.len();
        let is_bundled = !words.bundle.is_empty();
        let word = words.next();
        let taken = arguments.len() - words.arguments.len() - place;
        match word {
            Some(Ok(Word::Option(..))) if !is_bundled => places.push(place),
            Some(Ok(Word::Option(..))) => {}
            // The mark that ends the options came first.
            Some(Ok(Word::Positional(_))) => places.extend((taken == 2).then_some(place)),
            Some(Err(_)) => {
                places.push(place.min(arguments.len().saturating_sub(1)));
                return places;
            }
            None => {
                places.extend((taken == 1).then_some(place));
                return places;
            }
        }
    }
}

/// One word of a command line.
enum Word<'a, 'o, T> {
    /// An option and its value, which is empty for options without one.
    Option(&'o OptionSpec<T>, &'a OsStr),
    /// Any other argument.
    Positional(&'a OsStr),
}

/// A command line that does not follow the grammar.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OptionError {
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

/// Parses a command line from left to right.
///
/// Stop after an error: further items are meaningless.
fn words<'a, 'o, T>(arguments: &'a [OsString], options: &'o [OptionSpec<T>]) -> Words<'a, 'o, T> {
    Words { arguments: arguments.iter(), options, bundle: &[], options_ended: false }
}

/// The iterator of [`words`].
struct Words<'a, 'o, T> {
    arguments: std::slice::Iter<'a, OsString>,
    options: &'o [OptionSpec<T>],
    /// The rest of an argument with short options.
    bundle: &'a [u8],
    options_ended: bool,
}

impl<'a, 'o, T> Iterator for Words<'a, 'o, T> {
    type Item = Result<Word<'a, 'o, T>, OptionError>;

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

impl<'a, 'o, T> Words<'a, 'o, T> {
    fn short(&mut self, letter: u8, rest: &'a [u8]) -> Result<Word<'a, 'o, T>, OptionError> {
        self.bundle = &[];
        let letter = char::from(letter);
        let found = self.options.iter().find(|option| option.description.short == Some(letter));
        let Some(option) = found else {
            return Err(OptionError::Unknown(letter.to_string()));
        };
        match option.description.argument {
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

    fn long(&mut self, text: &'a [u8]) -> Result<Word<'a, 'o, T>, OptionError> {
        let (name, attached) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]))),
            None => (text, None),
        };
        let mut options = self.options.iter();
        let Some(option) = options.find(|option| option.description.long.as_bytes() == name) else {
            return Err(OptionError::Unknown(String::from_utf8_lossy(text).into_owned()));
        };
        let long = option.description.long;
        match (option.description.argument, attached) {
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

#[cfg(test)]
mod tests {
    use super::*;

    type Applied = Vec<(Option<char>, String)>;

    fn entry(letter: char, value: &OsStr) -> (Option<char>, String) {
        (Some(letter), value.to_string_lossy().into_owned())
    }

    const OPTIONS: &[OptionSpec<Applied>] = &[
        OptionSpec::value(Some('t'), "template", "NAMES", "", |seen, value| {
            seen.push(entry('t', value));
            Ok(())
        }),
        OptionSpec::flag(Some('s'), "skip-past-updates", "", |seen, value| {
            seen.push(entry('s', value));
            Ok(())
        }),
        OptionSpec::value(None, "only-long", "VALUE", "", |seen, value| {
            seen.push(entry('o', value));
            Ok(())
        }),
    ];

    /// Options and positional arguments in their order.
    fn read(line: &[&str]) -> Result<Applied, OptionError> {
        let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
        let mut read = Vec::new();
        for word in words(&arguments, OPTIONS) {
            match word? {
                Word::Option(option, value) => assert!((option.apply)(&mut read, value).is_ok()),
                Word::Positional(text) => read.push((None, text.to_string_lossy().into_owned())),
            }
        }
        Ok(read)
    }

    fn list(list: &[(Option<char>, &str)]) -> Applied {
        list.iter().map(|&(letter, text)| (letter, text.to_owned())).collect()
    }

    #[test]
    fn options_and_positional_arguments_keep_their_order() {
        assert_eq!(
            read(&["a", "-s", "b", "--template", "x", "--template=y", "-tz", "-t", "w", "-"]),
            Ok(list(&[
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
    fn the_places_of_options_are_known_before_they_are_applied() {
        for (line, expected) in [
            (&["a", "-s", "b", "-t", "-x", "-tz", "c"][..], &[1, 3, 5][..]),
            (&["--template", "--", "--", "-s"], &[0, 2]),
            (&["a", "--"], &[1]),
            (&["-st", "x", "-q", "-s"], &[0, 2]),
            (&["-"], &[]),
        ] {
            let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert_eq!(places(&arguments, OPTIONS), expected, "{line:?}");
        }
    }

    #[test]
    fn flags_bundle_and_the_last_of_a_bundle_may_take_a_value() {
        assert_eq!(read(&["-sta"]), Ok(list(&[(Some('s'), ""), (Some('t'), "a")])));
        assert_eq!(read(&["-st", "a"]), Ok(list(&[(Some('s'), ""), (Some('t'), "a")])));
        assert_eq!(read(&["-t=a"]), Ok(list(&[(Some('t'), "=a")])));
    }

    #[test]
    fn two_minus_signs_end_the_options_once() {
        assert_eq!(read(&["--", "-s", "--"]), Ok(list(&[(None, "-s"), (None, "--")])));
    }

    #[test]
    fn a_value_may_begin_with_a_minus_sign() {
        assert_eq!(read(&["-t", "--"]), Ok(list(&[(Some('t'), "--")])));
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
