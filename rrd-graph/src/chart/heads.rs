//! What the legend and the description of a picture say of the numbers of its curves.

use rrd_core::Step;

use super::{Chart, Curve, Element, Extreme, Summary};

impl Chart {
    /// A number of a curve; NaN if no value is known.
    pub(crate) fn value(&self, curve: &Curve, summary: Summary) -> f64 {
        curve.numbers.value(summary, self.range)
    }

    /// What the head of a column of numbers says: `Max`, or `Max of 1 h` if it is the largest of
    /// averages over an hour.
    pub(crate) fn head(&self, summary: Summary) -> String {
        let averaged = || self.named().map(|curve| curve.numbers.averaged(summary));
        let name = summary.name();
        match averaged().flatten().max() {
            None => name.to_owned(),
            Some(longest) if averaged().all(|step| step == Some(longest)) => {
                format!("{name} of {}", words(longest))
            }
            Some(longest) => format!("{name} of \u{2264} {}", words(longest)),
        }
    }

    /// The rows that the numbers are from: `rows of 1 h, the highest from MAX rows`; empty if they
    /// are from values as they were given.
    pub(crate) fn resolution(&self) -> String {
        let steps = || self.named().filter_map(|curve| curve.numbers.resolution);
        let (Some(shortest), Some(longest)) = (steps().min(), steps().max()) else {
            return String::new();
        };
        let mut text = format!("rows of {}", words(shortest));
        if shortest < longest {
            text.push_str(" to ");
            text.push_str(&words(longest));
        }
        let of =
            |wanted: fn(&Extreme) -> bool| self.named().any(|curve| wanted(&curve.numbers.most));
        if of(|most| *most == Extreme::Averages) {
            text.push_str(", the highest of their averages");
        } else if of(|most| matches!(most, Extreme::Kept(_))) {
            text.push_str(", the highest from MAX rows");
        }
        text
    }

    /// The curves of which the legend gives numbers.
    fn named(&self) -> impl Iterator<Item = &Curve> {
        self.elements.iter().filter_map(|element| match element {
            Element::Curve(curve) | Element::Hidden(curve) => {
                Some(curve).filter(|it| it.has_numbers())
            }
            _ => None,
        })
    }
}

/// A length of time in the largest unit that divides it: `10 s`, `1 min`, `12 h`, `1 d`.
fn words(step: Step) -> String {
    const UNITS: [(&str, u64); 3] = [("d", 86_400), ("h", 3600), ("min", 60)];
    let seconds = step.seconds();
    let unit = UNITS.into_iter().find(|(_, length)| seconds.is_multiple_of(*length));
    let (unit, length) = unit.unwrap_or(("s", 1));
    format!("{} {unit}", seconds / length)
}
