//! Samples as text: `N:1:U`, `1000000010.5:3`, `10:00 20260101@5`, and templates that assign values
//! to data sources.

use jiff::tz::TimeZone;

use crate::number::{self, NumberError};
use crate::sample::{Reading, Sample};
use crate::schema::Schema;
use crate::time::Timestamp;
use crate::time::at_style::{self, ResolveError, TimeSpecError};

/// The assignment of the values of a sample text to data sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Which readings the values become.
    places: Places,
    /// Number of readings in a sample: one per measured source, or one per source if a computed one
    /// is named.
    readings: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Places {
    /// In order.
    InOrder,
    /// For each value the index of its reading.
    Named(Vec<usize>),
}

/// Why a template does not suit a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The database has no data source of this name.
    #[error("unknown data source '{name}'")]
    UnknownName {
        /// The name in the template.
        name: String,
    },
    /// There are more names than the database has data sources.
    #[error("the template has more names than the database has data sources")]
    TooManyNames,
}

/// Why a text is no sample.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleTextError {
    /// There is no time in front of the values.
    #[error("'{text}' has no time: expected TIME:VALUE[:VALUE...]")]
    NoTime {
        /// The whole text.
        text: String,
    },
    /// There are more values than the template has names.
    #[error("unexpected '{rest}' after the last value")]
    ExtraValues {
        /// What follows the last expected value.
        rest: String,
    },
    /// There are fewer values than the template has names.
    #[error("the sample of {time} has {found} readings, but the database takes {expected}")]
    MissingValues {
        /// Names of the template.
        expected: usize,
        /// Values of the text.
        found: usize,
        /// The time as typed.
        time: String,
    },
    /// The time is no number.
    #[error("invalid time")]
    Time(#[source] NumberError),
    /// The time before an `@` is no time expression.
    #[error("invalid time '{text}'")]
    TimeExpression {
        /// The expression.
        text: String,
        /// What is wrong with it.
        #[source]
        error: TimeSpecError,
    },
    /// The time before an `@` is relative to a range that a sample does not have.
    #[error("invalid time '{text}': a sample has neither 'start' nor 'end' to count from")]
    RelativeTime {
        /// The expression.
        text: String,
    },
    /// The time before an `@` is not in the calendar.
    #[error("invalid time '{text}'")]
    TimeOutOfRange {
        /// The expression.
        text: String,
        /// What is wrong with it.
        #[source]
        error: ResolveError,
    },
}

impl Template {
    /// The order of the file: every data source that takes readings.
    pub fn in_file_order(schema: &Schema) -> Self {
        Self { places: Places::InOrder, readings: schema.measured_sources() }
    }

    /// A template of names separated by colons. If a name occurs twice, the later value is used; a
    /// computed source may be named (its value is only stored as text); sources that are not named
    /// are unknown.
    ///
    /// # Errors
    ///
    /// [`TemplateError`], in the order of the names.
    pub fn parse(names: &str, schema: &Schema) -> Result<Self, TemplateError> {
        let mut sources = Vec::new();
        for name in names.split(':') {
            if sources.len() == schema.sources().len() {
                return Err(TemplateError::TooManyNames);
            }
            let source = schema
                .source_index(name)
                .ok_or_else(|| TemplateError::UnknownName { name: name.to_owned() })?;
            sources.push(source);
        }
        let measured: Vec<usize> = schema
            .sources()
            .iter()
            .enumerate()
            .filter(|(_, source)| source.measured().is_some())
            .map(|(index, _)| index)
            .collect();
        let among_measured: Option<Vec<usize>> =
            sources.iter().map(|source| measured.binary_search(source).ok()).collect();
        Ok(match among_measured {
            Some(places) => Self::of(places, measured.len()),
            None => Self::of(sources, schema.sources().len()),
        })
    }

    fn of(places: Vec<usize>, readings: usize) -> Self {
        let in_order = places.iter().copied().eq(0..readings);
        let places = if in_order { Places::InOrder } else { Places::Named(places) };
        Self { places, readings }
    }

