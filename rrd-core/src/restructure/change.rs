//! Changes that keep the structure of a database: limits, names, types, parameters. Additions and
//! removals are in `reshape`.

use super::draft::Draft;
use super::error::TuneError;
use crate::archive::{Archive, ArchiveKind, Season, Seasonal};
use crate::cdp::CdpState;
use crate::data_source::{
    Heartbeat, LastReading, MeasuredSource, RateKind, SourceKind, SourceName,
};
use crate::file_version::FileVersion;
use crate::number::UNKNOWN;

/// A change that leaves data sources, archives and rows in place.
///
/// Sources are identified by their names at the time the change is applied. Forecast parameters
/// apply to the first archive of their kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The heartbeat of a data source.
    Heartbeat {
        /// The data source.
        source: SourceName,
        /// Its new heartbeat.
        heartbeat: Heartbeat,
    },
    /// The minimum of a data source.
    Minimum {
        /// The data source.
        source: SourceName,
        /// The new minimum; NaN for none.
        value: f64,
    },
    /// The maximum of a data source.
    Maximum {
        /// The data source.
        source: SourceName,
        /// The new maximum; NaN for none.
        value: f64,
    },
    /// How readings become rates. The last reading is discarded if that changes.
    Rate {
        /// The data source.
        source: SourceName,
        /// Its new kind.
        rate: RateKind,
    },
    /// The name of a data source.
    Rename {
        /// The data source.
        source: SourceName,
        /// The new name, which must be unique.
        name: SourceName,
    },
    /// Allowed deviations above the forecast of FAILURES, at least 0.1.
    DeltaPositive(f64),
    /// Allowed deviations below the forecast of FAILURES, at least 0.1.
    DeltaNegative(f64),
    /// Violations that count as a failure, 1 to 28. The history of violations is cleared.
    FailureThreshold(u64),
    /// Window of FAILURES in steps, 1 to 28. The history of violations is cleared.
    FailureWindow(u64),
    /// Adaptation rate of the intercept of HWPREDICT (or MHWPREDICT), 0 < x < 1.
    Alpha(f64),
    /// Adaptation rate of the slope of HWPREDICT (or MHWPREDICT), 0 < x < 1.
    Beta(f64),
    /// Adaptation rate of SEASONAL, 0 < x < 1.
    Gamma(f64),
    /// Adaptation rate of DEVSEASONAL, 0 < x < 1.
    GammaDeviation(f64),
    /// Smoothing window of SEASONAL as a share of the season, 0 to 1. Raises the file to version 4
    /// at least.
    SmoothingWindow(f64),
    /// Smoothing window of DEVSEASONAL as a share of the season, 0 to 1. Raises the file to version
    /// 4 at least.
    SmoothingWindowDeviation(f64),
    /// Discards everything that forecasts have learnt about a data source.
    AberrantReset {
        /// The data source.
        source: SourceName,
    },
}

/// The last reading of a data source after a change of its meaning, in RRDtool's word.
const FORGOTTEN: LastReading = {
    let mut text = [0; 30];
    let mut index = 0;
    while index < 4 {
        text[index] = b"UNKN"[index];
        index += 1;
    }
    LastReading::from_bytes(text)
};

/// A column of an archive whose values become unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Erasure {
    pub(super) archive: usize,
    pub(super) source: usize,
}

impl Change {
    /// Applies the change to a draft; values to be erased are added to the list.
    pub(super) fn apply(
        &self,
        draft: &mut Draft,
        erasures: &mut Vec<Erasure>,
    ) -> Result<(), TuneError> {
        match self {
            Self::Heartbeat { source, heartbeat } => {
                measured(draft, source)?.heartbeat = *heartbeat;
            }
            Self::Minimum { source, value } => measured(draft, source)?.minimum = *value,
            Self::Maximum { source, value } => measured(draft, source)?.maximum = *value,
            Self::Rate { source, rate } => change_rate(draft, source, *rate)?,
            Self::Rename { source, name } => rename(draft, source, name)?,
            Self::DeltaPositive(value) => *failures(draft)?.delta_positive = delta(*value)?,
            Self::DeltaNegative(value) => *failures(draft)?.delta_negative = delta(*value)?,
            Self::FailureThreshold(value) => {
                let value = violations(*value)?;
                let Failures { archive, threshold, .. } = failures(draft)?;
                *threshold = value;
                forget_violations(draft, archive);
            }
            Self::FailureWindow(value) => {
                let value = violations(*value)?;
                let Failures { archive, window, .. } = failures(draft)?;
                *window = value;
                forget_violations(draft, archive);
            }
            Self::Alpha(value) => *forecast(draft)?.0 = adaption(*value)?,
            Self::Beta(value) => *forecast(draft)?.1 = adaption(*value)?,
            Self::Gamma(value) => seasonal(draft)?.gamma = adaption(*value)?,
            Self::GammaDeviation(value) => deviation(draft)?.gamma = adaption(*value)?,
            Self::SmoothingWindow(value) => {
                draft.version = smoothing_version(draft.version)?;
                seasonal(draft)?.smoothing_window = share(*value)?;
            }
            Self::SmoothingWindowDeviation(value) => {
                draft.version = smoothing_version(draft.version)?;
                deviation(draft)?.smoothing_window = share(*value)?;
            }
            Self::AberrantReset { source } => forget_forecasts(draft, source, erasures)?,
        }
        Ok(())
    }
}

fn measured<'a>(
    draft: &'a mut Draft,
    name: &SourceName,
) -> Result<&'a mut MeasuredSource, TuneError> {
    let place = draft.source(name)?;
    match draft.sources.get_mut(place).map(|source| &mut source.kind) {
        Some(SourceKind::Measured(source)) => Ok(source),
        _ => Err(TuneError::Computed { name: name.as_str().to_owned() }),
    }
}

