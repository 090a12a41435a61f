//! Formats times in C's strftime syntax, in the words of a locale.

use rrd_core::{LocalTime, TimeZone, Timestamp};

use crate::time_locale::{Era, TimeLocale};

/// The largest width that is honoured, in characters.
const MAX_WIDTH: usize = 1000;

/// Formats a time, seconds since 1970. Unknown conversions are copied.
///
/// ```
/// use rrd_core::TimeZone;
/// use rrd_graph::TimeLocale;
/// use rrd_graph::number_format::strftime;
/// let english = TimeLocale::default();
/// let utc = |format, moment| strftime(format, moment, &TimeZone::UTC, english);
/// assert_eq!(utc("%a %d %b, week %V", 1_600_041_600), "Mon 14 Sep, week 38");
/// assert_eq!(utc("%Q 100%", 0), "%Q 100%");
/// ```
pub fn strftime(format: &str, moment: i64, zone: &TimeZone, locale: TimeLocale) -> String {
    let mut text = String::new();
    DateFields::new(moment, zone, locale).write(format, &mut text);
    text
}

/// UTC, with the name that C gives it when no time zone is set.
///
/// ```
/// use rrd_graph::TimeLocale;
/// use rrd_graph::number_format::{greenwich, strftime};
/// assert_eq!(strftime("%H:%M %Z", 0, &greenwich(), TimeLocale::default()), "00:00 GMT");
/// ```
pub fn greenwich() -> TimeZone {
    TimeZone::posix("GMT0").unwrap_or(TimeZone::UTC)
}

/// A format without a time: a dash for each digit.
///
/// ```
/// use rrd_graph::number_format::strftime_unknown;
/// assert_eq!(strftime_unknown("%d.%m. at %R"), "--.--. at --:--");
/// ```
pub fn strftime_unknown(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some('C' | 'd' | 'g' | 'H' | 'I' | 'm' | 'M' | 'S' | 'U' | 'V' | 'W' | 'y') => {
                text.push_str("--");
            }
            Some('j') => text.push_str("---"),
            Some('G' | 'Y') => text.push_str("----"),
            Some('R') => text.push_str("--:--"),
            Some('T') => text.push_str("--:--:--"),
            Some('D') => text.push_str("--/--/--"),
            Some('F') => text.push_str("----------"),
            Some('n') => text.push_str("\r\n"),
            Some('t') => text.push('\t'),
            Some('%') => text.push('%'),
            Some(kept @ (' ' | '.' | '@')) => text.extend(['%', kept]),
            Some('E' | 'O') => {
                text.push('-');
                rest.next();
            }
            _ => text.push('-'),
        }
    }
    text
}

/// A time split into the fields that a format may need.
struct DateFields<'a> {
    moment: i64,
    zone: &'a TimeZone,
    locale: TimeLocale,
    local: LocalTime,
    /// Days since the first of January, from 0.
    day_of_year: i64,
}

/// The padding of a field, given by the flag before it.
#[derive(Clone, Copy)]
struct Field {
    padding: Option<Padding>,
    width: Option<usize>,
    case: Option<Case>,
}

#[derive(Clone, Copy, PartialEq)]
enum Padding {
    Zeros,
    Blanks,
    None,
}

#[derive(Clone, Copy)]
enum Case {
    Upper,
    Swapped,
}

impl<'a> DateFields<'a> {
    fn new(moment: i64, zone: &'a TimeZone, locale: TimeLocale) -> Self {
        let local = LocalTime::at(Timestamp::from_seconds(moment), zone);
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let month = usize::try_from(local.month - 1).unwrap_or(0);
        let leap_day = i64::from(local.month > 2 && is_leap(local.year));
        let day_of_year = before.get(month).unwrap_or(&0) + leap_day + local.day - 1;
        Self { moment, zone, locale, local, day_of_year }
    }

