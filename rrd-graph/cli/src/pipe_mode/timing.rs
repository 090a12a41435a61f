//! The `OK` line of remote mode: CPU time and elapsed time of the process.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Times are printed in hundredths of a second; reading them more often shows nothing new.
const TICK: Duration = Duration::from_millis(10);

/// The start of remote mode, and the line printed last: many lines are answered within a hundredth
/// of a second.
pub(super) struct Timing {
    started: Instant,
    line: String,
    /// How long the line is valid.
    until: Instant,
}

impl Timing {
    /// Starts now.
    pub(super) fn start() -> Self {
        let started = Instant::now();
        Self { started, line: String::new(), until: started }
    }

    /// Prints `OK u:USER s:SYSTEM r:ELAPSED`, each in seconds.
    pub(super) fn print(&mut self, out: &mut impl Write) -> io::Result<()> {
        let now = Instant::now();
        if now >= self.until {
            let elapsed = now.duration_since(self.started).as_millis() / 10;
            let ticks = u32::try_from(elapsed).ok().and_then(|ticks| ticks.checked_add(1));
            self.until = ticks.map_or(now, |ticks| self.started + TICK * ticks);
            // If the kernel does not provide them, the times are zero.
            let (user, system) = getrusage(UsageWho::RUSAGE_SELF).map_or((0, 0), |usage| {
                (hundredths(usage.user_time()), hundredths(usage.system_time()))
            });
            let [user, system, elapsed] =
                [u128::from(user), u128::from(system), elapsed].map(Hundredths);
            self.line = format!("OK u:{user} s:{system} r:{elapsed}\n");
        }
        out.write_all(self.line.as_bytes())
    }
}

/// Whole hundredths of a second.
fn hundredths(time: TimeVal) -> u64 {
    let whole = time.tv_sec().saturating_mul(100).saturating_add(time.tv_usec() / 10_000);
    u64::try_from(whole).unwrap_or(0)
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
    fn processor_time_is_cut_to_hundredths() {
        assert_eq!(hundredths(TimeVal::new(12, 349_999)), 1234);
        assert_eq!(hundredths(TimeVal::new(0, 9_999)), 0);
    }

    #[test]
    fn times_have_two_decimals() {
        assert_eq!(Hundredths(7).to_string(), "0.07");
        assert_eq!(Hundredths(12_345).to_string(), "123.45");
    }
}
