//! Tokens to a [`TimeSpec`], without access to a clock: parts that depend on the current time are
//! left open.

use crate::number::wrap_to_i32;

use super::error::TimeSpecError;
use super::scan::{Kind, Scanner, Token, Unit};
use super::{Anchor, Clock, Day, Shift, TimeSpec};

/// Numbers above this are seconds since 1970.
const SECONDS_FROM: i64 = 315_360_000;
/// The default year of a date after a clock time.
const NO_YEAR: i64 = 30_000;

/// Parses a time expression.
///
/// # Errors
///
/// [`TimeSpecError`]: the part that cannot be parsed, or the number that is out
/// of range.
///
/// ```
/// use rrd_core::at_style;
/// assert!(at_style::parse("8:00 Mar 27 1999 +2days").is_ok());
/// assert_eq!(
///     at_style::parse("13pm").unwrap_err().to_string(),
///     "invalid hour: expected at most 12 with am or pm"
/// );
/// ```
pub fn parse(text: &str) -> Result<TimeSpec, TimeSpecError> {
    let mut scanner = Scanner::new(text);
    let token = scanner.next();
    let mut parser =
        Parser { scanner, token, clock: None, day: Day::FromToday(0), shift: Shift::default() };
    let anchor = parser.reference()?;
    if matches!(parser.token.kind, Kind::Plus | Kind::Minus) {
        parser.offsets()?;
    }
    if parser.token.kind != Kind::End {
        return Err(TimeSpecError::TrailingText(parser.remaining()));
    }
    let Parser { clock, day, shift, .. } = parser;
    Ok(TimeSpec { anchor, clock, day, shift })
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    /// The current token; `scanner` is positioned after it.
    token: Token<'a>,
    clock: Option<Clock>,
    day: Day,
    shift: Shift,
}

impl Parser<'_> {
    fn advance(&mut self) {
        self.token = self.scanner.next();
    }

    /// The current token and the rest of the text.
    fn remaining(&self) -> String {
        format!("{}{}", self.token.text, self.scanner.rest())
    }

    /// Everything before the offsets.
    fn reference(&mut self) -> Result<Anchor, TimeSpecError> {
        match self.token.kind {
            Kind::Plus | Kind::Minus => Ok(Anchor::Now),
            Kind::Now => {
                self.advance();
                match self.token.kind {
                    Kind::Plus | Kind::Minus | Kind::End => Ok(Anchor::Now),
                    _ => Err(TimeSpecError::NowWithoutSign),
                }
            }
            Kind::Start => self.relative_to(Anchor::Start),
            Kind::End_ => self.relative_to(Anchor::End),
            Kind::Epoch => self.relative_to(Anchor::Epoch),
            Kind::Number => {
                self.time_of_day()?;
                self.day(Some(NO_YEAR))?;
                if self.clock.is_none() && matches!(self.day, Day::Date { .. }) {
                    self.time_of_day()?;
                }
                Ok(Anchor::Now)
            }
            Kind::Month(_) => {
                self.day(None)?;
                if self.token.kind == Kind::Number {
                    self.time_of_day()?;
                }
                Ok(Anchor::Now)
            }
            Kind::Hour(hour) => {
                self.clock = Some(Clock { hour, minute: 0 });
                self.advance();
                self.day(None)?;
                Ok(Anchor::Now)
            }
            _ => Err(TimeSpecError::Unparsable(self.remaining())),
        }
    }

    fn relative_to(&mut self, anchor: Anchor) -> Result<Anchor, TimeSpecError> {
        self.advance();
        match self.token.kind {
            Kind::Plus | Kind::Minus => Ok(anchor),
            _ => Err(TimeSpecError::ReferenceWithoutOffset),
        }
    }

    /// `HH`, `HH:MM`, each optionally with am or pm. After a date any short token counts as the
    /// hour, even the end.
    fn time_of_day(&mut self) -> Result<(), TimeSpecError> {
        if self.token.text.len() > 2 {
            return Ok(());
        }
        let before = (self.scanner, self.token);
        let mut hour = int(self.token.text);
        let mut minute = 0;
        self.advance();
        if matches!(self.token.kind, Kind::Slash | Kind::Dot) {
            (self.scanner, self.token) = before;
            return Ok(());
        }
        if self.token.kind == Kind::Colon {
            self.advance();
            if self.token.kind != Kind::Number {
                return Err(TimeSpecError::NoMinute);
            }
            minute = int(self.token.text);
            if minute > 59 {
                return Err(TimeSpecError::Minute(minute));
            }
            self.advance();
        }
        if matches!(self.token.kind, Kind::Am | Kind::Pm) {
            if hour > 12 {
                return Err(TimeSpecError::TwelveHourClock);
            }
            match (self.token.kind, hour) {
                (Kind::Am, 12) => hour = 0,
                (Kind::Pm, 0..12) => hour += 12,
                _ => {}
            }
            self.advance();
        } else if hour > 23 {
            (self.scanner, self.token) = before;
            return Ok(());
        }
        self.clock = Some(Clock { hour: i64::from(hour), minute: i64::from(minute) });
        Ok(())
    }

    /// A day in any of its forms, or nothing. `year` is the default year of a date; `None` means
    /// the current year.
    fn day(&mut self, year: Option<i64>) -> Result<(), TimeSpecError> {
        match self.token.kind {
            Kind::DayFromToday(days) => {
                self.day = Day::FromToday(days);
                self.advance();
            }
            Kind::Weekday(weekday) => {
                self.day = Day::Weekday(weekday);
                self.advance();
            }
            Kind::Month(month) => {
                self.advance();
                if self.token.kind != Kind::Number {
                    return Err(TimeSpecError::NoDayAfterMonth);
                }
                let day = long(self.token.text);
                self.advance();
                let mut year = year;
                if self.token.kind == Kind::Number {
                    year = Some(long(self.token.text));
                    self.advance();
                }
                self.day = date(year, month, day)?;
            }
            Kind::Number => self.numeric_date(year)?,
            _ => {}
        }
        Ok(())
    }

    /// Seconds since 1970, `YYYYMMDD`, `MM/DD[/YY[YY]]`, `DD.MM[.YY[YY]]`.
    fn numeric_date(&mut self, year: Option<i64>) -> Result<(), TimeSpecError> {
        let text = self.token.text;
        let number = long(text);
        self.advance();
        if number > SECONDS_FROM {
            self.day = Day::Moment(number);
            return Ok(());
        }
        if let (19_700_102..=24_000_100, Some((year, rest))) = (number, text.split_at_checked(4))
            && let Some((month, rest)) = rest.split_at_checked(2)
        {
            let day = rest.get(..2).unwrap_or(rest);
            self.day = checked_date(Some(long(year)), long(month), long(day))?;
            return Ok(());
        }
        let mut parts = [number, 0];
        let mut year = year;
        let separator = self.token.kind;
        if number <= 31 && matches!(separator, Kind::Slash | Kind::Dot) {
            self.advance();
            if self.token.kind != Kind::Number {
                return Err(if separator == Kind::Slash {
                    TimeSpecError::NoDay
                } else {
                    TimeSpecError::NoMonth
                });
            }
            parts[1] = long(self.token.text);
            self.advance();
            if self.token.kind == separator {
                self.advance();
                if self.token.kind != Kind::Number {
                    let sign = if separator == Kind::Slash { '/' } else { '.' };
                    return Err(TimeSpecError::NoYear(sign));
                }
                year = Some(long(self.token.text));
                self.advance();
            }
            if separator == Kind::Dot {
                parts.reverse();
            }
        }
        let [month, day] = parts;
        self.day = checked_date(year, month, day)?;
        Ok(())
    }

    /// `+1d2h -3min`: numbers with units, each with a sign, which may be omitted if it repeats.
    fn offsets(&mut self) -> Result<(), TimeSpecError> {
        let mut sign = 1;
        let mut unit_before = None;
        loop {
            match self.token.kind {
                Kind::Plus | Kind::Minus => {
                    let character = if self.token.kind == Kind::Plus { '+' } else { '-' };
                    sign = if character == '+' { 1 } else { -1 };
                    unit_before = None;
                    self.advance();
                    if self.token.kind != Kind::Number {
                        return Err(TimeSpecError::NoOffset(character));
                    }
                }
                Kind::Number => {}
                _ => return Ok(()),
            }
            let count = int(self.token.text);
            self.advance();
            let unit = match self.token.kind {
                Kind::Unit(Unit::MonthsOrMinutes) => Some(months_or_minutes(unit_before, count)),
                Kind::Unit(unit) => Some(unit),
                _ => None,
            };
            unit_before = unit;
            self.shift.add(count.wrapping_mul(sign), unit.unwrap_or(Unit::Seconds));
            self.advance();
        }
    }
}

