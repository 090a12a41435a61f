//! Terminals: what they are asked and what they receive. The test acts as the terminal at the other
//! end of a pseudo-terminal.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr};

use crate::program::have;
use crate::vectors::Vectors;

/// The queries: support for kitty's pictures, then the attributes.
const QUESTION: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c";

const TERM: &[&str] = &["--term"];

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

/// A new pseudo-terminal: the end of the terminal and that of the program.
fn pair() -> io::Result<(File, File)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes());
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
    let slave = OpenOptions::new().read(true).write(true).custom_flags(flags).open(name)?;
    Ok((master.into(), slave))
}

/// Whether there are pseudo-terminals, which a chroot may lack. In CI there must be; elsewhere that
/// is reported and the test passes.
fn has_terminals() -> bool {
    let made = pair();
    if let Err(error) = &made {
        assert!(std::env::var_os("CI").is_none(), "no pseudo-terminal: {error}");
        println!("not run: no pseudo-terminal: {error}");
    }
    made.is_ok()
}

impl Stage {
    fn new() -> Self {
        let vectors = Vectors::unpack("graph");
        let folder = vectors.scratch("terminal");
        let recorded = vectors.folder().join("reduce/width/day.rrd");
        fs::copy(recorded, folder.join("day.rrd")).unwrap();
        Self { vectors, folder }
    }

    /// Runs `rrd chart day.rrd` in a terminal that gives these answers, and then calls `then` with
    /// the program.
    fn play(&self, kind: &str, options: &[&str], answer: &[u8], then: impl FnOnce(u32)) -> Played {
        let (mut master, slave) = pair().unwrap();
        let mut mode_before = tcgetattr(&slave).unwrap();
        mode_before.output_modes -= OutputModes::OPOST;
        tcsetattr(&slave, OptionalActions::Now, &mode_before).unwrap();
        // With `setsid` it is the controlling terminal of the program.
        let mut child = Command::new("setsid")
            .arg("--ctty")
            .arg(self.vectors.program())
            .args(["chart", "day.rrd", "-s", "1600050000", "-e", "1600136400"])
            .args(options)
            .current_dir(&self.folder)
            .env("TZ", "UTC")
            .env("TERM", kind)
            .env_remove("RRDCACHED_ADDRESS")
            .env_remove("NO_COLOR")
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        let mut bytes = [0; 4096];
        if !matches!(kind, "dumb" | "") && !options.contains(&"-o") {
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

    fn answered(&self, kind: &str, options: &[&str], answer: &[u8]) -> String {
        let played = self.play(kind, options, answer, |_| {});
        assert!(played.status.success(), "{}", played.status);
        assert_eq!(format!("{:?}", played.mode_after), format!("{:?}", played.mode_before));
        let said = String::from_utf8(played.said).unwrap();
        let question = str::from_utf8(QUESTION).unwrap();
        said.strip_prefix(question).unwrap_or(&said).to_owned()
    }
}

#[test]
fn a_terminal_gets_the_pictures_that_it_says_it_shows() {
    if !have(&["setsid"]) || !has_terminals() {
        return;
    }
    let stage = Stage::new();
    let kitty = stage.answered("xterm-kitty", TERM, b"\x1b_Gi=31;OK\x1b\\\x1b[?62;22c");
    assert!(kitty.starts_with("\x1b_Ga=T,f=100,"));
    let sixel = stage.answered("xterm", TERM, b"\x1b[?62;4;22c");
    assert!(sixel.starts_with("\x1bPq\"1;1;800;300"));
    let letters = stage.answered("xterm", TERM, b"\x1b[?1;2c");
    assert!(letters.contains('┤') && letters.contains("12:00"), "{letters}");
}

#[test]
fn a_terminal_is_drawn_in_unless_the_picture_goes_elsewhere() {
    if !have(&["setsid"]) || !has_terminals() {
        return;
    }
    let stage = Stage::new();
    let answer = b"\x1b[?1;2c";
    assert_eq!(stage.answered("xterm", &[], answer), stage.answered("xterm", TERM, answer));
    let file = ["-o", "day.svg"];
    let played = stage.play("xterm", &file, b"", |_| {});
    assert!(played.status.success() && played.said.is_empty());
    assert!(fs::read_to_string(stage.folder.join("day.svg")).unwrap().starts_with("<?xml"));
}

#[test]
fn a_terminal_that_says_nothing_or_too_much_gets_letters_and_its_mode_back() {
    if !have(&["setsid"]) || !has_terminals() {
        return;
    }
    let stage = Stage::new();
    let silent = stage.answered("xterm", TERM, b"");
    assert!(silent.contains('┤'), "{silent}");
    let endless: Vec<u8> =
        b"\x1b[?".iter().chain(b"9;".iter().cycle()).take(3000).copied().collect();
    let odd = b"\x03\x1a\x04\x00\xff\x1b_Gi=31;OK";
    for hostile in [&endless[..], odd] {
        assert_eq!(stage.answered("xterm", TERM, hostile), silent);
    }
    // It prints whatever it is asked to, and colours.
    let dumb = stage.answered("dumb", TERM, b"");
    assert!(dumb.contains('┤') && !dumb.contains('\x1b'), "{dumb}");
}

#[test]
fn a_program_that_is_ended_while_it_waits_leaves_the_terminal_as_it_was() {
    if !have(&["setsid"]) || !has_terminals() {
        return;
    }
    let terminate = |process: u32| {
        let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    };
    let played = Stage::new().play("xterm", TERM, b"", terminate);
    assert_eq!(played.status.signal(), Some(15));
    assert_eq!(format!("{:?}", played.mode_after), format!("{:?}", played.mode_before));
}
