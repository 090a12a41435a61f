//! The information printed by `info`: a tree of typed values, and its lines of text.

use std::fmt;

use serde::Serialize;

use crate::archive::ArchiveKind;
use crate::cdp::{CdpPrep, CdpState};
use crate::data_source::{DataSource, SourceKind};
use crate::database::RrdReader;
use crate::file_version::FileVersion;
use crate::format::Head;
use crate::number::named_nan;
use crate::pdp::PdpPrep;
use crate::rpn::CompactExpression;

/// Everything about a database except its rows, as numbers and texts.
///
/// The fields serialize under RRDtool's names. `Display` writes the text of `info`: one line such
/// as `ds[load].min = 0.0000000000e+00` per value. [`Info::entries`] yields the same keys with
/// typed values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Info {
    /// The file name given by the caller.
    pub filename: String,
    /// The version of the file, four digits.
    pub rrd_version: String,
    /// The length of a primary data point in seconds.
    pub step: u64,
    /// The time of the last update, in seconds since 1970.
    pub last_update: i64,
    /// Number of bytes before the first row.
    pub header_size: u64,
    /// The data sources in file order.
    #[serde(rename = "ds")]
    pub sources: Vec<SourceInfo>,
    /// The archives in file order.
    #[serde(rename = "rra")]
    pub archives: Vec<ArchiveInfo>,
}

/// One data source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceInfo {
    /// Its name.
    pub name: String,
    /// Its index in the file, from 0.
    pub index: u64,
    /// Its type, such as `GAUGE`.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// Where its values come from.
    #[serde(flatten)]
    pub definition: SourceDefinition,
    /// The last reading as given; `U` for unknown.
    #[serde(rename = "last_ds")]
    pub last_reading: String,
    /// Value times seconds, collected in the open primary data point; NaN if there is none.
    pub value: f64,
    /// Unknown seconds of the open primary data point.
    #[serde(rename = "unknown_sec")]
    pub unknown_seconds: u64,
}

/// Where the values of a data source come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SourceDefinition {
    /// Readings.
    Measured {
        /// The heartbeat in seconds.
        minimal_heartbeat: u64,
        /// The minimum; NaN if there is none.
        min: f64,
        /// The maximum; NaN if there is none.
        max: f64,
    },
    /// An expression over other data sources.
    Computed {
        /// The expression, its tokens joined by commas.
        cdef: String,
    },
}

/// One archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ArchiveInfo {
    /// Its consolidation function, such as `AVERAGE`.
    pub cf: &'static str,
    /// Number of rows in the ring.
    pub rows: u64,
    /// Index of the row written last, from 0.
    #[serde(rename = "cur_row")]
    pub current_row: u64,
    /// Primary data points per row.
    #[serde(rename = "pdp_per_row")]
    pub points_per_row: u64,
    /// The parameters of its function.
    #[serde(flatten)]
    pub parameters: ArchiveParameters,
    /// The open row, one entry per data source; empty for `DEVPREDICT`.
    #[serde(rename = "cdp_prep")]
    pub open: Vec<OpenPoint>,
}

/// The parameters of a consolidation function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the fields are those of `ArchiveKind` under RRDtool's names")]
#[non_exhaustive]
pub enum ArchiveParameters {
    /// AVERAGE, MIN, MAX, LAST.
    Classic { xff: f64 },
    /// HWPREDICT, MHWPREDICT.
    Forecast { alpha: f64, beta: f64 },
    /// SEASONAL, DEVSEASONAL; the window is used and shown from file version 4 on.
    Seasonal {
        gamma: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        smoothing_window: Option<f64>,
    },
    /// FAILURES.
    Failures { delta_pos: f64, delta_neg: f64, failure_threshold: u64, window_length: u64 },
    /// DEVPREDICT has none.
    DevPredict {},
}

/// The open row of an archive for one data source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the fields are those of `CdpState` under RRDtool's names")]
#[non_exhaustive]
pub enum OpenPoint {
    /// AVERAGE, MIN, MAX, LAST.
    Classic { value: f64, unknown_datapoints: u64 },
    /// HWPREDICT, MHWPREDICT.
    Forecast {
        intercept: f64,
        slope: f64,
        #[serde(rename = "NaN_count")]
        null_count: u64,
    },
    /// SEASONAL.
    Seasonal { seasonal: f64 },
    /// DEVSEASONAL.
    Deviation { deviation: f64 },
    /// FAILURES: one digit per step, 1 for a violation, newest first.
    Failures { history: String },
}

/// One value of [`Info::entries`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum InfoValue<'a> {
    /// A text; printed in quotation marks.
    Text(&'a str),
    /// A count or an index.
    Count(u64),
    /// Seconds since 1970.
    Seconds(i64),
    /// A number; printed with ten decimals, unknown as `NaN`.
    Number(f64),
}

