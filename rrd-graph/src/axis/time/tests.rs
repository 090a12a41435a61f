//! Labels of many ranges in many time zones.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::time_locale::TimeLocale;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn axis(start: i64, end: i64, name: &str) -> TimeAxis {
    TimeAxis::new(
        TimeRange::from_seconds(start, end),
        zone(name),
        Weekday::Monday,
        TimeLocale::default(),
    )
}

/// Letters six pixels wide, like those of the axes.
fn six(text: &str) -> f64 {
    number::float(text.chars().count()) * 6.0
}

fn labels(start: i64, end: i64, name: &str) -> Vec<String> {
    let ticks = axis(start, end, name).ticks(&TimeGrid::Auto, 400.0, six);
    ticks.labels.into_iter().map(|label| label.text).collect()
}

#[test]
fn spans_from_a_minute_to_ten_years_have_labels_at_the_seams_of_the_calendar() {
    let end = 1_607_817_600; // 2020-12-13 00:00 UTC, a Sunday
    let cases: [(i64, &str); 8] = [
        (60, "23:59:00 23:59:10 23:59:20 23:59:30 23:59:40 23:59:50 00:00:00"),
        (3600, "23:00 23:10 23:20 23:30 23:40 23:50 Sun 13 Dec"),
        (86_400, "Sat 12 Dec 06:00 12:00 18:00 Sun 13 Dec"),
        (7 * 86_400, "Sun 6|Mon 7|Tue 8|Wed 9|Thu 10|Fri 11|Sat 12"),
        (31 * 86_400, "16 Nov|23 Nov|30 Nov|7 Dec"),
        (366 * 86_400, "2020 Feb Mar Apr May Jun Jul Aug Sep Oct Nov"),
        (1461 * 86_400, "2017 Jul 2018 Jul 2019 Jul 2020 Jul"),
        (3653 * 86_400, "2011 2012 2013 2014 2015 2016 2017 2018 2019 2020"),
    ];
    for (span, expected) in cases {
        let separator = if expected.contains('|') { "|" } else { " " };
        assert_eq!(labels(end - span, end, "UTC").join(separator), expected, "{span} s");
    }
}

#[test]
fn hours_stay_on_the_hour_when_the_clock_goes_forward_and_back() {
    // 2020-03-29 in Zurich has 23 hours, 2020-10-25 has 25.
    assert_eq!(
        labels(1_585_436_400, 1_585_519_200, "Europe/Zurich"),
        ["Sun 29 Mar", "06:00", "12:00", "18:00", "Mon 30 Mar"]
    );
    assert_eq!(
        labels(1_603_576_800, 1_603_666_800, "Europe/Zurich"),
        ["Sun 25 Oct", "06:00", "12:00", "18:00", "Mon 26 Oct"]
    );
}

#[test]
fn an_hour_lived_twice_has_its_lines_twice() {
    // 00:00 summer time to 04:00 winter time.
    let axis = axis(1_603_576_800, 1_603_594_800, "Europe/Zurich");
    let every = Every::new(1, TimeUnit::Hour);
    let lines: Vec<i64> = axis.lines(every, 0.0);
    assert_eq!(lines.len(), 6);
    assert!(lines.windows(2).all(|pair| pair[1] - pair[0] == 3600));
}

#[test]
fn a_zone_that_moves_by_half_an_hour_keeps_even_hours() {
    // Lord Howe, 2020-04-05: back by 30 minutes at 02:00.
    let texts = labels(1_585_998_000, 1_586_089_800, "Australia/Lord_Howe");
    assert!(texts.iter().all(|text| text.ends_with(":00") || text.contains("Apr")), "{texts:?}");
}

#[test]
fn a_grid_of_the_caller_centres_labels_in_their_span() {
    let grid = TimeGrid::Custom {
        minor: Every::new(6, TimeUnit::Hour),
        major: Every::new(1, TimeUnit::Day),
        labels: Every::new(1, TimeUnit::Day),
        centred_in: 86_400,
        format: "%d".to_owned(),
    };
    let start = 1_602_115_200;
    let ticks = axis(start, start + 3 * 86_400, "UTC").ticks(&grid, 400.0, six);
    let found: Vec<_> = ticks.labels.iter().map(|label| (label.at, label.text.as_str())).collect();
    let noon = start + 43_200;
    assert_eq!(found, [(noon, "08"), (noon + 86_400, "09"), (noon + 172_800, "10")]);
    assert_eq!(ticks.major.len(), 4);
}

