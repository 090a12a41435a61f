//! The `OK` line of remote mode: processor time and elapsed time of the process.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Times are told in hundredths of a second; looking more often shows nothing new.
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
            // Where the kernel does not tell, the times stay as they are.
            if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
                (self.user, self.system) =
                    (hundredths(usage.user_time()), hundredths(usage.system_time()));
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
