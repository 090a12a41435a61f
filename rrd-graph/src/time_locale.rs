//! What people call days and months and how they write times, from the data of the C library.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::Weekday;
use pure_rust_locales::{Locale, locale_match};

/// What a locale calls days and months, how it writes times, and when its weeks begin.
///
/// ```
/// use rrd_core::TimeZone;
/// use rrd_graph::TimeLocale;
/// use rrd_graph::number_format::strftime;
/// let german = TimeLocale::named("de_DE.UTF-8");
/// assert_eq!(strftime("%A, %x", 1_600_041_600, &TimeZone::UTC, german), "Montag, 14.09.2020");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLocale(Locale);

/// How dates of few letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateStyle {
    /// The day, then the name of the month.
    DayMonth,
    /// Numbers with the signs of year, month and day, as in Chinese and Japanese.
    Han,
    /// The same in Korean.
    Hangul,
}

/// A span of years that are counted together.
pub(crate) struct Era {
    pub(crate) name: &'static str,
    pub(crate) format: &'static str,
    /// The number of the year in it.
    pub(crate) year: i64,
}

impl Default for TimeLocale {
    fn default() -> Self {
        Self(Locale::POSIX)
    }
}

impl TimeLocale {
    /// The locale of a name such as `de_CH.UTF-8`; that of C if it is unknown.
    pub fn named(name: &str) -> Self {
        let (name, modifier) = name.split_once('@').unwrap_or((name, ""));
        let name = name.split('.').next().unwrap_or_default();
        let modified = format!("{name}@{modifier}");
        // A modifier such as `euro` changes no name.
        let known = modified.parse().or_else(|_| name.parse());
        Self(known.unwrap_or(Locale::POSIX))
    }

    /// The day on which weeks begin.
    ///
    /// ```
    /// use jiff::civil::Weekday;
    /// use rrd_graph::TimeLocale;
    /// assert_eq!(TimeLocale::named("de_DE").first_weekday(), Weekday::Monday);
    /// assert_eq!(TimeLocale::named("en_US").first_weekday(), Weekday::Sunday);
    /// ```
    pub fn first_weekday(self) -> Weekday {
        let first = locale_match!(self.0 => LC_TIME::FIRST_WEEKDAY).unwrap_or(1);
        let first = i8::try_from(first).ok().map(Weekday::from_sunday_one_offset);
        first.and_then(Result::ok).unwrap_or(Weekday::Sunday)
    }

    /// The name of a day of the week; Sunday is 0.
    pub(crate) fn day(self, number: i64) -> &'static str {
        at(locale_match!(self.0 => LC_TIME::DAY), number).unwrap_or("?")
    }

    pub(crate) fn short_day(self, number: i64) -> &'static str {
        at(locale_match!(self.0 => LC_TIME::ABDAY), number).unwrap_or("?")
    }

    /// The name of a month, from 1, in a date.
    pub(crate) fn month(self, number: i64) -> &'static str {
        at(locale_match!(self.0 => LC_TIME::MON), number - 1).unwrap_or("?")
    }

    pub(crate) fn short_month(self, number: i64) -> &'static str {
        at(locale_match!(self.0 => LC_TIME::ABMON), number - 1).unwrap_or("?")
    }

    /// The name of a month that stands alone.
    pub(crate) fn lone_month(self, number: i64) -> &'static str {
        let names = locale_match!(self.0 => LC_TIME::ALT_MON);
        names.and_then(|names| at(names, number - 1)).unwrap_or_else(|| self.month(number))
    }

    pub(crate) fn short_lone_month(self, number: i64) -> &'static str {
        let names = locale_match!(self.0 => LC_TIME::AB_ALT_MON);
        names.and_then(|names| at(names, number - 1)).unwrap_or_else(|| self.short_month(number))
    }

    /// What the half of the day is called that an hour is in.
    pub(crate) fn half(self, hour: i64) -> &'static str {
        at(locale_match!(self.0 => LC_TIME::AM_PM), hour / 12).unwrap_or_default()
    }

    /// A number in the digits of the locale, if it has its own.
    pub(crate) fn digits(self, number: i64) -> Option<&'static str> {
        locale_match!(self.0 => LC_TIME::ALT_DIGITS).and_then(|digits| at(digits, number))
    }

    /// The format of `%c`, `%x`, `%X` or `%r`.
    ///
    /// The data are somewhat older than the C libraries in use: those have taken the time zone out
    /// of `%c` where `date` had no format of its own, and the words "common era" out of Taiwan's.
    pub(crate) fn format(self, letter: char) -> Cow<'static, str> {
        let format = match letter {
            'c' => locale_match!(self.0 => LC_TIME::D_T_FMT),
            'x' => locale_match!(self.0 => LC_TIME::D_FMT),
            'X' => locale_match!(self.0 => LC_TIME::T_FMT),
            _ => locale_match!(self.0 => LC_TIME::T_FMT_AMPM),
        };
        let zoned = letter == 'c' && locale_match!(self.0 => LC_TIME::DATE_FMT).is_none();
        match format.strip_prefix("西元").unwrap_or(format) {
            "" => "%I:%M:%S %p".into(),
            format if zoned => [" %Z", "\u{a0}%Z", "%Z "]
                .iter()
                .fold(Cow::Borrowed(format), |format, zone| format.replace(zone, "").into()),
            format => format.into(),
        }
    }

    /// The same with years that are counted in eras.
    pub(crate) fn era_format(self, letter: char) -> Cow<'static, str> {
        let format = match letter {
            'c' => locale_match!(self.0 => LC_TIME::ERA_D_T_FMT),
            'x' => locale_match!(self.0 => LC_TIME::ERA_D_FMT),
            _ => locale_match!(self.0 => LC_TIME::ERA_T_FMT),
        };
        let format = format.filter(|format| !format.is_empty());
        format.map_or_else(|| self.format(letter), Cow::Borrowed)
    }

    /// The era of a day.
    pub(crate) fn era(self, year: i64, month: i64, day: i64) -> Option<Era> {
        let eras = locale_match!(self.0 => LC_TIME::ERA)?;
        eras.iter().find_map(|era| Era::of(era, (year, month, day)))
    }

    /// How short dates are written.
    pub(crate) fn date_style(self) -> DateStyle {
        match self.month(1).chars().next_back() {
            Some('月') => DateStyle::Han,
            Some('월') => DateStyle::Hangul,
            _ => DateStyle::DayMonth,
        }
    }
}

