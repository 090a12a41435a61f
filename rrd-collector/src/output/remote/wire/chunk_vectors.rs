//! Recorded samples, their chunks, and the frames that hold them.

use super::v1::Sample;

/// Samples and what Prometheus makes of them.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) samples: Vec<Sample>,
    pub(super) chunk: Vec<u8>,
    pub(super) frame: Vec<u8>,
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    let text = include_str!("../../../../tests/remote/xor-chunks.txt");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_end_matches(']').to_owned();
            let (samples, chunk, frame) = Default::default();
            vectors.push(Vector { name, samples, chunk, frame });
            continue;
        }
        let vector = vectors.last_mut().unwrap();
        match line.split_once(' ').unwrap() {
            ("chunk", hex) => vector.chunk = bytes(hex),
            ("frame", hex) => vector.frame = bytes(hex),
            (seconds, value) => vector.samples.push(Sample {
                timestamp: seconds.parse::<i64>().unwrap() * 1000,
                value: value.parse().unwrap(),
            }),
        }
    }
    assert_eq!(vectors.len(), 5);
    vectors
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
