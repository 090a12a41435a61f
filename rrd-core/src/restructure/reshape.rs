//! Changes of the structure of a database: added and removed data sources, archives and rows, and a
//! smaller step. `fill` computes the new rows.

use std::collections::BTreeMap;
use std::time::Duration;

use super::draft::Draft;
use super::error::TuneError;
use crate::archive::{Archive, ArchiveKind};
use crate::cdp::{CdpPrep, CdpState};
use crate::data_source::{DataSource, SourceKind, SourceName};
use crate::file_version::FileVersion;
use crate::format::Head;
use crate::pdp::PdpPrep;
use crate::schema::{Schema, SchemaText};
use crate::time::Step;

/// Changes of the structure of a database. Archives are identified by their index before the
/// change, from 0; if an archive is changed several times, the first change applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reshape {
    step: Option<Duration>,
    removed_sources: Vec<String>,
    rows: BTreeMap<usize, RowChange>,
    added: Vec<Addition>,
}

/// A change of the number of rows of an archive. The newest rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// Adds this many rows.
    Add(u64),
    /// Removes this many rows; an archive without rows is removed.
    Remove(u64),
    /// Sets the number of rows; an archive without rows is removed.
    Set(u64),
}

#[derive(Clone, Debug, PartialEq)]
enum Addition {
    Source(DataSource),
    Archive(Archive),
    Text(String),
}

/// A database with another structure, and the origin of its parts.
#[derive(Clone, Debug)]
pub(super) struct Reshaped {
    pub(super) head: Head,
    /// The previous index of each data source; `None` for a new one.
    pub(super) sources: Vec<Option<usize>>,
    /// The previous index of each archive; `None` for a new one.
    pub(super) archives: Vec<Option<usize>>,
}

impl Reshape {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Divides the step: the new step must divide the old one without a remainder. Rows
    /// keep their length.
    #[must_use]
    pub fn step(mut self, step: impl Into<Duration>) -> Self {
        self.step = Some(step.into());
        self
    }

    /// Removes the data source with this name, if it exists.
    #[must_use]
    pub fn remove_source(self, name: &SourceName) -> Self {
        self.remove_named(name.as_str())
    }

    /// Appends a data source. The variables of a computed one are indices after the change.
    #[must_use]
    pub fn add_source(mut self, source: DataSource) -> Self {
        self.added.push(Addition::Source(source));
        self
    }

    /// Removes the archive with this index, if it exists.
    #[must_use]
    pub fn remove_archive(self, archive: usize) -> Self {
        self.rows(archive, RowChange::Set(0))
    }

    /// Changes the number of rows of the archive with this index, if it exists.
    #[must_use]
    pub fn rows(mut self, archive: usize, change: RowChange) -> Self {
        self.rows.entry(archive).or_insert(change);
        self
    }

    /// Appends an archive, filled from the others as far as they reach. Companions are indices
    /// after the change.
    #[must_use]
    pub fn add_archive(mut self, archive: Archive) -> Self {
        self.added.push(Addition::Archive(archive));
        self
    }

    /// Adds what a `DS:` or `RRA:` argument in RRDtool's grammar defines.
    #[must_use]
    pub fn define(mut self, argument: &str) -> Self {
        self.added.push(Addition::Text(argument.to_owned()));
        self
    }

    /// Removes the data source with this name, if it exists.
    pub(super) fn remove_named(mut self, name: &str) -> Self {
        self.removed_sources.push(name.to_owned());
        self
    }

    /// Whether there is no change other than the step: a step alone changes nothing.
    pub fn is_empty(&self) -> bool {
        self.removed_sources.is_empty() && self.rows.is_empty() && self.added.is_empty()
    }

    /// The resulting database. `file_name` determines the row at which new seasons are smoothed.
    pub(super) fn plan(&self, draft: Draft, file_name: &[u8]) -> Result<Reshaped, TuneError> {
        if draft.version < FileVersion::V3 {
            return Err(TuneError::OldVersion);
        }
        let old_sources = draft.sources.len();
        let draft = self.divide_step(draft)?;
        let sources = self.kept_sources(&draft);
        let archives = self.kept_archives(&draft);
        let mut kept = draft.clone();
        kept.sources = keep_sources(&draft, &sources)?;
        kept.archives = self.keep_archives(&draft, &archives)?;
        let schema = self.extend(&kept, file_name)?;
        let version = draft.version.max(schema.version());
        let start = draft.live.last_update;
        let mut live = draft.live;
        let source_places = places(&sources, schema.sources().len());
        let archive_places = places(&archives, schema.archives().len());
        live.pdps = source_places
            .iter()
            .map(|place| {
                let old = place.and_then(|place| live.pdps.get(place)).copied();
                old.unwrap_or(PdpPrep { value: 0.0, ..PdpPrep::fresh(schema.step(), start) })
            })
            .collect();
        let mut cdps = Vec::with_capacity(schema.sources().len() * schema.archives().len());
        for (archive, archive_place) in schema.archives().iter().zip(&archive_places) {
            for source_place in &source_places {
                let old = archive_place.zip(*source_place);
                let old = old.and_then(|(archive, source)| {
                    live.cdps.get(archive * old_sources + source).copied()
                });
                cdps.push(old.unwrap_or_else(|| CdpPrep::fresh(archive, schema.step(), start)));
            }
        }
        live.cdps = cdps;
        live.current_rows = schema.archives().iter().map(|archive| archive.rows - 1).collect();
        let head = Head { version, schema, live };
        Ok(Reshaped { head, sources: source_places, archives: archive_places })
    }

