//! Columns as JSON.

use rrd_core::TimeRange;
use rrd_core::number::{decimal_logarithm, power};
use serde_json::Value;

use super::{Columns, SeriesColumns};
use crate::chart::Gap;
use crate::number;
use crate::quantity::{Base, Quantity};

impl Columns {
    /// The columns as JSON; what is unknown is `null`. Values are rounded to 6 significant digits.
    ///
    /// `scales` says how values other than zero are written, the largest first: the size from which
    /// on, what to divide by, and the unit with its prefix.
    ///
    /// `min` and `max` of a series are left out where they are equal to `avg` in all columns.
    pub fn to_json(&self) -> String {
        let (left, top, width, height) = self.canvas;
        let series: Vec<String> = self.series.iter().map(SeriesColumns::to_json).collect();
        let gaps = self.gaps.iter().map(|Gap { range: TimeRange { start, end }, words }| {
            format!("[{},{},{}]", start.seconds(), end.seconds(), text(words))
        });
        let base = if self.binary { Base::Binary } else { Base::Decimal };
        let scales = Quantity::new(&self.unit, base).steps().into_iter();
        let scales =
            scales.map(|(from, divisor, unit)| format!("[{from},{divisor},{}]", text(&unit)));
        let times: Vec<String> = self.times.iter().map(i64::to_string).collect();
        format!(
            "{{\"range\":[{},{}],\"canvas\":[{left},{top},{width},{height}],\"size\":[{},{}],\
             \"step\":{},\"unit\":{},\"binary\":{},\"scales\":[{}],\"numbers\":{},\"times\":[{}],\"series\":[{}],\
             \"gaps\":[{}]}}",
            self.range.start.seconds(),
            self.range.end.seconds(),
            self.size.0,
            self.size.1,
            self.step.map_or("null".to_owned(), |step| step.to_string()),
            text(&self.unit),
            self.binary,
            scales.collect::<Vec<_>>().join(","),
            text(&self.numbers),
            times.join(","),
            series.join(","),
            gaps.collect::<Vec<_>>().join(","),
        )
    }
}

impl SeriesColumns {
    fn to_json(&self) -> String {
        let [light, dark] = match self.colors {
            Some((light, dark)) => [light, dark].map(|color| text(&color.to_string())),
            None => [const { String::new() }; 2].map(|_| "null".to_owned()),
        };
        let numbers = self
            .numbers
            .iter()
            .map(|(summary, value)| format!("{}:{}", text(&summary.to_string()), rounded(*value)));
        let averages = list(&self.averages);
        let extreme = |key: &str, values: &[f64]| {
            let values = list(values);
            if values == averages { String::new() } else { format!("\"{key}\":[{values}],") }
        };
        format!(
            "{{\"name\":{},\"label\":{},\"color\":[{light},{dark}],\"stack\":{},\"hidden\":{},\
             \"numbers\":{{{}}},{}{}\"avg\":[{averages}]}}",
            text(&self.name),
            text(&self.label),
            self.stack,
            self.hidden,
            numbers.collect::<Vec<_>>().join(","),
            extreme("min", &self.least),
            extreme("max", &self.most),
        )
    }
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| rounded(*value)).collect::<Vec<_>>().join(",")
}

/// A number with 6 significant digits; `null` if it is not finite.
fn rounded(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let size = value.abs();
    // The power of ten of a smaller or larger number is no number, and zero has no logarithm.
    if !(1e-290..1e290).contains(&size) {
        return (value + 0.0).to_string();
    }
    let digits = 5 - number::whole(decimal_logarithm(size).floor());
    let scale = power(10.0, f64::from(digits.abs()));
    let rounded =
        if digits < 0 { (value / scale).round() * scale } else { (value * scale).round() / scale };
    rounded.to_string()
}
