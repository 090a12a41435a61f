//! Pictures for terminals, read back by other rules than they were written by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{Bitmap, Chart, Curve, Fonts, Png, Render, Samples};

use super::braille::braille;
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

#[test]
fn a_terminal_gets_dots_numbers_times_and_names() {
    let (chart, fonts) = picture();
    let text = braille(&chart, &fonts, 80, 10).unwrap();
    assert_eq!(text.lines().filter(|line| line.contains('┤')).count(), 10);
    assert!(text.contains('⣿') && text.contains("01:00") && text.contains("area"), "{text}");
}
