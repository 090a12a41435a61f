//! Definitions that no database can have although its rows can be read: RRDtool's commands refuse
//! to make them, and an update with them gives wrong values or none. `decode` refuses what the
//! layout and the arithmetic rely on.

use std::collections::HashSet;

use super::layout::{Geometry, SLOT, SOURCE_SLOTS};
use super::{Head, HeadError};
use crate::archive::{Archive, ArchiveKind, Seasonal};
use crate::data_source::SourceKind;

/// The longest season: its length is a count that a double holds exactly.
const MAX_SEASON: f64 = 9_007_199_254_740_992.0;

impl Geometry {
    /// All definitions of a head that no database can have, with their offsets.
    pub(crate) fn impossible_definitions(&self, head: &Head) -> Vec<HeadError> {
        let mut faults = Vec::new();
        let mut names = HashSet::new();
        for (index, source) in head.schema.sources().iter().enumerate() {
            let (at, name) = (self.source(index), source.name.as_str());
            if !names.insert(name) {
                let expected = "a name that no other data source has";
                let (field, value) = (format!("ds[{index}].name"), format!("'{name}'"));
                faults.push(HeadError::field(field, value, at, expected));
            }
            if let SourceKind::Computed(expression) = &source.kind
                && let Some(error) = expression.fault()
            {
                let offset = at + SOURCE_SLOTS;
                faults.push(HeadError::expression(index, error, offset));
            }
        }
        for (index, archive) in head.schema.archives().iter().enumerate() {
            let slots = self.archive(index) + self.layout.archive_slots();
            of_archive(archive, |name, slot, value, expected| {
                let field = format!("rra[{index}].{name}");
                faults.push(HeadError::field(field, value, slots + slot * SLOT, expected));
            });
        }
        faults
    }
}

/// Reports each impossible parameter of an archive: its name, slot and value, and what it must
/// be.
fn of_archive(
    archive: &Archive,
    mut report: impl FnMut(&'static str, usize, String, &'static str),
) {
    // RRDtool's commands take neither 0 nor 1 as alpha and gamma, but its dumps round to them.
    const SHARE: &str = "0 to 1";
    let is_share = |value: f64| (0.0..=1.0).contains(&value);
    match &archive.kind {
        ArchiveKind::Classic { xfiles_factor, .. } => {
            // RRDtool stores NaN for a text that is not a number.
            if !(xfiles_factor.is_nan() || is_share(*xfiles_factor)) {
                report("xff", 0, xfiles_factor.to_string(), SHARE);
            }
        }
        ArchiveKind::Forecast { alpha, beta, season_length, .. } => {
            if !is_share(*alpha) {
                report("alpha", 1, alpha.to_string(), SHARE);
            }
            if !is_share(*beta) {
                report("beta", 2, beta.to_string(), SHARE);
            }
            // RRDtool restores 0, because its dumps do not contain the season.
            let is_count = (0.0..=MAX_SEASON).contains(season_length);
            if !is_count || season_length.fract() != 0.0 {
                let expected = "a whole number of rows, or 0 after a restore";
                report("season_length", 4, season_length.to_string(), expected);
            }
        }
        ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) => {
            let Seasonal { gamma, smoothing_index, .. } = season;
            if !is_share(*gamma) {
                report("gamma", 1, gamma.to_string(), SHARE);
            }
            if *smoothing_index >= archive.rows {
                let value = smoothing_index.to_string();
                report("seasonal_smooth_idx", 4, value, "below the number of rows");
            }
        }
        ArchiveKind::DevPredict { .. } => {}
        ArchiveKind::Failures { delta_positive, delta_negative, .. } => {
            let deltas = [("delta_pos", 1, delta_positive), ("delta_neg", 2, delta_negative)];
            for (name, slot, delta) in deltas {
                // RRDtool's tune stores 0 for a text that is not a number.
                if !(*delta >= 0.0 && delta.is_finite()) {
                    report(name, slot, delta.to_string(), "0 or more");
                }
            }
        }
    }
}
