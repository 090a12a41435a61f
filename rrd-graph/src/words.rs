//! Enums with a word for each variant: read, written, and refused with the words that there are.

use std::fmt;

/// The word names no variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: Vec<&'static str>,
}

impl UnknownWord {
    pub(crate) fn new(
        what: &'static str,
        word: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self { what, word: word.to_owned(), known: known.into_iter().collect() }
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} \"{}\": use ", self.what, self.word)?;
        for (index, known) in self.known.iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index + 1 == self.known.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}{known}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownWord {}

/// Gives an enum its words as `WORDS`, `FromStr`, `Display` and for serde.
macro_rules! words {
    ($type:ident, $what:literal, { $($variant:ident: $word:literal),+ $(,)? }) => {
        impl $type {
            /// The words, one for each variant.
            pub const WORDS: &'static [&'static str] = &[$($word),+];
        }

        impl std::str::FromStr for $type {
            type Err = $crate::words::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => {
                        let known = Self::WORDS.iter().copied();
                        Err($crate::words::UnknownWord::new($what, word, known))
                    }
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)+
                })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<str>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::theme::Theme;

    #[test]
    fn a_word_is_read_as_it_is_written_and_others_are_refused_with_those_there_are() {
        assert_eq!(Theme::Dark.to_string().parse(), Ok(Theme::Dark));
        let error = "black".parse::<Theme>().unwrap_err();
        assert_eq!(error.to_string(), "unknown theme \"black\": use light, dark or auto");
    }
}