    fn divide_step(&self, mut draft: Draft) -> Result<Draft, TuneError> {
        let Some(new) = self.step else { return Ok(draft) };
        let old = draft.step;
        let divides = |step: &Step| *step < old && old.seconds().is_multiple_of(step.seconds());
        let Some(step) = Step::try_from(new).ok().filter(divides) else {
            return Err(TuneError::Step { old, new });
        };
        let stretch = old.seconds() / step.seconds();
        draft.step = step;
        for (place, archive) in draft.archives.iter_mut().enumerate() {
            let ArchiveKind::Classic { points_per_row, .. } = &mut archive.kind else {
                return Err(TuneError::StepOfForecast { archive: place });
            };
            *points_per_row = points_per_row.saturating_mul(stretch);
        }
        for cdp in &mut draft.live.cdps {
            if let CdpState::Classic { unknown_points, .. } = &mut cdp.state {
                *unknown_points = unknown_points.wrapping_mul(stretch);
            }
        }
        Ok(draft)
    }

    /// The indices of the data sources that remain.
    fn kept_sources(&self, draft: &Draft) -> Vec<usize> {
        let stays = |source: &DataSource| {
            !self.removed_sources.iter().any(|name| name == source.name.as_str())
        };
        let places = draft.sources.iter().enumerate();
        places.filter(|(_, source)| stays(source)).map(|(place, _)| place).collect()
    }

    /// The indices of the archives that remain.
    fn kept_archives(&self, draft: &Draft) -> Vec<usize> {
        let places = draft.archives.iter().enumerate();
        let rows = |(place, archive): &(usize, &Archive)| self.rows_of(*place, archive) > 0;
        places.filter(rows).map(|(place, _)| place).collect()
    }

    /// The new number of rows of an archive.
    fn rows_of(&self, place: usize, archive: &Archive) -> u64 {
        match self.rows.get(&place) {
            None => archive.rows,
            Some(RowChange::Add(rows)) => archive.rows.saturating_add(*rows),
            Some(RowChange::Remove(rows)) => archive.rows.saturating_sub(*rows),
            Some(RowChange::Set(rows)) => *rows,
        }
    }

    /// The archives that remain, with their new rows and their companions' new indices.
    fn keep_archives(&self, draft: &Draft, kept: &[usize]) -> Result<Vec<Archive>, TuneError> {
        let mut archives = Vec::with_capacity(kept.len());
        for &place in kept {
            let Some(archive) = draft.archives.get(place) else { continue };
            let mut archive = archive.clone().with_rows(self.rows_of(place, archive));
            if let Some(companion) = companion(&mut archive.kind)
                && *companion < draft.archives.len()
            {
                *companion = kept
                    .binary_search(companion)
                    .map_err(|_| TuneError::ArchiveInUse { archive: *companion, user: place })?;
            }
            archives.push(archive);
        }
        Ok(archives)
    }

    /// The remaining parts, followed by the added ones.
    fn extend(&self, kept: &Draft, file_name: &[u8]) -> Result<Schema, TuneError> {
        let mut text =
            SchemaText::after(kept.step, kept.sources.clone(), kept.archives.clone(), file_name);
        for addition in &self.added {
            match addition {
                Addition::Source(source) => text.push_source(source.clone())?,
                Addition::Archive(archive) => text.push_archive(archive.clone()),
                Addition::Text(argument) => text.argument(argument)?,
            }
        }
        Ok(text.finish()?.schema)
    }
}

/// The data sources that remain, with the new indices of the variables of computed ones.
fn keep_sources(draft: &Draft, kept: &[usize]) -> Result<Vec<DataSource>, TuneError> {
    let name = |place: usize| {
        let source = draft.sources.get(place);
        source.map(|source| source.name.as_str().to_owned()).unwrap_or_default()
    };
    let mut sources = Vec::with_capacity(kept.len());
    for &place in kept {
        let Some(source) = draft.sources.get(place) else { continue };
        let mut source = source.clone();
        if let SourceKind::Computed(expression) = &mut source.kind {
            let moved = expression.with_variables(|variable| kept.binary_search(&variable).ok());
            *expression = moved.map_err(|variable| TuneError::SourceInUse {
                name: name(variable),
                user: name(place),
            })?;
        }
        sources.push(source);
    }
    Ok(sources)
}

/// The index of the companion of a forecasting archive.
fn companion(kind: &mut ArchiveKind) -> Option<&mut usize> {
    match kind {
        ArchiveKind::Classic { .. } => None,
        ArchiveKind::Forecast { seasonal, .. } => Some(seasonal),
        ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) => {
            Some(&mut season.forecast)
        }
        ArchiveKind::DevPredict { deviations } | ArchiveKind::Failures { deviations, .. } => {
            Some(deviations)
        }
    }
}

/// The old indices, then `None` for new parts.
fn places(kept: &[usize], count: usize) -> Vec<Option<usize>> {
    kept.iter().copied().map(Some).chain(std::iter::repeat(None)).take(count).collect()
}
