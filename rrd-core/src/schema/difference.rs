//! In what the shape of an existing database differs from the shape that a program asks for.

use std::fmt;

use super::Schema;
use crate::archive::Archive;
use crate::data_source::{DataSource, Heartbeat, SourceKind, SourceName};
use crate::time::Step;

/// One difference between the shape that was asked for and the shape of an existing database.
///
/// ```
/// use rrd_core::{Difference, Heartbeat, Schema, Step};
///
/// let shape = |step| Schema::builder(Step::from_seconds(step).unwrap()).average(0.5, 1, 360);
/// let wanted = shape(10).gauge("load", Heartbeat::from_seconds(30)).build()?;
/// let found = shape(60).gauge("load", Heartbeat::from_seconds(30)).build()?;
/// let differences = wanted.differences(&found);
/// assert_eq!(differences.len(), 1);
/// assert_eq!(differences[0].to_string(), "step: expected 10 s, found 60 s");
/// # Ok::<(), rrd_core::SchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Difference {
    /// Another step.
    Step {
        /// The step that was asked for.
        expected: Step,
        /// The step of the database.
        found: Step,
    },
    /// The database lacks a data source.
    MissingSource {
        /// Its name.
        name: SourceName,
    },
    /// The database has a data source that was not asked for.
    ExtraSource {
        /// Its name.
        name: SourceName,
    },
    /// The data sources are the same, in another order: samples must be, too.
    SourceOrder,
    /// A data source is of another kind, or computed by another expression.
    SourceKind {
        /// Its name.
        name: SourceName,
        /// What was asked for.
        expected: SourceKind,
        /// What the database has.
        found: SourceKind,
    },
    /// A data source may be silent for another time.
    Heartbeat {
        /// Its name.
        name: SourceName,
        /// What was asked for.
        expected: Heartbeat,
        /// What the database has.
        found: Heartbeat,
    },
    /// A data source takes other values as known.
    Limits {
        /// Its name.
        name: SourceName,
        /// The minimum and maximum that were asked for; NaN for none.
        expected: (f64, f64),
        /// Those of the database; NaN for none.
        found: (f64, f64),
    },
    /// The database lacks an archive.
    MissingArchive {
        /// The archive.
        archive: Archive,
    },
    /// The database has an archive that was not asked for.
    ExtraArchive {
        /// The archive.
        archive: Archive,
    },
}

impl Schema {
    /// In what `found`, the shape of an existing database, differs from this one; empty if both
    /// take the same samples and keep the same rows. The order of the archives does not count.
    pub fn differences(&self, found: &Schema) -> Vec<Difference> {
        let mut differences = Vec::new();
        if self.step != found.step {
            differences.push(Difference::Step { expected: self.step, found: found.step });
        }
        compare_sources(&self.sources, &found.sources, &mut differences);
        let mut extra: Vec<&Archive> = found.archives.iter().collect();
        for archive in &self.archives {
            match extra.iter().position(|other| *other == archive) {
                Some(index) => drop(extra.remove(index)),
                None => {
                    differences.push(Difference::MissingArchive { archive: archive.clone() });
                }
            }
        }
        let extra = extra.into_iter().cloned();
        differences.extend(extra.map(|archive| Difference::ExtraArchive { archive }));
        differences
    }
}

fn compare_sources(
    expected: &[DataSource],
    found: &[DataSource],
    differences: &mut Vec<Difference>,
) {
    let missing = expected.iter().filter(|source| !has(found, &source.name));
    let extra = found.iter().filter(|source| !has(expected, &source.name));
    let before = differences.len();
    differences
        .extend(missing.map(|source| Difference::MissingSource { name: source.name.clone() }));
    differences.extend(extra.map(|source| Difference::ExtraSource { name: source.name.clone() }));
    let names = |sources: &[DataSource]| {
        sources.iter().map(|source| source.name.clone()).collect::<Vec<_>>()
    };
    if differences.len() == before && names(expected) != names(found) {
        differences.push(Difference::SourceOrder);
    }
    for expected in expected {
        if let Some(found) = found.iter().find(|source| source.name == expected.name) {
            compare_kinds(expected, found, differences);
        }
    }
}

fn has(sources: &[DataSource], name: &SourceName) -> bool {
    sources.iter().any(|source| source.name == *name)
}

