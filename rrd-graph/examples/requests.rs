//! The picture of the front page: `cargo run --example requests > gallery/requests.svg`.

use rrd_core::{Step, TimeRange};
use rrd_graph::{Chart, Color, Curve, Legend, Rule, Samples, Summary};

fn main() {
    let day = TimeRange::from_seconds(1_700_006_400, 1_700_092_800);
    let quarter = Step::from_seconds(900).expect("not zero");
    // A value for each quarter of an hour, unknown from ten to twelve.
    let load = |share: f64| -> Samples {
        let value = |row: i32| {
            let (hour, noise) = (f64::from(row) / 4.0, f64::from(row * 37 % 23));
            let from_peak = (hour - 15.0) / 12.0;
            let value = share * (200.0 / (0.6 + from_peak * from_peak) + noise);
            if (10.0..12.0).contains(&hour) { f64::NAN } else { value }
        };
        Samples::new(day.start, quarter, (0..96).map(value).collect::<Vec<f64>>())
    };
    let svg = Chart::new(day)
        .title("Requests")
        .unit("req/s")
        .size(720, 260)
        .hatch_unknown(true)
        .legend(Legend::Table(vec![Summary::Average, Summary::Maximum, Summary::Last]))
        .draw(Curve::area(load(0.8)).legend("from memory"))
        .draw(Curve::area(load(0.2)).legend("from disk").stacked())
        .draw(Rule::at_value(375.0).color(Color::rgb(0xd5, 0x5e, 0x00)).legend("capacity"))
        .to_svg();
    print!("{svg}");
}
