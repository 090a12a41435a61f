//! Random delays: spread write-back, nothing else depends on them.

/// A generator of the xorshift family.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A generator with this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `limit`; 0 if that is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.checked_rem(limit).unwrap_or(0)
    }
}
