//! What RRDtool 1.7.2 writes with glibc 2.36 for one afternoon in March, in many locales.

use rrd_core::TimeZone;

use super::strftime;
use crate::time_locale::TimeLocale;

#[test]
fn times_are_written_as_rrdtool_writes_them() {
    for (locale, text) in [
        ("de_DE", "Di Dienstag Mär März|03.03.2020|16:30:00||Di 03 Mär 2020 16:30:00 GMT"),
        ("fr_FR", "mar. mardi mars mars|03/03/2020|16:30:00||mar. 03 mars 2020 16:30:00"),
        ("es_ES", "mar martes mar marzo|03/03/20|16:30:00||mar 03 mar 2020 16:30:00"),
        ("it_IT", "mar martedì mar marzo|03/03/2020|16:30:00||mar 3 mar 2020, 16:30:00"),
        ("nl_NL", "di dinsdag mrt maart|03-03-20|16:30:00||di 03 mrt 2020 16:30:00 GMT"),
        ("pt_PT", "ter terça mar março|03/03/2020|16:30:00||ter 03 mar 2020 16:30:00"),
        ("pl_PL", "wto wtorek mar marca|03.03.2020|16:30:00||wto, 3 mar 2020, 16:30:00"),
        ("cs_CZ", "Út Úterý bře března|3.3.2020|16:30:00||Út 3. března 2020, 16:30:00"),
        ("sv_SE", "tis tisdag mar mars|2020-03-03|16:30:00||tis  3 mar 2020 16:30:00"),
        ("da_DK", "tir tirsdag mar marts|03-03-2020|16:30:00||tir 03 mar 2020 16:30:00 GMT"),
        (
            "nb_NO",
            "ti. tirsdag mars mars|03. mars 2020|kl. 16.30 +0000||ti. 03. mars 2020 kl. 16.30 +0000",
        ),
        (
            "fi_FI",
            "ti tiistai maalis maaliskuu|03.03.2020|16.30.00||ti  3. maaliskuuta 2020 16.30.00",
        ),
        ("ru_RU", "Вт Вторник мар марта|03.03.2020|16:30:00||Вт 03 мар 2020 16:30:00"),
        ("uk_UA", "вт вівторок бер березня|03.03.20|16:30:00||вт, 03-бер-2020 16:30:00 +0000"),
        (
            "ja_JP",
            "火 火曜日  3月 3月|2020年03月03日|16時30分00秒|午後|2020年03月03日 16時30分00秒",
        ),
        (
            "zh_CN",
            "二 星期二 3月 三月|2020年03月03日|16时30分00秒|下午|2020年03月03日 星期二 16时30分00秒",
        ),
        (
            "zh_TW",
            "二 週二  3月 三月|2020年03月03日|16時30分00秒|下午|2020年03月03日 (週二) 16時30分00秒",
        ),
        (
            "ko_KR",
            "화 화요일  3월 3월|2020년 03월 03일|16시 30분 00초|오후|2020년 03월 03일 (화) 오후 04시 30분 00초",
        ),
        ("tr_TR", "Sal Salı Mar Mart|03-03-2020|16:30:00|ÖS|Sal 03 Mar 2020 16:30:00"),
    ] {
        let format = "%a %A %b %B|%x|%X|%p|%c";
        let zone = TimeZone::posix("GMT0").unwrap();
        let written = strftime(format, 1_583_253_000, &zone, TimeLocale::named(locale));
        assert_eq!(written, text, "{locale}");
    }
}
