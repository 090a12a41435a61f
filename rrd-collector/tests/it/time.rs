//! The time that the page shows, in a real browser: zones, fields, fingers, comparison, colours,
//! and links and downloads that keep to it.

use serde_json::json;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// The first chart is drawn for what the address says, and the bar says the same.
const SETTLED: &str =
    "figures[0].version?.includes(page.timeQuery()) && barSearch === location.search";

/// The text of the bar with zone.
const WHEN: &str = "document.querySelector('#when summary').textContent";

fn opened(address: &str, folder: &std::path::Path, width: u32) -> Browser {
    let mut browser = Browser::start(&folder.join("browser"), width, 900);
    browser.call("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Tokyo" }));
    browser.open(address);
    browser.wait_until("document.readyState === 'complete' && typeof page === 'object'");
    browser.wait_until(SETTLED);
    browser
}

/// The address in a link of the bar.
fn bar_link(browser: &mut Browser, text: &str) {
    let link = format!("[...bar.querySelectorAll('a')].find((a) => a.textContent === '{text}')");
    browser.value(&format!("{link}.click()"));
    browser.wait_until(SETTLED);
}

#[test]
fn zone_comparison_and_colours_are_chosen_and_kept() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&folder.path().join("data"), &[]);
    wait_until("samples are taken", || collector.get("/").1.contains("/chart/cpu.svg"));
    let own = format!("http://{}/", collector.address);
    let pinned = format!("{own}?start=2026-11-30T10:00&end=2026-11-30T11:00&zone=UTC");
    let mut browser = opened(&pinned, folder.path(), 1400);
    browser.value("window.same = true");
    assert_eq!(browser.value(WHEN), "2026-11-30 10:00 – 11:00 UTC");
    assert_eq!(browser.value("page.shown.end - page.shown.start"), 3600);

    // Times of the browser are ten hours later on the clock, in the bar and in the pictures.
    let labels =
        "[...plotOf(figures[0]).querySelectorAll('text')].map((t) => t.textContent).join(' ')";
    let utc = browser.value(labels).as_str().unwrap().to_owned();
    assert!(utc.contains("10:30") && !utc.contains("19:30"), "{utc}");
    bar_link(&mut browser, "this browser");
    assert_eq!(browser.value(WHEN), "2026-11-30 19:00 – 20:00 Asia/Tokyo");
    let tokyo = browser.value(labels).as_str().unwrap().to_owned();
    assert!(tokyo.contains("19:30"), "{tokyo}");

    // A day before is a line with a name; dark colours are those of page and picture.
    bar_link(&mut browser, "a day before");
    assert!(browser.value(labels).as_str().unwrap().contains("a day before"));
    bar_link(&mut browser, "dark");
    let dark = "getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.value(dark), "rgb(14, 18, 24)");
    let follows = "plotOf(figures[0]).innerHTML.includes('prefers-color-scheme')";
    assert_eq!(browser.value(follows), false);
    assert_eq!(browser.value("window.same"), true);

    // Zone and colours are kept in the browser, the comparison in the address.
    browser.open(&own);
    browser.wait_until("document.readyState === 'complete' && !location.search.includes('start')");
    browser.wait_until(SETTLED);
    assert_eq!(browser.value("location.search"), "?zone=Asia%2FTokyo&theme=dark");
    assert_eq!(browser.value(dark), "rgb(14, 18, 24)");
    bar_link(&mut browser, "system");

    // The fields of the form lead to their time in the zone that is shown.
    browser.value("document.getElementById('when').open = true");
    let fill = "document.querySelector('[name=start]').value = '2026-11-29T09:00:00'; \
        document.querySelector('[name=end]').value = '2026-11-29T12:30:00'; \
        document.querySelector('#when button').click()";
    browser.value(fill);
    browser.wait_until("document.readyState === 'complete' && page.shown.start");
    browser.wait_until(SETTLED);
    assert_eq!(browser.value(WHEN), "2026-11-29 09:00 – 12:30 Asia/Tokyo");
    assert_eq!(browser.value("page.shown.end - page.shown.start"), 12_600);
    // Nine o'clock in Tokyo.
    assert_eq!(browser.value("page.shown.start"), 1_795_910_400);

    // Links have that time once somebody turns to them.
    let turned = |selector: &str| {
        format!(
            "(() => {{ const link = document.querySelector('{selector}'); \
             link.dispatchEvent(new PointerEvent('pointerover', {{ bubbles: true }})); return link.href; }})()"
        )
    };
    for selector in ["main figcaption a", ".tile", "[download][href*=png]", "[download][href*=csv]"]
    {
        let link = browser.value(&turned(selector)).as_str().unwrap().to_owned();
        assert!(link.contains("start=1795910400&end=1795923000&zone=Asia%2FTokyo"), "{link}");
        let path = link.strip_prefix(own.trim_end_matches('/')).unwrap();
        let answer = browser.value(&format!("fetch('{path}').then((answer) => answer.status)"));
        assert!([200, 404].contains(&answer.as_i64().unwrap()), "{link}: {answer}");
    }
    assert_eq!(browser.complaints(), [""; 0]);
    collector.stop();
}

