//! Ends the children if the daemon is killed and cannot do it itself.
//!
//! A process that should die with its parent must request that from the kernel (`PR_SET_PDEATHSIG`)
//! between fork and exec, which needs `unsafe`, only affects the leader of a group, and is bound to
//! a thread. Instead, one small process of the same program is started before the first child and
//! reads from a pipe whose other end only the daemon holds: `+7` when group 7 begins, `-7` when it
//! has ended, `~7` when it should end now. When the daemon dies for any reason, the kernel closes
//! its end of the pipe. The guard then sees the end of its input, ends every remaining group
//! (SIGTERM, two seconds, SIGKILL) and exits. Under systemd the control group of the service does
//! the same again.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::fault::Faults;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// Time for a group to end after it is asked to.
const GRACE: Duration = Duration::from_secs(2);
/// Interval of checks whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Our end of the pipe.
#[derive(Debug, Default)]
pub struct Guard {
    program: Option<PathBuf>,
    pipe: RefCell<Option<ChildStdin>>,
    faults: Faults,
}

impl Guard {
    /// A guard that is started before the first child: `program` with the single argument `guard`.
    pub fn of(program: PathBuf) -> Self {
        Self { program: Some(program), ..Self::default() }
    }

    /// No guard: for processes that wait for their child and exit.
    pub fn none() -> Self {
        Self::default()
    }

    /// Starts the guard, if necessary, before a child begins, so that it knows the child from the
    /// start.
    pub(super) fn prepare(&self) {
        if self.pipe.borrow().is_none() {
            // The first child reports a failure.
            let _ = self.start();
        }
    }

    pub(super) fn remember(&self, group: Pid) {
        let line = format!("+{}\n", group.as_raw_pid());
        if self.program.is_none() || self.send(&line) {
            return;
        }
        let sent = self.start().and_then(|()| {
            if self.send(&line) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        });
        let concern = "the guard, without which child processes may outlive a killed collector";
        self.faults.note(concern, &sent);
    }

    pub(super) fn forget(&self, group: Pid) {
        // A guard that has exited has nothing to remove.
        self.send(&format!("-{}\n", group.as_raw_pid()));
    }

    /// Ends the group gracefully, and kills it if necessary; `false` if there is no guard.
    pub(super) fn end(&self, group: Pid) -> bool {
        self.send(&format!("~{}\n", group.as_raw_pid()))
    }

    fn send(&self, line: &str) -> bool {
        let mut pipe = self.pipe.borrow_mut();
        pipe.as_mut().is_some_and(|pipe| pipe.write_all(line.as_bytes()).is_ok())
    }

    fn start(&self) -> io::Result<()> {
        let Some(program) = &self.program else { return Ok(()) };
        let mut child = Command::new(program)
            .arg("guard")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C at a terminal must not kill the guard before it has seen the daemon exit.
            .process_group(0)
            .spawn()?;
        *self.pipe.borrow_mut() = child.stdin.take();
        Ok(())
    }
}

/// The guard process: reads until the writer is gone, then ends the remaining groups.
pub fn guard(input: impl io::Read) {
    let ending = RefCell::new(Vec::new());
    let left = follow(io::BufReader::new(input), |group| {
        ending.borrow_mut().push(thread::spawn(move || end(&BTreeSet::from([group]))));
    });
    end(&left);
    for thread in ending.into_inner() {
        // A thread that panicked has nothing more to do.
        let _ = thread.join();
    }
}

/// Asks groups to end, waits, and kills them.
fn end(groups: &BTreeSet<i32>) {
    let begun = Instant::now();
    let send = |signal| {
        let groups = groups.iter().filter_map(|id| Pid::from_raw(*id));
        groups.filter(|group| kill_process_group(*group, signal).is_ok()).count()
    };
    let is_there = || {
        let groups = groups.iter().filter_map(|id| Pid::from_raw(*id));
        groups.filter(|group| test_kill_process_group(*group).is_ok()).count() > 0
    };
    send(Signal::TERM);
    while begun.elapsed() < GRACE {
        if !is_there() {
            return;
        }
        thread::sleep(LOOK_EVERY);
    }
    send(Signal::KILL);
}

/// The groups that began and did not end. Groups that should end now are passed on.
fn follow(input: impl BufRead, end: impl Fn(i32)) -> BTreeSet<i32> {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let group = |text: &str| text.parse().ok().filter(|id| *id > 1);
        if let Some(group) = line.strip_prefix('+').and_then(group) {
            groups.insert(group);
        } else if let Some(group) = line.strip_prefix('-').and_then(group) {
            groups.remove(&group);
        } else if let Some(group) = line.strip_prefix('~').and_then(group)
            && groups.remove(&group)
        {
            end(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_that_did_not_end_are_left() {
        let reported = RefCell::new(Vec::new());
        let input = &b"+70\n+71\n-70\n+1\n+-3\n+0\nx\n+72\n~72\n~99\n+73\n"[..];
        let left = follow(input, |group| reported.borrow_mut().push(group));
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [71, 73]);
        assert_eq!(reported.into_inner(), [72]);
    }
}
