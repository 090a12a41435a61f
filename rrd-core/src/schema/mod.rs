//! The structure of a database: step, data sources, archives. Text forms are in `text`, the builder
//! in `builder`, the errors in `error`.

mod builder;
mod difference;
mod error;
mod text;

use crate::archive::{Archive, ArchiveKind, Season, Seasonal};
use crate::data_source::{DataSource, MeasuredSource, RateKind, SourceKind};
use crate::file_version::FileVersion;
use crate::time::Step;

pub use builder::SchemaBuilder;
pub use difference::Difference;
pub use error::SchemaError;
pub use text::{Definition, Origin, SchemaText, SchemaTextError, SourceFault};

/// The validated structure of a database: at least one data source and one archive, unique names,
/// sizes that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    step: Step,
    sources: Vec<DataSource>,
    archives: Vec<Archive>,
}

impl Schema {
    /// Validates a structure: a database must be able to have it, and every value in it must be
    /// usable.
    ///
    /// # Errors
    ///
    /// No archive or no data source; two sources with the same name; limits that exclude all
    /// values; factors out of range; an archive without rows or points; a forecasting archive whose
    /// companion is of the wrong kind; a computed source that uses itself or a later one; more
    /// bytes than a file can have.
    pub fn new(
        step: Step,
        sources: Vec<DataSource>,
        archives: Vec<Archive>,
    ) -> Result<Self, SchemaError> {
        let schema = Self::from_parts(step, sources, archives)?;
        schema.check_names()?;
        schema.check_expressions()?;
        schema.check_limits()?;
        for (index, archive) in schema.archives.iter().enumerate() {
            check_factors(index, archive)?;
        }
        schema.check_companions()?;
        Ok(schema)
    }

    /// The structure of an existing file: only what arithmetic and layout rely on is checked, so
    /// that files which RRDtool accepts (a duplicate name, equal limits, a forecast without its
    /// season) can still be read.
    pub(crate) fn from_parts(
        step: Step,
        sources: Vec<DataSource>,
        archives: Vec<Archive>,
    ) -> Result<Self, SchemaError> {
        if archives.is_empty() {
            return Err(SchemaError::NoArchives);
        }
        if sources.is_empty() {
            return Err(SchemaError::NoSources);
        }
        for (index, archive) in archives.iter().enumerate() {
            check_shape(index, archive)?;
        }
        let schema = Self { step, sources, archives };
        schema.check_size()?;
        Ok(schema)
    }

    /// The same structure with another number of rows in one archive.
    pub(crate) fn with_rows(&self, archive: usize, rows: u64) -> Result<Self, SchemaError> {
        let mut archives = self.archives.clone();
        if let Some(archive) = archives.get_mut(archive) {
            *archive = archive.clone().with_rows(rows);
        }
        Self::from_parts(self.step, self.sources.clone(), archives)
    }

    /// The length of a primary data point.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The data sources in file order.
    pub fn sources(&self) -> &[DataSource] {
        &self.sources
    }

    /// The archives in file order.
    pub fn archives(&self) -> &[Archive] {
        &self.archives
    }