impl Era {
    /// The era if a day is in it; its text is `direction:offset:start:end:name:format`.
    fn of(text: &'static str, day: (i64, i64, i64)) -> Option<Self> {
        let mut fields = text.splitn(6, ':').skip(1);
        let mut field = || fields.next();
        let (offset, start, end, name, format) = (field()?, field()?, field()?, field()?, field()?);
        let start = date(start)?;
        let (from, to) = match end {
            "+*" => (start, (i64::MAX, 1, 1)),
            "-*" => ((i64::MIN, 1, 1), start),
            end => (start.min(date(end)?), start.max(date(end)?)),
        };
        let outside = from.cmp(&day) == Ordering::Greater || to.cmp(&day) == Ordering::Less;
        let year = offset.parse::<i64>().ok()? + (day.0 - start.0).abs();
        (!outside).then_some(Self { name, format, year })
    }
}

/// The year, month and day of `1989/01/08`. Years before our era have no zero.
fn date(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split('/').map(str::parse::<i64>);
    let mut part = || parts.next()?.ok();
    let year = part()?;
    Some((year + i64::from(year < 0), part()?, part()?))
}

fn at(names: &'static [&'static str], number: i64) -> Option<&'static str> {
    usize::try_from(number).ok().and_then(|at| names.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_found_whatever_its_codeset_and_modifier() {
        for name in ["de_DE", "de_DE.ISO-8859-1", "de_DE@euro", "de_DE.UTF-8@unheard"] {
            assert_eq!(TimeLocale::named(name).day(1), "Montag", "{name}");
        }
        let [latin, cyrillic] = ["sr_RS@latin", "sr_RS.UTF-8"].map(TimeLocale::named);
        assert_eq!((latin.day(1), cyrillic.day(1)), ("ponedeljak", "понедељак"));
        for name in ["", "C", "POSIX", "C.UTF-8", "xx_YY", "de"] {
            assert_eq!(TimeLocale::named(name), TimeLocale::default(), "{name}");
        }
    }

    #[test]
    fn the_locale_determines_the_first_day_of_the_week() {
        for (locale, day) in [
            ("de_CH.UTF-8", Weekday::Monday),
            ("en_GB", Weekday::Monday),
            ("en_US.utf8", Weekday::Sunday),
            ("pt_BR", Weekday::Sunday),
            ("ar_EG", Weekday::Saturday),
            ("dv_MV", Weekday::Friday),
            ("C.UTF-8", Weekday::Sunday),
            ("xx_", Weekday::Sunday),
        ] {
            assert_eq!(TimeLocale::named(locale).first_weekday(), day, "{locale}");
        }
    }

    #[test]
    fn years_are_counted_in_the_era_of_their_day() {
        let japanese = TimeLocale::named("ja_JP");
        let of = |year, month, day| japanese.era(year, month, day).map(|era| (era.name, era.year));
        assert_eq!(of(2026, 11, 30), Some(("令和", 8)));
        assert_eq!(of(2019, 4, 30), Some(("平成", 31)));
        assert_eq!(of(2019, 5, 1), Some(("令和", 1)));
        let thai = TimeLocale::named("th_TH").era(2020, 3, 3).map(|era| era.year);
        assert_eq!(thai, Some(2563));
        assert!(TimeLocale::default().era(2026, 1, 1).is_none());
    }
}
