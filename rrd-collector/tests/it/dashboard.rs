//! The page in a real browser: its text, drawings and requests, and its reaction to mouse, keys,
//! dark mode and a phone's size.

use serde_json::json;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// All visible figures have a drawn chart.
const DRAWN: &str = "[...document.querySelectorAll('figure')].filter((f) => f.getBoundingClientRect().top < innerHeight) \
    .every((f) => f.querySelector('.plot svg'))";

/// The lowest contrast between text and background, as defined by the Web Content Accessibility
/// Guidelines.
const CONTRAST: &str = "(() => { \
    const parts = (color) => color.match(/[\\d.]+/g).map(Number); \
    const light = (color) => { const [r, g, b] = parts(color).slice(0, 3).map((c) => c / 255) \
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }; \
    const behind = (e) => { const color = getComputedStyle(e).backgroundColor; \
        return parts(color)[3] === 0 && e.parentElement ? behind(e.parentElement) : color; }; \
    const contrast = (e) => { const [a, b] = [light(getComputedStyle(e).color), light(behind(e))]; \
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }; \
    return Math.min(...[...document.querySelectorAll('h1, h2, nav a, .verdict p, .verdict li, .tile i, .tile b, .tile small, figcaption a, footer')].map(contrast)); })()";

/// The middle of the first chart's canvas: left, right and the height of the pointer.
fn canvas(browser: &mut Browser) -> (f64, f64, f64) {
    let place = browser.value(
        "(() => { const { left, right, top, height } = canvasOf(figures[0]); \
         return [left, right, plotOf(figures[0]).getBoundingClientRect().top + top + height / 2]; })()",
    );
    let number = |index: usize| place[index].as_f64().unwrap();
    (number(0), number(1), number(2))
}

