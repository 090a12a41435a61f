//! What a person sees: the grid, thin areas, the ends of stacks, slopes, border and arrows.

use rrd_core::TimeRange;
use rrd_graph::{
    Chart, Color, Curve, Extent, Join, Legend, Marks, Role, Rule, Samples, ValueScale,
};

use crate::pixels::{BLUE, CLEAR, Pixels, RED, bare, pixels, ten_seconds};

const BLACK: Color = Color::rgb(0, 0, 0);
const GREEN: Color = Color::rgb(0, 160, 0);
const WHITE: [u8; 3] = [255; 3];
const NONE: [usize; 0] = [];

fn level(value: f64) -> Samples {
    ten_seconds(&[value; 10])
}

fn rgb(color: Color) -> [u8; 3] {
    [color.red, color.green, color.blue]
}

/// The rows of a column that have a colour.
fn rows(pixels: &Pixels, x: usize, color: Color) -> Vec<usize> {
    (0..pixels.rgb.len() / pixels.width).filter(|y| pixels.at(x, *y) == rgb(color)).collect()
}

#[test]
fn the_grid_lies_over_areas_and_under_lines() {
    // The scale has lines at every 20, the first of them inside in row 80.
    let black = bare().join(Join::Steps).color(Role::MajorGrid, BLACK);
    let area = black.clone().draw(Curve::area(level(90.0)).color(RED));
    assert_eq!(pixels(&area).at(55, 80), [100, 0, 0], "half as strong as the colour given");
    let stack = area.clone().draw(Curve::area(level(5.0)).color(BLUE).stacked());
    assert_eq!(pixels(&stack).at(55, 80), [100, 0, 0]);
    let marks = black.clone().draw(Marks::new(level(1.0), 1.0).color(RED));
    assert_eq!(pixels(&marks).at(55, 80), [100, 0, 0]);
    let line = area.clone().draw(Curve::line(level(20.0)).width(4.0).color(BLUE));
    assert_eq!(pixels(&line).at(55, 80), rgb(BLUE));
    let rule = area.draw(Rule::at_value(20.0).color(BLUE));
    assert_eq!(pixels(&rule).at(55, 80), rgb(BLUE));
}

#[test]
fn the_grid_of_a_theme_is_seen_on_areas_and_leaves_their_colours() {
    for color in [RED, BLUE, GREEN, Color::rgb(0xf0, 0xe4, 0x42), Color::rgb(230, 230, 230)] {
        let scale = ValueScale::default().limits(0.0, 100.0).rigid(true);
        let chart = Chart::new(TimeRange::from_seconds(0, 100))
            .extent(Extent::Bare)
            .size(100, 100)
            .scale(scale)
            .draw(Curve::area(level(90.0)).color(color));
        let (line, area) = (pixels(&chart).at(55, 80), rgb(color));
        let far = |a: u8, b: u8| i32::from(a.abs_diff(b));
        let apart: i32 = line.iter().zip(area).map(|(a, b)| far(*a, b)).sum();
        assert!((20..=120).contains(&apart), "{line:?} on {area:?}");
    }
}

#[test]
fn no_colour_of_a_stack_shows_where_another_ends() {
    // No row ends on a pixel: 100 pixels are 103 seconds.
    let unknown = f64::NAN;
    let rows = [30.0, 35.0, unknown, 20.0, 50.0, 20.0, unknown, 40.0, 45.0];
    for join in [Join::Steps, Join::Slopes, Join::BeveledSteps] {
        let stacked = bare()
            .range(TimeRange::from_seconds(0, 103))
            .join(join)
            .draw(Curve::area(ten_seconds(&rows)).color(RED))
            .draw(Curve::area(ten_seconds(&rows)).color(BLUE).stacked());
        let pixels = pixels(&stacked);
        for (x, y) in (0..100).flat_map(|x| (81..100).map(move |y| (x, y))) {
            let pixel = pixels.at(x, y);
            assert!([rgb(RED), WHITE].contains(&pixel), "{join:?}, {x} {y}: {pixel:?}");
        }
    }
}

