//! The codeset of texts that people give: UTF-8, or Latin-1 where their locale says so.

use std::borrow::Cow;
use std::ffi::OsStr;

/// The codeset in which texts that are not UTF-8 are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Codeset {
    /// UTF-8.
    #[default]
    Utf8,
    /// ISO-8859-1.
    Latin1,
    /// ISO-8859-15: Latin-1 with the euro sign.
    Latin9,
}

/// The bytes that mean something else in ISO-8859-15 than in ISO-8859-1.
const LATIN_9: [(u8, char); 8] = [
    (0xa4, '€'),
    (0xa6, 'Š'),
    (0xa8, 'š'),
    (0xb4, 'Ž'),
    (0xb8, 'ž'),
    (0xbc, 'Œ'),
    (0xbd, 'œ'),
    (0xbe, 'Ÿ'),
];

impl Codeset {
    /// The codeset of a locale such as `de_DE.ISO-8859-1` or `de_DE@euro`.
    ///
    /// ```
    /// use rrd_graph::Codeset;
    /// assert_eq!(Codeset::of_locale("de_DE.ISO-8859-1"), Codeset::Latin1);
    /// assert_eq!(Codeset::of_locale("de_DE.UTF-8"), Codeset::Utf8);
    /// ```
    pub fn of_locale(name: &str) -> Self {
        let (name, modifier) = name.split_once('@').unwrap_or((name, ""));
        let Some((_, codeset)) = name.split_once('.') else {
            return if modifier == "euro" { Self::Latin9 } else { Self::Utf8 };
        };
        let letters = codeset.chars().filter(char::is_ascii_alphanumeric);
        match &*letters.collect::<String>().to_ascii_lowercase() {
            "iso88591" | "latin1" => Self::Latin1,
            "iso885915" | "latin9" => Self::Latin9,
            _ => Self::Utf8,
        }
    }

    /// A text as it was given. UTF-8 is read as such in every locale; other bytes are read in this
    /// codeset, or become U+FFFD.
    ///
    /// ```
    /// use std::ffi::OsStr;
    /// use std::os::unix::ffi::OsStrExt;
    /// use rrd_graph::Codeset;
    /// let latin = OsStr::from_bytes(b"5 \xb0C");
    /// assert_eq!(Codeset::Latin1.decode(latin), "5 °C");
    /// assert_eq!(Codeset::Utf8.decode(latin), "5 \u{fffd}C");
    /// ```
    pub fn decode(self, text: &OsStr) -> Cow<'_, str> {
        if let (None, true) = (text.to_str(), self != Self::Utf8) {
            let bytes = text.as_encoded_bytes().iter();
            return bytes.map(|byte| self.character(*byte)).collect::<String>().into();
        }
        text.to_string_lossy()
    }

    /// A text in this codeset; in UTF-8 if it has other characters.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        if self == Self::Utf8 || text.is_ascii() {
            return text.as_bytes().into();
        }
        let encoded: Option<Vec<u8>> = text.chars().map(|letter| self.byte(letter)).collect();
        encoded.map_or(text.as_bytes().into(), Cow::Owned)
    }

    /// The codeset of the answer to these words: texts that were given in UTF-8 are given back so.
    #[must_use]
    pub fn of_answer(self, words: &[impl AsRef<OsStr>]) -> Self {
        let is_unicode = |word: &OsStr| word.to_str().is_some_and(|text| !text.is_ascii());
        if words.iter().any(|word| is_unicode(word.as_ref())) { Self::Utf8 } else { self }
    }

    fn character(self, byte: u8) -> char {
        let changed = LATIN_9.iter().find(|(other, _)| self == Self::Latin9 && *other == byte);
        changed.map_or(char::from(byte), |(_, character)| *character)
    }

    fn byte(self, character: char) -> Option<u8> {
        let changed = LATIN_9.iter().find(|(_, other)| *other == character);
        match changed {
            Some((byte, _)) => (self == Self::Latin9).then_some(*byte),
            None => u8::try_from(u32::from(character))
                .ok()
                .filter(|byte| self.character(*byte) == character),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn the_locale_names_the_codeset() {
        for (locale, codeset) in [
            ("de_DE.ISO-8859-1", Codeset::Latin1),
            ("de_DE.iso88591", Codeset::Latin1),
            ("fr_FR.ISO-8859-15@euro", Codeset::Latin9),
            ("fr_FR@euro", Codeset::Latin9),
            ("de_DE", Codeset::Utf8),
            ("ru_RU.KOI8-R", Codeset::Utf8),
            ("C.UTF-8", Codeset::Utf8),
            ("POSIX", Codeset::Utf8),
            ("", Codeset::Utf8),
        ] {
            assert_eq!(Codeset::of_locale(locale), codeset, "{locale}");
        }
    }

    #[test]
    fn a_text_costs_at_most_the_characters_that_cannot_be_read() {
        let bytes = OsStr::from_bytes(b"M\xe4rz \xa4");
        assert_eq!(Codeset::Latin1.decode(bytes), "März ¤");
        assert_eq!(Codeset::Latin9.decode(bytes), "März €");
        assert_eq!(Codeset::Utf8.decode(bytes), "M\u{fffd}rz \u{fffd}");
        for codeset in [Codeset::Utf8, Codeset::Latin1, Codeset::Latin9] {
            assert_eq!(codeset.decode(OsStr::new("März €")), "März €");
        }
    }

    #[test]
    fn a_text_is_written_in_the_codeset_if_that_has_its_characters() {
        assert_eq!(&*Codeset::Latin1.encode("März ¤"), b"M\xe4rz \xa4");
        assert_eq!(&*Codeset::Latin9.encode("März €"), b"M\xe4rz \xa4");
        assert_eq!(&*Codeset::Latin1.encode("März €"), "März €".as_bytes());
        assert_eq!(&*Codeset::Latin9.encode("¤"), "¤".as_bytes());
        assert_eq!(&*Codeset::Utf8.encode("März"), "März".as_bytes());
    }
}