#[test]
fn the_page_is_used_with_mouse_keys_and_phone_in_light_and_dark() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A rule that is violated immediately, and none that a busy machine may violate.
    let rules = "[alerts]\ndefaults = false\n[[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0\"\n";
    let collector = Collector::start_configured(folder.path(), rules);
    collector.evaluate_rules();
    wait_until("the rule is broken", || collector.get("/api/v1/alerts").1.contains("\"warning\""));
    let own = format!("http://{}/", collector.address);
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    browser.prefer("light");
    browser.open(&format!("{own}?span=10min"));
    browser.wait_until("document.readyState === 'complete' && document.querySelector('figure')");
    browser.wait_until(DRAWN);

    // At a glance: the verdict, the problems, and the numbers with their small charts.
    assert_eq!(
        browser.value("document.querySelector('.verdict p').textContent"),
        "One thing needs a look."
    );
    let problem = browser.value("document.querySelector('.verdict li').textContent");
    let problem = problem.as_str().unwrap();
    assert!(problem.starts_with("tasks load.tasks is "), "{problem}");
    assert!(problem.contains(" (warning above 0) since "), "{problem}");
    for number in ["cpu.busy", "cpu.iowait", "cpu.steal", "load.load1", "memory.used_share"] {
        browser.wait_until(&format!(
            "document.querySelector('[data-part=\"{number} spark\"] path')?.getAttribute('d')"
        ));
        let tile = format!(
            "document.querySelector('[data-part=\"{number}\"]').getBoundingClientRect().bottom < innerHeight"
        );
        assert_eq!(browser.value(&tile), true, "{number} is in sight");
    }
    assert_eq!(
        browser.value("document.querySelector('[data-part=\"load.load1\"]').className"),
        "tile warning"
    );
    assert_eq!(
        browser.value("document.querySelector('[data-part=\"cpu.steal\"]').className"),
        "tile"
    );

    // The crosshair follows the mouse and shows values.
    let (left, right, y) = canvas(&mut browser);
    let x = right - (right - left) / 100.0;
    // There the daemon may not have run yet when the chart was drawn.
    wait_until("the tip has values", || {
        browser.pointer("mouseMoved", x - 1.0, y);
        browser.pointer("mouseMoved", x, y);
        let tip = browser.value("document.getElementById('tip').textContent");
        tip.as_str().is_some_and(|tip| tip.contains("user") && tip.contains('%'))
    });
    assert_eq!(browser.value("document.getElementById('tip').hidden"), false);
    assert_eq!(browser.value("figures[0].querySelectorAll('.cross').length"), 1);

    // The same by keys, with the values announced.
    browser.pointer("mouseMoved", 1.0, 1.0);
    browser.value("document.querySelector('.plot').focus()");
    browser.key("ArrowLeft");
    browser.wait_until("!document.getElementById('tip').hidden");
    assert_eq!(browser.value("document.getElementById('tip').role"), "status");
    browser.value("document.activeElement.blur()");
    browser.wait_until("document.getElementById('tip').hidden");

    // A drag zooms in, in place, with its own address.
    browser.value("window.same = true");
    assert_eq!(browser.value("page.timeQuery()"), "span=10min");
    let whole = browser.value("figures[0].range[1] - figures[0].range[0]").as_i64().unwrap();
    browser.pointer("mouseMoved", left + (right - left) * 0.5, y);
    browser.pointer("mousePressed", left + (right - left) * 0.5, y);
    browser.pointer("mouseMoved", left + (right - left) * 0.75, y);
    assert_eq!(browser.value("document.querySelectorAll('.chosen').length"), 1);
    browser.pointer("mouseReleased", left + (right - left) * 0.75, y);
    browser.wait_until("location.search.includes('start=')");
    let length = browser.value("page.shown.end - page.shown.start");
    let quarter = length.as_i64().unwrap();
    assert!((quarter - whole / 4).abs() <= 2, "{quarter} of {whole}");
    let shown = browser.value("new URLSearchParams(location.search).get('end') - new URLSearchParams(location.search).get('start')");
    assert_eq!(shown, length);

    // Keys: back, wider, back to now, another span; and the way back of the browser.
    let start = browser.value("page.shown.start").as_i64().unwrap();
    browser.wait_until("barSearch === location.search");
    browser.key("ArrowLeft");
    browser.wait_until(&format!("page.shown.start < {start} && barSearch === location.search"));
    browser.key("-");
    browser.wait_until(&format!("page.shown.end - page.shown.start > {}", 2 * quarter - 3));
    browser.value("history.back()");
    browser.wait_until(&format!("page.shown.end - page.shown.start < {}", 2 * quarter - 3));
    browser.key("Escape");
    browser.wait_until("!location.search.includes('start=')");
    browser.key("5");
    browser.wait_until("location.search.includes('span=day')");
    browser.key("1");
    browser.wait_until("location.search.includes('span=10min')");
    browser.wait_until(DRAWN);
    assert_eq!(browser.value("window.same"), true);

    // Dark mode: dark background, light text, and the charts as well.
    let luminance = "(() => { const c = (p) => getComputedStyle(document.body)[p].match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0); \
        return [c('backgroundColor'), c('color')]; })()";
    let light = browser.value(luminance);
    let readable = |browser: &mut Browser| browser.value(CONTRAST).as_f64().unwrap() >= 4.5;
    assert!(readable(&mut browser), "{}", browser.value(CONTRAST));
    browser.prefer("dark");
    assert!(readable(&mut browser), "{}", browser.value(CONTRAST));
    let dark = browser.value(luminance);
    assert!(
        light[0].as_i64() > light[1].as_i64() && dark[0].as_i64() < dark[1].as_i64(),
        "{light} {dark}"
    );
    assert!(dark[0].as_i64().unwrap() < 150, "{dark}");

    // A phone: nothing is wider than the screen, and the charts are drawn in its width.
    browser.resize(375, 800);
    browser.open(&format!("{own}?span=10min"));
    browser.wait_until("document.readyState === 'complete' && document.querySelector('figure')");
    browser.value("document.querySelector('figure').scrollIntoView()");
    browser.wait_until("document.querySelector('figure .plot svg')");
    browser.wait_until(DRAWN);
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 375);
    let chart =
        browser.value("document.querySelector('figure .plot svg').getBoundingClientRect().width");
    assert!((280.0..375.0).contains(&chart.as_f64().unwrap()), "{chart}");

    // Every link, button and chart has a name, and everything focusable has a visible focus.
    let nameless = "[...document.querySelectorAll('a, figure > .plot')].filter((e) => !(e.textContent.trim() || e.ariaLabel)).length";
    assert_eq!(browser.value(nameless), 0);
    assert_eq!(browser.value("document.documentElement.lang"), "en");

    // PNG and CSV can be downloaded.
    for (kind, begins) in [("png", "\u{fffd}PNG"), ("csv", "time,")] {
        let link = format!("document.querySelector('.take a[download][href*=\".{kind}?\"]').href");
        let text = browser.value(&format!(
            "fetch({link}).then((answer) => answer.ok ? answer.text() : 'failed')"
        ));
        assert!(text.as_str().unwrap().starts_with(begins), "{kind}: {text}");
    }

    assert_eq!(browser.complaints(), [""; 0]);
    let elsewhere: Vec<String> = browser
        .requests()
        .into_iter()
        .filter(|address| !address.starts_with(&own) && !address.starts_with("data:"))
        .collect();
    assert_eq!(elsewhere, [""; 0]);
    collector.stop();
}

#[test]
fn the_page_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), &[]);
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    let sizes = ["/page.css", "/page.js"].map(|path| collector.get(path).1.len());
    assert!(sizes.iter().all(|size| *size <= 22 << 10), "{sizes:?}");
    let groups: serde_json::Value =
        serde_json::from_str(&collector.get("/api/v1/groups").1).unwrap();
    assert_ne!(groups, json!([]));
    collector.stop();
}
