//! The unit prefix of a number (`k`, `M`, `m`), and the prefix shared by several numbers.

use rrd_core::number::{logarithm, power};

/// A power of the base and its prefix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// The divisor of values.
    pub factor: f64,
    /// The prefix: a blank for the power 0, `?` if there is none.
    pub letter: char,
}

/// The prefixes of the powers -6 to 6.
const LETTERS: [char; 13] = ['a', 'f', 'p', 'n', 'u', 'm', ' ', 'k', 'M', 'G', 'T', 'P', 'E'];

impl Unit {
    /// The power 0.
    pub const ONE: Self = Self { factor: 1.0, letter: ' ' };

    /// The unit that leaves 1 up to the base before the decimal point. Zero and unknown have none.
    ///
    /// ```
    /// use rrd_graph::number_format::Unit;
    /// assert_eq!(Unit::suiting(1_234_567.0, 1000.0), Unit { factor: 1e6, letter: 'M' });
    /// assert_eq!(Unit::suiting(2048.0, 1024.0), Unit { factor: 1024.0, letter: 'k' });
    /// assert_eq!(Unit::suiting(0.0, 1000.0), Unit::ONE);
    /// ```
    pub fn suiting(value: f64, base: f64) -> Self {
        if value == 0.0 || value.is_nan() {
            return Self::ONE;
        }
        if value.is_infinite() {
            // No power is large enough: all values with this unit are infinite.
            return Self { factor: 0.0, letter: '?' };
        }
        Self::of_exponent((logarithm(value.abs()) / logarithm(base)).floor(), base)
    }

    /// The unit of a power of the base.
    pub(crate) fn of_power(exponent: i32, base: f64) -> Self {
        Self::of_exponent(f64::from(exponent), base)
    }

    fn of_exponent(exponent: f64, base: f64) -> Self {
        let letter = LETTERS
            .into_iter()
            .zip(-6_i32..)
            .find_map(|(letter, known)| (f64::from(known) == exponent).then_some(letter));
        Self { factor: power(base, exponent), letter: letter.unwrap_or('?') }
    }

    /// A value in this unit.
    pub fn scale(self, value: f64) -> f64 {
        value / self.factor
    }
}

/// The unit that the prints of one chart share by `%S`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitMemory(Option<Unit>);

impl UnitMemory {
    /// The unit of a single value (`%s`); later prints share it.
    pub fn own(&mut self, value: f64, base: f64) -> Unit {
        let unit = Unit::suiting(value, base);
        self.0 = Some(unit);
        unit
    }

    /// The shared unit (`%S`): that of the first value other than zero.
    pub fn shared(&mut self, value: f64, base: f64) -> Unit {
        if let Some(unit) = self.0 {
            return unit;
        }
        let unit = Unit::suiting(value, base);
        if value != 0.0 {
            self.0 = Some(unit);
        }
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_powers_belong_to_their_own_letter() {
        for (value, letter) in [
            (1e3, 'k'),
            (1e6, 'M'),
            (1e9, 'G'),
            (1e12, 'T'),
            (1e15, 'P'),
            (1e18, 'E'),
            (1e21, '?'),
            (1e-3, 'm'),
            (999.999, ' '),
            (f64::INFINITY, '?'),
        ] {
            assert_eq!(Unit::suiting(value, 1000.0).letter, letter, "{value}");
        }
    }

    #[test]
    fn zero_does_not_choose_the_shared_unit_and_unknown_does() {
        let mut memory = UnitMemory::default();
        assert_eq!(memory.shared(0.0, 1000.0), Unit::ONE);
        assert_eq!(memory.shared(5e6, 1000.0).letter, 'M');
        assert_eq!(memory.shared(5.0, 1000.0).letter, 'M');
        let mut memory = UnitMemory::default();
        assert_eq!(memory.shared(f64::NAN, 1000.0), Unit::ONE);
        assert_eq!(memory.shared(5e6, 1000.0), Unit::ONE);
    }

    #[test]
    fn a_value_with_a_unit_of_its_own_changes_the_shared_one_even_if_zero() {
        let mut memory = UnitMemory::default();
        assert_eq!(memory.own(0.0, 1000.0), Unit::ONE);
        assert_eq!(memory.shared(5e6, 1000.0), Unit::ONE);
        assert_eq!(memory.own(5e3, 1000.0).letter, 'k');
        assert_eq!(memory.shared(5e6, 1000.0).letter, 'k');
    }
}
