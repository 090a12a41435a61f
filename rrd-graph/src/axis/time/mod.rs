//! The time axis: lines and labels at calendar boundaries in any time zone, correct across clock
//! changes.

mod calendar;
mod ladder;
mod scale;
#[cfg(test)]
mod tests;

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use rrd_core::TimeRange;

use crate::number;
use crate::number_format::strftime;
use calendar::floor;
pub use calendar::{Every, TimeUnit};
use ladder::{CLOSEST, GAP, GAP_CENTRED, LADDER, Rung, in_style};
pub(crate) use scale::TimeAxis;

/// Where lines and labels of the time axis are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeGrid {
    /// At calendar boundaries, as many as fit.
    #[default]
    Auto,
    /// No lines and no labels.
    None,
    /// Given by the caller.
    Custom {
        /// Minor lines.
        minor: Every,
        /// Major lines.
        major: Every,
        /// Labels.
        labels: Every,
        /// The interval in seconds in which a label is centred; 0 places it at its time.
        centred_in: u32,
        /// The label's format, in strftime syntax.
        format: String,
    },
}

/// Lines and labels of a time axis in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeTicks {
    pub(crate) minor: Vec<i64>,
    pub(crate) major: Vec<i64>,
    pub(crate) labels: Vec<TimeLabel>,
}

/// A label and the time at its middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeLabel {
    pub(crate) at: i64,
    pub(crate) text: String,
}

impl TimeAxis {
    /// The lines and labels for an axis of `width` pixels; `measure` returns the width of a text.
    pub(crate) fn ticks(
        &self,
        grid: &TimeGrid,
        width: f64,
        measure: impl Fn(&str) -> f64,
    ) -> TimeTicks {
        let span =
            number::seconds(self.range.end.seconds().saturating_sub(self.range.start.seconds()));
        if span <= 0.0 || width < 1.0 {
            return TimeTicks::default();
        }
        match grid {
            TimeGrid::None => TimeTicks::default(),
            TimeGrid::Custom { minor, major, labels, centred_in, format } => {
                let room = span / width;
                TimeTicks {
                    minor: self.lines(*minor, room),
                    major: self.lines(*major, room),
                    labels: self.custom_labels(*labels, *centred_in, format, room),
                }
            }
            TimeGrid::Auto => self.fitting(width, span, &measure),
        }
    }

    fn fitting(&self, width: f64, span: f64, measure: &impl Fn(&str) -> f64) -> TimeTicks {
        let pixel = span / width;
        for rung in LADDER {
            let gap = if rung.centred { GAP_CENTRED } else { GAP };
            // The shortest label is wider than 20 pixels: skip formatting labels that cannot fit.
            if rung.labels.seconds() < 20.0 * pixel {
                continue;
            }
            let boundaries = self.boundaries(rung.labels);
            for format in rung.formats {
                let mut labels = self.labels(rung, &boundaries, format);
                let collide = |a: &TimeLabel, b: &TimeLabel| {
                    let room = number::seconds(b.at - a.at) / pixel;
                    room < f64::midpoint(measure(&a.text), measure(&b.text)) + gap
                };
                if rung.centred {
                    // Intervals cut by the ends of the axis have less room; they lose their labels
                    // first.
                    let cut_first =
                        boundaries.first().is_some_and(|at| *at < self.range.start.seconds());
                    let cut_last =
                        boundaries.last().is_some_and(|at| *at > self.range.end.seconds());
                    if let ([first, second, ..], [_, after, ..]) = (&*labels, &*boundaries)
                        && cut_first
                        && first.at < *after
                        && collide(first, second)
                    {
                        labels.remove(0);
                    }
                    if let ([.., before, last], [.., ahead, _]) = (&*labels, &*boundaries)
                        && cut_last
                        && last.at > *ahead
                        && collide(before, last)
                    {
                        labels.pop();
                    }
                }
                let fits = labels.windows(2).all(|pair| !collide(&pair[0], &pair[1]));
                let alone = !rung.centred || labels.len() != 1 || {
                    measure(&labels[0].text) + gap < width
                };
                if fits && alone {
                    let minor = self.lines(rung.minor, pixel * CLOSEST);
                    let major = boundaries.into_iter().filter(|at| self.contains(*at)).collect();
                    return TimeTicks { minor, major, labels };
                }
            }
        }
        TimeTicks::default()
    }

    fn labels(&self, rung: &Rung, boundaries: &[i64], format: &str) -> Vec<TimeLabel> {
        let mut labels = Vec::new();
        for (index, &begin) in boundaries.iter().enumerate() {
            let Some(moment) = self.zoned(begin) else { continue };
            let rollover = rung.rollover.filter(|(unit, _)| {
                floor(&moment, Every::new(1, *unit), self.week) == Some(moment.datetime())
            });
            let format = rollover.map_or(format, |(_, format)| format);
            let format = in_style(format, self.locale.date_style());
            let at = if rung.centred {
                // Centred in the visible part of the interval, if that is most of it.
                let Some(&next) = boundaries.get(index + 1) else { continue };
                let from = begin.max(self.range.start.seconds());
                let seen = next.min(self.range.end.seconds()) - from;
                if seen * 2 < next - begin {
                    continue;
                }
                from + seen / 2
            } else {
                begin
            };
            if self.contains(at) {
                labels.push(TimeLabel { at, text: self.written(begin, format) });
            }
        }
        labels
    }

    fn custom_labels(
        &self,
        every: Every,
        centred_in: u32,
        format: &str,
        room: f64,
    ) -> Vec<TimeLabel> {
        if every.seconds() < room {
            return Vec::new();
        }
        let half = i64::from(centred_in / 2);
        let wide = Self {
            range: TimeRange::from_seconds(
                self.range.start.seconds().saturating_sub(half),
                self.range.end.seconds().saturating_sub(half),
            ),
            ..self.clone()
        };
        wide.boundaries(every)
            .into_iter()
            .filter(|at| wide.contains(*at))
            .map(|at| at.saturating_add(half))
            .map(|at| TimeLabel { at, text: self.written(at, format) })
            .collect()
    }

    /// The boundaries inside the range, unless they are less than `room` seconds apart.
    fn lines(&self, every: Every, room: f64) -> Vec<i64> {
        if every.seconds() < room {
            return Vec::new();
        }
        self.boundaries(every).into_iter().filter(|at| self.contains(*at)).collect()
    }
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, at: &f64, limit: (i32, i32)) -> i32 {
        let (from, to) = (f64::from(limit.0), f64::from(limit.1));
        number::rounded(from + (to - from) * self.share(*at))
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let width = number::float(hint.max_num_points()) * 40.0;
        let ticks = self.ticks(&TimeGrid::Auto, width, |text| number::float(text.len()) * 6.0);
        ticks.major.into_iter().map(number::seconds).collect()
    }

    fn range(&self) -> Range<f64> {
        number::seconds(self.range.start.seconds())..number::seconds(self.range.end.seconds())
    }
}

impl TimeAxis {
    /// A time in strftime syntax, in the words of the locale; unknown conversions are copied.
    fn written(&self, at: i64, format: &str) -> String {
        strftime(format, at, &self.zone, self.locale)
    }

    /// The time range as text.
    pub(crate) fn spoken(&self) -> String {
        let (start, end) = (self.range.start.seconds(), self.range.end.seconds());
        let words = |at| self.written(at, "%Y-%m-%d %H:%M");
        format!("{} to {} {}", words(start), words(end), self.written(end, "%Z"))
    }
}
