//! ZFS: its pools, and its cache (ARC). The files are described in the manual pages of ZFS,
//! zpool-status(8) for the states and arcstat(1) for the cache.

mod arc;
mod pool;

pub use arc::{ARC, ArcProbe};
pub use pool::{POOL, PoolProbe};
