//! What a statement is read in: the range, the time and the zone of the chart.

use rrd_core::{TimeRange, TimeZone, Timestamp};

use crate::codeset::Codeset;

/// The context in which times in statements are resolved.
#[derive(Clone, Copy, Debug)]
pub struct StatementContext<'a> {
    /// The range of the chart: the default start and end of definitions.
    pub range: TimeRange,
    /// The current time.
    pub now: Timestamp,
    /// The time zone of clock times.
    pub zone: &'a TimeZone,
    /// The codeset of texts that are not UTF-8.
    pub codeset: Codeset,
}