impl Shift {
    /// Adds a number of units; products beyond 32 bits lose their high bits, as in C.
    fn add(&mut self, count: i32, unit: Unit) {
        let (amount, factor) = match unit {
            Unit::Years => (&mut self.years, 1),
            Unit::Months => (&mut self.months, 1),
            Unit::Weeks => (&mut self.days, 7),
            Unit::Days => (&mut self.days, 1),
            Unit::Hours => (&mut self.seconds, 3600),
            Unit::Minutes => (&mut self.seconds, 60),
            Unit::Seconds | Unit::MonthsOrMinutes => (&mut self.seconds, 1),
        };
        *amount = amount.saturating_add(i64::from(count.wrapping_mul(factor)));
    }
}

/// The meaning of the letter `m` after another unit with the same sign, or as the first unit.
fn months_or_minutes(before: Option<Unit>, count: i32) -> Unit {
    match before {
        Some(Unit::Days | Unit::Weeks | Unit::Months | Unit::Years) => Unit::Months,
        None if count < 6 => Unit::Months,
        Some(_) | None => Unit::Minutes,
    }
}

fn checked_date(year: Option<i64>, month: i64, day: i64) -> Result<Day, TimeSpecError> {
    if !(1..=12).contains(&month) {
        Err(TimeSpecError::Month(month))
    } else if !(1..=31).contains(&day) {
        Err(TimeSpecError::Day(day))
    } else {
        date(year, month, day)
    }
}

fn date(year: Option<i64>, month: i64, day: i64) -> Result<Day, TimeSpecError> {
    let year = match year {
        None => None,
        Some(year @ 0..=37) => Some(2000 + year),
        Some(38..=69) => return Err(TimeSpecError::BeforeEpoch),
        Some(year @ 70..=138) => Some(1900 + year),
        Some(year) if year > 1970 => Some(year),
        Some(year) => return Err(TimeSpecError::Year(year)),
    };
    Ok(Day::Date { year, month, day })
}

/// The number at the beginning of a text, 0 if there is none: C's `atol`.
fn long(text: &str) -> i64 {
    text.bytes().take_while(u8::is_ascii_digit).fold(0, |number: i64, digit| {
        number.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    })
}

/// The same in 32 bits: C's `atoi`.
fn int(text: &str) -> i32 {
    wrap_to_i32(long(text))
}