impl Info {
    /// The information about an open database. `filename` is the name given by the caller.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Info, Rrd, RrdReader, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 6, 60)
    ///     .build()?;
    /// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
    ///
    /// let info = Info::of(&RrdReader::open(&path)?, "load.rrd");
    /// assert_eq!(info.archives[0].rows, 60);
    /// assert!(info.to_string().contains("ds[load].minimal_heartbeat = 30\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(reader: &RrdReader, filename: &str) -> Self {
        Self::new(filename, reader.head(), reader.header_size())
    }

    pub(crate) fn new(filename: &str, head: &Head, header_size: u64) -> Self {
        let schema = &head.schema;
        let sources = schema.sources().iter().zip(&head.live.pdps).zip(0..);
        let points = head.live.cdps.chunks(schema.sources().len().max(1));
        let archives = schema.archives().iter().zip(&head.live.current_rows).zip(points);
        Self {
            filename: filename.to_owned(),
            rrd_version: head.version.digits().to_owned(),
            step: schema.step().seconds(),
            last_update: head.live.last_update.seconds(),
            header_size,
            sources: sources
                .map(|((source, pdp), index)| SourceInfo::new(source, index, pdp, schema.sources()))
                .collect(),
            archives: archives
                .map(|((archive, &current_row), points)| ArchiveInfo {
                    cf: archive.function().name(),
                    rows: archive.rows,
                    current_row,
                    points_per_row: archive.points_per_row(),
                    parameters: ArchiveParameters::new(&archive.kind, head.version),
                    open: points
                        .iter()
                        .filter_map(|point| OpenPoint::new(&archive.kind, point))
                        .collect(),
                })
                .collect(),
        }
    }

    /// Calls `each` for every value with its key, in the order of the text.
    ///
    /// Keys contain indices in brackets, as in `rra[0].cdp_prep[1].value`.
    pub fn entries(&self, mut each: impl FnMut(&str, InfoValue<'_>)) {
        let mut entry = |key: &str, value: InfoValue<'_>| each(key, value);
        entry("filename", InfoValue::Text(&self.filename));
        entry("rrd_version", InfoValue::Text(&self.rrd_version));
        entry("step", InfoValue::Count(self.step));
        entry("last_update", InfoValue::Seconds(self.last_update));
        entry("header_size", InfoValue::Count(self.header_size));
        for source in &self.sources {
            let prefix = format!("ds[{}]", source.name);
            source.entries(&mut |key, value| entry(&format!("{prefix}.{key}"), value));
        }
        for (index, archive) in self.archives.iter().enumerate() {
            archive.entries(&mut |key, value| entry(&format!("rra[{index}].{key}"), value));
        }
    }
}

impl SourceInfo {
    fn new(source: &DataSource, index: u64, pdp: &PdpPrep, all: &[DataSource]) -> Self {
        let (type_name, definition) = match &source.kind {
            SourceKind::Measured(measured) => (
                measured.rate.name(),
                SourceDefinition::Measured {
                    minimal_heartbeat: measured.heartbeat.seconds(),
                    min: measured.minimum,
                    max: measured.maximum,
                },
            ),
            SourceKind::Computed(expression) => {
                ("COMPUTE", SourceDefinition::Computed { cdef: expression_text(expression, all) })
            }
        };
        Self {
            name: source.name.as_str().to_owned(),
            index,
            type_name,
            definition,
            last_reading: pdp.last_reading.text(),
            value: pdp.value,
            unknown_seconds: pdp.unknown_seconds,
        }
    }