    fn write(&self, format: &str, text: &mut String) {
        let mut rest = format;
        while let Some((before, conversion)) = rest.split_once('%') {
            text.push_str(before);
            let (field, letters) = Field::read(conversion);
            let plain = letters.trim_start_matches(['E', 'O']);
            let modifier = letters.strip_suffix(plain).and_then(|given| given.chars().next());
            let mut letters = plain.chars();
            let written = letters.next().and_then(|letter| match modifier {
                Some(modifier) => self.modified(modifier, letter, field),
                None => self.convert(letter, field),
            });
            if let Some(written) = written {
                text.push_str(&written);
                rest = letters.as_str();
            } else {
                text.push('%');
                rest = conversion;
            }
        }
        text.push_str(rest);
    }

    /// One conversion; `None` for unknown letters.
    fn convert(&self, letter: char, field: Field) -> Option<String> {
        let local = &self.local;
        let (week_year, week) = self.iso_week();
        let twelve = (local.hour + 11) % 12 + 1;
        let number = |value: i64, width: usize| Some(field.number(value, width, Padding::Zeros));
        let blank = |value: i64, width: usize| Some(field.number(value, width, Padding::Blanks));
        let text = |text: &str| Some(field.text(text));
        let composed = |format: &str| Some(self.composed(format, field));
        match letter {
            'a' => text(self.locale.short_day(local.weekday)),
            'A' => text(self.locale.day(local.weekday)),
            'b' | 'h' => text(self.locale.short_month(local.month)),
            'B' => text(self.locale.month(local.month)),
            'c' | 'r' | 'x' | 'X' => composed(&self.locale.format(letter)),
            'C' => number(local.year.div_euclid(100), 2),
            'd' => number(local.day, 2),
            'D' => composed("%m/%d/%y"),
            'e' => blank(local.day, 2),
            'F' => composed("%Y-%m-%d"),
            'g' => number(week_year.rem_euclid(100), 2),
            'G' => number(week_year, 1),
            'H' => number(local.hour, 2),
            'I' => number(twelve, 2),
            'j' => number(self.day_of_year + 1, 3),
            'k' => blank(local.hour, 2),
            'l' => blank(twelve, 2),
            'm' => number(local.month, 2),
            'M' => number(local.minute, 2),
            'n' => Some("\n".to_owned()),
            'p' => text(self.locale.half(local.hour)),
            'P' => text(&self.locale.half(local.hour).to_ascii_lowercase()),
            'R' => composed("%H:%M"),
            's' => number(self.moment, 1),
            'S' => number(local.second, 2),
            't' => Some("\t".to_owned()),
            'T' => composed("%H:%M:%S"),
            'u' => number((local.weekday + 6) % 7 + 1, 1),
            'U' => number((self.day_of_year + 7 - local.weekday) / 7, 2),
            'V' => number(week, 2),
            'w' => number(local.weekday, 1),
            'W' => number((self.day_of_year + 7 - (local.weekday + 6) % 7) / 7, 2),
            'y' => number(local.year.rem_euclid(100), 2),
            'Y' => number(local.year, 1),
            'z' => Some(self.offset()),
            'Z' => text(&self.zone_name()),
            '%' => Some("%".to_owned()),
            _ => None,
        }
    }

