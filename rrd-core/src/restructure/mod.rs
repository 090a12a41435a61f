//! Databases that change.

mod prefill;

pub use prefill::{DonorError, Prefill};
