//! Frames: messages one after the other, each with its length and a checksum.

use prost::Message;
use prost::encoding::encode_varint;

/// A message as a frame: its length, its CRC-32C, its bytes.
pub fn frame(message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let mut frame = Vec::with_capacity(message.len() + 9);
    // A length always fits.
    encode_varint(message.len() as u64, &mut frame);
    frame.extend(crc32c(&message).to_be_bytes());
    frame.extend(message);
    frame
}

/// The CRC of each byte with Castagnoli's polynomial, lowest bit first. A table is fast enough for
/// frames; crates with the processor's instruction bring their own build scripts.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256; `from` is not const")]
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

fn crc32c(bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ TABLE[usize::from(low ^ byte)]
    };
    !bytes.iter().fold(u32::MAX, next)
}

#[cfg(test)]
mod tests {
    use super::super::chunk_vectors::vectors;
    use super::super::v1::{ChunkedReadResponse, ChunkedSeries, Label};
    use super::super::xor_chunk;
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn frames_are_byte_for_byte_those_of_prometheus() {
        let label =
            |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
        for vector in vectors() {
            let labels = vec![label("__name__", "m"), label("job", "rrd")];
            let chunks = xor_chunk(&vector.samples).into_iter().collect();
            let chunked_series = vec![ChunkedSeries { labels, chunks }];
            let message = ChunkedReadResponse { chunked_series, query_index: 0 };
            assert_eq!(frame(&message), vector.frame, "{}", vector.name);
        }
    }
}