#[test]
fn no_colour_of_a_stack_shows_beside_its_steps() {
    let rows = [30.0, 5.0, 40.0, 1.0, 45.0];
    let chart = bare()
        .range(TimeRange::from_seconds(0, 47))
        .join(Join::Steps)
        .draw(Curve::area(ten_seconds(&rows)).color(RED))
        .draw(Curve::area(ten_seconds(&rows)).color(BLUE).stacked());
    let known = [rgb(RED), rgb(BLUE), WHITE];
    assert!(pixels(&chart).rgb.iter().all(|pixel| known.contains(pixel)));
}

#[test]
fn an_area_with_a_value_is_at_least_a_pixel_high() {
    for join in [Join::Steps, Join::Slopes, Join::BeveledSteps] {
        let column = |chart: Chart, color| rows(&pixels(&chart.join(join)), 55, color);
        let lone = bare().draw(Curve::area(level(0.01)).color(RED));
        assert_eq!(column(lone.clone(), RED), [99], "{join:?}");
        // So is one of zero alone; among others it is where they end.
        let zero = bare().draw(Curve::area(level(0.0)).color(RED));
        assert_eq!(column(zero.clone(), RED), [99], "{join:?}");
        assert_eq!(column(zero.draw(Curve::area(level(5.0)).color(BLUE)), RED), NONE);
        let negative = bare()
            .scale(ValueScale::default().limits(-50.0, 50.0).rigid(true))
            .color(Role::Axis, CLEAR)
            .draw(Curve::area(level(-0.01)).color(RED));
        assert_eq!(column(negative, RED), [50]);
        // Thin areas on top of each other keep a pixel each.
        let stack = bare()
            .draw(Curve::area(level(50.0)).color(RED))
            .draw(Curve::area(level(0.01)).color(BLUE).stacked())
            .draw(Curve::area(level(0.0)).color(BLACK).stacked())
            .draw(Curve::area(level(0.02)).color(GREEN).stacked());
        assert_eq!(column(stack.clone(), BLUE), [49]);
        assert_eq!(column(stack.clone(), BLACK), NONE);
        assert_eq!(column(stack, GREEN), [48]);
        // At the upper edge those below make room.
        let full = bare()
            .draw(Curve::area(level(99.97)).color(RED))
            .draw(Curve::area(level(0.01)).color(BLUE).stacked())
            .draw(Curve::area(level(0.02)).color(GREEN).stacked());
        assert_eq!(column(full.clone(), GREEN), [0]);
        assert_eq!(column(full.clone(), BLUE), [1]);
        assert_eq!(column(full, RED), (2..100).collect::<Vec<_>>());
        // A translucent one stands on what is below it.
        let pale = Color { alpha: 128, ..BLUE };
        let pale = bare()
            .draw(Curve::area(level(50.0)).color(RED))
            .draw(Curve::area(level(0.01)).color(pale).stacked());
        assert_eq!(column(pale, Color::rgb(127, 127, 227)), [49]);
    }
}

#[test]
fn a_row_above_its_neighbours_is_as_wide_as_rrdtool_draws_it_in_slope_mode() {
    let mut values = [10.0; 10];
    values[5] = 100.0;
    let chart = bare().join(Join::BeveledSteps).draw(Curve::area(ten_seconds(&values)).color(RED));
    let pixels = pixels(&chart);
    let width = |y: usize| (0..100).filter(|x| pixels.at(*x, y) == rgb(RED)).count();
    // RRDtool draws ten columns of the row: nine pixels at its height, and a slope on each side.
    assert_eq!([width(0), width(45), width(88)], [8, 10, 10]);
}

#[test]
fn spikes_of_long_ranges_survive_in_slope_mode() {
    let mut values = vec![10.0; 10_000];
    values[5003] = 100.0;
    let chart = bare()
        .range(TimeRange::from_seconds(0, 100_000))
        .join(Join::BeveledSteps)
        .draw(Curve::line(ten_seconds(&values)).color(RED));
    let pixels = pixels(&chart);
    let dark = (0..100).filter(|y| pixels.at(50, *y) != WHITE).count();
    assert!(dark >= 80, "{dark} rows");
}

