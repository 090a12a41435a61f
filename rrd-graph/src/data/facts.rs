//! Facts about a database that need no rows.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, RateKind, Schema, SourceKind, Timestamp};

/// Facts about a database that need no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its data sources, in file order.
    pub sources: Vec<SourceFacts>,
    /// The time of the last update.
    pub last_update: Timestamp,
    /// How far back its archives reach.
    pub kept: Duration,
    /// The functions that a fetch can ask for.
    pub functions: Vec<ConsolidationFunction>,
}

/// Facts about a data source that need no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// Whether its values are rates per second rather than readings.
    pub is_rate: bool,
}

impl Facts {
    /// The facts in a schema.
    pub fn new(schema: &Schema, last_update: Timestamp) -> Self {
        let sources = schema.sources().iter().map(|source| SourceFacts {
            name: source.name.as_str().to_owned(),
            is_rate: match &source.kind {
                SourceKind::Measured(measured) => measured.rate != RateKind::Gauge,
                SourceKind::Computed(_) => false,
            },
        });
        let step = schema.step().seconds();
        let kept = schema.archives().iter().map(|archive| {
            step.saturating_mul(archive.points_per_row()).saturating_mul(archive.rows)
        });
        let kept = Duration::from_secs(kept.max().unwrap_or(step));
        let answered = |function: &ConsolidationFunction| {
            schema.archives().iter().any(|archive| archive.answers(*function))
        };
        let functions = ConsolidationFunction::ALL.into_iter().filter(answered).collect();
        Self { sources: sources.collect(), last_update, kept, functions }
    }
}
