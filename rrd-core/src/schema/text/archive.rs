//! The fields of `RRA:function:...`.

use std::num::NonZeroU64;

use super::SchemaTextError;
use crate::archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
use crate::consolidation::ConsolidationFunction;
use crate::number;
use crate::schema::SchemaError;
use crate::time::Step;
use crate::time::duration;

/// The function whose name is the run of capitals at the beginning of a field.
pub(super) fn read_function(field: &str) -> Result<ConsolidationFunction, SchemaTextError> {
    let capitals = field.bytes().take(19).take_while(u8::is_ascii_uppercase).count();
    let name = field.get(..capitals).unwrap_or_default();
    name.parse().map_err(|_| SchemaTextError::Function { name: name.to_owned() })
}

/// The fields of an archive after its function.
pub(super) struct Fields<'a> {
    pub(super) archive: usize,
    pub(super) step: Step,
    pub(super) file_name: &'a [u8],
    pub(super) texts: &'a [&'a str],
}

/// Index of the last field that any function uses, not counting the function.
const LAST_FIELD: usize = 5;

impl Fields<'_> {
    pub(super) fn classic(&self, function: ClassicFunction) -> Result<Archive, SchemaTextError> {
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

    pub(super) fn forecast(&self, season: Season) -> Result<Vec<Archive>, SchemaTextError> {
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
    pub(super) fn season(&self, expected: usize) -> Result<(u64, Seasonal, bool), SchemaTextError> {
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
        // RRDtool also takes a field after the window as the forecast.
        let forecast = self.texts.get(4).or(self.texts.get(2));
        let season = Seasonal {
            gamma,
            smoothing_window: window.unwrap_or(Seasonal::DEFAULT_SMOOTHING_WINDOW),
            forecast: forecast.map_or(usize::MAX, |text| archive_index(text)),
            smoothing_index: Seasonal::smoothing_row(self.file_name, rows).unwrap_or_default(),
        };
        Ok((rows, season, window.is_some()))
    }

    pub(super) fn predicted_deviations(&self) -> Result<Archive, SchemaTextError> {
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

    pub(super) fn failures(&self) -> Result<Archive, SchemaTextError> {
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
        // RRDtool also takes a field after the index as the index.
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

    /// Seconds per unit.
    fn unit(&self, points: u64) -> NonZeroU64 {
        NonZeroU64::new(self.step.seconds().saturating_mul(points)).unwrap_or(NonZeroU64::MIN)
    }

    /// No field may be at this position or after it.
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

/// Parses `smoothing-window=NUMBER`; text after the number is ignored, and an empty text means the
/// default window.
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

/// An archive index, which counts from 1 in the text and is not checked: a text that is not a
/// number refers to no archive.
fn archive_index(text: &str) -> usize {
    usize::try_from(i64::from(leading_integer(text)) - 1).unwrap_or(usize::MAX)
}

/// The integer at the beginning of a text as C's `atoi` parses it; 0 if there is none.
fn leading_integer(text: &str) -> i32 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude = digits.bytes().take_while(u8::is_ascii_digit).fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    number::wrap_to_i32(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// The low 16 bits of an integer.
fn low_16_bits(value: i32) -> u16 {
    let [low, high, ..] = value.to_le_bytes();
    u16::from_le_bytes([low, high])
}
