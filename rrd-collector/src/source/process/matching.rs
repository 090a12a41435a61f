//! Which of the watched groups a process belongs to.
//!
//! The command line of a process is in its own memory: asking for it waits while that is locked. It
//! is asked for where the name does not decide, and then once a minute, because programs change it.

use std::collections::HashMap;
use std::time::Duration;

use super::files::file_name;
use super::stat::{Process, State};
use crate::source::watched::WatchedProcess;

/// How long what the command line of a process matches is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

/// A bit for each watched group, in their order.
pub(super) type Groups = u64;

/// What command lines matched.
#[derive(Default)]
pub(super) struct Matching {
    watched: Vec<WatchedProcess>,
    known: HashMap<u32, Known>,
}

struct Known {
    start: u64,
    name: Vec<u8>,
    asked: Duration,
    groups: Groups,
    seen: Duration,
}

impl Matching {
    pub(super) fn watch(&mut self, watched: &[WatchedProcess]) {
        if self.watched != watched {
            *self = Self { watched: watched.to_vec(), known: HashMap::new() };
        }
    }

    pub(super) fn watched(&self) -> &[WatchedProcess] {
        &self.watched
    }

    /// The groups of a process; `name` is its name as text.
    pub(super) fn groups(
        &mut self,
        (id, process): (u32, &Process<'_>),
        name: &str,
        clock: Duration,
        command: impl FnOnce() -> Option<(String, String)>,
    ) -> Groups {
        let (mut certain, mut open): (Groups, Groups) = (0, 0);
        for (bit, watched) in bits(&self.watched) {
            let is_named = watched.program.as_ref().is_none_or(|program| program.matches(name));
            if is_named && watched.command.is_none() {
                certain |= bit;
            } else if is_named || process.has_cut_name() {
                open |= bit;
            }
        }
        // A thread of the kernel has no command line; asking one that waits might wait as well.
        if open == 0 || process.is_kernel_thread || process.state == State::Zombie {
            return certain;
        }
        let known = self.known.entry(id).or_insert_with(|| Known::none(process, clock));
        if known.start != process.start || known.name != process.name {
            *known = Known::none(process, clock);
        }
        known.seen = clock;
        let is_due =
            known.asked == Duration::MAX || clock.saturating_sub(known.asked) >= REMEMBERED;
        if is_due && process.state != State::Uninterruptible {
            known.asked = clock;
            known.groups = command().map_or(0, |(program, line)| {
                let program = file_name(&program);
                let is_met = |watched: &WatchedProcess| {
                    let names = watched.program.as_ref();
                    names.is_none_or(|names| names.matches(name) || names.matches(program))
                        && watched.command.as_ref().is_none_or(|lines| lines.matches(&line))
                };
                let met = bits(&self.watched).filter(|(_, watched)| is_met(watched));
                met.fold(0, |groups, (bit, _)| groups | bit)
            });
        }
        certain | (open & known.groups)
    }

    /// Forgets the processes that were not seen at `clock`.
    pub(super) fn tidy(&mut self, clock: Duration) {
        self.known.retain(|_, known| known.seen == clock);
    }
}

impl Known {
    fn none(process: &Process<'_>, clock: Duration) -> Self {
        let (start, name) = (process.start, process.name.to_vec());
        Self { start, name, asked: Duration::MAX, groups: 0, seen: clock }
    }
}

fn bits(watched: &[WatchedProcess]) -> impl Iterator<Item = (Groups, &WatchedProcess)> {
    watched.iter().enumerate().map(|(position, watched)| (1 << position, watched))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::section::Pattern;

    fn watched(program: Option<&str>, command: Option<&str>) -> WatchedProcess {
        let [program, command] = [program, command].map(|text| text.map(Pattern::new));
        WatchedProcess { name: String::new(), program, command }
    }

    fn matching(watched: &[WatchedProcess]) -> Matching {
        let mut matching = Matching::default();
        matching.watch(watched);
        matching
    }

    fn process(name: &str) -> Process<'_> {
        let (name, state) = (name.as_bytes(), State::Other);
        let is_kernel_thread = false;
        Process { name, state, is_kernel_thread, ticks: 0, threads: 1, start: 5, pages: 0 }
    }

    /// The groups of a process with this command line, and whether it was asked for.
    fn groups(
        matching: &mut Matching,
        process: Process<'_>,
        second: u64,
        command: &str,
    ) -> (Groups, bool) {
        let is_asked = Cell::new(false);
        let name = String::from_utf8_lossy(process.name);
        let groups = matching.groups((7, &process), &name, Duration::from_secs(second), || {
            is_asked.set(true);
            let first = command.split(' ').next().unwrap_or_default();
            Some((first.to_owned(), command.to_owned()))
        });
        (groups, is_asked.get())
    }

    #[test]
    fn a_name_decides_where_it_is_whole_and_no_command_line_is_wanted() {
        let mut matching = matching(&[
            watched(Some("postgres*"), None),
            watched(Some("p*"), None),
            watched(Some("python3"), Some("*gunicorn*")),
        ]);
        assert_eq!(groups(&mut matching, process("postgres"), 0, ""), (0b11, false));
        assert_eq!(groups(&mut matching, process("nginx"), 0, "postgres"), (0, false));
        let line = "/usr/bin/python3 /usr/bin/gunicorn web";
        assert_eq!(groups(&mut matching, process("python3"), 0, line), (0b110, true));
        assert_eq!(groups(&mut matching, process("python"), 0, line), (0b10, false));
    }

    #[test]
    fn a_name_that_is_cut_is_completed_by_the_command_line() {
        let mut matching = matching(&[watched(Some("systemd-resolved"), None)]);
        let cut = process("systemd-resolve");
        assert_eq!(groups(&mut matching, cut, 0, "/lib/systemd/systemd-resolved"), (1, true));
        let other = Process { start: 6, ..cut };
        assert_eq!(groups(&mut matching, other, 0, "/lib/systemd/systemd-resolve-x"), (0, true));
    }

    #[test]
    fn a_command_line_is_asked_for_once_a_minute_and_when_the_process_is_another() {
        let mut matching = matching(&[watched(None, Some("*web*"))]);
        let python = process("python3");
        assert_eq!(groups(&mut matching, python, 0, "python3 web"), (1, true));
        assert_eq!(groups(&mut matching, python, 59, "python3"), (1, false));
        assert_eq!(groups(&mut matching, python, 60, "python3"), (0, true));
        assert_eq!(groups(&mut matching, Process { start: 6, ..python }, 61, "web"), (1, true));
        assert_eq!(groups(&mut matching, Process { start: 6, ..process("sh") }, 62, "sh").0, 0);
        matching.tidy(Duration::from_secs(63));
        assert!(matching.known.is_empty());
    }

    #[test]
    fn processes_that_wait_have_ended_or_are_the_kernels_are_not_asked() {
        let mut matching = matching(&[watched(None, Some("*"))]);
        let waits = Process { state: State::Uninterruptible, ..process("a") };
        assert_eq!(groups(&mut matching, waits, 0, "a"), (0, false));
        assert_eq!(groups(&mut matching, process("a"), 10, "a"), (1, true));
        assert_eq!(groups(&mut matching, waits, 200, "a"), (1, false));
        let zombie = Process { state: State::Zombie, ..process("a") };
        assert_eq!(groups(&mut matching, zombie, 0, "a"), (0, false));
        let thread = Process { is_kernel_thread: true, ..process("a") };
        assert_eq!(groups(&mut matching, thread, 0, "a"), (0, false));
    }
}
