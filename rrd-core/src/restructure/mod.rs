//! Databases that change: parameters (`change`), shape (`reshape`, with rows from `fill`), brought to a
//! file in `tune`; a copy with other rows (`resize`). Arguments of RRDtool's `tune` are read in `argument`. New databases filled
//! from others are in `prefill`.

mod argument;
mod change;
mod draft;
mod error;
mod fill;
mod prefill;
mod reshape;
mod resize;
mod tune;

pub use argument::{TuneArgumentError, TuneOption};
pub use change::Change;
pub use error::{TuneError, TuneFileError};
pub use prefill::{DonorError, Prefill};
pub use reshape::{Reshape, RowChange};
pub use resize::{Resize, ResizeError};
pub use tune::Tuning;