/// Compares two data sources of one name.
fn compare_kinds(expected: &DataSource, found: &DataSource, differences: &mut Vec<Difference>) {
    let name = || expected.name.clone();
    match (&expected.kind, &found.kind) {
        (SourceKind::Measured(wanted), SourceKind::Measured(other))
            if wanted.rate == other.rate =>
        {
            if wanted.heartbeat != other.heartbeat {
                differences.push(Difference::Heartbeat {
                    name: name(),
                    expected: wanted.heartbeat,
                    found: other.heartbeat,
                });
            }
            let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
            if !same(wanted.minimum, other.minimum) || !same(wanted.maximum, other.maximum) {
                differences.push(Difference::Limits {
                    name: name(),
                    expected: (wanted.minimum, wanted.maximum),
                    found: (other.minimum, other.maximum),
                });
            }
        }
        (SourceKind::Computed(wanted), SourceKind::Computed(other)) if wanted == other => {}
        (wanted, other) => differences.push(Difference::SourceKind {
            name: name(),
            expected: wanted.clone(),
            found: other.clone(),
        }),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { expected, found } => {
                write!(f, "step: expected {} s, found {} s", expected.seconds(), found.seconds())
            }
            Self::MissingSource { name } => write!(f, "data source {} is missing", name.as_str()),
            Self::ExtraSource { name } => {
                write!(f, "data source {} was not asked for", name.as_str())
            }
            Self::SourceOrder => f.write_str("the data sources are in another order"),
            Self::SourceKind { name, expected, found } => {
                let (expected, found) = (kind_name(expected), kind_name(found));
                write!(f, "data source {}: expected {expected}, found {found}", name.as_str())?;
                if expected == found { f.write_str(" by another expression") } else { Ok(()) }
            }
            Self::Heartbeat { name, expected, found } => write!(
                f,
                "heartbeat of {}: expected {} s, found {} s",
                name.as_str(),
                expected.seconds(),
                found.seconds()
            ),
            Self::Limits { name, expected, found } => write!(
                f,
                "limits of {}: expected {}, found {}",
                name.as_str(),
                limits(*expected),
                limits(*found)
            ),
            Self::MissingArchive { archive } => write!(f, "no archive {}", outline(archive)),
            Self::ExtraArchive { archive } => {
                write!(f, "archive {} was not asked for", outline(archive))
            }
        }
    }
}

fn kind_name(kind: &SourceKind) -> &'static str {
    match kind {
        SourceKind::Measured(measured) => measured.rate.name(),
        SourceKind::Computed(_) => "COMPUTE",
    }
}

fn limits((minimum, maximum): (f64, f64)) -> String {
    let limit = |value: f64| if value.is_nan() { "U".to_owned() } else { value.to_string() };
    format!("{} to {}", limit(minimum), limit(maximum))
}

fn outline(archive: &Archive) -> String {
    let points = archive.points_per_row();
    format!("{} of {} rows of {points} points", archive.function(), archive.rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::SchemaBuilder;

    fn builder(step: u64) -> SchemaBuilder {
        Schema::builder(Step::from_seconds(step).unwrap())
    }

    fn texts(wanted: SchemaBuilder, found: SchemaBuilder) -> Vec<String> {
        let (wanted, found) = (wanted.build().unwrap(), found.build().unwrap());
        assert!(wanted.differences(&wanted).is_empty());
        wanted.differences(&found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_difference_is_named_with_both_values() {
        let wanted = builder(10)
            .gauge("a", Heartbeat::from_seconds(30))
            .minimum(0.0)
            .counter("b", Heartbeat::from_seconds(30))
            .gauge("c", Heartbeat::from_seconds(30))
            .average(0.5, 1, 360)
            .max(0.5, 6, 60);
        let found = builder(60)
            .gauge("a", Heartbeat::from_seconds(60))
            .derive("b", Heartbeat::from_seconds(30))
            .gauge("d", Heartbeat::from_seconds(30))
            .max(0.5, 6, 60)
            .average(0.5, 1, 100);
        assert_eq!(
            texts(wanted, found),
            [
                "step: expected 10 s, found 60 s",
                "data source c is missing",
                "data source d was not asked for",
                "heartbeat of a: expected 30 s, found 60 s",
                "limits of a: expected 0 to U, found U to U",
                "data source b: expected COUNTER, found DERIVE",
                "no archive AVERAGE of 360 rows of 1 points",
                "archive AVERAGE of 100 rows of 1 points was not asked for",
            ]
        );
    }

    #[test]
    fn an_order_counts_for_sources_and_not_for_archives() {
        let sources = |names: [&str; 2]| {
            names
                .into_iter()
                .fold(builder(10), |shape, name| shape.gauge(name, Heartbeat::from_seconds(30)))
        };
        let wanted = sources(["a", "b"]).average(0.5, 1, 9).max(0.5, 1, 9);
        let found = sources(["b", "a"]).max(0.5, 1, 9).average(0.5, 1, 9);
        assert_eq!(texts(wanted, found), ["the data sources are in another order"]);
    }
}
