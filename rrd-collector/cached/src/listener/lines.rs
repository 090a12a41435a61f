//! Where lines end in what was received.

use memchr::memchr;

/// The bytes up to the next end of a line, and how many bytes that is with the end; `None` if the
/// line goes on beyond them.
#[inline]
pub(super) fn next(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let length = memchr(b'\n', bytes)?;
    Some((bytes.get(..length)?, length + 1))
}

/// A line as it is meant: without a carriage return at its end, and up to the first byte 0.
#[inline]
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    memchr(0, line).and_then(|length| line.get(..length)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_a_newline_and_a_byte_0_cuts_it() {
        assert_eq!(next(b"PING\nQUIT\n"), Some((&b"PING"[..], 5)));
        assert_eq!(next(b"\n"), Some((&b""[..], 1)));
        assert_eq!((next(b""), next(b"PING")), (None, None));
        for (line, meant) in [
            (&b"PING\r"[..], &b"PING"[..]),
            (b"PING\r\r", b"PING\r"),
            (b"PING\0x", b"PING"),
            (b"\0", b""),
            (b"", b""),
        ] {
            assert_eq!(trimmed(line), meant);
        }
    }
}
