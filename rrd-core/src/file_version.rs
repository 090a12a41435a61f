//! The version of a file: which features it may have.

/// The version field of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The version with these digits; only 0001 to 0005 exist.
    ///
    /// ```
    /// use rrd_core::FileVersion;
    /// assert_eq!(FileVersion::from_digits(b"0005"), Some(FileVersion::V5));
    /// assert_eq!(FileVersion::from_digits(b"5"), None);
    /// ```
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.digits().as_bytes() == digits)
    }
}
