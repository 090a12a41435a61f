//! Numbers that strangers cannot guess, by which an answer shows that it is one.

use std::hash::{BuildHasher as _, RandomState};

/// A new number.
pub(crate) fn nonce() -> u64 {
    RandomState::new().hash_one(0)
}

/// A new number of 32 bits.
pub(crate) fn nonce_32() -> u32 {
    u32::try_from(nonce() >> 32).unwrap_or_default()
}

/// A new number of 16 bits.
pub(crate) fn nonce_16() -> u16 {
    u16::try_from(nonce() >> 48).unwrap_or_default()
}
