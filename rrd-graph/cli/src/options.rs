//! The shape of the commands' tables of options, and what applies them.

use std::borrow::Borrow;
use std::ffi::{OsStr, OsString};

use crate::failure::{Failure, Outcome};
use crate::option_words::{Argument, OptionDescription, Word, words};

/// One option of a command: how it is typed, what the user reads about it, what it does.
pub(crate) struct OptionSpec<T> {
    description: OptionDescription,
    apply: Apply<T>,
}

/// Takes effect on `T`; the value is empty where none was given.
type Apply<T> = fn(&mut T, &OsStr) -> Outcome;

impl<T> Borrow<OptionDescription> for OptionSpec<T> {
    fn borrow(&self) -> &OptionDescription {
        &self.description
    }
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
        let place = arguments.len() - words.arguments_left();
        let is_bundled = words.is_bundled();
        let word = words.next();
        let taken = arguments.len() - words.arguments_left() - place;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option_words::OptionError;

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
