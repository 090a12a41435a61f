//! Numbers, durations and consolidation functions as texts, and what is computed from numbers.

use std::ffi::{OsStr, c_char, c_double, c_int, c_long, c_uint, c_ulong, c_void};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use rrd_core::ConsolidationFunction;
use rrd_core::duration::{self, DurationError};
use rrd_core::number::{self, NumberError, UNKNOWN};

use crate::c::arguments::text;
use crate::c::call::export;
use crate::error::{Failure, set_error};

export! {
    /// The number that a text begins with, in the C locale: 0 if there is none. The place behind it
    /// is stored at `end` unless that is NULL.
    fn rrd_strtod(given: *const c_char, end: *mut *mut c_char) -> c_double, else 0.0;
    {
        // SAFETY: C passes a text.
        let bytes = unsafe { text(given) }.ok_or_else(|| missing("number"))?.as_bytes();
        match leading(bytes) {
            Some(Leading { value, taken, .. }) if taken > 0 => {
                // SAFETY: the text has that many bytes, and C passes a place or NULL.
                unsafe { put(end, given.add(taken).cast_mut()) };
                Ok(value)
            }
            // A named number is not one here.
            _ => Ok(0.0),
        }
    }
}

export! {
    /// Reads a number for `what`: 2 for a whole text, 1 if something follows it, 0 for none.
    /// Where it is not a whole text, the error is set unless `what` is NULL.
    fn rrd_strtodbl(
        given: *const c_char,
        end: *mut *mut c_char,
        value: *mut c_double,
        what: *const c_char,
    ) -> c_uint, else 0;
    {
        // SAFETY: C passes a text.
        let told = unsafe { text(given) }.ok_or_else(|| missing("number"))?;
        let bytes = told.as_bytes();
        let number = leading(bytes).unwrap_or(Leading { value: 0.0, taken: 0, whole: false });
        // SAFETY: the text has that many bytes, and C passes places or NULL.
        unsafe {
            put(end, given.add(number.taken).cast_mut());
            put(value, number.value);
        }
        if number.whole {
            return Ok(2);
        }
        let error = fault(told, &number);
        // SAFETY: C passes a text or NULL.
        if let Some(what) = unsafe { text(what) } {
            let words = rrd_cli::rrdtool_words(&error);
            set_error(&Failure::new(format!("{} - {words}", what.to_string_lossy())));
        }
        Ok(c_uint::from(matches!(error, NumberError::TrailingText { .. })))
    }
}

/// The number that a text begins with.
struct Leading {
    value: f64,
    /// The bytes of the number; none for one with a name, such as `inf`.
    taken: usize,
    /// Whether nothing follows it.
    whole: bool,
}

/// The number that a text begins with, which need not be UTF-8 behind it.
fn leading(bytes: &[u8]) -> Option<Leading> {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let complete = valid.len() == bytes.len();
    match number::parse(valid) {
        Ok(value) => {
            let named = valid.trim_start_matches(|byte: char| !byte.is_ascii_alphanumeric());
            if named.starts_with(|first: char| first.is_ascii_alphabetic()) {
                return Some(Leading { value, taken: 0, whole: true });
            }
            Some(Leading { value, taken: valid.len(), whole: complete })
        }
        Err(NumberError::TrailingText { value, rest, .. }) => {
            Some(Leading { value, taken: valid.len() - rest.len(), whole: false })
        }
        Err(_) => None,
    }
}

fn fault(told: &OsStr, number: &Leading) -> NumberError {
    let text = told.to_string_lossy().into_owned();
    if number.taken == 0 {
        return NumberError::NotANumber { text };
    }
    let rest = told.as_bytes().get(number.taken..).unwrap_or_default();
    let rest = String::from_utf8_lossy(rest).into_owned();
    NumberError::TrailingText { text, value: number.value, rest }
}

fn missing(what: &str) -> Failure {
    Failure::new(format!("missing {what}"))
}

/// Stores a value unless C does not want it.
///
/// # Safety
///
/// The pointer is NULL or that of a place for it.
unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: by the contract of this function.
        unsafe { place.write(value) };
    }
}

export! {
    /// Reads a duration such as `5m` and counts it in units of `divisor` seconds. NULL, or a text
    /// that tells what is wrong and is not freed.
    fn rrd_scaled_duration(token: *const c_char, divisor: c_ulong, count: *mut c_ulong)
        -> *const c_char, else c"internal error".as_ptr();
    {
        // SAFETY: C passes a text or NULL.
        let token = unsafe { text(token) }.unwrap_or_default().to_string_lossy();
        let counted = NonZeroU64::new(divisor)
            .ok_or(DurationError::NotAMultiple)
            .and_then(|divisor| duration::parse(&token, divisor));
        let words = match counted {
            Ok(counted) => {
                // SAFETY: C passes a place or NULL.
                unsafe { put(count, counted as c_ulong) };
                return Ok(ptr::null());
            }
            Err(DurationError::NoDigit) => c"value must be (suffixed) positive number",
            Err(DurationError::UnknownSuffix) => c"value has trailing garbage",
            Err(DurationError::Zero) => c"value must be positive",
            Err(_) => c"value would truncate when scaled",
        };
        Ok(words.as_ptr())
    }
}

