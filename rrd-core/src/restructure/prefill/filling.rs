//! A new database under construction: which columns fill which rows, and the initial open points
//! and rows.

use super::donor::{Column, Donor, round_up, seconds_per_row};
use super::row::consolidated;
use crate::archive::{Archive, ArchiveKind, ClassicFunction};
use crate::cdp::{Arrival, CdpPrep, CdpState};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{DataSource, LastReading, SourceKind};
use crate::format::LiveHead;
use crate::number::UNKNOWN;
use crate::pdp::PdpPrep;
use crate::schema::{Definition, Origin, Schema};
use crate::time::Timestamp;

/// A new database under construction.
pub(super) struct Filling<'a> {
    donors: &'a [Donor],
    definition: &'a Definition,
    start: Timestamp,
    /// For each archive and data source the columns that fill it, in order of preference.
    columns: Vec<Vec<Vec<Column<'a>>>>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(donors: &'a [Donor], definition: &'a Definition, start: Timestamp) -> Self {
        let start = Timestamp::from_seconds(start.seconds());
        let mut filling = Self { donors, definition, start, columns: Vec::new() };
        filling.columns = definition
            .schema
            .archives()
            .iter()
            .map(|archive| filling.columns_of_archive(archive))
            .collect();
        filling
    }

    fn schema(&self) -> &'a Schema {
        &self.definition.schema
    }

    /// The values of a row of an archive; the last row is the newest.
    pub(super) fn row(&self, archive: usize, row: u64, values: &mut [f64]) {
        let (Some(definition), Some(columns)) =
            (self.schema().archives().get(archive), self.columns.get(archive))
        else {
            return;
        };
        let age = i128::from(definition.rows) - 1 - i128::from(row);
        let span = seconds_per_row(self.schema(), definition);
        let start = i128::from(self.start.seconds());
        let end = start - start.rem_euclid(span) - age * span;
        for (value, columns) in values.iter_mut().zip(columns) {
            *value = consolidated(definition, columns, span, end);
        }
    }

    /// The columns that can fill each data source of an archive.
    fn columns_of_archive(&self, archive: &Archive) -> Vec<Vec<Column<'a>>> {
        let sources = self.schema().sources().iter();
        sources
            .enumerate()
            .map(|(index, source)| {
                let mut columns = Vec::new();
                for (donor, place) in self.donors_of(index, source) {
                    let mut fitting = fitting_columns(self.schema(), archive, donor, place);
                    columns.append(&mut fitting);
                }
                columns
            })
            .collect()
    }

    /// The donors of a data source, each with the index of the source there.
    fn donors_of(
        &self,
        index: usize,
        source: &'a DataSource,
    ) -> impl Iterator<Item = (&'a Donor, usize)> {
        let origin: Option<&Origin> = self.definition.origins.get(index).and_then(Option::as_ref);
        let name = origin.map_or(source.name.as_str(), |origin| origin.name.as_str());
        let file = origin.and_then(|origin| origin.file);
        self.donors
            .iter()
            .enumerate()
            .filter(move |(place, _)| file.is_none_or(|file| file == *place))
            .filter_map(move |(_, donor)| Some((donor, donor.head.schema.source_index(name)?)))
    }

    /// The live head of the new database.
    pub(super) fn live_head(&self) -> LiveHead {
        let mut live = LiveHead::fresh(self.schema(), self.start);
        for (index, source) in self.schema().sources().iter().enumerate() {
            let open_points = self.columns.iter().filter_map(|columns| columns.get(index));
            if let Some(pdp) =
                open_points.flatten().find_map(|column| self.open_point(source, column))
                && let Some(target) = live.pdps.get_mut(index)
            {
                *target = pdp;
            }
        }
        let sources = self.schema().sources().len();
        let helper = self.helper();
        let helper_columns = self.columns_of_archive(&helper);
        for (place, archive) in self.schema().archives().iter().enumerate() {
            for (index, source) in self.schema().sources().iter().enumerate() {
                let columns = helper_columns.get(index).map_or(&[][..], Vec::as_slice);
                if let Some(cdp) = live.cdps.get_mut(place * sources + index) {
                    match self.open_row(index, source, archive) {
                        Some(open) => *cdp = open,
                        None => self.rebuild(archive, cdp, &helper, columns),
                    }
                }
            }
        }
        live
    }

    /// The open point of a donor, if it ends within that of the new database.
    fn open_point(&self, source: &DataSource, column: &Column<'_>) -> Option<PdpPrep> {
        let donor = column.donor;
        let theirs = donor.head.schema.sources().get(column.source)?;
        let pdp = donor.head.live.pdps.get(column.source)?;
        let step = i128::from(self.schema().step().seconds());
        let begin = i128::from(self.start.seconds()).div_euclid(step) * step;
        let end = donor.last_update().div_euclid(donor.step()) * donor.step() + donor.step();
        let same_kind = match (&source.kind, &theirs.kind) {
            (SourceKind::Measured(ours), SourceKind::Measured(theirs)) => ours.rate == theirs.rate,
            (SourceKind::Computed(_), SourceKind::Computed(_)) => true,
            _ => false,
        };
        let fits = begin < end && end <= begin + step;
        (fits && same_kind && pdp.last_reading != LastReading::UNKNOWN).then_some(*pdp)
    }

    /// The open row of a donor's archive with the same function and length, if it is open at the
    /// same position.
    fn open_row(&self, index: usize, source: &'a DataSource, archive: &Archive) -> Option<CdpPrep> {
        let span = seconds_per_row(self.schema(), archive);
        let step = i128::from(self.schema().step().seconds());
        let start = i128::from(self.start.seconds());
        let here = |donor: &&Donor| {
            let last = donor.last_update();
            donor.step() == step
                && last.div_euclid(span) == start.div_euclid(span)
                && last.div_euclid(step) == start.div_euclid(step)
        };
        self.donors_of(index, source).filter(|(donor, _)| here(donor)).find_map(|(donor, place)| {
            let same = |theirs: &Archive| {
                theirs.function() == archive.function()
                    && theirs.points_per_row() == archive.points_per_row()
            };
            let their_archive = donor.head.schema.archives().iter().position(same)?;
            let sources = donor.head.schema.sources().len();
            donor.head.live.cdps.get(their_archive * sources + place).copied()
        })
    }

    /// Rebuilds an open row from single points.
    fn rebuild(
        &self,
        archive: &Archive,
        cdp: &mut CdpPrep,
        helper: &Archive,
        columns: &[Column<'_>],
    ) {
        if let CdpState::Classic { unknown_points, .. } = &mut cdp.state {
            *unknown_points = 0;
        }
        let step = i128::from(self.schema().step().seconds());
        let span = seconds_per_row(self.schema(), archive);
        let start = i128::from(self.start.seconds());
        let begin = start.div_euclid(span) * span + 1;
        let point_at = |second: i128| {
            let end = round_up(second, step);
            let oldest = start.div_euclid(step) * step - i128::from(helper.rows) * step;
            (end <= start && end > oldest).then(|| consolidated(helper, columns, step, end))
        };
        let points_per_row = archive.points_per_row();
        if points_per_row == 1 {
            cdp.primary = point_at(begin - step).unwrap_or(UNKNOWN);
            return;
        }
        let ArchiveKind::Classic { function, xfiles_factor, .. } = archive.kind else { return };
        let mut second = begin - span;
        while second < begin + span - 1 && second < start {
            if let Some(point) = point_at(second) {
                let passed = u64::try_from(second.rem_euclid(span) / step).unwrap_or_default();
                let until_row = points_per_row.saturating_sub(passed);
                let arrival = Arrival { count: 1, until_row, points_per_row };
                function.consolidate(cdp, point, &arrival, xfiles_factor);
            }
            second += step;
        }
    }

    /// An archive of single points that reaches back far enough for every open row.
    fn helper(&self) -> Archive {
        let archives = self.schema().archives();
        let longest = archives.iter().map(Archive::points_per_row).max().unwrap_or(1);
        let needed = longest.saturating_mul(2);
        let single = archives
            .iter()
            .filter(|archive| {
                archive.function() == ConsolidationFunction::Average
                    && archive.points_per_row() == 1
            })
            .rev()
            .max_by_key(|archive| archive.rows)
            .filter(|archive| archive.rows >= needed);
        single.cloned().unwrap_or(Archive {
            rows: needed,
            kind: ArchiveKind::Classic {
                function: ClassicFunction::Average,
                points_per_row: 1,
                xfiles_factor: 0.5,
            },
        })
    }
}

/// The columns of a donor that can fill an archive, the best first.
fn fitting_columns<'a>(
    schema: &Schema,
    archive: &Archive,
    donor: &'a Donor,
    source: usize,
) -> Vec<Column<'a>> {
    let archives = donor.head.schema.archives();
    let mut places: Vec<usize> = (0..archives.len())
        .filter(|place| {
            archives.get(*place).is_some_and(|theirs| {
                theirs.function() == ConsolidationFunction::Average
                    || theirs.function() == archive.function()
            })
        })
        .collect();
    places.sort_by_key(|place| {
        archives.get(*place).map(|theirs| {
            let span = seconds_per_row(&donor.head.schema, theirs);
            let same =
                theirs.function() == archive.function() && span == seconds_per_row(schema, archive);
            let average = theirs.function() == ConsolidationFunction::Average;
            (!same, !average, span, std::cmp::Reverse(theirs.rows))
        })
    });
    places.into_iter().map(|archive| Column { donor, archive, source }).collect()
}
