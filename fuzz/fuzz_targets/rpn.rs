//! RPN text through the parser, the evaluator (as COMPUTE and as CDEF) and the packed form; 80
//! bytes through unpacking.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_core::TimeZone;
use rrd_core::rpn::{
    Calendar, Column, CompactExpression, ComputeRow, Context, Evaluator, Expression, Row,
};

const SERIES: [f64; 6] = [1.0, f64::NAN, -2.5, f64::INFINITY, 0.0, 1e300];
const NAMES: [&str; 3] = ["a", "b", "v"];

struct Place {
    row: Row,
}

impl Context for Place {
    fn value(&self, variable: usize) -> f64 {
        SERIES[(variable + self.row.index) % SERIES.len()]
    }

    fn now(&self) -> i64 {
        1_600_000_000
    }

    fn row(&self) -> Option<Row> {
        Some(self.row)
    }

    fn column(&self, variable: usize) -> Option<Column<'_>> {
        let (step, current) =
            if variable == 0 { (60, self.row.index) } else { (120, self.row.index / 2) };
        let complete = variable == 0 || self.row.index % 2 == 1;
        (variable < 2).then_some(Column { before: 0, values: &SERIES, step, current, complete })
    }

    fn calendar(&self) -> Option<Calendar<'_>> {
        static UTC: TimeZone = TimeZone::UTC;
        Some(Calendar { zone: &UTC, first_weekday: 1 })
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(bytes) = <&[u8; 80]>::try_from(data)
        && let Ok(expression) = CompactExpression::unpack(bytes, 2)
    {
        assert_eq!(CompactExpression::unpack(&expression.pack(), 2), Ok(expression));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let place = |name: &str| NAMES.iter().position(|&known| known == name);
    let mut evaluator = Evaluator::new();
    if let Ok(expression) = Expression::parse(text, place) {
        let mut previous = f64::NAN;
        for index in 0..SERIES.len() {
            let time = 1_600_000_000 + 60 * i64::try_from(index).expect("small");
            let place = Place { row: Row { index, time, step: 60, previous } };
            match evaluator.evaluate(&expression, &place) {
                Ok(value) => previous = value,
                Err(_) => break,
            }
        }
    }
    if let Ok(compact) = CompactExpression::parse(text, place) {
        let _ = evaluator.evaluate(compact.expression(), &ComputeRow { values: &SERIES, now: 0 });
        let printed = compact.text(|place| NAMES.get(place).copied());
        assert_eq!(CompactExpression::parse(&format!("{printed},"), place), Ok(compact.clone()));
        assert_eq!(CompactExpression::unpack(&compact.pack(), NAMES.len()), Ok(compact));
    }
});