    /// One conversion with `E`, in the years of an era, or `O`, in the locale's digits or with the
    /// names of months that stand alone.
    fn modified(&self, modifier: char, letter: char, field: Field) -> Option<String> {
        let LocalTime { year, month, day, .. } = self.local;
        let era = || self.locale.era(year, month, day);
        match (modifier, letter) {
            ('E', 'c' | 'x' | 'X') => Some(self.composed(&self.locale.era_format(letter), field)),
            ('E', 'C' | 'y' | 'Y') => match era() {
                Some(Era { name, .. }) if letter == 'C' => Some(field.text(name)),
                Some(Era { year, .. }) if letter == 'y' => {
                    Some(field.number(year, 2, Padding::Zeros))
                }
                Some(Era { format, .. }) => Some(self.composed(format, field)),
                None => self.convert(letter, field),
            },
            ('O', 'B') => Some(field.text(self.locale.lone_month(month))),
            ('O', 'b' | 'h') => Some(field.text(self.locale.short_lone_month(month))),
            ('O', 'd' | 'e' | 'H' | 'I' | 'm' | 'M' | 'S' | 'u' | 'U' | 'V' | 'w' | 'W' | 'y') => {
                let written = self.convert(letter, field)?;
                let digits = written.trim().parse().ok().and_then(|n| self.locale.digits(n));
                Some(digits.map_or(written, |digits| field.text(digits)))
            }
            _ => self.convert(letter, field),
        }
    }

    /// A conversion that stands for a whole format.
    fn composed(&self, format: &str, field: Field) -> String {
        let mut text = String::new();
        self.write(format, &mut text);
        field.text(&text)
    }

    /// Year and number of the ISO week: the first week contains the first Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let monday_based = (self.local.weekday + 6) % 7;
        let week = (self.day_of_year - monday_based + 10) / 7;
        let year = self.local.year;
        if week < 1 {
            (year - 1, weeks_of(year - 1))
        } else if week > weeks_of(year) {
            (year + 1, 1)
        } else {
            (year, week)
        }
    }

    fn offset(&self) -> String {
        let sign = if self.local.offset < 0 { '-' } else { '+' };
        let minutes = self.local.offset.abs() / 60;
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }

    fn zone_name(&self) -> String {
        match jiff::Timestamp::from_second(self.moment) {
            Ok(moment) => self.zone.to_offset_info(moment).abbreviation().to_owned(),
            Err(_) => String::new(),
        }
    }
}

impl Field {
    /// The flags and the width at the beginning of a conversion, and the rest.
    fn read(text: &str) -> (Self, &str) {
        let mut field = Self { padding: None, width: None, case: None };
        let mut rest = text;
        loop {
            let mut characters = rest.chars();
            match characters.next() {
                Some('_') => field.padding = Some(Padding::Blanks),
                Some('-') => field.padding = Some(Padding::None),
                Some('0') => field.padding = Some(Padding::Zeros),
                Some('^') => field.case = Some(Case::Upper),
                Some('#') => field.case = Some(Case::Swapped),
                _ => break,
            }
            rest = characters.as_str();
        }
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = rest.get(..rest.len() - behind.len()).unwrap_or_default();
        if !digits.is_empty() {
            field.width = Some(digits.parse().unwrap_or(MAX_WIDTH).min(MAX_WIDTH));
        }
        (field, behind)
    }

    fn number(self, value: i64, width: usize, padding: Padding) -> String {
        let width = self.width.unwrap_or(width);
        match self.padding.unwrap_or(padding) {
            Padding::Zeros => format!("{value:0width$}"),
            Padding::Blanks => format!("{value:width$}"),
            Padding::None => value.to_string(),
        }
    }

