//! What the kernel says about one process in `/proc/PID/stat`, as the manual page
//! `proc_pid_stat(5)` describes it.

/// The flag of threads of the kernel.
const KERNEL_THREAD: u64 = 0x0020_0000;
/// The length at which the kernel cuts the names of programs.
const CUT: usize = 15;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process<'a> {
    /// Its name, which a program may change; cut after 15 bytes.
    pub(super) name: &'a [u8],
    pub(super) state: State,
    pub(super) is_kernel_thread: bool,
    /// Ticks of CPU time, without those of its children.
    pub(super) ticks: u64,
    pub(super) threads: u64,
    /// Ticks since boot at which it started.
    pub(super) start: u64,
    /// Pages in memory.
    pub(super) pages: u64,
}

/// The states that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has ended, and its parent has not asked for its result.
    Zombie,
    /// It waits and cannot be interrupted, mostly for a disk.
    Uninterruptible,
    /// A signal or a debugger has stopped it.
    Stopped,
    /// It runs, sleeps or is idle.
    Other,
}

impl<'a> Process<'a> {
    /// The process of a text; `None` if it is not one. Its name is in parentheses and may contain
    /// parentheses, spaces and line ends itself.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let open = text.iter().position(|byte| *byte == b'(')?;
        let close = text.iter().rposition(|byte| *byte == b')')?;
        let name = text.get(open + 1..close)?;
        let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
        let mut words = rest.split_ascii_whitespace();
        let state = State::of(words.next()?);
        let mut before = 1;
        // The words are asked for in their order.
        let mut number = |position: usize| -> Option<u64> {
            let skipped = position - before;
            before = position + 1;
            words.nth(skipped)?.parse().ok()
        };
        let is_kernel_thread = number(6)? & KERNEL_THREAD != 0;
        let (user, system) = (number(11)?, number(12)?);
        let (threads, start, pages) = (number(17)?, number(19)?, number(21)?);
        let ticks = user.saturating_add(system);
        // A process whose first thread has ended goes on with its other threads.
        let state = if threads > 1 && state == State::Zombie { State::Other } else { state };
        Some(Self { name, state, is_kernel_thread, ticks, threads, start, pages })
    }

    /// Whether the kernel may have cut its name.
    pub(super) fn has_cut_name(&self) -> bool {
        self.name.len() == CUT
    }
}

impl State {
    fn of(letter: &str) -> Self {
        match letter {
            "Z" => Self::Zombie,
            "D" => Self::Uninterruptible,
            "T" | "t" => Self::Stopped,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTGRES: &str = "812 (postgres) S 1 812 812 0 -1 4194560 3045 81903 2 61 141 96 512 \
        203 20 0 1 0 1733 226504704 6912 18446744073709551615 1 1 0 0 0 0 0 16781312 538545153 0 0 \
        0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    #[test]
    fn a_process_is_read_from_the_places_of_its_numbers() {
        let process = Process::parse(POSTGRES.as_bytes()).unwrap();
        assert_eq!(
            process,
            Process {
                name: b"postgres",
                state: State::Other,
                is_kernel_thread: false,
                ticks: 237,
                threads: 1,
                start: 1733,
                pages: 6912,
            }
        );
        let thread = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 7 0 0 20 0 1 0 3 0 0 0\n";
        assert!(Process::parse(thread.as_bytes()).unwrap().is_kernel_thread);
    }

    #[test]
    fn names_may_have_parentheses_spaces_line_ends_and_bytes_that_are_no_text() {
        for name in [&b"a) Z 1 (b"[..], b"x\ny", b"", b"\xff\xfe(", b") R 1 1"] {
            let text = POSTGRES
                .as_bytes()
                .split(|byte| *byte == b'(' || *byte == b')')
                .collect::<Vec<_>>();
            let text = [text[0], b"(", name, b")", text[2]].concat();
            let process = Process::parse(&text).unwrap();
            assert_eq!((process.name, process.state, process.pages), (name, State::Other, 6912));
        }
        assert!(Process::parse(b"1 (123456789012345) S 1").is_none());
        let long = POSTGRES.replace("postgres", "systemd-resolve");
        assert!(Process::parse(long.as_bytes()).unwrap().has_cut_name());
    }

    #[test]
    fn states_are_told_by_their_letters() {
        let state = |letter: &str| {
            let text = POSTGRES.replace(") S", &format!(") {letter}"));
            Process::parse(text.as_bytes()).unwrap().state
        };
        let states = ["Z", "D", "T", "t", "R", "I", "X"].map(state);
        assert_eq!(states[..2], [State::Zombie, State::Uninterruptible]);
        assert_eq!(states[2..4], [State::Stopped; 2]);
        assert_eq!(states[4..], [State::Other; 3]);
        let text = POSTGRES.replace(") S", ") Z").replace(" 20 0 1 ", " 20 0 5 ");
        assert_eq!(Process::parse(text.as_bytes()).unwrap().state, State::Other);
    }

    #[test]
    fn what_is_no_process_is_none() {
        for text in ["", "1", "1 (", "1 )(", "1 (a)", "1 (a) S 1 2 3", ")("] {
            assert_eq!(Process::parse(text.as_bytes()), None, "{text}");
        }
        for end in 0..POSTGRES.len() {
            let _ = Process::parse(&POSTGRES.as_bytes()[..end]);
        }
        let huge = POSTGRES.replace(" 141 ", " 18446744073709551615 ");
        assert_eq!(Process::parse(huge.as_bytes()).unwrap().ticks, u64::MAX);
        assert_eq!(Process::parse(POSTGRES.replace(" 141 ", " -1 ").as_bytes()), None);
    }
}
