//! The version of a file: which features it may have.

use std::fmt;
use std::str::FromStr;

use crate::unknown_name::UnknownName;

/// The version field of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FileVersion {
    /// 0001: only read (an 8-byte live head).
    V1,
    /// 0002: only read (an 8-byte live head).
    V2,
    /// 0003: the default.
    V3,
    /// 0004: multiplicative forecasts and smoothing windows.
    V4,
    /// 0005: DCOUNTER and DDERIVE.
    V5,
}

impl FileVersion {
    const ALL: [Self; 5] = [Self::V1, Self::V2, Self::V3, Self::V4, Self::V5];

    /// The four digits in the file.
    ///
    /// ```
    /// assert_eq!(rrd_core::FileVersion::V3.digits(), "0003");
    /// ```
    pub const fn digits(self) -> &'static str {
        match self {
            Self::V1 => "0001",
            Self::V2 => "0002",
            Self::V3 => "0003",
            Self::V4 => "0004",
            Self::V5 => "0005",
        }
    }

    /// The version with these digits.
    pub(crate) fn from_digits(digits: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.digits().as_bytes() == digits)
    }
}

impl AsRef<str> for FileVersion {
    fn as_ref(&self) -> &str {
        self.digits()
    }
}

impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

/// Reads the four digits.
///
/// ```
/// use rrd_core::FileVersion;
/// assert_eq!("0005".parse(), Ok(FileVersion::V5));
/// assert!("5".parse::<FileVersion>().is_err());
/// ```
impl FromStr for FileVersion {
    type Err = UnknownName;

    fn from_str(digits: &str) -> Result<Self, UnknownName> {
        let expected = "0001, 0002, 0003, 0004 or 0005";
        Self::from_digits(digits.as_bytes())
            .ok_or_else(|| UnknownName::new("file version", digits, expected))
    }
}
