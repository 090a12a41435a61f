//! Terminals: what they are asked and what they receive. The test acts as the terminal at the other
//! end of a pseudo-terminal.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{Chart, Curve, Fonts, Kitty, Png, Render, Samples, Sixel};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr};

use crate::vectors::{Vectors, have};

/// The queries: support for kitty's pictures, then the attributes.
const QUESTION: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c";

/// The result of a run in a terminal.
struct Played {
    status: ExitStatus,
    said: Vec<u8>,
    mode_before: Termios,
    mode_after: Termios,
}

struct Stage {
    vectors: Vectors,
    folder: PathBuf,
}

impl Stage {
    fn new() -> Self {
        let vectors = Vectors::unpack("graph");
        let folder = vectors.scratch("terminal");
        let recorded = vectors.folder().join("reduce/width/day.rrd");
        fs::copy(recorded, folder.join("day.rrd")).unwrap();
        Self { vectors, folder }
    }

    /// Runs `rrd chart day.rrd --term` in a terminal that gives these answers, and then calls
    /// `then` with the program.
    fn play(&self, kind: &str, answer: &[u8], then: impl FnOnce(u32)) -> Played {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
        let slave =
            OpenOptions::new().read(true).write(true).custom_flags(flags).open(name).unwrap();
        let mut mode_before = tcgetattr(&slave).unwrap();
        mode_before.output_modes -= OutputModes::OPOST;
        tcsetattr(&slave, OptionalActions::Now, &mode_before).unwrap();
        // With `setsid` it is the controlling terminal of the program.
        let mut child = Command::new("setsid")
            .arg("--ctty")
            .arg(self.vectors.program())
            .args(["chart", "day.rrd", "-s", "1600050000", "-e", "1600136400", "--term"])
            .current_dir(&self.folder)
            .env("TZ", "UTC")
            .env("TERM", kind)
            .env_remove("RRDCACHED_ADDRESS")
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .spawn()
            .unwrap();
        let mut master = File::from(master);
        let mut said = Vec::new();
        let mut bytes = [0; 4096];
        if !matches!(kind, "dumb" | "") {
            while !said.ends_with(b"\x1b[c") {
                let count = master.read(&mut bytes).unwrap();
                said.extend(&bytes[..count]);
            }
            assert_eq!(said, QUESTION);
            master.write_all(answer).unwrap();
        }
        then(child.id());
        let rest = thread::spawn(move || {
            // The read fails when the last descriptor of the other end is closed.
            while let Ok(count) = master.read(&mut bytes) {
                said.extend(&bytes[..count]);
            }
            said
        });
        let status = child.wait().unwrap();
        let mode_after = tcgetattr(&slave).unwrap();
        drop(slave);
        Played { status, said: rest.join().unwrap(), mode_before, mode_after }
    }

    fn answered(&self, kind: &str, answer: &[u8]) -> String {
        let played = self.play(kind, answer, |_| {});
        assert!(played.status.success(), "{}", played.status);
        assert_eq!(format!("{:?}", played.mode_after), format!("{:?}", played.mode_before));
        let said = String::from_utf8(played.said).unwrap();
        let question = str::from_utf8(QUESTION).unwrap();
        said.strip_prefix(question).unwrap_or(&said).to_owned()
    }
}

#[test]
fn a_terminal_gets_the_pictures_that_it_says_it_shows() {
    if !have(&["setsid"]) {
        return;
    }
    let stage = Stage::new();
    let kitty = stage.answered("xterm-kitty", b"\x1b_Gi=31;OK\x1b\\\x1b[?62;22c");
    assert!(kitty.starts_with("\x1b_Ga=T,f=100,"));
    let sixel = stage.answered("xterm", b"\x1b[?62;4;22c");
    assert!(sixel.starts_with("\x1bPq\"1;1;800;300"));
    let letters = stage.answered("xterm", b"\x1b[?1;2c");
    assert!(letters.contains('┤') && letters.contains("12:00"), "{letters}");
}

#[test]
fn a_terminal_that_says_nothing_or_too_much_gets_letters_and_its_mode_back() {
    if !have(&["setsid"]) {
        return;
    }
    let stage = Stage::new();
    let silent = stage.answered("xterm", b"");
    assert!(silent.contains('┤'), "{silent}");
    let endless: Vec<u8> =
        b"\x1b[?".iter().chain(b"9;".iter().cycle()).take(3000).copied().collect();
    let odd = b"\x03\x1a\x04\x00\xff\x1b_Gi=31;OK";
    for hostile in [&endless[..], odd] {
        assert_eq!(stage.answered("xterm", hostile), silent);
    }
    // It prints whatever it is asked to.
    assert_eq!(stage.answered("dumb", b""), silent);
}

#[test]
fn a_program_that_is_ended_while_it_waits_leaves_the_terminal_as_it_was() {
    if !have(&["setsid"]) {
        return;
    }
    let terminate = |process: u32| {
        let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    };
    let played = Stage::new().play("xterm", b"", terminate);
    assert_eq!(played.status.signal(), Some(15));
    assert_eq!(format!("{:?}", played.mode_after), format!("{:?}", played.mode_before));
}

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
    let sixels = String::from_utf8(Sixel.render(&scene, &fonts).unwrap()).unwrap();
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
    let text = String::from_utf8(Kitty.render(&scene, &fonts).unwrap()).unwrap();
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
    let png = STANDARD.decode(packed).unwrap();
    assert_eq!(png, Png::default().render(&scene, &fonts).unwrap());
}
