//! The base of prefixes, and the letter of each of its powers.

use rrd_core::number::{logarithm, power};

/// The factor from one unit prefix to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// 1000, as for bits, packets and seconds.
    #[default]
    Decimal,
    /// 1024, as for memory: `KiB`, `MiB`, `GiB`.
    Binary,
}

impl Base {
    pub(crate) const fn number(self) -> f64 {
        match self {
            Self::Decimal => 1000.0,
            Self::Binary => 1024.0,
        }
    }

    /// The base to the given power.
    pub(crate) fn power(self, exponent: i32) -> f64 {
        power(self.number(), f64::from(exponent))
    }

    /// The power of the base that a number reaches: 0 for 1 to 999, -1 for 0.5.
    pub(crate) fn magnitude(self, number: f64) -> i32 {
        if number == 0.0 || !number.is_finite() {
            return 0;
        }
        let exponent = (logarithm(number.abs()) / logarithm(self.number())).floor();
        crate::number::whole(exponent)
    }
}

const LETTERS: [&str; 17] =
    ["y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];

/// The letter of a power of the base: `k` for 1, `m` for -1, empty for 0, `?` if there is none.
pub(crate) fn symbol(exponent: i32) -> &'static str {
    exponent
        .checked_add(8)
        .and_then(|index| usize::try_from(index).ok())
        .and_then(|index| LETTERS.get(index))
        .copied()
        .unwrap_or("?")
}
