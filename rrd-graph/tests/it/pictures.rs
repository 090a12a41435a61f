//! Charts drawn from values: documents are well formed, the bytes are always the same, the pixels
//! show what they should.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::Event;
use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{
    Band, Bitmap, Chart, Curve, Element, Extent, Fonts, Join, Legend, LegendPosition, Marks, Pdf,
    Png, Render, Role, Rule, Samples, Summary, Svg, Theme, ValueScale,
};

use crate::pixels::{BLUE, RED, bare, pixels, ten_seconds};

const DAY: TimeRange = TimeRange::from_seconds(1_602_115_200, 1_602_201_600);

fn samples(seed: u64) -> Samples {
    let mut state = seed;
    let values: Vec<f64> = (0..720)
        .map(|row: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = f64::from(u32::try_from(state >> 40).unwrap()) / 16_777_216.0;
            if (300..322).contains(&row) { f64::NAN } else { 5.0 + 10.0 * noise }
        })
        .collect();
    Samples::new(
        Timestamp::from_seconds(DAY.start.seconds()),
        Step::from_seconds(120).unwrap(),
        values,
    )
}

fn five_series() -> Chart {
    let columns = [Summary::Minimum, Summary::Average, Summary::Maximum, Summary::Last];
    let chart = Chart::new(DAY)
        .title("Processor")
        .vertical_label("percent")
        .unit("%")
        .size(800, 300)
        .legend(Legend::Table(columns.to_vec()));
    ["user", "system", "iowait", "steal", "idle"].iter().zip(1..).fold(
        chart,
        |chart, (name, seed)| {
            let curve = Curve::area(samples(seed)).legend(*name);
            chart.draw(if seed == 1 { curve } else { curve.stacked() })
        },
    )
}

fn everything() -> Chart {
    Chart::new(DAY)
        .title("<Everything> & \"more\"")
        .draw(Curve::area(samples(1)).legend("area"))
        .draw(Band::between(samples(2), samples(3)).legend("band"))
        .draw(Curve::line(samples(4)).legend("a < b & c \u{1}"))
        .draw(Marks::new(samples(5), 0.1).legend("marks"))
        .draw(Rule::at_value(8.0).legend("limit"))
        .draw(Rule::at_time(Timestamp::from_seconds(DAY.start.seconds() + 3600)).legend("then"))
        .draw(Element::Text("comment ]]> \\c".to_owned()))
}

#[test]
fn an_svg_is_well_formed_with_unique_ids_and_no_script() {
    for chart in [five_series(), everything()] {
        let svg = chart.to_svg();
        let mut reader = Reader::from_str(&svg);
        let mut ids = HashSet::new();
        let mut names = HashSet::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => {
                    names.insert(tag.name().as_ref().to_owned());
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        if attribute.key.as_ref() == "id" {
                            assert!(
                                ids.insert(attribute.value.into_owned()),
                                "an id is used twice"
                            );
                        }
                    }
                }
                _ => {}
            }
        }
        let allowed = [
            "svg",
            "title",
            "desc",
            "style",
            "defs",
            "clipPath",
            "g",
            "path",
            "rect",
            "text",
            "linearGradient",
            "stop",
        ];
        assert!(names.iter().all(|name| allowed.contains(&name.as_str())), "{names:?}");
        assert!(svg.contains("prefers-color-scheme:dark"));
    }
}

#[test]
fn the_day_of_five_series_is_small_to_send() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(five_series().to_svg().as_bytes()).unwrap();
    let bytes = packed.finish().unwrap().len();
    assert!(bytes < 16 * 1024, "{bytes} bytes");
}