    /// The index of the data source with this name.
    pub fn source_index(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name.as_str() == name)
    }

    /// Number of data sources that take readings: all but the computed ones.
    pub fn measured_sources(&self) -> usize {
        self.sources.iter().filter(|source| source.measured().is_some()).count()
    }

    /// The lowest file version that can represent this structure.
    ///
    /// A smoothing window of 0 or 0.05 does not require a version: files of version 3 imply both.
    ///
    /// ```
    /// use rrd_core::{FileVersion, Heartbeat, Schema, Step};
    ///
    /// let shape = Schema::builder(Step::from_seconds(60).unwrap()).average(0.5, 1, 60);
    /// let plain = shape.clone().gauge("level", Heartbeat::from_seconds(120)).build()?;
    /// assert_eq!(plain.version(), FileVersion::V3);
    /// let fractions = shape.dcounter("energy", Heartbeat::from_seconds(120)).build()?;
    /// assert_eq!(fractions.version(), FileVersion::V5);
    /// # Ok::<(), rrd_core::SchemaError>(())
    /// ```
    pub fn version(&self) -> FileVersion {
        let fractions = self
            .sources
            .iter()
            .filter_map(DataSource::measured)
            .any(|source| matches!(source.rate, RateKind::DCounter | RateKind::DDerive));
        let season = self.archives.iter().any(|archive| match &archive.kind {
            ArchiveKind::Forecast { season, .. } => *season == Season::Multiplicative,
            ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) => {
                season.smoothing_window != 0.0
                    && season.smoothing_window != Seasonal::DEFAULT_SMOOTHING_WINDOW
            }
            _ => false,
        });
        match (fractions, season) {
            (true, _) => FileVersion::V5,
            (false, true) => FileVersion::V4,
            (false, false) => FileVersion::V3,
        }
    }

    /// Checks that every forecasting archive has the companions that it works with.
    ///
    /// # Errors
    ///
    /// [`SchemaError::Companion`] for the first archive that refers to no archive or to one of
    /// another kind. RRDtool creates such archives without complaint; they never hold a useful
    /// value.
    pub fn check_companions(&self) -> Result<(), SchemaError> {
        for (archive, definition) in self.archives.iter().enumerate() {
            let (companion, wanted) = match &definition.kind {
                ArchiveKind::Classic { .. } => continue,
                ArchiveKind::Forecast { seasonal, .. } => (*seasonal, "SEASONAL"),
                ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) => {
                    (season.forecast, "HWPREDICT or MHWPREDICT")
                }
                ArchiveKind::DevPredict { deviations }
                | ArchiveKind::Failures { deviations, .. } => (*deviations, "DEVSEASONAL"),
            };
            let fits =
                match (&definition.kind, self.archives.get(companion).map(|found| &found.kind)) {
                    (ArchiveKind::Forecast { .. }, Some(found)) => {
                        matches!(found, ArchiveKind::Seasonal(_))
                    }
                    (ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_), Some(found)) => {
                        matches!(found, ArchiveKind::Forecast { .. })
                    }
                    (_, Some(found)) => matches!(found, ArchiveKind::DevSeasonal(_)),
                    (_, None) => false,
                };
            if !fits {
                return Err(SchemaError::Companion { archive, companion, wanted });
            }
        }
        Ok(())
    }

    /// Checks that names are unique.
    pub(crate) fn check_names(&self) -> Result<(), SchemaError> {
        for (index, source) in self.sources.iter().enumerate() {
            if self.source_index(source.name.as_str()) != Some(index) {
                return Err(SchemaError::DuplicateName { name: source.name.as_str().to_owned() });
            }
        }
        Ok(())
    }

    /// A computed source may only use the values of the preceding ones.
    fn check_expressions(&self) -> Result<(), SchemaError> {
        for (index, source) in self.sources.iter().enumerate() {
            if let SourceKind::Computed(expression) = &source.kind
                && expression.expression().variables().any(|place| place >= index)
            {
                return Err(SchemaError::LaterSource { name: source.name.as_str().to_owned() });
            }
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), SchemaError> {
        for source in &self.sources {
            if let Some(MeasuredSource { minimum, maximum, .. }) = source.measured()
                && minimum >= maximum
            {
                return Err(SchemaError::Limits {
                    name: source.name.as_str().to_owned(),
                    minimum: *minimum,
                    maximum: *maximum,
                });
            }
        }
        Ok(())
    }

    /// No sum over this schema overflows once the file length fits.
    fn check_size(&self) -> Result<(), SchemaError> {
        const PER_SOURCE: u128 = 120 + 112;
        const PER_ARCHIVE: u128 = 120 + 8;
        let sources = self.sources.len() as u128;
        let archives = self.archives.len() as u128;
        let rows: u128 = self.archives.iter().map(|archive| u128::from(archive.rows)).sum();
        let head =
            128 + 16 + PER_SOURCE * sources + PER_ARCHIVE * archives + 80 * sources * archives;
        let bytes = rows.saturating_mul(8 * sources).saturating_add(head);
        if bytes > i64::MAX.unsigned_abs().into() {
            Err(SchemaError::TooLarge { bytes })
        } else {
            Ok(())
        }
    }
}

impl DataSource {
    /// The settings for readings; `None` if the source is computed.
    pub fn measured(&self) -> Option<&MeasuredSource> {
        match &self.kind {
            SourceKind::Measured(source) => Some(source),
            SourceKind::Computed(_) => None,
        }
    }
}

fn check_shape(archive: usize, definition: &Archive) -> Result<(), SchemaError> {
    if definition.rows == 0 {
        return Err(SchemaError::NoRows { archive });
    }
    if definition.points_per_row() == 0 {
        return Err(SchemaError::NoPoints { archive });
    }
    if let ArchiveKind::Failures { window, .. } = definition.kind
        && !(1..=28).contains(&window)
    {
        return Err(SchemaError::FailureWindow { archive, window });
    }
    Ok(())
}

fn check_factors(archive: usize, definition: &Archive) -> Result<(), SchemaError> {
    let inside = |value: f64| value > 0.0 && value < 1.0;
    match definition.kind {
        ArchiveKind::Classic { xfiles_factor, .. } => {
            if !(0.0..1.0).contains(&xfiles_factor) && !xfiles_factor.is_nan() {
                return Err(SchemaError::XFilesFactor { archive, value: xfiles_factor });
            }
        }
        ArchiveKind::Forecast { alpha, beta, season_length, .. } => {
            if !inside(alpha) {
                return Err(SchemaError::Alpha { archive, value: alpha });
            }
            if !(0.0..=1.0).contains(&beta) {
                return Err(SchemaError::Beta { archive, value: beta });
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a bound, and a season has at most 65,535 rows"
            )]
            let rows = definition.rows as f64;
            if season_length > rows {
                return Err(SchemaError::SeasonTooLong { archive });
            }
        }
        ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) => {
            if !inside(season.gamma) {
                return Err(SchemaError::Gamma { archive, value: season.gamma });
            }
            if !(0.0..=1.0).contains(&season.smoothing_window) {
                return Err(SchemaError::SmoothingWindow { value: season.smoothing_window });
            }
        }
        ArchiveKind::DevPredict { .. } => {}
        ArchiveKind::Failures { window, threshold, .. } => {
            if !(1..=28).contains(&threshold) {
                return Err(SchemaError::FailureThreshold { archive, threshold });
            }
            if window < threshold {
                return Err(SchemaError::WindowBelowThreshold { archive, window, threshold });
            }
        }
    }
    Ok(())
}
