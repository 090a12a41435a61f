//! Writes the digits of integers, from the last to the first.

/// A buffer of at most `LENGTH` bytes that is filled from its end towards its beginning; it must
/// not overflow. Bytes after the end are zeros.
pub(crate) struct ReverseText<const LENGTH: usize> {
    bytes: [u8; LENGTH],
    start: usize,
    end: usize,
}

impl<const LENGTH: usize> ReverseText<LENGTH> {
    /// An empty buffer whose text will end here.
    #[inline]
    pub(crate) const fn ending_at(end: usize) -> Self {
        Self { bytes: [0; LENGTH], start: end, end }
    }

    /// Prepends a byte.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    /// Prepends all digits of a number.
    #[inline]
    pub(crate) fn push_whole(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 10 {
            self.push_pair(rest);
            rest /= 100;
        }
        if rest > 0 || number == 0 {
            self.push(digits_of(rest)[1]);
        }
    }

    /// Prepends the last `count` digits of a number and returns the number without them.
    #[inline]
    pub(crate) fn push_digits(&mut self, number: u64, count: usize) -> u64 {
        let mut rest = number;
        for _ in 0..count / 2 {
            self.push_pair(rest);
            rest /= 100;
        }
        if count % 2 == 1 {
            self.push(digits_of(rest)[1]);
            rest /= 10;
        }
        rest
    }

    #[inline]
    fn push_pair(&mut self, number: u64) {
        self.start -= 2;
        self.bytes[self.start..self.start + 2].copy_from_slice(&digits_of(number));
    }

    /// The text.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The text, padded with zeros to `SIZE` bytes.
    #[inline]
    pub(crate) fn padded<const SIZE: usize>(&self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes.copy_from_slice(&self.bytes[self.start..self.start + SIZE]);
        bytes
    }
}

/// Appends an integer to a text.
///
/// ```
/// let mut text = b"at ".to_vec();
/// rrd_core::number::push_whole(-70, &mut text);
/// assert_eq!(text, b"at -70");
/// ```
pub fn push_whole(value: i64, out: &mut Vec<u8>) {
    let mut text = ReverseText::<20>::ending_at(20);
    text.push_whole(value.unsigned_abs());
    if value < 0 {
        text.push(b'-');
    }
    out.extend_from_slice(text.bytes());
}

/// The last two digits of a number.
pub(crate) const fn digits_of(number: u64) -> [u8; 2] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[b'0'; 2]; 100];
        let (mut number, mut tens) = (0, b'0');
        while number < 100 {
            pairs[number][0] = tens;
            pairs[number][1] = b'0' + (number % 10).to_le_bytes()[0];
            number += 1;
            if number % 10 == 0 {
                tens += 1;
            }
        }
        pairs
    };
    PAIRS[(number % 100).to_le_bytes()[0] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_show_all_their_digits() {
        for value in [0, 7, 10, 99, 100, 1_000_000_000, -1, -10, i64::MAX, i64::MIN] {
            let mut text = Vec::new();
            push_whole(value, &mut text);
            assert_eq!(String::from_utf8(text).unwrap(), value.to_string());
        }
    }
}