    /// Parses a sample: a time, and a value for each name of the template, separated by colons.
    ///
    /// The time is `N` (`now`), seconds since 1970 with an optional fraction, a negative number
    /// (seconds before `now`), or any time expression followed by `@`, resolved in `zone`. Values
    /// are kept as typed; those that begin with `U` are unknown.
    ///
    /// # Errors
    ///
    /// See [`SampleTextError`]; values are only validated when the sample is applied.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Reading, Schema, Step, Template, TimeZone, Timestamp};
    ///
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(20))
    ///     .counter("jobs", Heartbeat::from_seconds(20))
    ///     .average(0.5, 1, 10)
    ///     .build()?;
    /// let now = Timestamp::new(1_000_000_000, 250_000).unwrap();
    ///
    /// let sample = Template::in_file_order(&schema).sample("N:0.50:U", now, &TimeZone::UTC)?;
    /// assert_eq!(sample.at, now);
    /// assert_eq!(sample.readings, [Reading::from("0.50"), Reading::from("U")]);
    ///
    /// let sample = Template::parse("jobs", &schema)?.sample("1000000010:7", now, &TimeZone::UTC)?;
    /// assert_eq!(sample.readings, [Reading::Unknown, Reading::from("7")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sample(
        &self,
        text: &str,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Sample, SampleTextError> {
        let expression = text.as_bytes().contains(&b'@');
        let end = if expression { b'@' } else { b':' };
        let Some((time, values)) = split_at(text, end) else {
            return Err(SampleTextError::NoTime { text: text.to_owned() });
        };
        let readings = self.readings(time, values)?;
        let at = if expression { read_expression(time, now, zone)? } else { read_time(time, now)? };
        Ok(Sample { at, readings })
    }

    fn readings(&self, time: &str, values: &str) -> Result<Vec<Reading>, SampleTextError> {
        let expected = match &self.places {
            Places::InOrder => self.readings,
            Places::Named(places) => places.len(),
        };
        let mut readings = match self.places {
            Places::InOrder => Vec::with_capacity(self.readings),
            Places::Named(_) => vec![Reading::Unknown; self.readings],
        };
        let mut found = 0;
        let mut rest = Some(values);
        while let Some(values) = rest {
            if found == expected {
                return Err(SampleTextError::ExtraValues { rest: values.to_owned() });
            }
            let (value, behind) = match split_at(values, b':') {
                Some((value, behind)) => (value, Some(behind)),
                None => (values, None),
            };
            let reading = Reading::Text(value.to_owned());
            match &self.places {
                Places::InOrder => readings.push(reading),
                Places::Named(places) => {
                    if let Some(place) = places.get(found).and_then(|at| readings.get_mut(*at)) {
                        *place = reading;
                    }
                }
            }
            found += 1;
            rest = behind;
        }
        if found < expected {
            return Err(SampleTextError::MissingValues { expected, found, time: time.to_owned() });
        }
        Ok(readings)
    }
}

/// The text before and after the first such byte, which is ASCII.
fn split_at(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn read_time(text: &str, now: Timestamp) -> Result<Timestamp, SampleTextError> {
    if text == "N" {
        return Ok(now);
    }
    let mut time = number::parse(text).map_err(SampleTextError::Time)?;
    if time < 0.0 {
        // RRDtool keeps the factor in single precision; scripts see its rounding in the
        // microseconds.
        let microsecond = f64::from(number::to_f32(1e-6));
        time += number::seconds_to_f64(now.seconds()) + f64::from(now.microseconds()) * microsecond;
    }
    let second = time.floor();
    let microseconds = number::truncate_to_u64((time - second) * 1e6).min(999_999);
    let microseconds = u32::try_from(microseconds).unwrap_or_default();
    let seconds = number::truncate_to_i64(second);
    Ok(Timestamp::new(seconds, microseconds).unwrap_or(Timestamp::from_seconds(seconds)))
}

fn read_expression(
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Timestamp, SampleTextError> {
    let expression = at_style::parse(text)
        .map_err(|error| SampleTextError::TimeExpression { text: text.to_owned(), error })?;
    if expression.is_relative() {
        return Err(SampleTextError::RelativeTime { text: text.to_owned() });
    }
    expression
        .resolve(now, zone)
        .map_err(|error| SampleTextError::TimeOutOfRange { text: text.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_source::Heartbeat;
    use crate::time::Step;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000_000);

    fn schema() -> Schema {
        Schema::builder(Step::from_seconds(10).unwrap())
            .gauge("a", Heartbeat::from_seconds(20))
            .counter("b", Heartbeat::from_seconds(20))
            .average(0.5, 1, 4)
            .build()
            .unwrap()
    }

    fn sample(text: &str) -> Result<Sample, String> {
        let template = Template::in_file_order(&schema());
        template.sample(text, NOW, &TimeZone::UTC).map_err(|error| error.to_string())
    }

    fn time(text: &str) -> Timestamp {
        sample(&format!("{text}:1:2")).unwrap().at
    }

    #[test]
    fn every_form_of_time_is_understood() {
        assert_eq!(time("N"), NOW);
        assert_eq!(time("1000000010.75"), Timestamp::new(1_000_000_010, 750_000).unwrap());
        assert_eq!(time("-5"), Timestamp::from_seconds(999_999_995));
        assert_eq!(time("nan").seconds(), i64::MIN);
        assert_eq!(time("1e300").seconds(), i64::MIN);
        assert_eq!(sample("now-1min@1:2").unwrap().at, Timestamp::from_seconds(999_999_940));
    }

    #[test]
    fn a_text_that_does_not_fit_is_reported_with_its_place() {
        assert_eq!(sample("5").unwrap_err(), "'5' has no time: expected TIME:VALUE[:VALUE...]");
        assert_eq!(sample("5:1:2:3:4").unwrap_err(), "unexpected '3:4' after the last value");
        assert_eq!(sample("5:1:2:").unwrap_err(), "unexpected '' after the last value");
        assert_eq!(
            sample("5:1").unwrap_err(),
            "the sample of 5 has 1 readings, but the database takes 2"
        );
        assert_eq!(sample("5x:1:2").unwrap_err(), "invalid time");
        assert_eq!(
            sample("end-1h@1:2").unwrap_err(),
            "invalid time 'end-1h': a sample has neither 'start' nor 'end' to count from"
        );
    }

    #[test]
    fn a_template_places_values_and_the_later_one_counts() {
        let template = Template::parse("b:b", &schema()).unwrap();
        let sample = template.sample("5:1:2", NOW, &TimeZone::UTC).unwrap();
        assert_eq!(sample.readings, [Reading::Unknown, Reading::from("2")]);
        let unknown = TemplateError::UnknownName { name: String::new() };
        assert_eq!(Template::parse("", &schema()), Err(unknown));
        assert_eq!(Template::parse("a:b:a", &schema()), Err(TemplateError::TooManyNames));
    }
}
