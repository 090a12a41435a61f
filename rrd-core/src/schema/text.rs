//! Schemas as arguments: `DS:name:GAUGE:600:0:U`, `RRA:AVERAGE:0.5:5m:10d`, in RRDtool's grammar and with its words.

use super::{Schema, SchemaError};
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{DataSource, Heartbeat, MeasuredSource, RateKind, SourceKind, SourceName};
use crate::format::FileVersion;
use crate::number::{self, NumberError};
use crate::rpn::{CompactError, CompactExpression};
use crate::time::Step;
use crate::time::duration::{self, DurationError};

/// Takes `DS:` and `RRA:` arguments from left to right.
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

/// What the arguments of a `create` say.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The shape of the database.
    pub schema: Schema,
    /// The file version that the arguments ask for; what was taken over from a template asks for nothing.
    pub version: FileVersion,
    /// For each data source where its values come from when the database is filled from others, if the argument says so.
    pub origins: Vec<Option<Origin>>,
}

/// Where the values of a new data source come from: the `old[2]` of `DS:new=old[2]:...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The data source in the other file.
    pub name: SourceName,
    /// The place of that file among the sources, from 0; `None` for all of them.
    pub file: Option<usize>,
}

/// Why an argument does not define a part of a database.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaTextError {
    /// The argument begins neither with `DS:` nor with `RRA:`.
    #[error("can't parse argument '{text}'")]
    Argument {
        /// The argument.
        text: String,
    },
    /// A data source is not `name:TYPE:...`, or its name or type has illegal characters.
    #[error("invalid DS format")]
    SourceFormat,
    /// There is no such type of data source.
    #[error("invalid DS type specified ({name})")]
    SourceType {
        /// The type as given.
        name: String,
    },
    /// Heartbeat or limits of a data source are wrong.
    #[error("failed to parse data source {text}: {fault}")]
    Source {
        /// What follows the type.
        text: String,
        /// What is wrong with it.
        fault: SourceFault,
    },
    /// A limit of a data source is no number.
    #[error("parsing {limit} val - {error}")]
    Limit {
        /// `min` or `max`.
        limit: &'static str,
        /// What is wrong with it.
        error: NumberError,
    },
    /// The expression of a computed data source is refused.
    #[error(transparent)]
    Expression(#[from] CompactError),
    /// There is no such consolidation function.
    #[error("Unrecognized consolidation function {name}")]
    Function {
        /// The capital letters that the field begins with.
        name: String,
    },
    /// An archive has too few fields.
    #[error("Expected at least {expected} arguments for RRA but got {found}")]
    MissingFields {
        /// The number that its function needs, the function counted.
        expected: usize,
        /// The number of fields.
        found: usize,
    },
    /// An archive has a field too many.
    #[error("Unexpected extra argument for consolidation function {function}")]
    ExtraField {
        /// Its function.
        function: ConsolidationFunction,
    },
    /// An archive has more fields than any function knows.
    #[error("Unknown error")]
    UnknownField,
    /// The length of a row is no duration or no multiple of the step.
    #[error("Invalid step {text}: {error}")]
    PointsPerRow {
        /// The field.
        text: String,
        /// What is wrong with it.
        error: DurationError,
    },
    /// The number of rows is no duration or no multiple of a row's length.
    #[error("Invalid row count {text}: {error}")]
    Rows {
        /// The field.
        text: String,
        /// What is wrong with it.
        error: DurationError,
    },
    /// An optional field is not `smoothing-window=NUMBER`.
    #[error("Invalid option {text}")]
    Option {
        /// The field.
        text: String,
    },
    /// The parts are well formed but make no database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// What is wrong after the type of a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceFault {
    /// Nothing follows the heartbeat.
    #[error("missing separator")]
    NoSeparator,
    /// The heartbeat has 32 characters or more.
    #[error("heartbeat too long")]
    LongHeartbeat,
    /// The heartbeat is no duration.
    #[error(transparent)]
    Heartbeat(DurationError),
    /// There are not two limits of 1 to 18 characters.
    #[error("failed to extract min:max")]
    Limits,
    /// The limits let nothing pass.
    #[error("min must be less than max in DS definition")]
    LimitOrder,
}

impl SchemaText {
    /// Takes arguments for a file of this name (as it is written: the moments of smoothing depend on it).
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

    /// Takes arguments that follow the data sources and archives of `template`, with another step if one is given.
    pub fn following(template: &Schema, step: Option<Step>, file_name: impl AsRef<[u8]>) -> Self {
        Self {
            sources: template.sources().to_vec(),
            archives: template.archives().to_vec(),
            origins: vec![None; template.sources().len()],
            ..Self::new(step.unwrap_or(template.step()), file_name)
        }
    }

