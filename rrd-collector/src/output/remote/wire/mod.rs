//! The messages of remote write and remote read: protocol buffers, compressed in the block format
//! of Snappy.

mod block;
pub mod v1;

pub use block::{BlockError, compress, decompress};
