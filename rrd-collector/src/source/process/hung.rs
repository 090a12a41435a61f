//! Processes that hang: each waits without interruption and uses no CPU time, as those do whose
//! disk or file server has gone. A process that waits for a slow disk uses some for each answer.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use super::stat::{Process, State};
use crate::rootfs::Host;

/// The time after which a process hangs, that of the kernel's own warning.
const HUNG_AFTER: Duration = Duration::from_secs(120);

/// The processes that wait without interruption.
#[derive(Default)]
pub(super) struct Waiting(HashMap<u32, Wait>);

struct Wait {
    start: u64,
    ticks: u64,
    since: Duration,
    seen: Duration,
}

impl Waiting {
    /// Remembers a process that was seen at `clock`. Threads of the kernel are left out: some wait
    /// this way for work.
    pub(super) fn see(&mut self, id: u32, process: &Process<'_>, clock: Duration) {
        if process.state != State::Uninterruptible || process.is_kernel_thread {
            return;
        }
        let (start, ticks) = (process.start, process.ticks);
        let wait = self.0.entry(id).or_insert(Wait { start, ticks, since: clock, seen: clock });
        if (wait.start, wait.ticks) != (start, ticks) {
            *wait = Wait { start, ticks, since: clock, seen: clock };
        }
        wait.seen = clock;
    }

    /// The number of processes that hang at `clock`; all others are forgotten. Those that somebody
    /// has frozen are not counted.
    pub(super) fn hung(&mut self, clock: Duration, host: &Host) -> usize {
        self.0.retain(|_, wait| wait.seen == clock);
        let is_hung = |wait: &Wait| clock.saturating_sub(wait.since) >= HUNG_AFTER;
        let hung = self.0.iter().filter(|(_, wait)| is_hung(wait));
        hung.filter(|(id, _)| !is_frozen(**id, host)).count()
    }
}

/// Whether the freezer of version 1 of the control groups holds a process, such as one of a
/// container that is paused.
fn is_frozen(id: u32, host: &Host) -> bool {
    let Ok(groups) = fs::read_to_string(host.proc(&format!("{id}/cgroup")).path()) else {
        return false;
    };
    let group = groups.lines().find_map(|line| line.split_once(":freezer:"));
    let Some((_, group)) = group else { return false };
    let folder = host.sys("fs/cgroup/freezer").join(group.trim_start_matches('/'));
    let state = fs::read_to_string(folder.join("freezer.state")).unwrap_or_default();
    matches!(state.trim(), "FROZEN" | "FREEZING")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(state: State, ticks: u64, start: u64) -> Process<'static> {
        let is_kernel_thread = false;
        Process { name: b"cp", state, is_kernel_thread, ticks, threads: 1, start, pages: 1 }
    }

    #[test]
    fn a_process_hangs_that_waits_for_two_minutes_without_cpu_time() {
        let host = Host::at("/nonexistent");
        let mut waiting = Waiting::default();
        let mut hung = |second, processes: &[(u32, Process<'_>)]| {
            let clock = Duration::from_secs(second);
            for (id, process) in processes {
                waiting.see(*id, process, clock);
            }
            waiting.hung(clock, &host)
        };
        let waits = |ticks, start| process(State::Uninterruptible, ticks, start);
        assert_eq!(hung(0, &[(7, waits(5, 1)), (8, waits(5, 1))]), 0);
        // One goes on slowly.
        assert_eq!(hung(110, &[(7, waits(5, 1)), (8, waits(6, 1))]), 0);
        assert_eq!(hung(120, &[(7, waits(5, 1)), (8, waits(6, 1))]), 1);
        // The other was interrupted, and its number is used again.
        assert_eq!(hung(130, &[(7, process(State::Other, 5, 1)), (8, waits(6, 1))]), 0);
        assert_eq!(hung(230, &[(7, waits(5, 1)), (8, waits(6, 2))]), 0);
        let thread = Process { is_kernel_thread: true, ..waits(0, 0) };
        assert_eq!((hung(300, &[(9, thread)]), hung(500, &[(9, thread)])), (0, 0));
    }

    #[test]
    fn a_process_of_a_paused_container_does_not_hang() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::at(root.path());
        let write = |name: &str, text: &str| {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("proc/7/cgroup", "9:memory:/docker/a\n5:freezer:/docker/a\n0::/docker/a\n");
        let mut waiting = Waiting::default();
        let mut hung = |second| {
            let clock = Duration::from_secs(second);
            waiting.see(7, &process(State::Uninterruptible, 5, 1), clock);
            waiting.hung(clock, &host)
        };
        hung(0);
        write("sys/fs/cgroup/freezer/docker/a/freezer.state", "FROZEN\n");
        assert_eq!(hung(200), 0);
        write("sys/fs/cgroup/freezer/docker/a/freezer.state", "THAWED\n");
        assert_eq!(hung(210), 1);
    }
}
