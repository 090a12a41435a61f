//! Pictures for terminals, read back by other rules than they were written by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{Bitmap, Chart, Curve, Fonts, Png, Render, Samples};

use super::braille::{Page, braille};
use super::kitty::kitty;
use super::sixel::sixels;

fn picture() -> (Chart, Fonts) {
    let values: Vec<f64> = (0..200_u32).map(|row| f64::from(row * 37 % 101)).collect();
    let step = Step::from_seconds(60).unwrap();
    let samples = Samples::new(Timestamp::from_seconds(0), step, values);
    let chart = Chart::new(TimeRange::from_seconds(0, 12_000))
        .size(237, 101)
        .title("Sixels")
        .draw(Curve::area(samples.clone()).legend("area"))
        .draw(Curve::line(samples).legend("line"));
    (chart, Fonts::new())
}

/// The pixels of a PNG.
fn decoded(png: &[u8]) -> (usize, Vec<[u8; 3]>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    let pixels = data.chunks_exact(info.color_type.samples());
    (usize::try_from(info.width).unwrap(), pixels.map(|p| [p[0], p[1], p[2]]).collect())
}

/// The pixels that sixels paint, decoded by the rules of the DEC manual.
fn painted(sixels: &str) -> (usize, Vec<[u8; 3]>) {
    let body = sixels.strip_prefix("\x1bPq").unwrap().strip_suffix("\x1b\\\n").unwrap();
    let mut rest = body.strip_prefix('"').unwrap();
    let number = |rest: &mut &str| -> usize {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let value = rest[..digits].parse().unwrap();
        *rest = &rest[digits..];
        value
    };
    let numbers = |rest: &mut &str| -> Vec<usize> {
        let mut list = vec![number(rest)];
        while let Some(behind) = rest.strip_prefix(';') {
            *rest = behind;
            list.push(number(rest));
        }
        list
    };
    let raster = numbers(&mut rest);
    let [1, 1, width, height] = raster[..] else { panic!("raster attributes {raster:?}") };
    let mut pixels = vec![[0; 3]; width * height];
    let mut palette = vec![[0; 3]; 256];
    let (mut color, mut x, mut y) = (0, 0, 0);
    while let Some(letter) = rest.chars().next() {
        rest = &rest[1..];
        match letter {
            '#' => {
                let list = numbers(&mut rest);
                color = list[0];
                if let [_, 2, red, green, blue] = list[..] {
                    let part = |share: usize| u8::try_from((share * 255 + 50) / 100).unwrap();
                    palette[color] = [part(red), part(green), part(blue)];
                }
            }
            '$' => x = 0,
            '-' => (x, y) = (0, y + 6),
            letter => {
                let (count, letter) = if letter == '!' {
                    let count = number(&mut rest);
                    let letter = rest.chars().next().unwrap();
                    rest = &rest[1..];
                    (count, letter)
                } else {
                    (1, letter)
                };
                let bits = u32::from(letter) - u32::from('?');
                assert!(bits < 64, "{letter:?} is no sixel");
                for column in x..x + count {
                    for row in (0..6).filter(|row| bits >> row & 1 == 1) {
                        pixels[(y + row) * width + column] = palette[color];
                    }
                }
                x += count;
            }
        }
    }
    (width, pixels)
}

#[test]
fn sixels_paint_the_picture() {
    let (chart, fonts) = picture();
    let scene = chart.scene(&chart.layout(&fonts), &fonts);
    let sixels = sixels(&Bitmap::draw(&scene, &fonts).unwrap());
    let (width, found) = painted(&sixels);
    let (expected_width, expected) = decoded(&Png::default().render(&scene, &fonts).unwrap());
    assert_eq!((width, found.len()), (expected_width, expected.len()));
    for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
        // Colours are given in percent.
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 2);
        assert!(near, "pixel {place}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn kitty_gets_the_bytes_of_the_png_in_pieces() {
    let (chart, fonts) = picture();
    let scene = chart.scene(&chart.layout(&fonts), &fonts);
    let picture = Png::default().render(&scene, &fonts).unwrap();
    let text = kitty(&picture);
    let pieces: Vec<&str> = text.trim_end().split_terminator("\x1b\\").collect();
    let mut packed = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let (control, data) = piece.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
        let first = if index == 0 { "a=T,f=100," } else { "" };
        let more = u8::from(index + 1 < pieces.len());
        assert_eq!(control, format!("{first}m={more}"));
        assert!(data.len() <= 4096 && data.len().is_multiple_of(4));
        packed.push_str(data);
    }
    assert_eq!(STANDARD.decode(packed).unwrap(), picture);
}
const PLAIN: Page = Page { columns: 48, rows: 8, has_colors: false };