    fn text(self, text: &str) -> String {
        let width = self.width.unwrap_or(0);
        let cased = match self.case {
            Some(Case::Swapped) if text.chars().all(char::is_uppercase) => {
                text.to_ascii_lowercase()
            }
            Some(Case::Upper | Case::Swapped) => text.to_ascii_uppercase(),
            None => text.to_owned(),
        };
        // C counts bytes, and knows capitals of single bytes only.
        let missing = width.saturating_sub(cased.len());
        let filling = if self.padding == Some(Padding::Zeros) { "0" } else { " " };
        format!("{}{cased}", filling.repeat(missing))
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Number of ISO weeks in a year, 52 or 53.
fn weeks_of(year: i64) -> i64 {
    // The weekday (Sunday is 0) of the last day of a year.
    let last = |year: i64| {
        (year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)).rem_euclid(7)
    };
    if last(year) == 4 || last(year - 1) == 3 { 53 } else { 52 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(format: &str, moment: i64) -> String {
        strftime(format, moment, &TimeZone::UTC, TimeLocale::default())
    }

    #[test]
    fn every_conversion_is_that_of_c() {
        let moment = 1_600_043_400;
        assert_eq!(
            utc(
                "%a %A %b %B %c %d %e %H %I %j %m %M %p %S %U %V %w %W %x %X %y %Y %Z %z %%",
                moment
            ),
            "Mon Monday Sep September Mon Sep 14 00:30:00 2020 14 14 00 12 258 09 30 AM 00 37 38 1 37 \
             09/14/20 00:30:00 20 2020 UTC +0000 %"
        );
        assert_eq!(
            utc("%s %F %T %R %D %G %g %u %C %h|%n%t|%k %l %P %r", moment),
            "1600043400 2020-09-14 00:30:00 00:30 09/14/20 2020 20 1 20 Sep|\n\t| 0 12 am 12:30:00 AM"
        );
    }

    #[test]
    fn iso_weeks_cross_the_turn_of_the_year() {
        for (moment, week) in [
            (1_609_459_200, "2020-W53-5"), // 2021-01-01
            (1_609_718_400, "2021-W01-1"), // 2021-01-04
            (1_230_681_600, "2009-W01-3"), // 2008-12-31
            (1_293_840_000, "2010-W52-6"), // 2011-01-01
        ] {
            assert_eq!(utc("%G-W%V-%u", moment), week);
        }
    }

    #[test]
    fn flags_and_widths_change_the_padding() {
        assert_eq!(utc("%-d|%_m|%5e|%05d|%^a|%#p|%10B", 0), "1| 1|    1|00001|THU|am|   January");
    }

    #[test]
    fn the_zone_counts() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(
            strftime("%H:%M %Z %z", 1_594_807_200, &zone, TimeLocale::default()),
            "12:00 CEST +0200"
        );
    }

    #[test]
    fn without_a_moment_each_digit_is_a_dash() {
        assert_eq!(strftime_unknown("%Y-%m-%d %H:%M:%S"), "---------- --:--:--");
        assert_eq!(strftime_unknown("% x%.y%@z%Ecq%Oyr%"), "% x%.y%@z-q-r-");
        assert_eq!(strftime_unknown("%c|%n|%t|%%"), "-|\r\n|\t|%");
    }

    #[test]
    fn names_and_formats_are_those_of_the_locale() {
        let moment = 1_583_209_800; // 2020-03-03 04:30 UTC, a Tuesday
        for (locale, text) in [
            ("C", "Tue Tuesday Mar March AM|03/03/20|04:30:00|04:30:00 AM"),
            ("de_DE", "Di Dienstag Mär März |03.03.2020|04:30:00|04:30:00 "),
            ("pl_PL", "wto wtorek mar marca |03.03.2020|04:30:00|04:30:00 "),
            ("ja_JP", "火 火曜日  3月 3月 午前|2020年03月03日|04時30分00秒|午前04時30分00秒"),
        ] {
            let locale = TimeLocale::named(locale);
            let written = strftime("%a %A %b %B %p|%x|%X|%r", moment, &TimeZone::UTC, locale);
            assert_eq!(written, text);
        }
    }

    #[test]
    fn modifiers_choose_eras_digits_and_names_that_stand_alone() {
        let moment = 1_583_209_800;
        let of =
            |locale, format| strftime(format, moment, &TimeZone::UTC, TimeLocale::named(locale));
        assert_eq!(of("pl_PL", "%B %OB"), "marca marzec");
        assert_eq!(of("ja_JP", "%EC %Ey %EY %Od"), "令和 02 令和02年 三");
        assert_eq!(of("C", "%EC %Ey %EY %Od %Ex"), "20 20 2020 03 03/03/20");
        assert_eq!(of("de_DE", "%10b|%010b"), "      Mär|000000Mär");
    }
}
