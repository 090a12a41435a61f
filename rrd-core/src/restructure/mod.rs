//! Changes of existing databases: parameters (`change`), structure (`reshape`, with rows from
//! `fill`), applied to a file in `tune`; a copy with more or fewer rows (`resize`); back to an
//! earlier time (`rewind`). `argument` parses the arguments of RRDtool's `tune`. `prefill` creates
//! new databases from others.

mod argument;
mod change;
mod draft;
mod error;
mod fill;
mod prefill;
mod reshape;
mod resize;
mod rewind;
mod tune;

pub use argument::{TuneArgumentError, TuneOption};
pub use change::Change;
pub use error::{TuneError, TuneFileError};
pub use prefill::{DonorError, Prefill};
pub use reshape::{Reshape, RowChange};
pub use resize::{Resize, ResizeError};
pub use rewind::Rewound;
pub use tune::Tuning;
