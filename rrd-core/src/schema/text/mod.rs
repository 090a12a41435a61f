//! Schemas as arguments: `DS:name:GAUGE:600:0:U`, `RRA:AVERAGE:0.5:5m:10d`, in RRDtool's grammar
//! and with its words. `source` parses data sources, `archive` the fields of an archive.

mod archive;
mod error;
mod source;

use super::{Schema, SchemaError};
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{DataSource, RateKind, SourceKind};
use crate::file_version::FileVersion;
use crate::rpn::CompactExpression;
use crate::time::Step;

use archive::{Fields, read_function};
pub use error::{SchemaTextError, SourceFault};
pub use source::Origin;
use source::{read_measured, split_source};

/// Parses `DS:` and `RRA:` arguments from left to right.
///
/// ```
/// use rrd_core::{FileVersion, SchemaText, Step};
///
/// let mut text = SchemaText::new(Step::from_seconds(300).unwrap(), "disk.rrd");
/// text.argument("DS:bytes:DCOUNTER:10m:0:U")?;
/// text.argument("RRA:AVERAGE:0.5:1h:30d")?;
/// let definition = text.finish()?;
/// assert_eq!(definition.schema.archives()[0].points_per_row(), 12);
/// assert_eq!(definition.schema.archives()[0].rows, 720);
/// assert_eq!(definition.version, FileVersion::V5);
/// # Ok::<(), rrd_core::SchemaTextError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SchemaText {
    step: Step,
    file_name: Vec<u8>,
    sources: Vec<DataSource>,
    archives: Vec<Archive>,
    origins: Vec<Option<Origin>>,
    version: FileVersion,
}

/// The result of the arguments of `create`.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The structure of the database.
    pub schema: Schema,
    /// The file version that the arguments require; parts copied from a template require none.
    pub version: FileVersion,
    /// For each data source the origin of its values when the database is filled from others, if
    /// given.
    pub origins: Vec<Option<Origin>>,
}

impl SchemaText {
    /// Parses arguments for a file with this name (as written: the times of smoothing depend on
    /// it).
    pub fn new(step: Step, file_name: impl AsRef<[u8]>) -> Self {
        Self {
            step,
            file_name: file_name.as_ref().to_vec(),
            sources: Vec::new(),
            archives: Vec::new(),
            origins: Vec::new(),
            version: FileVersion::V3,
        }
    }

    /// Parses arguments that follow the data sources and archives of `template`, with another step
    /// if given.
    pub fn following(template: &Schema, step: Option<Step>, file_name: impl AsRef<[u8]>) -> Self {
        Self {
            sources: template.sources().to_vec(),
            archives: template.archives().to_vec(),
            origins: vec![None; template.sources().len()],
            ..Self::new(step.unwrap_or(template.step()), file_name)
        }
    }

    /// Parses arguments that follow these data sources and archives, which may be empty.
    pub(crate) fn after(
        step: Step,
        sources: Vec<DataSource>,
        archives: Vec<Archive>,
        file_name: impl AsRef<[u8]>,
    ) -> Self {
        let origins = vec![None; sources.len()];
        Self { sources, archives, origins, ..Self::new(step, file_name) }
    }

    /// Adds a data source unchanged.
    pub(crate) fn push_source(&mut self, source: DataSource) -> Result<(), SchemaTextError> {
        if self.sources.iter().any(|known| known.name == source.name) {
            let name = source.name.as_str().to_owned();
            return Err(SchemaError::DuplicateName { name }.into());
        }
        self.sources.push(source);
        self.origins.push(None);
        Ok(())
    }

    /// Adds an archive unchanged.
    pub(crate) fn push_archive(&mut self, archive: Archive) {
        self.archives.push(archive);
    }

    /// Parses one argument. A forecast without companions adds them automatically.
    ///
    /// # Errors
    ///
    /// See [`SchemaTextError`].
    pub fn argument(&mut self, text: &str) -> Result<(), SchemaTextError> {
        if let Some(source) = text.strip_prefix("DS:") {
            self.source(source)
        } else if let Some(archive) = text.strip_prefix("RRA:") {
            self.archive(archive)
        } else {
            Err(SchemaTextError::Argument { text: text.to_owned() })
        }
    }

    /// The definition that results from all arguments.
    ///
    /// # Errors
    ///
    /// [`SchemaTextError::Schema`] if an archive or a data source is missing, or the file would be
    /// too large.
    pub fn finish(self) -> Result<Definition, SchemaTextError> {
        let schema = Schema::from_parts(self.step, self.sources, self.archives)?;
        Ok(Definition { schema, version: self.version, origins: self.origins })
    }

