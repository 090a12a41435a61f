//! The block format of Snappy, with a limit on what is unpacked.

use thiserror::Error;

/// Why a body cannot be unpacked.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlockError {
    /// It says that it is longer than what is taken.
    #[error("{length} bytes when unpacked: expected at most {most}")]
    TooLong {
        /// The length that it says it has.
        length: usize,
        /// The limit.
        most: usize,
    },
    /// It is not of the format.
    #[error("not in the block format of Snappy")]
    Format(#[from] snap::Error),
}

/// Compresses a message.
///
/// # Panics
///
/// A message of 4 GiB or more.
pub fn compress(message: &[u8]) -> Vec<u8> {
    let compressed = snap::raw::Encoder::new().compress_vec(message);
    compressed.expect("messages are far below the limit of the format, 4 GiB")
}

/// Unpacks a message of at most `most` bytes. What a body claims to hold takes no memory before
/// that is checked.
///
/// ```
/// use rrd_collector::output::remote::wire::{compress, decompress};
/// let body = compress(b"hello");
/// assert_eq!(decompress(&body, 5).unwrap(), b"hello");
/// assert!(decompress(&body, 4).is_err());
/// ```
///
/// # Errors
///
/// [`BlockError`]
pub fn decompress(body: &[u8], most: usize) -> Result<Vec<u8>, BlockError> {
    let length = snap::raw::decompress_len(body)?;
    if length > most {
        return Err(BlockError::TooLong { length, most });
    }
    Ok(snap::raw::Decoder::new().decompress_vec(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_claims_four_gigabytes_is_refused_by_its_first_bytes() {
        let bomb = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61];
        let error = decompress(&bomb, 32 << 20).unwrap_err();
        assert_eq!(error.to_string(), "4294967295 bytes when unpacked: expected at most 33554432");
    }

    #[test]
    fn a_short_body_that_claims_more_than_it_can_hold_is_refused() {
        assert!(matches!(
            decompress(&[0xff, 0xff, 0x7f, 0x00, 0x61], 32 << 20),
            Err(BlockError::Format(_))
        ));
    }
}