/// The functions in the order of their numbers in C.
const FUNCTIONS: [ConsolidationFunction; 10] = [
    ConsolidationFunction::Average,
    ConsolidationFunction::Min,
    ConsolidationFunction::Max,
    ConsolidationFunction::Last,
    ConsolidationFunction::HwPredict,
    ConsolidationFunction::Seasonal,
    ConsolidationFunction::DevPredict,
    ConsolidationFunction::DevSeasonal,
    ConsolidationFunction::Failures,
    ConsolidationFunction::MhwPredict,
];

/// The number of a function in C.
pub(crate) fn function_number(function: ConsolidationFunction) -> c_int {
    let numbered = (0..).zip(FUNCTIONS);
    numbered
        .into_iter()
        .find_map(|(number, known)| (known == function).then_some(number))
        .unwrap_or(-1)
}

/// The function of a name.
pub(crate) fn named_function(name: &str) -> Result<ConsolidationFunction, Failure> {
    name.parse().map_err(|_| Failure::new(format!("unknown consolidation function '{name}'")))
}

/// The function of a number of C.
pub(crate) fn numbered_function(number: c_int) -> Option<ConsolidationFunction> {
    FUNCTIONS.get(usize::try_from(number).ok()?).copied()
}

export! {
    /// The number of a consolidation function, or -1.
    fn rrd_cf_conv(name: *const c_char) -> c_int, else -1;
    {
        // SAFETY: C passes a text.
        let name = unsafe { text(name) }.ok_or_else(|| missing("consolidation function"))?;
        Ok(function_number(named_function(&name.to_string_lossy())?))
    }
}

export! {
    /// The greatest number that divides all of these, the last of which is followed by 0.
    fn rrd_lcd(numbers: *const c_ulong) -> c_ulong, else 0;
    {
        let mut divisor: c_ulong = 0;
        let mut next = numbers;
        while !next.is_null() {
            // SAFETY: C passes numbers up to a 0, which has not come yet.
            let number = unsafe { *next };
            if number == 0 {
                break;
            }
            divisor = common_divisor(divisor, number);
            // SAFETY: behind a number that is not 0 there is another.
            next = unsafe { next.add(1) };
        }
        Ok(divisor)
    }
}

/// The greatest common divisor, by Euclid.
fn common_divisor(mut a: c_ulong, mut b: c_ulong) -> c_ulong {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

export! {
    /// A random number of 31 bits.
    fn rrd_random() -> c_long, else 0;
    {
        // The standard library's hashers have keys from the system's random numbers.
        let bits = RandomState::new().build_hasher().finish();
        Ok(c_long::try_from(bits >> 33).unwrap_or(0))
    }
}

export! {
    /// The unknown value.
    fn rrd_set_to_DNAN() -> c_double, else UNKNOWN;
    { Ok(UNKNOWN) }
}

export! {
    /// Infinity.
    fn rrd_set_to_DINF() -> c_double, else UNKNOWN;
    { Ok(f64::INFINITY) }
}

export! {
    /// Frees what a function of this library has handed out.
    fn rrd_freemem(block: *mut c_void) -> (), else ();
    {
        // SAFETY: C gives a block from `malloc` back once.
        unsafe { libc::free(block) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_wrong_duration_is_told_in_the_words_of_the_tool() {
        for (token, divisor, error) in [
            (c"x", 1, DurationError::NoDigit),
            (c"5x", 1, DurationError::UnknownSuffix),
            (c"0", 1, DurationError::Zero),
            (c"7s", 10, DurationError::NotAMultiple),
        ] {
            let mut count = 77;
            // SAFETY: the text and the place are there.
            let told = unsafe {
                CStr::from_ptr(rrd_scaled_duration(token.as_ptr(), divisor, &raw mut count))
            };
            assert_eq!(told.to_str().unwrap(), rrd_cli::rrdtool_words(&error));
            assert_eq!(count, 77);
        }
    }

    #[test]
    fn every_function_has_a_number() {
        for function in ConsolidationFunction::ALL {
            assert_eq!(numbered_function(function_number(function)), Some(function));
        }
        assert_eq!((numbered_function(-1), numbered_function(10)), (None, None));
    }
}