#[test]
fn two_pictures_in_one_page_share_no_id() {
    let ids = |chart: &Chart| -> HashSet<String> {
        let svg = chart.to_svg();
        svg.split("id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    assert!(ids(&five_series()).is_disjoint(&ids(&everything())));
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    let fonts = Fonts::new();
    let chart = everything();
    let scene = chart.scene(&chart.layout(&fonts), &fonts);
    // Once with warm caches, once with new ones.
    let first = Png::default().render(&scene, &fonts).unwrap();
    assert_eq!(first, Png::default().render(&scene, &fonts).unwrap());
    assert_eq!(first, chart.to_png().unwrap());
    // A reused canvas shows nothing of its previous picture, whether larger, smaller or not
    // antialiased.
    let png = Png::default();
    for other in [five_series().zoom(2.0), bare().draw(Curve::area(samples(9)).color(RED))] {
        png.render(&other.scene(&other.layout(&fonts), &fonts), &fonts).unwrap();
        assert_eq!(first, png.render(&scene, &fonts).unwrap());
    }
    assert_eq!(Svg::default().text(&scene), chart.to_svg());
    let Ok(pdf) = Pdf.render(&scene, &fonts);
    let Ok(again) = Pdf.render(&scene, &Fonts::new());
    assert_eq!(pdf, again);
}

#[test]
fn areas_fill_exactly_the_time_and_value_they_cover() {
    let chart =
        bare().join(Join::Steps).draw(Curve::area(ten_seconds(&[50.0, f64::NAN, 20.0])).color(RED));
    let pixels = pixels(&chart);
    assert_eq!(pixels.at(0, 50), [200, 0, 0]);
    assert_eq!(pixels.at(9, 99), [200, 0, 0]);
    assert_ne!(pixels.at(5, 49), [200, 0, 0]);
    assert_ne!(pixels.at(10, 99), [200, 0, 0], "an unknown row is a gap");
    assert_eq!(pixels.at(29, 80), [200, 0, 0]);
    assert_ne!(pixels.at(30, 99), [200, 0, 0]);
}

#[test]
fn a_stacked_area_begins_where_the_one_below_ends() {
    let chart = bare()
        .join(Join::Steps)
        .draw(Curve::area(ten_seconds(&[30.0; 10])).color(RED))
        .draw(Curve::area(ten_seconds(&[30.0; 10])).color(BLUE).stacked());
    let pixels = pixels(&chart);
    assert_eq!(pixels.at(50, 70), [200, 0, 0]);
    assert_eq!(pixels.at(50, 69), [0, 0, 200]);
    assert_eq!(pixels.at(50, 40), [0, 0, 200]);
    assert_ne!(pixels.at(50, 39), [0, 0, 200]);
}

#[test]
fn nothing_of_the_paper_shines_through_the_edge_between_stacked_areas() {
    let slope: Vec<f64> = (0..10).map(|row| 10.0 + 7.3 * f64::from(row)).collect();
    let chart = bare()
        .draw(Curve::area(ten_seconds(&slope)).color(RED))
        .draw(Curve::area(ten_seconds(&[13.0; 10])).color(BLUE).stacked());
    let pixels = pixels(&chart);
    // The background is white, and neither colour has any green.
    for x in 10..90 {
        let top = (0..100).find(|y| pixels.at(x, *y)[1] == 0).unwrap();
        assert!((top..100).all(|y| pixels.at(x, y)[1] == 0), "column {x}");
    }
}

#[test]
fn a_stacked_area_without_height_leaves_no_fringe() {
    let slope: Vec<f64> = (0..10).map(|row| 10.0 + 7.3 * f64::from(row)).collect();
    let below = bare().draw(Curve::area(ten_seconds(&slope)).color(RED));
    let chart = below.clone().draw(Curve::area(ten_seconds(&[0.0; 10])).color(BLUE).stacked());
    assert!(pixels(&chart).rgb == pixels(&below).rgb);
}

#[test]
fn values_beyond_a_rigid_axis_are_cut_off_and_keep_their_slope() {
    let values: Vec<f64> = (0..10).map(|row| f64::from(row) * 40.0).collect();
    let chart = bare().draw(Curve::area(ten_seconds(&values)).color(RED));
    let pixels = pixels(&chart);
    // The line passes 100 at 30 seconds, regardless of what comes after.
    assert_eq!(pixels.at(32, 5), [200, 0, 0]);
    assert_ne!(pixels.at(24, 5), [200, 0, 0]);
}

#[test]
fn a_dark_theme_turns_paper_and_text() {
    let light = pixels(&five_series().theme(Theme::Light));
    let dark = pixels(&five_series().theme(Theme::Dark));
    assert_eq!(light.at(1, 1), [255, 255, 255]);
    assert!(dark.at(1, 1).iter().all(|part| *part < 48));
}

#[test]
fn a_colour_of_the_caller_holds_in_every_theme() {
    let chart = five_series().theme(Theme::Dark).color(Role::Back, RED);
    assert_eq!(pixels(&chart).at(1, 1), [200, 0, 0]);
}

#[test]
fn zooming_draws_finer_instead_of_blowing_up() {
    let one = pixels(&five_series());
    let two = pixels(&five_series().zoom(2.0));
    assert_eq!(two.width, 2 * one.width);
    let blown =
        (0..300).all(|y| (0..800).all(|x| two.at(2 * x, 2 * y) == two.at(2 * x + 1, 2 * y + 1)));
    assert!(!blown);
}

#[test]
fn a_picture_too_large_for_a_raster_is_refused() {
    let error = five_series().zoom(1000.0).to_png().unwrap_err();
    assert!(error.to_string().starts_with("a picture of 800000 x 300000 pixels is too large"));
}

#[test]
fn charts_of_any_size_and_content_are_drawn() {
    let fonts = Fonts::new();
    for (width, height) in [(0, 0), (1, 1), (10, 10), (60, 20), (3000, 8)] {
        for extent in [Extent::Picture, Extent::Canvas, Extent::Bare] {
            for position in [LegendPosition::East, LegendPosition::North] {
                let chart =
                    everything().size(width, height).extent(extent).legend_position(position);
                let scene = chart.scene(&chart.layout(&fonts), &fonts);
                assert!(Png::default().render(&scene, &fonts).is_ok());
                assert!(Svg::default().text(&scene).ends_with("</svg>\n"));
                assert!(Bitmap::draw(&scene, &fonts).is_ok());
            }
        }
    }
}

#[test]
fn values_at_the_ends_of_numbers_are_drawn() {
    let wild = [f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, -0.0];
    for join in [Join::Steps, Join::Slopes] {
        for logarithmic in [false, true] {
            let scale = ValueScale::default().logarithmic(logarithmic);
            let chart = Chart::new(TimeRange::from_seconds(0, 70)).join(join).scale(scale);
            let chart = chart
                .draw(Curve::area(ten_seconds(&wild)))
                .draw(Curve::line(ten_seconds(&wild)).stacked());
            assert!(chart.to_png().is_ok());
            assert!(chart.to_svg().contains("</svg>"));
        }
    }
}