    /// Takes arguments that follow these data sources and archives, of which there may be none.
    pub(crate) fn after(
        step: Step,
        sources: Vec<DataSource>,
        archives: Vec<Archive>,
        file_name: impl AsRef<[u8]>,
    ) -> Self {
        let origins = vec![None; sources.len()];
        Self { sources, archives, origins, ..Self::new(step, file_name) }
    }

    /// Takes a data source as it is.
    pub(crate) fn push_source(&mut self, source: DataSource) -> Result<(), SchemaTextError> {
        if self.sources.iter().any(|known| known.name == source.name) {
            let name = source.name.as_str().to_owned();
            return Err(SchemaError::DuplicateName { name }.into());
        }
        self.sources.push(source);
        self.origins.push(None);
        Ok(())
    }

    /// Takes an archive as it is.
    pub(crate) fn push_archive(&mut self, archive: Archive) {
        self.archives.push(archive);
    }

    /// Takes one argument. A forecast without its companions brings them along.
    ///
    /// # Errors
    ///
    /// [`SchemaTextError`] in RRDtool's words.
    pub fn argument(&mut self, text: &str) -> Result<(), SchemaTextError> {
        if let Some(source) = text.strip_prefix("DS:") {
            self.source(source)
        } else if let Some(archive) = text.strip_prefix("RRA:") {
            self.archive(archive)
        } else {
            Err(SchemaTextError::Argument { text: text.to_owned() })
        }
    }

    /// The definition that the arguments make together.
    ///
    /// # Errors
    ///
    /// [`SchemaTextError::Schema`] if an archive or a data source is missing, or the file would be too large.
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
        let kind = if let Some(rate) = RateKind::from_name(kind) {
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

/// Name, origin, type and the rest of a data source.
fn split_source(text: &str) -> Option<(SourceName, Option<Origin>, &str, &str)> {
    let (names, rest) = text.split_once(':')?;
    let (kind, rest) = rest.split_once(':')?;
    let (name, origin) = match names.split_once('=') {
        None => (names, None),
        Some((name, origin)) => (name, Some(read_origin(origin)?)),
    };
    let legal =
        (1..=19).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    (legal && !rest.is_empty()).then_some((SourceName::new(name)?, origin, kind, rest))
}

/// `old` or `old[3]`; files count from 1 there, 0 is any.
fn read_origin(text: &str) -> Option<Origin> {
    let Some((name, place)) = text.split_once('[') else {
        return Some(Origin { name: SourceName::new(text)?, file: None });
    };
    let place = place.strip_suffix(']')?;
    if place.is_empty() || !place.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let place = place.parse().unwrap_or(usize::MAX);
    Some(Origin { name: SourceName::new(name)?, file: place.checked_sub(1) })
}

/// Reads `HEARTBEAT:MIN:MAX`.
fn read_measured(rate: RateKind, text: &str) -> Result<MeasuredSource, SchemaTextError> {
    const LIMIT_LENGTH: usize = 18;
    let refuse = |fault| SchemaTextError::Source { text: text.to_owned(), fault };
    let (heartbeat, limits) =
        text.split_once(':').ok_or_else(|| refuse(SourceFault::NoSeparator))?;
    if heartbeat.len() >= 32 {
        return Err(refuse(SourceFault::LongHeartbeat));
    }
    let heartbeat = duration::parse(heartbeat, std::num::NonZeroU64::MIN)
        .map_err(|error| refuse(SourceFault::Heartbeat(error)))?;
    let (minimum, maximum) = limits
        .split_once(':')
        .map(|(minimum, rest)| (minimum, rest.split(':').next().unwrap_or_default()))
        .filter(|(minimum, maximum)| {
            (1..=LIMIT_LENGTH).contains(&minimum.len()) && !maximum.is_empty()
        })
        .ok_or_else(|| refuse(SourceFault::Limits))?;
    let kept = maximum.get(..LIMIT_LENGTH).unwrap_or(maximum);
    let minimum = read_limit("min", minimum)?;
    let maximum = read_limit("max", kept)?;
    if minimum >= maximum {
        return Err(refuse(SourceFault::LimitOrder));
    }
    Ok(MeasuredSource { rate, heartbeat: Heartbeat(heartbeat), minimum, maximum })
}

fn read_limit(limit: &'static str, text: &str) -> Result<f64, SchemaTextError> {
    if text == "U" {
        return Ok(number::UNKNOWN);
    }
    number::parse(text).map_err(|error| SchemaTextError::Limit { limit, error })
}

/// The function whose name is the longest run of capitals that a field begins with.
fn read_function(field: &str) -> Result<ConsolidationFunction, SchemaTextError> {
    let capitals = field.bytes().take(19).take_while(u8::is_ascii_uppercase).count();
    let name = field.get(..capitals).unwrap_or_default();
    ConsolidationFunction::from_name(name)
        .ok_or_else(|| SchemaTextError::Function { name: name.to_owned() })
}

/// The fields of an archive after its function.
struct Fields<'a> {
    archive: usize,
    step: Step,
    file_name: &'a [u8],
    texts: &'a [&'a str],
}