#[test]
fn two_fingers_zoom_a_double_click_zooms_out_and_the_page_stays_where_it_is() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&folder.path().join("data"), &[]);
    wait_until("samples are taken", || collector.get("/").1.contains("/chart/cpu.svg"));
    let address = format!("http://{}/?start=-7200&end=-3600", collector.address);
    let mut browser = opened(&address, folder.path(), 375);
    browser.value("figures[0].scrollIntoView({ block: 'center' })");
    let scrolled = browser.value("scrollY");
    let place = browser.value(
        "(() => { const { left, right, top, height } = canvasOf(figures[0]); \
         return [left, right, plotOf(figures[0]).getBoundingClientRect().top + top + height / 2]; })()",
    );
    let [left, right, y] = [0, 1, 2].map(|index| place[index].as_f64().unwrap());
    let start = browser.value("page.shown.start").as_i64().unwrap();

    // From the middle half to the whole: half of the time in the middle stays.
    let touch = |browser: &mut Browser, kind: &str, ends: &[f64]| {
        let at = |share: &f64| left + share * (right - left);
        let points: Vec<_> = ends.iter().map(|end| json!({ "x": at(end), "y": y })).collect();
        browser.call("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }));
    };
    touch(&mut browser, "touchStart", &[0.25]);
    touch(&mut browser, "touchStart", &[0.25, 0.75]);
    touch(&mut browser, "touchMove", &[0.1, 0.9]);
    touch(&mut browser, "touchMove", &[0.0, 1.0]);
    touch(&mut browser, "touchEnd", &[]);
    browser.wait_until("page.shown.end - page.shown.start < 3000");
    let length = browser.value("page.shown.end - page.shown.start").as_i64().unwrap();
    assert!((1780..=1820).contains(&length), "{length}");
    let moved = browser.value("page.shown.start").as_i64().unwrap() - start;
    assert!((880..=920).contains(&moved), "{moved}");
    browser.wait_until(SETTLED);
    assert_eq!(browser.value("scrollY"), scrolled);

    browser
        .value("plotOf(figures[0]).dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))");
    browser.wait_until("page.shown.end - page.shown.start > 3500");
    browser.wait_until(SETTLED);
    assert_eq!(browser.value("scrollY"), scrolled);
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 375);
    assert_eq!(browser.complaints(), [""; 0]);
    collector.stop();
}

#[test]
fn downloads_are_named_after_host_chart_and_time_and_tables_have_local_times() {
    let folder = tempfile::tempdir().unwrap();
    let config = "host = \"web-1\"\n";
    let collector = Collector::start_configured(folder.path(), config);
    wait_until("samples are taken", || collector.get("/").1.contains("/chart/load.svg"));
    let time = "start=2026-12-01T01:00&end=2026-12-01T02:00&zone=Europe/Zurich";
    let (status, svg) = collector.get(&format!("/chart/load.svg?{time}&download"));
    assert_eq!(status, 200);
    let title = "web-1: Load in tasks, 2026-12-01 01:00 – 02:00 Europe/Zurich (1h)";
    assert!(svg.contains(title), "{svg:.2000}");
    let (status, rows) = collector.get("/api/v1/fetch.csv?group=load&start=-20&zone=UTC");
    assert_eq!(status, 200);
    assert!(rows.starts_with("time,iso,load1,"), "{rows}");
    let row: Vec<&str> = rows.lines().nth(1).unwrap().split(',').collect();
    assert!(row[1].ends_with("+00:00") && row[1].contains('T'), "{row:?}");
    let (status, error) = collector.get("/chart/load.svg?zone=Europe/Bern");
    assert_eq!(
        (status, error.as_str()),
        (400, "missing or invalid parameter \"zone\": expected a time zone, e.g. Europe/Zurich\n")
    );
    let kiosk = collector.get("/?kiosk&theme=dark").1;
    assert!(kiosk.contains("<html lang=\"en\" data-theme=\"dark\">"), "{kiosk:.2000}");
    assert!(kiosk.contains("<body class=\"kiosk\" "), "{kiosk:.2000}");
    collector.stop();
}
