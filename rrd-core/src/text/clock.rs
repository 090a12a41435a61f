//! Local times for the comments of a dump. The time zone is given by the caller, not taken from the
//! system.

use std::io::Write;

use jiff::tz::TimeZone;

use crate::number::digits_of;
use crate::time::{LocalTime, Timestamp, clock_at};

const DAY: i64 = 86_400;

/// Formats times as local time, `2001-09-09 01:46:40 UTC`. Fast for ascending times such as those
/// of rows: calendar and time zone are consulted once a day and at clock changes.
pub(super) struct LocalClock<'a> {
    zone: &'a TimeZone,
    /// Date and zone name are valid from here ...
    from: i64,
    /// ... to before here.
    until: i64,
    /// Local seconds since midnight at `from`.
    second_of_day: i64,
    /// Date, time and zone name of the last time written; usually only the digits of the time
    /// change.
    text: Vec<u8>,
    /// Position of the time in it.
    time: usize,
}

impl<'a> LocalClock<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self { zone, from: 0, until: 0, second_of_day: 0, text: Vec::new(), time: 0 }
    }

    /// Appends the local time.
    pub(super) fn push(&mut self, seconds: i64, out: &mut Vec<u8>) {
        if !(self.from..self.until).contains(&seconds) {
            self.look_up(seconds);
        }
        let second = (self.second_of_day + (seconds - self.from)).unsigned_abs();
        let time = self.text.get_mut(self.time..).and_then(|text| text.first_chunk_mut::<8>());
        if let Some(time) = time {
            let [hour, minute, second] =
                [second / 3600, second / 60 % 60, second % 60].map(digits_of);
            *time = [hour[0], hour[1], b':', minute[0], minute[1], b':', second[0], second[1]];
        }
        out.extend_from_slice(&self.text);
    }

    fn look_up(&mut self, seconds: i64) {
        let local = LocalTime::at(Timestamp::from_seconds(seconds), self.zone);
        let (name, change) = clock_at(seconds, self.zone);
        self.second_of_day = local.hour * 3600 + local.minute * 60 + local.second;
        self.from = seconds;
        self.until = seconds.saturating_add(DAY - self.second_of_day).min(change);
        self.text.clear();
        // Writing to memory cannot fail.
        let _ = write!(self.text, "{}-{:02}-{:02} ", local.year, local.month, local.day);
        self.time = self.text.len();
        let _ = write!(self.text, "00:00:00 {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(zone: &TimeZone, seconds: i64) -> String {
        let mut out = Vec::new();
        LocalClock::new(zone).push(seconds, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn moments_show_as_local_time_with_the_name_of_the_zone() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let kolkata = TimeZone::posix("IST-5:30").unwrap();
        assert_eq!(shown(&TimeZone::UTC, 1_000_000_000), "2001-09-09 01:46:40 UTC");
        assert_eq!(shown(&berlin, 1_000_000_000), "2001-09-09 03:46:40 CEST");
        assert_eq!(shown(&kolkata, 1_000_000_000), "2001-09-09 07:16:40 IST");
        assert_eq!(shown(&TimeZone::UTC, -5), "1969-12-31 23:59:55 UTC");
        assert_eq!(shown(&TimeZone::UTC, 951_782_400), "2000-02-29 00:00:00 UTC");
    }

    #[test]
    fn years_of_five_digits_and_more_show_in_full() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(shown(&berlin, 1_099_511_627_770), "36812-02-20 01:36:10 CET");
        assert_eq!(shown(&TimeZone::UTC, 253_402_300_800), "10000-01-01 00:00:00 UTC");
        assert!(shown(&TimeZone::UTC, i64::MAX).starts_with("292277026596-12-04 15:30:07"));
    }

    #[test]
    fn the_clock_changes_between_two_rows() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let mut clock = LocalClock::new(&berlin);
        let mut out = Vec::new();
        for seconds in [1_017_536_399, 1_017_536_400, 1_017_536_399] {
            clock.push(seconds, &mut out);
            out.push(b'\n');
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "2002-03-31 01:59:59 CET\n2002-03-31 03:00:00 CEST\n2002-03-31 01:59:59 CET\n"
        );
    }
}
