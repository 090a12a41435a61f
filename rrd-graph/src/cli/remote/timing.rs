//! The `OK` line of remote mode: processor time and elapsed time of the process.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// The kernel counts processor time in hundredths of a second; looking more often shows nothing new.
const TICK: Duration = Duration::from_millis(10);

/// When remote mode began, and the processor time as last seen.
pub(super) struct Timing {
    started: Instant,
    looked: Option<Instant>,
    user: u64,
    system: u64,
    /// The line printed last and the hundredth of a second it belongs to: many lines are answered in one.
    line: String,
    printed: Option<u128>,
}

impl Timing {
    /// Counts from now on.
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            looked: None,
            user: 0,
            system: 0,
            line: String::new(),
            printed: None,
        }
    }

    /// Prints `OK u:USER s:SYSTEM r:ELAPSED`, each in seconds.
    pub(super) fn print(&mut self, out: &mut impl Write) -> io::Result<()> {
        let now = Instant::now();
        if self.looked.is_none_or(|looked| now.duration_since(looked) >= TICK) {
            self.looked = Some(now);
            // Without /proc the times stay at zero.
            if let Ok(stat) = fs::read_to_string("/proc/self/stat")
                && let Some((user, system)) = processor_ticks(&stat)
            {
                (self.user, self.system) = (user, system);
                self.printed = None;
            }
        }
        let elapsed = now.duration_since(self.started).as_millis() / 10;
        if self.printed != Some(elapsed) {
            self.printed = Some(elapsed);
            let [user, system, elapsed] =
                [u128::from(self.user), u128::from(self.system), elapsed].map(Hundredths);
            self.line = format!("OK u:{user} s:{system} r:{elapsed}\n");
        }
        out.write_all(self.line.as_bytes())
    }
}

/// User and system time of a `/proc/PID/stat` line, in hundredths of a second: fields 14 and 15.
fn processor_ticks(stat: &str) -> Option<(u64, u64)> {
    // The name of the program may hold anything; it ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

struct Hundredths(u128);

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_program_name() {
        let stat = "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 123 45 0 0 20 0 1";
        assert_eq!(processor_ticks(stat), Some((123, 45)));
        assert_eq!(processor_ticks("7 (a) R 1"), None);
    }

    #[test]
    fn times_have_two_decimals() {
        assert_eq!(Hundredths(7).to_string(), "0.07");
        assert_eq!(Hundredths(12_345).to_string(), "123.45");
    }
}