/// A stack of two with a gap, and a line above it.
fn stack() -> Chart {
    let samples = |value: f64| {
        let values: Vec<f64> =
            (0..60_u32).map(|row| if (20..30).contains(&row) { f64::NAN } else { value }).collect();
        Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
    };
    Chart::new(TimeRange::from_seconds(0, 3600))
        .title("Requests")
        .unit("req/s")
        .hatch_unknown(true)
        .draw(Curve::area(samples(30.0)).legend("read"))
        .draw(Curve::area(samples(20.0)).legend("written").stacked())
        .draw(Curve::line(samples(70.0)).legend("limit"))
}

#[test]
fn a_terminal_gets_unit_numbers_times_gaps_and_letters_for_names() {
    let text = braille(&stack(), &Fonts::new(), PLAIN).unwrap();
    let expected = [
        "                   Requests",
        "req/s",
        " 80┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀╱╱╱╱╱╱╱⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀",
        "   ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉╱╱╱╱╱╱╱⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉c⠉⠉⠉",
        " 60┤               ╱╱╱╱╱╱╱                      ",
        "   ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇╱╱╱╱╱╱╱⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        " 40┤⣿⣿⣿⣿⣿⣿⣿⣿b⣿⣿⣿⣿⣿⡇╱╱╱╱╱╱╱⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿b⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "   ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇╱╱╱╱╱╱╱⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        " 20┤a⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇╱╱╱╱╱╱╱⣿⣿a⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "   ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇╱╱╱╱╱╱╱⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿",
        "  0└────────────────────────────────────────────",
        "    Thu 1 Jan          00:30      00:45    01:00",
        "  ■a read  ■b written  ■c limit",
        "",
    ];
    let expected = expected.join("\n");
    assert_eq!(text, expected, "\n{text}");
    // Only the colours differ.
    let colored = braille(&stack(), &Fonts::new(), Page { has_colors: true, ..PLAIN }).unwrap();
    let mut rest = String::new();
    for part in colored.split("\x1b[") {
        rest.push_str(part.split_once('m').map_or(part, |(_, letters)| letters));
    }
    assert!(colored.contains("\x1b[38;2;"));
    assert_eq!(rest, text);
}

#[test]
fn a_single_curve_needs_no_letter() {
    let (chart, fonts) = picture();
    let lone = Chart::new(TimeRange::from_seconds(0, 12_000));
    let samples =
        Samples::new(Timestamp::from_seconds(0), Step::from_seconds(6000).unwrap(), vec![1.0, 2.0]);
    let lone = braille(&lone.draw(Curve::line(samples).legend("load")), &fonts, PLAIN).unwrap();
    assert!(lone.ends_with("  ■ load\n"), "{lone}");
    let two = braille(&chart, &fonts, PLAIN).unwrap();
    assert!(two.ends_with("  ■a area  ■b line\n"), "{two}");
}

#[test]
fn no_line_is_wider_than_the_window() {
    let fonts = Fonts::new();
    let long = "a name that is a good deal longer than the window is wide, and then some";
    let chart = stack()
        .title(long)
        .vertical_label(long)
        .draw(Curve::line(Samples::constant(1e9)).legend(long));
    for columns in 16..120 {
        let page = Page { columns, ..PLAIN };
        for line in braille(&chart, &fonts, page).unwrap().lines() {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
    }
}
