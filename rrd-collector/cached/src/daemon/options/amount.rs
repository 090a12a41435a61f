//! Values of options: durations, sizes, counts, networks.

use std::num::NonZeroU64;
use std::time::Duration;

use ipnet::IpNet;
use rrd_core::duration::{self, DurationError};

/// A number of seconds, or a number with a unit.
pub(super) fn duration(text: &str) -> Result<Duration, DurationError> {
    duration::parse(text, NonZeroU64::MIN).map(Duration::from_secs)
}

/// A number above 0 at the beginning of a text; the rest is ignored.
pub(super) fn count(text: &str) -> Option<u64> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    let count = digits.fold(0_u64, |count, digit| {
        count.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    (count > 0).then_some(count)
}

/// The mode of a file: octal digits.
pub(super) fn mode(text: &str) -> Option<u32> {
    let mode = u32::from_str_radix(text, 8).ok()?;
    (mode <= 0o7777 && !text.starts_with('+')).then_some(mode)
}

/// The limits of the size of a journal.
const JOURNAL: std::ops::RangeInclusive<u64> = 64 << 10..=2 << 30;

/// A size in bytes: a number that `K`, `M` or `G` multiplies by a power of 1024.
pub(super) fn journal_size(text: &str) -> Option<usize> {
    let (digits, unit) = match text.as_bytes() {
        [digits @ .., b'k' | b'K'] => (digits.len(), 10),
        [digits @ .., b'm' | b'M'] => (digits.len(), 20),
        [digits @ .., b'g' | b'G'] => (digits.len(), 30),
        digits => (digits.len(), 0),
    };
    let count: u64 = text[..digits].parse().ok()?;
    let bytes = count.checked_mul(1 << unit)?;
    JOURNAL.contains(&bytes).then_some(usize::try_from(bytes).ok()?)
}

/// Networks and hosts, separated by commas or blanks; the first that is neither as an error.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, &str> {
    let names = text.split([',', ' ', '\t']).filter(|name| !name.is_empty());
    let network = |name: &str| {
        name.parse::<IpNet>().or_else(|_| name.parse::<std::net::IpAddr>().map(IpNet::from))
    };
    names.map(|name| network(name).map_err(|_| name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_begin_with_digits() {
        assert_eq!(["4", "3x", " +7"].map(count), [Some(4), Some(3), Some(7)]);
        assert_eq!(["0", "x", "-2", ""].map(count), [None; 4]);
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(["0660", "0", "777"].map(mode), [Some(0o660), Some(0), Some(0o777)]);
        assert_eq!(["8", "x", "99999", "0660x", "-7", "+7", ""].map(mode), [None; 7]);
    }

    #[test]
    fn sizes_have_units_of_1024() {
        assert_eq!(
            ["65536", "64k", "32M", "2G"].map(journal_size),
            [Some(1 << 16), Some(1 << 16), Some(32 << 20), Some(2 << 30)]
        );
        let wrong = ["", "M", "1", "63K", "3G", "-1M", "18446744073709551615G", "1.5M", "64 K"];
        assert_eq!(wrong.map(journal_size), [None; 9]);
    }

    #[test]
    fn networks_are_given_with_or_without_their_length() {
        let found = networks("10.0.0.0/8,127.0.0.1 ::1").unwrap();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["10.0.0.0/8", "127.0.0.1/32", "::1/128"]);
        assert_eq!(networks("10.0.0.0/8,host"), Err("host"));
        assert_eq!(networks("10.0.0.0/33"), Err("10.0.0.0/33"));
    }
}
