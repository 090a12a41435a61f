//! XOR chunks: samples of one series as Prometheus stores them, a few bits each.

use prost::encoding::encode_varint;

use super::v1::{Chunk, Sample};

/// The form of a chunk's data.
const XOR: i32 = 1;

/// The samples of a series as a chunk, byte for byte as Prometheus makes it. `None` without
/// samples. Prometheus puts 120 samples in a chunk.
///
/// ```
/// use rrd_collector::output::remote::wire::{v1::Sample, xor_chunk};
/// let sample = |timestamp| Sample { timestamp, value: 5.0 };
/// let chunk = xor_chunk(&[sample(1000), sample(2000), sample(3000)]).unwrap();
/// assert_eq!((chunk.min_time_ms, chunk.max_time_ms, chunk.data.len()), (1000, 3000, 15));
/// ```
///
/// # Panics
///
/// If there are more than 65,535 samples, which a chunk cannot count.
pub fn xor_chunk(samples: &[Sample]) -> Option<Chunk> {
    let (first, last) = (samples.first()?, samples.last()?);
    let count = u16::try_from(samples.len()).expect("a chunk has few samples");
    let mut data = count.to_be_bytes().to_vec();
    let zigzag = (first.timestamp << 1) ^ (first.timestamp >> 63);
    encode_varint(zigzag.cast_unsigned(), &mut data);
    data.extend(first.value.to_be_bytes());
    let mut bits = Bits { bytes: data, free: 0 };
    let mut window = None;
    let (mut before, mut distance) = (first, 0);
    for (index, sample) in samples.iter().enumerate().skip(1) {
        let next = sample.timestamp.wrapping_sub(before.timestamp);
        if index == 1 {
            let mut varint = Vec::new();
            encode_varint(next.cast_unsigned(), &mut varint);
            for byte in varint {
                bits.push(u64::from(byte), 8);
            }
        } else {
            bits.push_change(next.wrapping_sub(distance));
        }
        bits.push_difference(sample.value.to_bits() ^ before.value.to_bits(), &mut window);
        (before, distance) = (sample, next);
    }
    let mut data = bits.bytes;
    if count == 1 {
        // No reader needs it, but Prometheus writes it.
        data.push(0);
    }
    let (min_time_ms, max_time_ms) = (first.timestamp, last.timestamp);
    Some(Chunk { min_time_ms, max_time_ms, r#type: XOR, data })
}

/// The bits of a value that differ from the value before: those that are not in the leading and
/// trailing ones.
#[derive(Clone, Copy)]
struct Window {
    leading: u32,
    trailing: u32,
}

impl Window {
    fn length(self) -> u32 {
        64 - self.leading - self.trailing
    }
}

/// Bytes that are filled from their highest bits on.
struct Bits {
    bytes: Vec<u8>,
    /// Unused bits of the last byte.
    free: u32,
}

impl Bits {
    /// Adds the lowest `count` bits of a value.
    fn push(&mut self, value: u64, count: u32) {
        let mut left = count;
        while left > 0 {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let now = left.min(self.free);
            left -= now;
            self.free -= now;
            let [part, ..] = (((value >> left) & ((1 << now) - 1)) << self.free).to_le_bytes();
            if let Some(last) = self.bytes.last_mut() {
                *last |= part;
            }
        }
    }

    /// Adds the change of the distance between two samples.
    fn push_change(&mut self, change: i64) {
        let (prefix, prefix_bits, bits) = match change {
            0 => (0, 1, 0),
            -8191..=8192 => (0b10, 2, 14),
            -65_535..=65_536 => (0b110, 3, 17),
            -524_287..=524_288 => (0b1110, 4, 20),
            _ => (0b1111, 4, 64),
        };
        self.push(prefix, prefix_bits);
        self.push(change.cast_unsigned(), bits);
    }

    /// Adds the bits in which a value differs from the one before.
    fn push_difference(&mut self, bits: u64, window: &mut Option<Window>) {
        if bits == 0 {
            return self.push(0, 1);
        }
        // The number of leading zeros has five bits.
        let own = Window { leading: bits.leading_zeros().min(31), trailing: bits.trailing_zeros() };
        let fits = |last: &Window| own.leading >= last.leading && own.trailing >= last.trailing;
        let window = if let Some(last) = window.filter(fits) {
            self.push(0b10, 2);
            last
        } else {
            self.push(0b11, 2);
            self.push(u64::from(own.leading), 5);
            // 64 is written as 0.
            self.push(u64::from(own.length()), 6);
            *window.insert(own)
        };
        self.push(bits >> window.trailing, window.length());
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk_vectors::vectors;
    use super::*;

    #[test]
    fn chunks_are_byte_for_byte_those_of_prometheus() {
        for vector in vectors() {
            let chunk = xor_chunk(&vector.samples).unwrap();
            assert_eq!(chunk.data, vector.chunk, "{}", vector.name);
            let ends = [chunk.min_time_ms, chunk.max_time_ms];
            let [first, .., last] = &*vector.samples else {
                assert_eq!(ends, [vector.samples[0].timestamp; 2]);
                continue;
            };
            assert_eq!(ends, [first.timestamp, last.timestamp]);
        }
    }

    #[test]
    fn times_at_both_ends_of_what_can_be_written_do_not_overflow() {
        let sample = |timestamp| Sample { timestamp, value: 1.0 };
        let far = [sample(i64::MIN), sample(i64::MAX), sample(i64::MIN), sample(0)];
        assert!(xor_chunk(&far).is_some());
        assert_eq!(xor_chunk(&[]), None);
    }
}