/// The place of the last field that any function knows, counted without the function.
const LAST_FIELD: usize = 5;

impl Fields<'_> {
    fn classic(&self, function: ClassicFunction) -> Result<Archive, SchemaTextError> {
        let xfiles_factor = self.optional(0, |text| {
            self.factor(
                text,
                |x| !(0.0..1.0).contains(&x) && !x.is_nan(),
                |archive, value| SchemaError::XFilesFactor { archive, value },
            )
        })?;
        let points = self.optional(1, |text| {
            duration::parse(text, self.unit(1))
                .map_err(|error| SchemaTextError::PointsPerRow { text: text.to_owned(), error })
        })?;
        let rows = self.optional(2, |text| self.rows(text, points.unwrap_or(1)))?;
        self.end(3, Some(function.into()))?;
        match (xfiles_factor, points, rows) {
            (Some(xfiles_factor), Some(points_per_row), Some(rows)) => Ok(Archive {
                rows,
                kind: ArchiveKind::Classic { function, points_per_row, xfiles_factor },
            }),
            _ => Err(self.missing(4)),
        }
    }

    fn forecast(&self, season: Season) -> Result<Vec<Archive>, SchemaTextError> {
        let inside = |x: f64| !(x > 0.0 && x < 1.0);
        let rows = self.optional(0, |text| self.rows(text, 1))?;
        let alpha = self.optional(1, |text| {
            self.factor(text, inside, |archive, value| SchemaError::Alpha { archive, value })
        })?;
        let beta = self.optional(2, |text| {
            self.factor(
                text,
                |x| !(0.0..=1.0).contains(&x),
                |archive, value| SchemaError::Beta { archive, value },
            )
        })?;
        let season_rows = self.optional(3, |text| {
            let season_rows = u64::from(low_16_bits(leading_integer(text)));
            if rows.is_some_and(|rows| season_rows > rows) {
                return Err(SchemaError::SeasonTooLong { archive: self.archive }.into());
            }
            Ok(season_rows)
        })?;
        self.end(LAST_FIELD, None)?;
        let (Some(rows), Some(alpha), Some(beta), Some(season_rows)) =
            (rows, alpha, beta, season_rows)
        else {
            return Err(self.missing(5));
        };
        let seasonal = self.texts.get(4).map(|text| archive_index(text));
        let mut archives = vec![Archive {
            rows,
            kind: ArchiveKind::Forecast {
                season,
                alpha,
                beta,
                seasonal: seasonal.unwrap_or(self.archive.saturating_add(1)),
                season_length: number::count_to_f64(season_rows),
            },
        }];
        if seasonal.is_none() {
            let place = Seasonal::smoothing_row(self.file_name, season_rows)
                .ok_or(SchemaError::NoSeason { archive: self.archive })?;
            archives.extend(Archive::companions(self.archive, rows, alpha, season_rows, place));
        }
        Ok(archives)
    }

    /// Rows and parameters of SEASONAL or DEVSEASONAL, and whether a smoothing window is given.
    fn season(&self, expected: usize) -> Result<(u64, Seasonal, bool), SchemaTextError> {
        let rows = self.optional(0, |text| self.rows(text, 1))?;
        let gamma = self.optional(1, |text| {
            self.factor(
                text,
                |x| !(x > 0.0 && x < 1.0),
                |archive, value| SchemaError::Gamma { archive, value },
            )
        })?;
        let window = self.optional(3, read_window)?;
        self.end(LAST_FIELD, None)?;
        let (Some(rows), Some(gamma)) = (rows, gamma) else { return Err(self.missing(expected)) };
        if self.texts.len() + 1 < expected {
            return Err(self.missing(expected));
        }
        // RRDtool takes a field after the window for the forecast, too.
        let forecast = self.texts.get(4).or(self.texts.get(2));
        let season = Seasonal {
            gamma,
            smoothing_window: window.unwrap_or(Seasonal::DEFAULT_SMOOTHING_WINDOW),
            forecast: forecast.map_or(usize::MAX, |text| archive_index(text)),
            smoothing_index: Seasonal::smoothing_row(self.file_name, rows).unwrap_or_default(),
        };
        Ok((rows, season, window.is_some()))
    }

    fn predicted_deviations(&self) -> Result<Archive, SchemaTextError> {
        let rows = self.optional(0, |text| self.rows(text, 1))?;
        self.end(2, Some(ConsolidationFunction::DevPredict))?;
        match (rows, self.texts.get(1)) {
            (Some(rows), Some(deviations)) => {
                let deviations = archive_index(deviations);
                Ok(Archive { rows, kind: ArchiveKind::DevPredict { deviations } })
            }
            _ => Err(self.missing(3)),
        }
    }

    fn failures(&self) -> Result<Archive, SchemaTextError> {
        let archive = self.archive;
        let rows = self.optional(0, |text| self.rows(text, 1))?;
        let threshold = self.optional(1, |text| {
            let threshold = number::floor_at_zero(leading_integer(text));
            if (1..=28).contains(&threshold) {
                Ok(threshold)
            } else {
                Err(SchemaError::FailureThreshold { archive, threshold }.into())
            }
        })?;
        let window = self.optional(2, |text| {
            let window = number::floor_at_zero(leading_integer(text));
            match threshold {
                Some(threshold) if window < threshold => {
                    Err(SchemaError::WindowBelowThreshold { archive, window, threshold }.into())
                }
                _ if (1..=28).contains(&window) => Ok(window),
                _ => Err(SchemaError::FailureWindow { archive, window }.into()),
            }
        })?;
        self.end(LAST_FIELD, None)?;
        // RRDtool takes a field after the index for the index, too.
        let deviations = self.texts.get(4).or(self.texts.get(3));
        match (rows, threshold, window, deviations) {
            (Some(rows), Some(threshold), Some(window), Some(deviations)) => Ok(Archive {
                rows,
                kind: ArchiveKind::Failures {
                    delta_positive: 2.0,
                    delta_negative: 2.0,
                    deviations: archive_index(deviations),
                    window,
                    threshold,
                },
            }),
            _ => Err(self.missing(5)),
        }
    }

    fn optional<T>(
        &self,
        place: usize,
        read: impl FnOnce(&str) -> Result<T, SchemaTextError>,
    ) -> Result<Option<T>, SchemaTextError> {
        self.texts.get(place).map(|text| read(text)).transpose()
    }

    fn factor(
        &self,
        text: &str,
        outside: impl Fn(f64) -> bool,
        error: impl Fn(usize, f64) -> SchemaError,
    ) -> Result<f64, SchemaTextError> {
        match number::parse(text) {
            Ok(value) if !outside(value) => Ok(value),
            Ok(value) => Err(error(self.archive, value).into()),
            Err(_) => Err(error(self.archive, number::UNKNOWN).into()),
        }
    }

    fn rows(&self, text: &str, points_per_row: u64) -> Result<u64, SchemaTextError> {
        duration::parse(text, self.unit(points_per_row))
            .map_err(|error| SchemaTextError::Rows { text: text.to_owned(), error })
    }

    /// Seconds that one counts for.
    fn unit(&self, points: u64) -> std::num::NonZeroU64 {
        std::num::NonZeroU64::new(self.step.seconds().saturating_mul(points))
            .unwrap_or(std::num::NonZeroU64::MIN)
    }

    /// Nothing may stand at this place or after it.
    fn end(
        &self,
        place: usize,
        function: Option<ConsolidationFunction>,
    ) -> Result<(), SchemaTextError> {
        match (self.texts.get(place), function) {
            (None, _) => Ok(()),
            (Some(_), Some(function)) => Err(SchemaTextError::ExtraField { function }),
            (Some(_), None) => Err(SchemaTextError::UnknownField),
        }
    }

    fn missing(&self, expected: usize) -> SchemaTextError {
        SchemaTextError::MissingFields { expected, found: self.texts.len() + 1 }
    }
}