fn change_rate(draft: &mut Draft, name: &SourceName, rate: RateKind) -> Result<(), TuneError> {
    let place = draft.source(name)?;
    let source = measured(draft, name)?;
    if source.rate != rate {
        source.rate = rate;
        if let Some(pdp) = draft.live.pdps.get_mut(place) {
            pdp.last_reading = FORGOTTEN;
        }
    }
    Ok(())
}

fn rename(draft: &mut Draft, old: &SourceName, new: &SourceName) -> Result<(), TuneError> {
    let place = draft.source(old)?;
    if draft.source(new).is_ok_and(|other| other != place) {
        return Err(TuneError::duplicate(new));
    }
    if let Some(source) = draft.sources.get_mut(place) {
        source.name = new.clone();
    }
    Ok(())
}

/// The parameters of the first FAILURES archive.
struct Failures<'a> {
    archive: usize,
    delta_positive: &'a mut f64,
    delta_negative: &'a mut f64,
    window: &'a mut u64,
    threshold: &'a mut u64,
}

fn failures(draft: &mut Draft) -> Result<Failures<'_>, TuneError> {
    let mut archives = draft.archives.iter_mut().enumerate();
    let found = archives.find_map(|(archive, definition)| match &mut definition.kind {
        ArchiveKind::Failures { delta_positive, delta_negative, window, threshold, .. } => {
            Some(Failures { archive, delta_positive, delta_negative, window, threshold })
        }
        _ => None,
    });
    found.ok_or(TuneError::NoFailures)
}

/// Alpha and beta of the first HWPREDICT archive or, if there is none, of the first MHWPREDICT
/// archive.
fn forecast(draft: &mut Draft) -> Result<(&mut f64, &mut f64), TuneError> {
    let is = |wanted: Season| move |archive: &Archive| matches!(archive.kind, ArchiveKind::Forecast { season, .. } if season == wanted);
    let place = draft.archives.iter().position(is(Season::Additive));
    let place = place.or_else(|| draft.archives.iter().position(is(Season::Multiplicative)));
    match place.and_then(|place| draft.archives.get_mut(place)).map(|archive| &mut archive.kind) {
        Some(ArchiveKind::Forecast { alpha, beta, .. }) => Ok((alpha, beta)),
        _ => Err(TuneError::NoForecast),
    }
}

/// The parameters of the first SEASONAL archive.
fn seasonal(draft: &mut Draft) -> Result<&mut Seasonal, TuneError> {
    let mut archives = draft.archives.iter_mut();
    let found = archives.find_map(|archive| match &mut archive.kind {
        ArchiveKind::Seasonal(parameters) => Some(parameters),
        _ => None,
    });
    found.ok_or(TuneError::NoForecast)
}

/// The parameters of the first DEVSEASONAL archive.
fn deviation(draft: &mut Draft) -> Result<&mut Seasonal, TuneError> {
    let mut archives = draft.archives.iter_mut();
    let found = archives.find_map(|archive| match &mut archive.kind {
        ArchiveKind::DevSeasonal(parameters) => Some(parameters),
        _ => None,
    });
    found.ok_or(TuneError::NoForecast)
}

fn forget_violations(draft: &mut Draft, archive: usize) {
    let sources = draft.sources.len();
    for cdp in draft.live.cdps.iter_mut().skip(archive * sources).take(sources) {
        cdp.state = CdpState::Failures { violations: [0; 28] };
    }
}

/// Resets the forecasts of a data source to the state of a new file, except for the number of
/// seasons seen.
fn forget_forecasts(
    draft: &mut Draft,
    name: &SourceName,
    erasures: &mut Vec<Erasure>,
) -> Result<(), TuneError> {
    let source = draft.source(name)?;
    let sources = draft.sources.len();
    let cdps = draft.live.cdps.iter_mut().skip(source).step_by(sources).enumerate();
    for (archive, cdp) in cdps {
        match &mut cdp.state {
            CdpState::Classic { .. } | CdpState::DevPredict { .. } => {}
            CdpState::Forecast {
                intercept,
                last_intercept,
                slope,
                last_slope,
                null_count,
                last_null_count,
            } => {
                for value in [intercept, last_intercept, slope, last_slope] {
                    *value = UNKNOWN;
                }
                for count in [null_count, last_null_count] {
                    *count = 1;
                }
            }
            CdpState::Seasonal { coefficient, last_coefficient, .. } => {
                *coefficient = UNKNOWN;
                *last_coefficient = UNKNOWN;
                erasures.push(Erasure { archive, source });
            }
            CdpState::Failures { violations } => *violations = [0; 28],
        }
    }
    Ok(())
}

/// Smoothing windows require version 4. Files of versions 1 and 2 have another layout and keep
/// their version.
fn smoothing_version(version: FileVersion) -> Result<FileVersion, TuneError> {
    if version < FileVersion::V3 {
        return Err(TuneError::OldVersion);
    }
    Ok(version.max(FileVersion::V4))
}

fn adaption(value: f64) -> Result<f64, TuneError> {
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err(TuneError::Adaption { value }) }
}

fn share(value: f64) -> Result<f64, TuneError> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(TuneError::Adaption { value }) }
}

fn delta(value: f64) -> Result<f64, TuneError> {
    if value >= 0.1 { Ok(value) } else { Err(TuneError::Delta { value }) }
}

fn violations(value: u64) -> Result<u64, TuneError> {
    if (1..=28).contains(&value) { Ok(value) } else { Err(TuneError::Violations { value }) }
}