    fn source(&mut self, text: &str) -> Result<(), SchemaTextError> {
        let (name, origin, kind, rest) = split_source(text).ok_or(SchemaTextError::SourceFormat)?;
        let known = |name: &str| self.sources.iter().position(|known| known.name.as_str() == name);
        if known(name.as_str()).is_some() {
            let name = name.as_str().to_owned();
            return Err(SchemaError::DuplicateName { name }.into());
        }
        let kind = if let Ok(rate) = kind.parse() {
            if matches!(rate, RateKind::DCounter | RateKind::DDerive) {
                self.version = self.version.max(FileVersion::V5);
            }
            SourceKind::Measured(read_measured(rate, rest)?)
        } else if kind == "COMPUTE" {
            SourceKind::Computed(CompactExpression::parse(rest, known)?)
        } else {
            return Err(SchemaTextError::SourceType { name: kind.to_owned() });
        };
        self.sources.push(DataSource { name, kind });
        self.origins.push(origin);
        Ok(())
    }

    fn archive(&mut self, text: &str) -> Result<(), SchemaTextError> {
        let fields: Vec<&str> = text.split(':').filter(|field| !field.is_empty()).collect();
        let archive = self.archives.len();
        let Some((name, fields)) = fields.split_first() else {
            return Err(SchemaTextError::MissingFields { expected: 4, found: 0 });
        };
        let reader = Fields { archive, step: self.step, file_name: &self.file_name, texts: fields };
        match read_function(name)? {
            ConsolidationFunction::Average => {
                self.archives.push(reader.classic(ClassicFunction::Average)?);
            }
            ConsolidationFunction::Min => self.archives.push(reader.classic(ClassicFunction::Min)?),
            ConsolidationFunction::Max => self.archives.push(reader.classic(ClassicFunction::Max)?),
            ConsolidationFunction::Last => {
                self.archives.push(reader.classic(ClassicFunction::Last)?);
            }
            ConsolidationFunction::HwPredict => {
                let archives = reader.forecast(Season::Additive)?;
                self.archives.extend(archives);
            }
            ConsolidationFunction::MhwPredict => {
                let archives = reader.forecast(Season::Multiplicative)?;
                self.archives.extend(archives);
                self.version = self.version.max(FileVersion::V4);
            }
            ConsolidationFunction::Seasonal => {
                let (rows, season, windowed) = reader.season(4)?;
                self.add_season(rows, ArchiveKind::Seasonal(season), windowed);
            }
            ConsolidationFunction::DevSeasonal => {
                let (rows, season, windowed) = reader.season(3)?;
                self.add_season(rows, ArchiveKind::DevSeasonal(season), windowed);
            }
            ConsolidationFunction::DevPredict => self.archives.push(reader.predicted_deviations()?),
            ConsolidationFunction::Failures => self.archives.push(reader.failures()?),
        }
        Ok(())
    }

