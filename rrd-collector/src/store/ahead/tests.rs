//! Which files are held back, and when what they hold of the future is withdrawn.

use super::*;

const DAY: u64 = 86_400;
/// 2026-11-30 00:00 UTC.
const TODAY: u64 = 1_795_996_800;

/// The clocks: seconds of the wall clock, and of the monotonic one.
fn at(wall: u64, clock: u64) -> Now {
    Now { wall: Duration::from_secs(wall), clock: Duration::from_secs(clock) }
}

fn moment(second: u64) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(second).unwrap())
}

/// The clock of a host that has been up for 100 s and was set to `to` after a sample of `from`.
fn set(from: u64, to: u64) -> AheadFiles {
    let mut ahead = AheadFiles::new(at(from - 1, 99));
    ahead.observe(at(from, 100), None);
    ahead.observe(at(to, 101), None);
    assert!(ahead.refused("load.rrd", moment(from), at(to, 101)));
    ahead
}

/// What happens to the file after these many seconds, if it holds `known` seconds of the future.
fn after(ahead: &mut AheadFiles, seconds: u64, known: u64, confirmed: Option<u64>) -> Decision {
    let Now { wall, clock } = ahead.now;
    let now = at(wall.as_secs() + seconds, clock.as_secs() + seconds);
    ahead.observe(now, confirmed.map(Duration::from_secs));
    let Some(file) = ahead.files.get("load.rrd") else { return Decision::Store };
    let until = file.until;
    ahead.looked("load.rrd", until, Duration::from_secs(known))
}

#[test]
fn six_seconds_of_a_clock_three_days_ahead_are_withdrawn_after_a_minute() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert!(ahead.holds_back("load.rrd", moment(TODAY + 1)));
    assert!(!ahead.holds_back("load.rrd", moment(TODAY + 3 * DAY + 1)));
    assert!(!ahead.holds_back("cpu.rrd", moment(TODAY + 1)));
    assert_eq!(ahead.fault(), Err(ClockFault::Few { until: moment(TODAY + 3 * DAY) }));
    assert_eq!(after(&mut ahead, 59, 6, None), Decision::Wait);
    assert_eq!(after(&mut ahead, 1, 6, None), Decision::Withdraw);
    ahead.remove("load.rrd");
    assert_eq!(ahead.fault(), Ok(()));
}

#[test]
fn the_minute_begins_again_when_the_clock_is_set_again() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert_eq!(after(&mut ahead, 50, 6, None), Decision::Wait);
    ahead.observe(at(TODAY + 100, 152), None);
    assert_eq!(after(&mut ahead, 59, 6, None), Decision::Wait);
    assert_eq!(after(&mut ahead, 1, 6, None), Decision::Withdraw);
}

#[test]
fn a_clock_that_is_slewed_or_suspended_was_not_set() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    let mut wall = Duration::from_secs(TODAY);
    for second in 102..160 {
        wall += Duration::from_millis(1_400);
        ahead.observe(Now { wall, clock: Duration::from_secs(second) }, None);
    }
    ahead.observe(Now { wall: wall + Duration::from_secs(DAY), ..at(0, 159 + DAY) }, None);
    assert_eq!(after(&mut ahead, 1, 6, None), Decision::Withdraw);
}

#[test]
fn more_than_an_hour_is_withdrawn_only_when_a_time_server_has_confirmed_the_clock() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert_eq!(after(&mut ahead, 60, 3601, None), Decision::Wait);
    let (name, until) = ("load.rrd".to_owned(), moment(TODAY + 3 * DAY));
    assert_eq!(ahead.fault(), Err(ClockFault::Many { count: 1, name, until }));
    // The last synchronisation was before the clock was set.
    assert_eq!(after(&mut ahead, 60, 3601, Some(TODAY - 10)), Decision::Wait);
    assert_eq!(after(&mut ahead, 60, 3601, Some(TODAY + 150)), Decision::Withdraw);
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert_eq!(after(&mut ahead, 60, 3600, None), Decision::Withdraw);
}

#[test]
fn a_confirmation_of_another_time_counts_for_nothing() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert_eq!(after(&mut ahead, 2 * 3600, 7200, Some(TODAY + 3599)), Decision::Wait);
    assert_eq!(after(&mut ahead, 60, 7200, Some(TODAY + 3 * DAY)), Decision::Wait);
}

#[test]
fn a_file_that_was_ahead_is_written_again_when_its_time_has_come() {
    let mut ahead = set(TODAY + 30, TODAY);
    assert_eq!(after(&mut ahead, 29, 30, None), Decision::Wait);
    assert_eq!(after(&mut ahead, 1, 30, None), Decision::Store);
    assert_eq!(ahead.fault(), Ok(()));
    // A sample that is merely late says nothing of the clock.
    assert!(!ahead.refused("load.rrd", moment(TODAY + 30), at(TODAY + 31, 132)));
}

#[test]
fn somebody_who_rewinds_a_file_is_noticed() {
    let mut ahead = set(TODAY + 3 * DAY, TODAY);
    assert_eq!(ahead.next().as_deref(), Some("load.rrd"));
    assert_eq!(after(&mut ahead, 0, 7200, None), Decision::Wait);
    assert_eq!(ahead.next(), None);
    assert_eq!(ahead.counted("load.rrd", moment(TODAY + 3 * DAY)), Some(2 * FEW));
    ahead.observe(at(TODAY + 10, 111), None);
    assert_eq!(ahead.next().as_deref(), Some("load.rrd"));
    assert_eq!(ahead.counted("load.rrd", moment(TODAY)), None);
    assert_eq!(ahead.looked("load.rrd", moment(TODAY), Duration::ZERO), Decision::Store);
    assert_eq!(ahead.fault(), Ok(()));
}

#[test]
fn a_host_that_boots_in_1970_withdraws_nothing_and_creates_no_files() {
    let mut ahead = AheadFiles::new(at(5, 5));
    assert!(!ahead.allows_new_files());
    assert!(ahead.refused("load.rrd", moment(TODAY), at(6, 6)));
    // Half an hour is all that the file holds.
    for _ in 0..10 {
        assert_eq!(after(&mut ahead, 60, 1800, Some(TODAY)), Decision::Wait);
    }
    let fault = ahead.fault().unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the clock shows 1970-01-01 00:10:05 UTC, when this program did not exist: nothing is \
         stored until it is set"
    );
    // The clock is set: nothing is ahead of it.
    ahead.observe(at(TODAY + 700, 606), None);
    assert!(ahead.allows_new_files());
    assert_eq!((ahead.next(), ahead.fault()), (None, Ok(())));
}

#[test]
fn a_clock_that_is_years_behind_its_files_is_wrong_until_it_is_confirmed() {
    let mut ahead = AheadFiles::new(at(TODAY, 5));
    assert!(ahead.allows_new_files());
    assert!(ahead.refused("load.rrd", moment(TODAY + 366 * DAY), at(TODAY, 5)));
    assert!(!ahead.allows_new_files());
    assert_eq!(after(&mut ahead, 60, 0, None), Decision::Wait);
    assert!(matches!(ahead.fault(), Err(ClockFault::Many { .. })));
    assert_eq!(after(&mut ahead, 60, 0, Some(TODAY + 50)), Decision::Withdraw);
}
