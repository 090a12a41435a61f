//! Time in which nothing is known, and the reason.

use rrd_core::{TimeRange, Timestamp};

use super::{Chart, Element, Gap, Samples};

/// What is said of a gap of which nothing else is known.
const NO_DATA: &str = "no data";

impl Gap {
    /// Whether nothing is known of the reason.
    pub fn is_unexplained(&self) -> bool {
        self.words == NO_DATA
    }
}

impl Chart {
    /// Says why nothing is known in a span of time. Of overlapping spans the first counts.
    #[must_use]
    pub fn gap(mut self, range: TimeRange, words: impl Into<String>) -> Self {
        self.gaps.push(Gap { range, words: words.into() });
        self
    }

    /// The spans in which no curve has a known value, from the first to the last. Curves of a
    /// constant do not count, nor does a last row that is not complete yet.
    ///
    /// ```
    /// use rrd_core::{Step, TimeRange, Timestamp};
    /// use rrd_graph::{Chart, Curve, Samples};
    /// let (start, step) = (Timestamp::from_seconds(0), Step::from_seconds(60).unwrap());
    /// let unknown = f64::NAN;
    /// let chart = Chart::new(TimeRange::from_seconds(0, 300))
    ///     .draw(Curve::line(Samples::new(start, step, vec![unknown, 1.0, unknown, unknown, 2.0])))
    ///     .gap(TimeRange::from_seconds(0, 60), "before the first sample");
    /// let gaps = chart.gaps();
    /// assert_eq!(gaps[0].words, "before the first sample");
    /// assert_eq!((gaps[1].range, &*gaps[1].words), (TimeRange::from_seconds(120, 240), "no data"));
    /// ```
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (from, to) in self.unknown() {
            // What is named is cut out; the rest has no data.
            let mut at = from;
            while at < to {
                let named = self.gaps.iter().find(|gap| contains(gap.range, at));
                let next = |gap: &Gap| Some(gap.range.start.seconds()).filter(|start| *start > at);
                let until = match named {
                    Some(gap) => gap.range.end.seconds(),
                    None => self.gaps.iter().filter_map(next).min().unwrap_or(to),
                };
                let range = TimeRange::from_seconds(at, until.min(to));
                let words = named.map_or(NO_DATA, |gap| &gap.words).to_owned();
                gaps.push(Gap { range, words });
                at = until;
            }
        }
        gaps
    }

    /// The spans without a known value.
    fn unknown(&self) -> Vec<(i64, i64)> {
        let (start, end) = (self.range.start.seconds(), self.range.end.seconds());
        let curves = self.elements.iter().filter_map(|element| match element {
            Element::Curve(curve) if !curve.aside => Some(&curve.samples),
            _ => None,
        });
        let counted: Vec<(&Samples, i64)> =
            curves.filter_map(|samples| Some((samples, samples.step()?))).collect();
        let Some(longest) = counted.iter().map(|(_, step)| *step).max() else {
            return Vec::new();
        };
        let mut unknown = vec![(start, end)];
        for (samples, _) in counted {
            if unknown.is_empty() {
                break;
            }
            unknown = without_known(&unknown, samples, self.range);
        }
        // The row that time is in is not complete, and the one before may still be written.
        let is_open = |span: &(i64, i64)| {
            span.1 == end
                && span.0 > start
                && end.saturating_sub(span.0) < longest.saturating_mul(2)
        };
        if unknown.last().is_some_and(is_open) {
            unknown.pop();
        }
        unknown
    }
}

/// Whether the second after a moment belongs to a range.
fn contains(range: TimeRange, moment: i64) -> bool {
    let moment = Timestamp::from_seconds(moment);
    range.start <= moment && moment < range.end
}

/// Spans without the time in which samples are known.
fn without_known(spans: &[(i64, i64)], samples: &Samples, range: TimeRange) -> Vec<(i64, i64)> {
    let mut left = Vec::new();
    let known: Vec<(i64, i64)> =
        samples.within(range).filter(|row| !row.2.is_nan()).map(|row| (row.0, row.1)).collect();
    let mut known = known.into_iter().peekable();
    for &(from, to) in spans {
        let mut at = from;
        while at < to {
            while known.next_if(|row| row.1 <= at).is_some() {}
            let (begin, end) = known.peek().copied().unwrap_or((to, to));
            if begin > at {
                left.push((at, begin.min(to)));
            }
            at = end.max(at.saturating_add(1));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use rrd_core::Step;

    use super::*;
    use crate::chart::Curve;

    const UNKNOWN: f64 = f64::NAN;

    fn minutes(values: &[f64]) -> Samples {
        Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
    }

    fn spans(chart: &Chart) -> Vec<(i64, i64, String)> {
        let gaps = chart.gaps().into_iter();
        gaps.map(|gap| (gap.range.start.seconds(), gap.range.end.seconds(), gap.words)).collect()
    }

    #[test]
    fn a_gap_is_where_no_curve_is_known() {
        let chart = Chart::new(TimeRange::from_seconds(0, 360))
            .draw(Curve::line(minutes(&[1.0, UNKNOWN, UNKNOWN, 1.0, UNKNOWN, UNKNOWN])))
            .draw(Curve::line(minutes(&[1.0, UNKNOWN, 2.0])))
            .draw(Curve::line(Samples::constant(5.0)));
        let no_data = |from, to| (from, to, "no data".to_owned());
        assert_eq!(spans(&chart), [no_data(60, 120), no_data(240, 360)]);
        let only_constants = Chart::new(chart.range).draw(Curve::line(Samples::constant(UNKNOWN)));
        assert_eq!(spans(&only_constants), []);
    }

    #[test]
    fn a_last_row_that_is_not_complete_is_no_gap() {
        let chart = |end| {
            let values = minutes(&[1.0, 1.0, 1.0, UNKNOWN, UNKNOWN]);
            Chart::new(TimeRange::from_seconds(0, end)).draw(Curve::line(values))
        };
        assert_eq!(spans(&chart(299)), []);
        assert_eq!(spans(&chart(300)).len(), 1);
        // All of a range is a gap, however short it is.
        let none = Chart::new(TimeRange::from_seconds(200, 260));
        assert_eq!(spans(&none.draw(Curve::line(minutes(&[1.0])))).len(), 1);
    }

    #[test]
    fn named_spans_cut_a_gap() {
        let first = TimeRange::from_seconds(-1000, 100);
        let later = TimeRange::from_seconds(150, 200);
        let chart = Chart::new(TimeRange::from_seconds(0, 300))
            .draw(Curve::line(minutes(&[UNKNOWN; 5])))
            .gap(first, "before the first sample")
            .gap(later, "collector not running");
        let found = spans(&chart);
        let found: Vec<(i64, i64, &str)> =
            found.iter().map(|(from, to, words)| (*from, *to, &**words)).collect();
        assert_eq!(
            found,
            [
                (0, 100, "before the first sample"),
                (100, 150, "no data"),
                (150, 200, "collector not running"),
                (200, 300, "no data"),
            ]
        );
    }
}