/// Reads `smoothing-window=NUMBER`; what follows the number does not matter, nothing at all is the usual window.
fn read_window(text: &str) -> Result<f64, SchemaTextError> {
    let refuse = || SchemaTextError::Option { text: text.to_owned() };
    let window = text.strip_prefix("smoothing-window=").ok_or_else(refuse)?;
    if window.is_empty() {
        return Ok(Seasonal::DEFAULT_SMOOTHING_WINDOW);
    }
    let value = number::scan_decimal(window).ok_or_else(refuse)?.value;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(SchemaError::SmoothingWindow { value }.into())
    }
}

/// An index of an archive that counts from 1 and is not checked: what is no number is no archive.
fn archive_index(text: &str) -> usize {
    usize::try_from(i64::from(leading_integer(text)) - 1).unwrap_or(usize::MAX)
}

/// The integer at the beginning of a text as C's `atoi` reads it; 0 if there is none.
fn leading_integer(text: &str) -> i32 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude = digits.bytes().take_while(u8::is_ascii_digit).fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    number::wrap_to_i32(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// The bits of an integer that an unsigned 16-bit number keeps.
fn low_16_bits(value: i32) -> u16 {
    let [low, high, ..] = value.to_le_bytes();
    u16::from_le_bytes([low, high])
}
