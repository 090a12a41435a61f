//! From the elements of a dump to the head of a file. Invalid values are refused here.

use super::document::{ArchiveElement, Document, OpenElement, SourceElement, SourceType};
use super::error::RestoreError;
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
use crate::cdp::{CdpPrep, CdpState};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, SourceKind, SourceName,
};
use crate::file_version::FileVersion;
use crate::format::{Head, LiveHead};
use crate::number::to_index;
use crate::pdp::PdpPrep;
use crate::rpn::CompactExpression;
use crate::schema::{Schema, SchemaError};
use crate::time::{Step, Timestamp};

/// The head of the file described by a dump. The newest row of each archive is its last.
pub(super) fn head(document: &Document) -> Result<Head, RestoreError> {
    let version = match document.version_number() {
        0..=3 => FileVersion::V3,
        4 => FileVersion::V4,
        5 => FileVersion::V5,
        _ => return Err(RestoreError::Version { version: document.version.clone() }),
    };
    let mut sources = Vec::with_capacity(document.sources.len());
    for element in &document.sources {
        sources.push(source(element, &sources)?);
    }
    let archives = document.archives.iter().map(archive).collect::<Result<Vec<_>, _>>()?;
    let step = Step::from_seconds(document.step).ok_or(RestoreError::NoStep)?;
    let schema = Schema::from_parts(step, sources, archives)?;
    schema.check_names()?;
    let pdps = document.sources.iter().map(|source| PdpPrep {
        last_reading: LastReading::from_bytes(source.last_reading),
        unknown_seconds: source.unknown_seconds,
        value: source.value,
    });
    let live = LiveHead {
        last_update: Timestamp::from_seconds(document.last_update),
        pdps: pdps.collect(),
        cdps: cdps(document, &schema),
        current_rows: schema.archives().iter().map(|archive| archive.rows - 1).collect(),
    };
    Ok(Head { version, schema, live })
}

fn source(element: &SourceElement, earlier: &[DataSource]) -> Result<DataSource, RestoreError> {
    let illegal = |_| SchemaError::IllegalName { name: element.name.clone() };
    let name = SourceName::new(&element.name).map_err(illegal)?;
    let kind = match element.kind {
        Some(SourceType::Measured(rate)) => SourceKind::Measured(MeasuredSource {
            rate,
            heartbeat: Heartbeat::from_seconds(element.heartbeat),
            minimum: element.minimum,
            maximum: element.maximum,
        }),
        Some(SourceType::Computed) => {
            let Some(expression) = &element.expression else {
                return Err(RestoreError::NoExpression { name: element.name.clone() });
            };
            let place = |name: &str| earlier.iter().position(|source| source.name.as_str() == name);
            SourceKind::Computed(CompactExpression::parse(expression, place)?)
        }
        None => return Err(RestoreError::SourceType { name: String::new() }),
    };
    Ok(DataSource { name, kind })
}

fn archive(element: &ArchiveElement) -> Result<Archive, RestoreError> {
    use ConsolidationFunction as Function;
    let Some(function) = element.function else {
        return Err(RestoreError::Function { name: String::new() });
    };
    let parameters = &element.parameters;
    // An index beyond the archives remains beyond the archives.
    let companion = to_index(parameters.companion).unwrap_or(usize::MAX);
    let classic = |function| ArchiveKind::Classic {
        function,
        points_per_row: element.points_per_row,
        xfiles_factor: parameters.xfiles_factor,
    };
    let forecast = |season| ArchiveKind::Forecast {
        season,
        alpha: parameters.alpha,
        beta: parameters.beta,
        seasonal: companion,
        // A dump does not contain it; it is the number of rows of the SEASONAL archive.
        season_length: 0.0,
    };
    let seasonal = Seasonal {
        gamma: parameters.gamma,
        smoothing_window: parameters.smoothing_window,
        forecast: companion,
        smoothing_index: parameters.smoothing_index,
    };
    let kind = match function {
        Function::Average => classic(ClassicFunction::Average),
        Function::Min => classic(ClassicFunction::Min),
        Function::Max => classic(ClassicFunction::Max),
        Function::Last => classic(ClassicFunction::Last),
        Function::HwPredict => forecast(Season::Additive),
        Function::MhwPredict => forecast(Season::Multiplicative),
        Function::Seasonal => ArchiveKind::Seasonal(seasonal),
        Function::DevSeasonal => ArchiveKind::DevSeasonal(seasonal),
        Function::DevPredict => ArchiveKind::DevPredict { deviations: companion },
        Function::Failures => ArchiveKind::Failures {
            delta_positive: parameters.delta_positive,
            delta_negative: parameters.delta_negative,
            deviations: companion,
            window: parameters.window,
            threshold: parameters.threshold,
        },
    };
    Ok(Archive { rows: element.rows, kind })
}

/// The open rows; data sources missing from a dump have zeros.
fn cdps(document: &Document, schema: &Schema) -> Vec<CdpPrep> {
    let nothing = OpenElement::default();
    let mut cdps = Vec::with_capacity(schema.sources().len() * schema.archives().len());
    for (archive, element) in schema.archives().iter().zip(&document.archives) {
        let open = element.open.iter().chain(std::iter::repeat(&nothing));
        cdps.extend(open.take(schema.sources().len()).map(|open| cdp(&archive.kind, open)));
    }
    cdps
}

fn cdp(kind: &ArchiveKind, open: &OpenElement) -> CdpPrep {
    let state = match *kind {
        ArchiveKind::Classic { .. } => {
            CdpState::Classic { value: open.value, unknown_points: open.unknown_points }
        }
        ArchiveKind::Forecast { .. } => CdpState::Forecast {
            intercept: open.intercept,
            last_intercept: open.last_intercept,
            slope: open.slope,
            last_slope: open.last_slope,
            null_count: open.null_count,
            last_null_count: open.last_null_count,
        },
        ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => CdpState::Seasonal {
            coefficient: open.coefficient,
            last_coefficient: open.last_coefficient,
            initialised: open.initialised,
        },
        ArchiveKind::DevPredict { .. } => CdpState::DevPredict { unused: 0.0 },
        ArchiveKind::Failures { window, .. } => {
            let mut violations = open.violations;
            for (flag, age) in violations.iter_mut().zip(0..) {
                *flag = if age < window { *flag } else { 0 };
            }
            CdpState::Failures { violations }
        }
    };
    CdpPrep { state, primary: open.primary, secondary: open.secondary }
}