    fn add_season(&mut self, rows: u64, kind: ArchiveKind, windowed: bool) {
        self.archives.push(Archive { rows, kind });
        if windowed {
            self.version = self.version.max(FileVersion::V4);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::archive::Seasonal;

    fn text() -> SchemaText {
        SchemaText::new(Step::from_seconds(300).unwrap(), "x.rrd")
    }

    fn archives(arguments: &[&str]) -> Result<Vec<Archive>, String> {
        let mut text = text();
        text.argument("DS:a:GAUGE:600:U:U").unwrap();
        for argument in arguments {
            text.argument(argument).map_err(|error| error.to_string())?;
        }
        Ok(text.finish().map_err(|error| error.to_string())?.schema.archives().to_vec())
    }

    fn refusal(argument: &str) -> String {
        let error = text().argument(argument).unwrap_err();
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        words
    }

    #[test]
    fn durations_are_counted_in_points_and_rows() {
        let archives = archives(&["RRA:LAST:0.5:10m:1d", "RRA:MAX:0:1:7:"]).unwrap();
        assert_eq!((archives[0].points_per_row(), archives[0].rows), (2, 144));
        assert_eq!((archives[1].points_per_row(), archives[1].rows), (1, 7));
    }

    #[test]
    fn a_forecast_brings_its_companions_and_later_indices_shift() {
        let archives = archives(&["RRA:HWPREDICT:100:0.1:0.2:10", "RRA:AVERAGE:0.5:1:3"]).unwrap();
        let functions: Vec<_> = archives.iter().map(|archive| archive.function().name()).collect();
        let companions = ["HWPREDICT", "SEASONAL", "DEVSEASONAL", "DEVPREDICT", "FAILURES"];
        assert_eq!(functions, [companions.as_slice(), &["AVERAGE"]].concat());
        let place = Seasonal::smoothing_row(b"x.rrd", 10).unwrap();
        let season =
            Seasonal { gamma: 0.1, smoothing_window: 0.0, forecast: 0, smoothing_index: place };
        assert_eq!(archives[1].kind, ArchiveKind::Seasonal(season));
    }

    #[test]
    fn an_index_that_names_no_archive_is_kept_as_none() {
        let archives = archives(&["RRA:DEVPREDICT:10:0"]).unwrap();
        assert_eq!(archives[0].kind, ArchiveKind::DevPredict { deviations: usize::MAX });
    }

    #[test]
    fn refusals_say_what_is_wrong_and_what_is_expected() {
        for (argument, words) in [
            ("ds:a:GAUGE:1:U:U", "invalid argument 'ds:a:GAUGE:1:U:U': expected DS:... or RRA:..."),
            ("DS:a b:GAUGE:1:U:U", "invalid data source: expected DS:NAME:TYPE:..."),
            (
                "DS:a:FOO:1:U:U",
                "unknown data source type 'FOO': expected GAUGE, COUNTER, DERIVE, ABSOLUTE, DCOUNTER, DDERIVE or COMPUTE",
            ),
            ("DS:a:GAUGE:1", "invalid data source '1': expected HEARTBEAT:MIN:MAX after the type"),
            (
                "DS:a:GAUGE:1:0:0",
                "invalid data source '1:0:0': the minimum is not below the maximum",
            ),
            (
                "DS:a:GAUGE:1:x:0",
                "invalid minimum of a data source: invalid number \"x\": expected digits, e.g. 5, -0.25 or 1e6",
            ),
            (
                "DS:a:COMPUTE:b,1,+",
                "not an expression over the data sources before it: unexpected \"b,1,+\": expected a number, a known name or an operator",
            ),
            ("RRA:FOO:1", "unknown consolidation function 'FOO'"),
            ("RRA:AVERAGE:1:1:1", "archive 0: invalid xfiles factor 1: expected 0 to below 1"),
            (
                "RRA:AVERAGE:0:7s:1",
                "invalid row length '7s': expected a whole multiple of the interval that it is counted in",
            ),
            ("RRA:AVERAGE:0:1:0", "invalid number of rows '0': expected more than 0"),
            ("RRA:AVERAGE:0:1", "an archive has at least 4 fields, found 3"),
            ("RRA:AVERAGE:0:1:1:1", "too many fields for an archive of AVERAGE"),
            ("RRA:HWPREDICT:5:0.1:0.1:6", "archive 0: the season is longer than the forecast"),
            (
                "RRA:HWPREDICT:5:0.1:0.1:x",
                "the seasonal cycle of archive 0 must have 1 to 65535 rows",
            ),
            ("RRA:SEASONAL:5:0.1:1:foo", "unknown option 'foo': expected smoothing-window=NUMBER"),
            (
                "RRA:FAILURES:5:3:2:1",
                "archive 0: the failure window 2 is shorter than the threshold 3",
            ),
        ] {
            assert_eq!(refusal(argument), words);
        }
    }

    #[test]
    fn a_name_may_come_only_once_and_something_must_be_there() {
        let mut text = text();
        assert_eq!(text.clone().finish(), Err(SchemaError::NoArchives.into()));
        text.argument("DS:a:GAUGE:1:U:U").unwrap();
        let error = text.argument("DS:a:COUNTER:x").unwrap_err();
        assert_eq!(error.to_string(), "two data sources have the name 'a'");
    }

    #[test]
    fn the_version_is_the_lowest_that_the_arguments_ask_for() {
        let version = |argument: &str| {
            let mut text = text();
            text.argument(argument).unwrap();
            text.version
        };
        assert_eq!(version("RRA:SEASONAL:5:0.1:1"), FileVersion::V3);
        assert_eq!(version("RRA:SEASONAL:5:0.1:1:smoothing-window=0.05"), FileVersion::V4);
        assert_eq!(version("RRA:MHWPREDICT:5:0.1:0.1:5"), FileVersion::V4);
        assert_eq!(version("DS:a:DDERIVE:1:U:U"), FileVersion::V5);
    }

    proptest! {
        #[test]
        fn no_argument_makes_the_reader_panic(
            kind in prop_oneof![Just("DS:a:"), Just("RRA:"), Just("")],
            rest in prop_oneof![".{0,40}", "[A-Z]{3,11}(:[-0-9a-z.=]{0,8}){0,8}"],
        ) {
            let mut text = text();
            if text.argument(&format!("{kind}{rest}")).is_ok() {
                let _ = text.finish();
            }
        }
    }
}
