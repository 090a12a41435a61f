//! Why a time expression has no meaning, in RRDtool's words.

/// Why a text is no time expression. The caller puts in front which time it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeSpecError {
    /// The text begins with nothing that begins a time.
    #[error("unparsable time: {0}")]
    Unparsable(String),
    /// Something is left after the expression.
    #[error("unparsable trailing text: '...{0}'")]
    TrailingText(String),
    /// Something other than a sign follows `now`.
    #[error("if 'now' is followed by a token it must be +|- offset")]
    NowWithoutSign,
    /// No sign follows `start`, `end` or `epoch`.
    #[error("'start' or 'end' MUST be followed by +|- offset")]
    ReferenceWithoutOffset,
    /// No number follows the colon of a clock time.
    #[error("Parsing HH:MM syntax, expecting MM as number, got none")]
    NoMinute,
    /// The minutes of a clock time are above 59.
    #[error("parsing HH:MM syntax, got MM = {0} (>59!)")]
    Minute(i32),
    /// The hours before am or pm are above 12.
    #[error("there cannot be more than 12 AM or PM hours")]
    TwelveHourClock,
    /// No number follows the name of a month.
    #[error("the day of the month should follow month name")]
    NoDayAfterMonth,
    /// A date ends after its month.
    #[error("there should be day number after '/'")]
    NoDay,
    /// A date ends after its day.
    #[error("there should be month number after '.'")]
    NoMonth,
    /// A date ends after its second separator.
    #[error("there should be year number after '{0}'")]
    NoYear(char),
    /// The month is outside of 1 to 12.
    #[error("did you really mean month {0}?")]
    Month(i64),
    /// The day is outside of 1 to 31.
    #[error("I'm afraid that {0} is not a valid day of the month")]
    Day(i64),
    /// The year is neither of two digits nor above 1970.
    #[error("invalid year {0} (should be either 00-99 or >1900)")]
    Year(i64),
    /// A year of two digits that means 2038 to 2069.
    #[error("won't handle dates before epoch (01/01/1970), sorry")]
    BeforeEpoch,
    /// No number follows a sign.
    #[error("There should be number after '{0}'")]
    NoOffset(char),
}

/// Why a time expression cannot be converted to a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The expression is relative to `start` or `end`, which do not exist here.
    #[error("specifying time relative to the 'start' or 'end' makes no sense here")]
    Relative,
    /// The calendar ends before this year.
    #[error("the specified time is incorrect (out of range?)")]
    OutOfRange,
    /// Start and end are relative to each other.
    #[error("the start and end times cannot be specified relative to each other")]
    StartAndEndRelative,
    /// The start is relative to the start.
    #[error("the start time cannot be specified relative to itself")]
    StartRelativeToItself,
    /// The end is relative to the end.
    #[error("the end time cannot be specified relative to itself")]
    EndRelativeToItself,
}
