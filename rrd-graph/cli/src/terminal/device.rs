//! The terminal that a command runs in: the pictures it can show, and its size.
//!
//! The queries are ones that no terminal displays, and it has a fifth of a second to answer. During
//! that time line mode is off; signals are blocked until it is restored.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp,
    tcgetwinsize, tcsetattr,
};

/// Time limit for an answer.
const PATIENCE: Duration = Duration::from_millis(200);
/// Limit on the length of an answer.
const MAX_ANSWER_LENGTH: usize = 4096;
/// One pixel in kitty's protocol as a query that is not displayed, followed by a request for
/// attributes, which every terminal answers.
const QUESTION: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c";

/// The kinds of pictures that a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Graphics {
    /// Kitty's protocol.
    Kitty,
    /// Sixels.
    Sixel,
    /// Text only.
    Letters,
}

/// The terminal that a command writes to.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Where its answers come from; `None` if the command reads something else.
    input: Option<BorrowedFd<'static>>,
    output: BorrowedFd<'static>,
}

impl Terminal {
    /// The terminal at standard output; `None` if it is something else.
    pub fn of_process() -> Option<Self> {
        let (input, output) = (stdin(), stdout());
        let input = isatty(input).then_some(input);
        isatty(output).then_some(Self { input, output })
    }

    /// Columns and rows; `None` if unknown.
    pub(crate) fn letters(self) -> Option<(u16, u16)> {
        let size = tcgetwinsize(self.output).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }

    /// Asks which pictures it supports. No answer and any error mean text only.
    pub(crate) fn graphics(self) -> Graphics {
        self.answer().map_or(Graphics::Letters, |answer| understood(&answer))
    }

    /// The answer to the query, as far as it arrives in time.
    fn answer(self) -> io::Result<Vec<u8>> {
        let input = self.input.ok_or(io::ErrorKind::Unsupported)?;
        // Only the foreground job may talk to the terminal; without job control any process may.
        if tcgetpgrp(input).is_ok_and(|front| front != getpgrp()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let until = Instant::now() + PATIENCE;
        let _waiting = HeldSignals::hold()?;
        let _mode = LineMode::off(input)?;
        if !ready(self.output, PollFlags::OUT, until)? {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut question = QUESTION;
        while !question.is_empty() {
            let written = rustix::io::write(self.output, question)?;
            question = question.get(written..).unwrap_or_default();
        }
        let mut answer = Vec::new();
        let mut bytes = [0; 256];
        while !is_whole(&answer) && answer.len() < MAX_ANSWER_LENGTH {
            if !ready(input, PollFlags::IN, until)? {
                break;
            }
            let count = rustix::io::read(input, &mut bytes)?;
            if count == 0 {
                break;
            }
            answer.extend(bytes.get(..count).unwrap_or_default());
        }
        Ok(answer)
    }
}

/// Waits until a terminal can be read or written; false if the time is up.
fn ready(terminal: BorrowedFd<'_>, what: PollFlags, until: Instant) -> io::Result<bool> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
        match poll(&mut [PollFd::new(&terminal, what)], Some(&left)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The terminal's previous mode, restored when dropped.
struct LineMode<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> LineMode<'a> {
    /// No line mode, no echo, no signal keys: raw bytes.
    fn off(terminal: BorrowedFd<'a>) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut raw = before.clone();
        raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Now, &raw)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for LineMode<'_> {
    fn drop(&mut self) {
        // The rest of the answer is not input for anyone. A closed terminal needs no mode.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Blocks signals that would end or stop the program.
struct HeldSignals {
    before: SigSet,
}

impl HeldSignals {
    fn hold() -> io::Result<Self> {
        let held = [
            Signal::SIGINT,
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGQUIT,
            Signal::SIGTSTP,
            Signal::SIGTTIN,
            Signal::SIGTTOU,
        ];
        let mut before = SigSet::empty();
        let held: SigSet = held.into_iter().collect();
        pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&held), Some(&mut before))?;
        Ok(Self { before })
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}

/// Whether the answer to the second query, which is the last, has arrived.
fn is_whole(answer: &[u8]) -> bool {
    attributes(answer).is_some()
}

/// The numbers of `ESC [ ? 62 ; 4 c`.
fn attributes(answer: &[u8]) -> Option<&[u8]> {
    const BEGIN: &[u8] = b"\x1b[?";
    let at = answer.windows(BEGIN.len()).position(|window| window == BEGIN)?;
    let numbers = answer.get(at + BEGIN.len()..)?;
    let end = numbers.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';'))?;
    (numbers.get(end) == Some(&b'c')).then(|| numbers.get(..end).unwrap_or_default())
}

/// The meaning of an answer.
fn understood(answer: &[u8]) -> Graphics {
    const KITTY: &[u8] = b"\x1b_Gi=31;OK\x1b\\";
    if answer.windows(KITTY.len()).any(|window| window == KITTY) {
        return Graphics::Kitty;
    }
    let numbers = attributes(answer).unwrap_or_default();
    if numbers.split(|byte| *byte == b';').skip(1).any(|number| number == b"4") {
        return Graphics::Sixel;
    }
    Graphics::Letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood() {
        for (answer, graphics) in [
            (&b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c"[..], Graphics::Kitty),
            (b"\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?62;22c", Graphics::Letters),
            (b"\x1b[?62;4;22c", Graphics::Sixel),
            (b"x\x1b[?63;1;2;4c", Graphics::Sixel),
            // A class of 4 is not an attribute, nor is 14 or 44.
            (b"\x1b[?4c", Graphics::Letters),
            (b"\x1b[?62;14;44c", Graphics::Letters),
            (b"\x1b[?62;4", Graphics::Letters),
            (b"\x1b[?62;4x", Graphics::Letters),
            (b"", Graphics::Letters),
            (b"\xff\x1b[?\xff", Graphics::Letters),
        ] {
            assert_eq!(understood(answer), graphics, "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn nothing_is_awaited_after_the_attributes() {
        assert!(is_whole(b"\x1b_Gi=31;OK\x1b\\\x1b[?62c"));
        assert!(!is_whole(b"\x1b_Gi=31;OK\x1b\\"));
    }
}
