//! Numbers of bytes as text: `2GB`, `512MiB`. The only place that parses them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The units and their bytes, largest first.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1000),
    ("B", 1),
];

/// A number of bytes.
///
/// ```
/// use rrd_collector::bytes::Bytes;
/// assert_eq!("2GB".parse(), Ok(Bytes(2_000_000_000)));
/// assert_eq!(Bytes(512 << 20).to_string(), "512MiB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A text that is not a number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid size {text:?}: expected a number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, e.g. 2GB"
)]
pub struct InvalidBytes {
    text: String,
}

impl FromStr for Bytes {
    type Err = InvalidBytes;

    fn from_str(text: &str) -> Result<Self, InvalidBytes> {
        let trimmed = text.trim();
        let unit =
            UNITS.iter().find_map(|(unit, scale)| Some((trimmed.strip_suffix(unit)?, scale)));
        let bytes = unit.and_then(|(digits, scale)| {
            let digits = digits.trim_end();
            // `parse` also accepts a plus sign.
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(*scale)
        });
        bytes
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| InvalidBytes { text: text.to_owned() })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = UNITS.iter().find(|(_, scale)| self.0 > 0 && self.0.is_multiple_of(*scale));
        let (unit, scale) = fits.unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_its_size_and_reads_back() {
        for (text, bytes) in [
            ("7B", 7),
            ("3KB", 3000),
            ("3KiB", 3072),
            ("5MB", 5_000_000),
            ("5MiB", 5_242_880),
            ("2GB", 2_000_000_000),
            ("1TB", 1_000_000_000_000),
            ("1TiB", 1_099_511_627_776),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)));
            assert_eq!(Bytes(bytes).to_string(), text);
        }
        assert_eq!(" 2 GB".parse(), Ok(Bytes(2_000_000_000)));
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_what_is_expected() {
        for text in ["", "2", "GB", "0GB", "-1GB", "+1GB", "1.5GB", "2gb", "99999999999TB"] {
            let error = text.parse::<Bytes>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("invalid size {text:?}: expected a number and")),
                "{error}"
            );
        }
    }
}