#[test]
fn a_translucent_area_leaves_an_opaque_picture() {
    for alpha in [1, 17, 64, 128, 200, 254] {
        let slope: Vec<f64> = (0..10).map(|row| 3.0 + 7.3 * f64::from(row)).collect();
        let chart = bare()
            .draw(Curve::area(ten_seconds(&slope)).color(Color { alpha, ..RED }))
            .draw(Curve::line(ten_seconds(&slope)).color(Color { alpha, ..BLUE }));
        let png = chart.to_png().unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(png));
        let kind = decoder.read_info().unwrap().info().color_type;
        assert_eq!(kind, png::ColorType::Indexed, "alpha {alpha}");
    }
}

#[test]
fn colours_of_border_and_arrows_have_their_effect() {
    let chart = || {
        Chart::classic(TimeRange::from_seconds(0, 100))
            .legend(Legend::None)
            .draw(Curve::line(ten_seconds(&[1.0, 5.0])))
    };
    let plain = pixels(&chart());
    let (right, below) = (plain.width - 1, plain.rgb.len() / plain.width - 1);
    assert_eq!([plain.at(0, 40), plain.at(right, 40)], [WHITE; 2]);
    let shaded = pixels(&chart().color(Role::ShadeA, RED).color(Role::ShadeB, BLUE));
    assert_eq!([shaded.at(0, 40), shaded.at(1, 40), shaded.at(40, 0)], [rgb(RED); 3]);
    assert_eq!([shaded.at(right, 40), shaded.at(40, below)], [rgb(BLUE); 2]);
    assert_eq!(shaded.at(2, 40), WHITE);
    let none = pixels(&chart().border(0.0).color(Role::ShadeA, RED));
    assert!(none.rgb == plain.rgb);
    // The canvas is 400 by 100 pixels, 51 from the left and 15 from the top.
    let arrows = pixels(&chart().color(Role::Arrow, RED));
    assert_eq!([arrows.at(454, 115), arrows.at(51, 10)], [rgb(RED); 2]);
    assert_eq!([plain.at(454, 115), plain.at(51, 10)], [WHITE; 2]);
}

#[test]
fn no_grid_is_seen_where_its_colour_is_clear() {
    let chart = Chart::classic(TimeRange::from_seconds(0, 100))
        .extent(Extent::Bare)
        .color(Role::Grid, CLEAR)
        .color(Role::MajorGrid, CLEAR);
    assert!(pixels(&chart).rgb.iter().all(|pixel| *pixel == WHITE));
}

#[test]
fn a_line_at_an_end_of_the_axis_is_whole_and_beside_the_axis_line() {
    let line = |value: f64| Curve::line(level(value)).width(2.0).color(RED);
    assert_eq!(rows(&pixels(&bare().draw(line(0.0))), 55, RED), [98, 99]);
    assert_eq!(rows(&pixels(&bare().draw(line(100.0))), 55, RED), [0, 1]);
    // Beyond the axis nothing is drawn.
    assert_eq!(rows(&pixels(&bare().draw(line(103.0))), 55, RED), NONE);
    let framed = Chart::new(TimeRange::from_seconds(0, 100))
        .size(300, 100)
        .legend(Legend::None)
        .draw(line(0.0));
    let layout = framed.layout(&rrd_graph::Fonts::new());
    let (left, top, width, height) = layout.canvas();
    let [x, bottom] = [left + width / 2, top + height].map(|at| usize::try_from(at).unwrap());
    assert_eq!(rows(&pixels(&framed), x, RED), [bottom - 2, bottom - 1]);
    assert_eq!(layout.value_range(), (0.0, 1.0));
}

#[test]
fn an_axis_may_end_between_two_lines_of_its_grid() {
    let upper = |value: f64| {
        let chart = Chart::new(TimeRange::from_seconds(0, 100)).draw(Curve::area(level(value)));
        chart.layout(&rrd_graph::Fonts::new()).value_range().1
    };
    assert_eq!([100.0, 100.000_000_01, 101.0, 97.0].map(upper), [100.0, 100.0, 104.0, 100.0]);
}
