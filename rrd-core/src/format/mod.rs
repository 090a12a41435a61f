//! Records to bytes and back. FORMAT.md describes the layout, `layout` checks it.

mod decode;
mod definitions;
mod encode;
mod error;
mod layout;
mod plausible;

use crate::cdp::CdpPrep;
use crate::file_version::FileVersion;
use crate::pdp::PdpPrep;
use crate::schema::Schema;
use crate::time::Timestamp;

pub(crate) use decode::{MAX_SPAN, STAT_HEAD, decode, decode_and_compare, decode_live, geometry};
pub(crate) use encode::{encode, encode_live, encode_over, push_computed, push_values};
pub use error::HeadError;
pub use layout::Layout;
pub(crate) use layout::{Geometry, SOURCE_KIND, SOURCE_SLOTS, VALUE};

/// Everything in a file before its rows, decoded.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Head {
    /// The version of the file.
    pub version: FileVersion,
    /// The schema of the database; updates do not change it.
    pub schema: Schema,
    /// The part that updates change.
    pub live: LiveHead,
}

/// The part of the head that an update changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LiveHead {
    /// The time of the last update.
    pub last_update: Timestamp,
    /// One open primary data point per data source.
    pub pdps: Vec<PdpPrep>,
    /// Open consolidated data points: those of archive 0 in data source order, then archive 1, ...
    pub cdps: Vec<CdpPrep>,
    /// Index of the row written last, one per archive.
    pub current_rows: Vec<u64>,
}

impl Head {
    /// The end of the oldest row that an archive has a place for; `None` if there is no such
    /// archive.
    pub fn oldest_row(&self, archive: usize) -> Option<Timestamp> {
        let archive = self.schema.archives().get(archive)?;
        let row = archive.points_per_row().checked_mul(self.schema.step().seconds())?;
        let row = i64::try_from(row).ok()?;
        let rows = i64::try_from(archive.rows).ok()?;
        let last = self.live.last_update.seconds();
        let newest = last.checked_sub(last % row)?;
        newest.checked_sub((rows - 1).checked_mul(row)?).map(Timestamp::from_seconds)
    }
}

impl LiveHead {
    /// The live head of a new file that starts at `start`. The row written last is the last of each
    /// archive, so that the first row to be written is row 0.
    pub(crate) fn fresh(schema: &Schema, start: Timestamp) -> Self {
        let sources = schema.sources().len();
        let fresh_cdp = |archive| CdpPrep::fresh(archive, schema.step(), start);
        Self {
            last_update: Timestamp::from_seconds(start.seconds()),
            pdps: vec![PdpPrep::fresh(schema.step(), start); sources],
            cdps: schema
                .archives()
                .iter()
                .flat_map(|archive| std::iter::repeat_n(fresh_cdp(archive), sources))
                .collect(),
            current_rows: schema.archives().iter().map(|archive| archive.rows - 1).collect(),
        }
    }
}