#[test]
fn only_a_month_cut_by_the_end_goes_unlabelled_for_want_of_room() {
    // 180 days up to 9 October 2020.
    assert_eq!(
        labels(1_586_649_600, 1_602_201_600, "UTC"),
        ["May 2020", "Jun 2020", "Jul 2020", "Aug 2020", "Sep 2020"]
    );
}

#[test]
fn weeks_begin_on_the_day_that_the_reader_is_used_to() {
    let end = 1_607_817_600; // 2020-12-13, a Sunday
    let range = TimeRange::from_seconds(end - 31 * 86_400, end);
    let labels = |week| {
        let ticks = TimeAxis::new(range, zone("UTC"), week, TimeLocale::default()).ticks(
            &TimeGrid::Auto,
            400.0,
            six,
        );
        ticks.labels.into_iter().map(|label| label.text).collect::<Vec<_>>()
    };
    assert_eq!(labels(Weekday::Monday), ["16 Nov", "23 Nov", "30 Nov", "7 Dec"]);
    assert_eq!(labels(Weekday::Sunday), ["15 Nov", "22 Nov", "29 Nov", "6 Dec", "13 Dec"]);
    assert_eq!(labels(Weekday::Saturday), ["14 Nov", "21 Nov", "28 Nov", "5 Dec", "12 Dec"]);
}

#[test]
fn labels_are_in_the_words_and_the_order_of_the_locale() {
    let labels = |locale, span: i64| {
        let range = TimeRange::from_seconds(1_607_817_600 - span, 1_607_817_600);
        let locale = TimeLocale::named(locale);
        let axis = TimeAxis::new(range, zone("UTC"), Weekday::Monday, locale);
        let ticks = axis.ticks(&TimeGrid::Auto, 400.0, six);
        ticks.labels.into_iter().map(|label| label.text).collect::<Vec<_>>().join("|")
    };
    let (day, month) = (86_400, 31 * 86_400);
    assert_eq!(labels("de_DE", day), "Sa 12 Dez|06:00|12:00|18:00|So 13 Dez");
    assert_eq!(labels("ja_JP", day), "12月12日(土)|06:00|12:00|18:00|12月13日(日)");
    assert_eq!(labels("ko_KR", day), "12월 12일(토)|06:00|12:00|18:00|12월 13일(일)");
    assert_eq!(labels("zh_CN", month), "11月16日|11月23日|11月30日|12月7日");
    // A month that stands alone, not the genitive of dates.
    let year = "2020|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя";
    assert_eq!(labels("ru_RU", 366 * day), year);
}

#[test]
fn a_format_that_means_nothing_is_no_error() {
    assert_eq!(axis(0, 60, "UTC").written(0, "%Y %!"), "1970 %!");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn labels_never_collide_and_lines_lie_inside(
        start in 315_360_000_i64..4_000_000_000,
        exponent in 1.8_f64..8.6,
        width in 100.0_f64..2000.0,
        zone in 0_usize..4,
    ) {
        let name = ["UTC", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns"][zone];
        let span = number::whole_seconds(rrd_core::number::power(10.0, exponent));
        let axis = axis(start, start + span, name);
        let ticks = axis.ticks(&TimeGrid::Auto, width, six);
        let pixel = number::seconds(span) / width;
        for pair in ticks.labels.windows(2) {
            let room = number::seconds(pair[1].at - pair[0].at) / pixel;
            prop_assert!(room >= f64::midpoint(six(&pair[0].text), six(&pair[1].text)));
        }
        let lines = ticks.major.iter().chain(&ticks.minor);
        prop_assert!(lines.into_iter().all(|at| (start..=start + span).contains(at)));
        prop_assert!(width < 250.0 || !ticks.labels.is_empty(), "{span} s on {width}");
    }
}
