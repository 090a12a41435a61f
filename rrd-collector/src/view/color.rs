//! The colours of curves, by name: strong enough on light and on dark paper.

use serde::{Deserialize, Deserializer};

/// A colour as 0xRRGGBB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub u32);

const NAMES: [(&str, Paint); 11] = [
    ("blue", Paint(0x3b_82f6)),
    ("green", Paint(0x22_a06b)),
    ("amber", Paint(0xe8_a317)),
    ("red", Paint(0xe0_3131)),
    ("violet", Paint(0x8b_5cf6)),
    ("teal", Paint(0x14_a3a8)),
    ("pink", Paint(0xd9_4f8c)),
    ("brown", Paint(0xa0_6a3f)),
    ("sky", Paint(0x7c_b8f2)),
    ("orange", Paint(0xf0_7a2b)),
    ("grey", Paint(0x8a_94a6)),
];

impl Paint {
    /// The colour of the curve of this number, where nobody chose one.
    pub fn numbered(number: usize) -> Self {
        NAMES.iter().map(|(_, paint)| *paint).cycle().nth(number % NAMES.len()).unwrap_or(Self(0))
    }

    /// A name, or six hexadecimal digits with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(name, _)| *name == text).map(|(_, paint)| *paint);
        let digits = text.trim_start_matches('#');
        let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        named.or_else(|| u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).map(Self))
    }
}

impl<'de> Deserialize<'de> for Paint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            serde::de::Error::custom(format!("{text:?} is no colour: write #RRGGBB, or {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_names_or_digits() {
        assert_eq!(Paint::parse("red"), Some(Paint(0xe0_3131)));
        assert_eq!(Paint::parse("#00ff7F"), Some(Paint(0x00_ff7f)));
        assert_eq!(Paint::parse("00ff7F"), Some(Paint(0x00_ff7f)));
        assert_eq!(Paint::parse("#+0ff7F"), None);
        assert_eq!(Paint::parse("reddish"), None);
        assert_eq!(Paint::numbered(1), Paint::numbered(12));
    }
}
