//! A day of CPU time as five stacked areas, written to day.svg and day.png.

use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{Chart, Curve, Legend, Samples, Summary};

fn main() {
    let (start, step) = (1_602_115_200, 120);
    let range = TimeRange::from_seconds(start, start + 86_400);
    let mut chart = Chart::new(range)
        .title("Processor")
        .vertical_label("percent")
        .unit("%")
        .size(800, 300)
        .legend(Legend::Table(vec![
            Summary::Minimum,
            Summary::Average,
            Summary::Maximum,
            Summary::Last,
        ]));
    for (index, name) in (0..).zip(["user", "system", "iowait", "steal", "idle"]) {
        let phase = f64::from(index);
        let values: Vec<f64> = (0..720)
            .map(|row| {
                let hour = f64::from(row) / 30.0;
                let noise = f64::from((row * 7919 + index * 104_729) % 97) / 97.0;
                let from_noon = (hour - 14.0) / 8.0;
                let load = (1.0 - from_noon * from_noon).max(0.1) * 20.0 / (1.0 + phase);
                if (300..322).contains(&row) { f64::NAN } else { load + noise * 4.0 }
            })
            .collect();
        let samples = Samples::new(
            Timestamp::from_seconds(start),
            Step::from_seconds(step).expect("a step of two minutes"),
            values,
        );
        let curve = Curve::area(samples).legend(name);
        chart = chart.draw(if index == 0 { curve } else { curve.stacked() });
    }
    std::fs::write("day.svg", chart.to_svg()).expect("day.svg is written");
    std::fs::write("day.png", chart.to_png().expect("a small picture"))
        .expect("day.png is written");
}