    fn entries(&self, entry: &mut dyn FnMut(&str, InfoValue<'_>)) {
        entry("index", InfoValue::Count(self.index));
        entry("type", InfoValue::Text(self.type_name));
        match &self.definition {
            SourceDefinition::Computed { cdef } => entry("cdef", InfoValue::Text(cdef)),
            SourceDefinition::Measured { minimal_heartbeat, min, max } => {
                entry("minimal_heartbeat", InfoValue::Count(*minimal_heartbeat));
                entry("min", InfoValue::Number(*min));
                entry("max", InfoValue::Number(*max));
            }
        }
        entry("last_ds", InfoValue::Text(&self.last_reading));
        entry("value", InfoValue::Number(self.value));
        entry("unknown_sec", InfoValue::Count(self.unknown_seconds));
    }
}

impl ArchiveInfo {
    fn entries(&self, entry: &mut dyn FnMut(&str, InfoValue<'_>)) {
        entry("cf", InfoValue::Text(self.cf));
        entry("rows", InfoValue::Count(self.rows));
        entry("cur_row", InfoValue::Count(self.current_row));
        entry("pdp_per_row", InfoValue::Count(self.points_per_row));
        match self.parameters {
            ArchiveParameters::Classic { xff } => entry("xff", InfoValue::Number(xff)),
            ArchiveParameters::Forecast { alpha, beta } => {
                entry("alpha", InfoValue::Number(alpha));
                entry("beta", InfoValue::Number(beta));
            }
            ArchiveParameters::Seasonal { gamma, smoothing_window } => {
                entry("gamma", InfoValue::Number(gamma));
                if let Some(window) = smoothing_window {
                    entry("smoothing_window", InfoValue::Number(window));
                }
            }
            ArchiveParameters::Failures {
                delta_pos,
                delta_neg,
                failure_threshold,
                window_length,
            } => {
                entry("delta_pos", InfoValue::Number(delta_pos));
                entry("delta_neg", InfoValue::Number(delta_neg));
                entry("failure_threshold", InfoValue::Count(failure_threshold));
                entry("window_length", InfoValue::Count(window_length));
            }
            ArchiveParameters::DevPredict {} => {}
        }
        for (index, open) in self.open.iter().enumerate() {
            open.entries(&mut |key, value| entry(&format!("cdp_prep[{index}].{key}"), value));
        }
    }
}

impl ArchiveParameters {
    fn new(kind: &ArchiveKind, version: FileVersion) -> Self {
        match *kind {
            ArchiveKind::Classic { xfiles_factor, .. } => Self::Classic { xff: xfiles_factor },
            ArchiveKind::Forecast { alpha, beta, .. } => Self::Forecast { alpha, beta },
            ArchiveKind::Seasonal(seasonal) | ArchiveKind::DevSeasonal(seasonal) => {
                Self::Seasonal {
                    gamma: seasonal.gamma,
                    smoothing_window: (version >= FileVersion::V4)
                        .then_some(seasonal.smoothing_window),
                }
            }
            ArchiveKind::DevPredict { .. } => Self::DevPredict {},
            ArchiveKind::Failures { delta_positive, delta_negative, window, threshold, .. } => {
                Self::Failures {
                    delta_pos: delta_positive,
                    delta_neg: delta_negative,
                    failure_threshold: threshold,
                    window_length: window,
                }
            }
        }
    }
}

impl OpenPoint {
    fn new(kind: &ArchiveKind, point: &CdpPrep) -> Option<Self> {
        match point.state {
            CdpState::Classic { value, unknown_points } => {
                Some(Self::Classic { value, unknown_datapoints: unknown_points })
            }
            CdpState::Forecast { intercept, slope, null_count, .. } => {
                Some(Self::Forecast { intercept, slope, null_count })
            }
            CdpState::Seasonal { coefficient, .. } => Some(match kind {
                ArchiveKind::DevSeasonal(_) => Self::Deviation { deviation: coefficient },
                _ => Self::Seasonal { seasonal: coefficient },
            }),
            CdpState::DevPredict { .. } => None,
            CdpState::Failures { violations } => {
                Some(Self::Failures { history: history(kind, &violations) })
            }
        }
    }

    fn entries(&self, entry: &mut dyn FnMut(&str, InfoValue<'_>)) {
        match self {
            Self::Classic { value, unknown_datapoints } => {
                entry("value", InfoValue::Number(*value));
                entry("unknown_datapoints", InfoValue::Count(*unknown_datapoints));
            }
            Self::Forecast { intercept, slope, null_count } => {
                entry("intercept", InfoValue::Number(*intercept));
                entry("slope", InfoValue::Number(*slope));
                entry("NaN_count", InfoValue::Count(*null_count));
            }
            Self::Seasonal { seasonal } => entry("seasonal", InfoValue::Number(*seasonal)),
            Self::Deviation { deviation } => entry("deviation", InfoValue::Number(*deviation)),
            Self::Failures { history } => entry("history", InfoValue::Text(history)),
        }
    }
}

/// The expression of a computed data source, with the names of its variables.
pub(super) fn expression_text(expression: &CompactExpression, all: &[DataSource]) -> String {
    expression.text(|place| all.get(place).map(|source| source.name.as_str()))
}

/// The flags of a FAILURES archive within its window: `1` for a violation, else `0`, newest first.
pub(super) fn history(kind: &ArchiveKind, violations: &[u8; 28]) -> String {
    let ArchiveKind::Failures { window, .. } = *kind else { return String::new() };
    let flags = violations.iter().zip(0_u64..).take_while(|&(_, age)| age < window);
    flags.map(|(&flag, _)| if flag == 0 { '0' } else { '1' }).collect()
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.entries(|key, value| {
            if result.is_ok() {
                result = writeln!(f, "{key} = {value}");
            }
        });
        result
    }
}

impl fmt::Display for InfoValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Count(count) => count.fmt(f),
            Self::Seconds(seconds) => seconds.fmt(f),
            Self::Number(number) => named_nan(*number).fmt(f),
        }
    }
}
