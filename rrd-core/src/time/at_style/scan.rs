//! Text to tokens of a time expression. `parse` interprets their order.

/// One token: what it is and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Colon,
    Dot,
    Slash,
    Plus,
    Minus,
    /// The end of the text, or a character that begins no token (the token's text).
    End,
    /// A word without a meaning at its position.
    UnknownWord,
    Now,
    Start,
    End_,
    Epoch,
    Am,
    Pm,
    /// Midnight, noon, teatime: the hour.
    Hour(i64),
    /// Yesterday, today, tomorrow: -1, 0, 1.
    DayFromToday(i64),
    /// 1 to 12.
    Month(i64),
    /// 0 (Sunday) to 6.
    Weekday(i64),
    Unit(Unit),
}

/// The unit of an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
    /// The letter `m`: months or minutes, depending on its position.
    MonthsOrMinutes,
}

/// The position of the next token. Copy it to backtrack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    rest: &'a str,
    /// After the first sign, words are units.
    after_sign: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, after_sign: false }
    }

    /// The text after the current token.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let separator = |c: char| c.is_ascii_whitespace() || matches!(c, '\x0b' | '_' | ',');
        let text = self.rest.trim_start_matches(separator);
        let Some(first) = text.chars().next() else {
            self.rest = text;
            return Token { kind: Kind::End, text };
        };
        let length = match first {
            '0'..='9' => text.find(|c: char| !c.is_ascii_digit()),
            'A'..='Z' | 'a'..='z' => text.find(|c: char| !c.is_ascii_alphabetic()),
            _ => Some(first.len_utf8()),
        };
        let (token, rest) = text.split_at(length.unwrap_or(text.len()));
        let kind = match first {
            '0'..='9' => Kind::Number,
            'A'..='Z' | 'a'..='z' if self.after_sign => unit(token),
            'A'..='Z' | 'a'..='z' => word(token),
            ':' => Kind::Colon,
            '.' => Kind::Dot,
            '/' => Kind::Slash,
            '+' => Kind::Plus,
            '-' => Kind::Minus,
            _ => {
                self.rest = text;
                return Token { kind: Kind::End, text: token };
            }
        };
        self.after_sign |= matches!(kind, Kind::Plus | Kind::Minus);
        self.rest = rest;
        Token { kind, text: token }
    }
}

/// The months by their names in full; the first three letters name them, too.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// The days of the week, as [`MONTHS`].
pub const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The meaning of a word before the first sign.
fn word(text: &str) -> Kind {
    let text = text.to_ascii_lowercase();
    let named = |names: &[&str]| {
        let place = names.iter().position(|&name| text == name || name.get(..3) == Some(&text));
        place.and_then(|place| i64::try_from(place).ok())
    };
    match text.as_str() {
        "now" | "n" => Kind::Now,
        "start" | "s" => Kind::Start,
        "end" | "e" => Kind::End_,
        "epoch" => Kind::Epoch,
        "am" => Kind::Am,
        "pm" => Kind::Pm,
        "midnight" => Kind::Hour(0),
        "noon" => Kind::Hour(12),
        "teatime" => Kind::Hour(16),
        "yesterday" => Kind::DayFromToday(-1),
        "today" => Kind::DayFromToday(0),
        "tomorrow" => Kind::DayFromToday(1),
        _ => match (named(&MONTHS), named(&WEEKDAYS)) {
            (Some(month), _) => Kind::Month(month + 1),
            (None, Some(weekday)) => Kind::Weekday(weekday),
            (None, None) => Kind::UnknownWord,
        },
    }
}

/// The meaning of a word after a sign.
fn unit(text: &str) -> Kind {
    Kind::Unit(match text.to_ascii_lowercase().as_str() {
        "second" | "seconds" | "sec" | "s" => Unit::Seconds,
        "minute" | "minutes" | "min" => Unit::Minutes,
        "m" => Unit::MonthsOrMinutes,
        "hour" | "hours" | "hr" | "h" => Unit::Hours,
        "day" | "days" | "d" => Unit::Days,
        "week" | "weeks" | "wk" | "w" => Unit::Weeks,
        "month" | "months" | "mon" => Unit::Months,
        "year" | "years" | "yr" | "y" => Unit::Years,
        _ => return Kind::UnknownWord,
    })
}
