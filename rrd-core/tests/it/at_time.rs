//! Time expressions compared with recorded results of RRDtool 1.9, with a fixed clock and in
//! several time zones.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use rrd_core::at_style::{self, ResolveError};
use rrd_core::{TimeZone, Timestamp};

/// A block of a table: time zone and clock from its heading, then its rows.
struct Block<'a> {
    zone: TimeZone,
    now: Timestamp,
    rows: Vec<&'a str>,
}

fn blocks(table: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for line in table.lines() {
        if let Some(head) = line.strip_prefix("# TZ=") {
            let (zone, rest) = head.split_once(" now=").unwrap();
            let (now, _) = rest.split_once(';').unwrap();
            let zone = if zone == "UTC" { TimeZone::UTC } else { TimeZone::posix(zone).unwrap() };
            let now: DateTime = now.parse().unwrap();
            // The clock is given in the time zone of the block.
            let AmbiguousOffset::Unambiguous { offset } = zone.to_ambiguous_timestamp(now).offset()
            else {
                panic!("an ambiguous clock: {line}")
            };
            let now = Timestamp::from_seconds(offset.to_timestamp(now).unwrap().as_second());
            blocks.push(Block { zone, now, rows: Vec::new() });
        } else {
            blocks.last_mut().unwrap().rows.push(line);
        }
    }
    blocks
}

/// An expression without a meaning. Its text is the command line's, which holds the recorded ones.
const REFUSED: &str = "refused";

/// A recorded answer; [`REFUSED`] for the errors of time expressions.
fn recorded(answer: &str) -> &str {
    let has_time = ["illegal attempt", "should be less than", "the first entry"];
    let is_refused =
        answer.starts_with("ERROR: ") && !has_time.iter().any(|of| answer.contains(of));
    if is_refused { REFUSED } else { answer }
}

/// What `rrdtool update FILE EXPRESSION@1` on a file last updated at 315360001 prints, or the time
/// that it uses.
fn update(expression: &str, block: &Block<'_>) -> String {
    let spec = at_style::parse(expression).ok();
    match spec.and_then(|spec| spec.resolve(block.now, &block.zone).ok()) {
        None => REFUSED.to_owned(),
        Some(at) if at.seconds() <= 315_360_001 => format!(
            "ERROR: w.rrd: illegal attempt to update using time {} when last update time is 315360001 (minimum one second step)",
            at.seconds()
        ),
        Some(at) => at.seconds().to_string(),
    }
}

fn check_single(table: &str, rows: usize) {
    let mut checked = 0;
    for block in blocks(table) {
        for row in &block.rows {
            let mut columns = row.split('\t');
            let (expression, expected) = (columns.next().unwrap(), columns.next().unwrap());
            assert_eq!(update(expression, &block), recorded(expected), "{expression:?}");
            checked += 1;
        }
    }
    assert_eq!(checked, rows);
}

#[test]
fn single_expressions_mean_what_rrdtool_means() {
    check_single(include_str!("../vectors/at_time/single_utc.tsv"), 302);
}

#[test]
fn dates_with_offsets_and_other_odd_forms_mean_what_rrdtool_means() {
    check_single(include_str!("../vectors/at_time/more_utc.tsv"), 58);
}

#[test]
fn day_names_count_within_the_present_week() {
    check_single(include_str!("../vectors/at_time/weekdays.tsv"), 210);
}

#[test]
fn calendar_arithmetic_crosses_daylight_saving_as_rrdtool_does() {
    check_single(include_str!("../vectors/at_time/dst.tsv"), 360);
}

/// What `rrdtool fetch` prints for a time range on a file of step 60: its rows or the error.
fn fetch(start: &str, end: &str, block: &Block<'_>) -> String {
    let (Ok(start), Ok(end)) = (at_style::parse(start), at_style::parse(end)) else {
        return REFUSED.to_owned();
    };
    let Ok(range) = at_style::resolve_pair(&start, &end, block.now, &block.zone) else {
        return REFUSED.to_owned();
    };
    let (start, end) = (range.start.seconds(), range.end.seconds());
    if start < 315_360_000 {
        "ERROR: the first entry to fetch should be after 1980".to_owned()
    } else if end < start {
        format!("ERROR: start ({start}) should be less than end ({end})")
    } else {
        let (first, last) = (start - start % 60 + 60, end - end % 60 + 60);
        format!("first {first} last {last} rows {}", (last - first) / 60 + 1)
    }
}

#[test]
fn two_expressions_can_be_relative_to_each_other() {
    let mut checked = 0;
    for block in blocks(include_str!("../vectors/at_time/pairs.tsv")) {
        for row in &block.rows {
            let columns: Vec<&str> = row.split('\t').collect();
            let [start, end, expected] = columns[..] else { panic!("{row:?}") };
            assert_eq!(fetch(start, end, &block), recorded(expected), "{row:?}");
            checked += 1;
        }
    }
    assert_eq!(checked, 102);
}

#[test]
fn a_file_can_be_created_at_a_time_expression() {
    let now = Timestamp::from_seconds(1_584_275_696);
    for (expression, start) in [
        ("now-10", Ok(1_584_275_686)),
        ("now", Ok(1_584_275_696)),
        ("-1h", Ok(1_584_272_096)),
        ("noon", Ok(1_584_273_600)),
        ("20200301", Ok(1_583_020_800)),
        ("end-1h", Err(ResolveError::Relative)),
        ("now+1d", Ok(1_584_362_096)),
        ("1500000000", Ok(1_500_000_000)),
    ] {
        let spec = at_style::parse(expression).unwrap();
        let found = spec.resolve(now, &TimeZone::UTC).map(Timestamp::seconds);
        assert_eq!(found, start, "{expression}");
    }
}
