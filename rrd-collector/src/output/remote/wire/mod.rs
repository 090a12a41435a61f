//! The messages of remote write and remote read: protocol buffers, compressed in the block format
//! of Snappy, or in frames.

mod block;
#[cfg(test)]
mod chunk_vectors;
mod frame;
pub mod v1;
pub mod v2;
mod xor;

pub use block::{BlockError, compress, decompress};
pub use frame::frame;
pub use xor::xor_chunk;
