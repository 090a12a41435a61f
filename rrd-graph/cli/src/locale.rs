//! The first day of the week of a locale. Nothing else of a locale is used.

use jiff::civil::Weekday;

/// Territories whose weeks begin on Monday in the C library's locales.
const MONDAY: &str = "AD AL AM AT AW AZ BA BE BG BO BY CD CH CL CN CR CU CW CY CZ DE DK EC EE ER ES FI FO FR GB GE GH GL \
    GR HR HT HU IE IS IT KG KZ LB LI LK LT LU LV ME MG MK MN MY NG NL NO NU PL PT RO RS RU RW SC SE SI SK SN SO SS TJ TM \
    TR TZ UA UG UY UZ VN ZM";
/// On Saturday.
const SATURDAY: &str = "AE AF BH DJ DZ EG IQ IR JO KW LY MA OM QA SD SY";
/// On Friday.
const FRIDAY: &str = "BD MV";

/// The first day of the week of a locale such as `de_CH.UTF-8`; Sunday if unknown, as in the C
/// locale.
pub(crate) fn first_weekday(locale: &str) -> Weekday {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    let Some((_, territory)) = name.split_once('_') else { return Weekday::Sunday };
    let in_list = |list: &str| list.split_whitespace().any(|known| known == territory);
    match () {
        () if in_list(MONDAY) => Weekday::Monday,
        () if in_list(SATURDAY) => Weekday::Saturday,
        () if in_list(FRIDAY) => Weekday::Friday,
        () => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_territory_determines_the_first_day_of_the_week() {
        for (locale, day) in [
            ("de_CH.UTF-8", Weekday::Monday),
            ("en_GB", Weekday::Monday),
            ("en_US.utf8", Weekday::Sunday),
            ("ar_EG@euro", Weekday::Saturday),
            ("dv_MV", Weekday::Friday),
            ("C.UTF-8", Weekday::Sunday),
            ("POSIX", Weekday::Sunday),
            ("", Weekday::Sunday),
            ("xx_", Weekday::Sunday),
        ] {
            assert_eq!(first_weekday(locale), day, "{locale}");
        }
    }
}
