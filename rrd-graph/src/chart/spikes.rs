//! Whether a chart is better read on a logarithmic axis.

use super::style::Summary;
use super::{Chart, Curve, Element};

/// How much higher than the 95th percentile the highest value is, at least: 95 of 100 values then
/// share a twentieth of a linear axis.
const SPIKE: f64 = 20.0;

impl Chart {
    /// Whether spikes would leave everything else at the base of a linear axis: whether the highest
    /// value is many times the largest 95th percentile. Never for stacks, whose heights add up, and
    /// for negative values. It depends on the numbers of the curves and so on the range alone.
    pub(crate) fn is_spiky(&self) -> bool {
        let curves = || {
            self.elements.iter().filter_map(|element| match element {
                Element::Curve(curve) | Element::Hidden(curve) if !curve.aside => Some(curve),
                _ => None,
            })
        };
        if curves().any(|curve| curve.stack || self.value(curve, Summary::Minimum) < 0.0) {
            return false;
        }
        let largest = |summary| {
            let value = |curve: &Curve| self.value(curve, summary);
            curves().map(value).filter(|value| value.is_finite()).fold(0.0, f64::max)
        };
        let usual = largest(Summary::Percentile95);
        usual > 0.0 && largest(Summary::Maximum) >= SPIKE * usual
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, TimeRange, Timestamp};

    use super::*;
    use crate::chart::Samples;

    fn chart(values: Vec<f64>) -> Chart {
        let (start, step) = (Timestamp::from_seconds(0), Step::from_seconds(60).unwrap());
        let samples = Samples::new(start, step, values);
        Chart::new(TimeRange::from_seconds(0, 6000)).draw(Curve::line(samples))
    }

    #[test]
    fn one_value_far_above_nearly_all_others_is_a_spike() {
        let spiked = |height: f64| {
            let mut values = vec![2.0; 100];
            values[40] = height;
            chart(values)
        };
        assert!(spiked(40.0).is_spiky() && !spiked(39.0).is_spiky());
        assert!(!chart(vec![0.0; 100]).is_spiky());
        let stacked = Curve::area(Samples::constant(0.0)).stacked();
        assert!(!spiked(1e6).draw(stacked).is_spiky());
        let mut below = vec![2.0; 100];
        (below[40], below[50]) = (1e6, -1.0);
        assert!(!chart(below).is_spiky());
    }
}
