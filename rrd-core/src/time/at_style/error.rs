//! Why a time expression has no meaning.

/// Why a text is not a time expression. The caller adds which time it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeSpecError {
    /// The text begins with nothing that begins a time.
    #[error(r#"unexpected "{0}": expected a time, e.g. now-1h, 10:30 yesterday or 20260131"#)]
    Unparsable(String),
    /// Something is left after the expression.
    #[error(r#"unexpected "{0}" after the time"#)]
    TrailingText(String),
    /// Something other than a sign follows `now`.
    #[error("unexpected text after now: expected + or - and a duration, e.g. now-1h")]
    NowWithoutSign,
    /// No sign follows `start`, `end` or `epoch`.
    #[error("start, end and epoch need an offset: expected + or - and a duration, e.g. end-1d")]
    ReferenceWithoutOffset,
    /// No number follows the colon of a clock time.
    #[error("no minute after the colon: expected HH:MM, e.g. 10:30")]
    NoMinute,
    /// The minutes of a clock time are above 59.
    #[error("invalid minute {0}: expected 0 to 59")]
    Minute(i32),
    /// The hours before am or pm are above 12.
    #[error("invalid hour: expected at most 12 with am or pm")]
    TwelveHourClock,
    /// No number follows the name of a month.
    #[error("no day after the name of the month: expected e.g. jan 31")]
    NoDayAfterMonth,
    /// A date ends after its month.
    #[error(r#"no day after "/": expected MM/DD/YYYY"#)]
    NoDay,
    /// A date ends after its day.
    #[error(r#"no month after ".": expected DD.MM.YYYY"#)]
    NoMonth,
    /// A date ends after its second separator.
    #[error(r#"no year after "{0}": expected e.g. 2026"#)]
    NoYear(char),
    /// The month is outside of 1 to 12.
    #[error("invalid month {0}: expected 1 to 12")]
    Month(i64),
    /// The day is outside of 1 to 31.
    #[error("invalid day of the month {0}: expected 1 to 31")]
    Day(i64),
    /// The year is neither of two digits nor above 1970.
    #[error("invalid year {0}: expected 00 to 37, 70 to 99, or 1971 and later")]
    Year(i64),
    /// A year of two digits that means 2038 to 2069.
    #[error("ambiguous year 38 to 69: write it with four digits, from 1971")]
    BeforeEpoch,
    /// No number follows a sign.
    #[error(r#"no number after "{0}": expected a duration, e.g. {0}1h"#)]
    NoOffset(char),
}

/// Why a time expression cannot be converted to a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The expression is relative to `start` or `end`, which do not exist here.
    #[error(
        "a time relative to start or end is not possible here: use one relative to now, e.g. now-1h"
    )]
    Relative,
    /// The calendar ends before this year.
    #[error("the time is out of range: expected a year up to 9999")]
    OutOfRange,
    /// Start and end are relative to each other.
    #[error("start and end are relative to each other: make one of them absolute, e.g. now")]
    StartAndEndRelative,
    /// The start is relative to the start.
    #[error("the start is relative to itself: make it relative to end or now")]
    StartRelativeToItself,
    /// The end is relative to the end.
    #[error("the end is relative to itself: make it relative to start or now")]
    EndRelativeToItself,
}
