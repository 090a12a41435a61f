//! Numbers as text in RRDtool's forms, elementary functions, and the few casts between number
//! types. What numbers mean (rates, counts) is not decided here.
//!
//! ```
//! use rrd_core::number;
//! assert_eq!(number::parse("12.5e1"), Ok(125.0));
//! assert_eq!(number::scientific(125.0, 10).to_string(), "1.2500000000e+02");
//! assert_eq!(number::general(1e-5, 6).to_string(), "1e-05");
//! ```

/// The value for "unknown": the NaN that RRDtool writes, with its sign bit set. Any NaN that is
/// read counts as unknown.
///
/// ```
/// assert_eq!(rrd_core::number::UNKNOWN.to_bits(), 0xfff8_0000_0000_0000);
/// ```
pub const UNKNOWN: f64 = f64::from_bits(0xfff8_0000_0000_0000);

mod cast;
mod decimals;
mod digits;
mod elementary;
mod parse;
mod print;
mod significant;

pub use cast::{
    count_to_f64, floor_at_zero, floor_to_i64, length_to_u64, seconds_to_f64, to_f32, to_index,
    truncate_to_i64, truncate_to_u64, whole, whole_to_f64, wrap_to_i32,
};
pub use digits::push_whole;
pub(crate) use digits::{ReverseText, digits_of};
pub use elementary::{
    arc_tangent, arc_tangent_of, cosine, decimal_logarithm, exponential, logarithm, power, sine,
};
pub(crate) use parse::{Decimal, scan_decimal, scan_plain};
pub use parse::{NumberError, parse};
pub use print::{
    Dumped, Fixed, General, NamedNan, Scientific, dumped, fixed, general, named_nan, scientific,
};
