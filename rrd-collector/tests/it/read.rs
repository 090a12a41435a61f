//! Values read from the charts of the page: a line over all of them and a tip, by mouse, finger and
//! keys; series that are hidden and shown again; one chart alone.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// All visible figures have a drawn chart.
const DRAWN: &str = "document.readyState === 'complete' && document.querySelector('figure') && \
    [...document.querySelectorAll('figure')].filter((f) => f.getBoundingClientRect().top < innerHeight) \
    .every((f) => f.querySelector('.plot svg'))";
/// Where the canvas of a chart is on the screen: left, top, width and height.
const CANVAS: &str = "(() => { const [plot, c] = [plotOf(F).getBoundingClientRect(), F.canvas]; \
    return [plot.left + c.left, plot.top + c.top, c.width, c.height]; })()";
const TIP: &str =
    "document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText";

/// The page of a minute in a browser, with the chart of CPUs as `F`. Samples began in its last
/// quarter.
struct Page {
    browser: Browser,
    collector: Collector,
    query: String,
    _folder: tempfile::TempDir,
}

impl Page {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = "[alerts]\ndefaults = false\n[[rule]]\nname = \"load\"\nwhen = \"last of load.load5 > 0.25, critical > 900\"\n";
        let collector = Collector::start_configured(folder.path(), rules);
        let rows = || {
            let text = collector.get("/api/v1/fetch?group=cpu&start=-20").1;
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            let rows = answer["rows"].as_array().cloned().unwrap_or_default();
            rows.iter()
                .filter(|row| !row[1].is_null())
                .map(|row| row[0].as_i64().unwrap())
                .collect()
        };
        wait_until("samples are taken", || Vec::len(&rows()) >= 8);
        collector.evaluate_rules();
        wait_until("the rule is read", || collector.get("/api/v1/alerts").1.contains("\"load\""));
        let end = rows().pop().unwrap();
        let query = format!("?start={}&end={end}", end - 60);
        let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
        browser.open(&format!("http://{}/{query}", collector.address));
        browser.wait_until(DRAWN);
        browser.value("globalThis.F = document.querySelector('[data-chart*=\"/cpu.svg\"]'); 0");
        Self { browser, collector, query, _folder: folder }
    }

    /// The place of a share of the width and height of the canvas on the screen.
    fn at(&mut self, across: f64, down: f64) -> (f64, f64) {
        let canvas = self.browser.value(CANVAS);
        let [left, top, width, height] = [0, 1, 2, 3].map(|i| canvas[i].as_f64().unwrap());
        (left + width * across, top + height * down)
    }

    fn tip(&mut self) -> String {
        self.browser.value(TIP).as_str().unwrap().to_owned()
    }

    fn value(&mut self, expression: &str) -> Value {
        self.browser.value(expression)
    }

    fn end(self) {
        assert_eq!(self.browser.complaints(), [""; 0]);
        self.collector.stop();
    }
}

/// The names in the tip, in their order.
fn names(tip: &str) -> Vec<&str> {
    let known = [
        "steal",
        "I/O wait",
        "guest nice",
        "guest",
        "nice",
        "user",
        "softirq",
        "irq",
        "system",
        "total",
    ];
    tip.lines().filter_map(|line| known.into_iter().find(|name| line.trim() == *name)).collect()
}

#[test]
fn a_line_is_in_every_chart_in_sight_and_a_tip_in_the_one_that_is_read() {
    if !has("chromium") {
        return;
    }
    let mut page = Page::open();
    let (x, y) = page.at(0.99, 0.5);
    page.browser.pointer("mouseMoved", x, y);
    page.browser.wait_until(&format!("({TIP}).includes('system')"));
    let tip = page.tip();
    // Stacks from the top, as they are drawn.
    assert_eq!(
        (names(&tip).first(), names(&tip).last()),
        (Some(&"steal"), Some(&"total")),
        "{tip}"
    );
    let (time, zone) = (tip.lines().next().unwrap(), page.value("page.zone"));
    assert!(time.starts_with("20") && time.ends_with(zone.as_str().unwrap()), "{tip}");
    assert!(tip.contains(" %"), "{tip}");
    let seen = "[...document.querySelectorAll('figure')].filter((f) => f.canvas && f.getBoundingClientRect().top < innerHeight)";
    let lines = page.value(&format!("{seen}.map((f) => f.querySelector('.cross').getBoundingClientRect().left - plotOf(f).getBoundingClientRect().left - f.canvas.left - 0.99 * f.canvas.width)"));
    let lines: Vec<f64> = lines.as_array().unwrap().iter().map(|at| at.as_f64().unwrap()).collect();
    assert!(lines.len() >= 3 && lines.iter().all(|off| off.abs() < 2.0), "{lines:?}");
    let (x, y) = page.at(0.1, 0.5);
    page.browser.pointer("mouseMoved", x, y);
    page.browser.wait_until(&format!("({TIP}).trim().split('\\n').length === 2"));
    assert_eq!(
        page.tip().lines().nth(1).map(str::trim),
        Some("before the first sample"),
        "{}",
        page.tip()
    );
    let (x, y) = page.at(0.99, 0.5);
    page.browser.pointer("mouseMoved", x, y);
    page.browser.wait_until(&format!("({TIP}).includes('system')"));
    // The colours are those of the picture.
    let colors = page.value(
        "[...document.querySelectorAll('#tip i')].map((i) => getComputedStyle(i).backgroundColor)",
    );
    assert_eq!(
        colors[0],
        page.value(
            "getComputedStyle(F.querySelector('[data-series=steal] path:last-of-type')).fill"
        )
    );

    // A new picture under the resting pointer keeps line and tip, and renews the numbers.
    page.value("F.columns.series[0].avg.fill(-7); tell(); 0");
    assert!(page.tip().contains("-7 %"), "{}", page.tip());
    page.value("F.version = null; F.asked = null; draw(F); 0");
    page.browser.wait_until(&format!("({TIP}).includes('system') && !({TIP}).includes('-7 %')"));
    assert_eq!(page.value("F.querySelectorAll('.cross').length"), 1);

    page.browser.pointer("mouseMoved", 1.0, 1.0);
    page.browser.wait_until("document.getElementById('tip').hidden");
    assert_eq!(page.value("document.querySelectorAll('.cross').length"), 0);
    page.end();
}

#[test]
fn keys_and_fingers_move_the_line() {
    if !has("chromium") {
        return;
    }
    let mut page = Page::open();
    let time = |tip: &str| tip.lines().next().unwrap().to_owned();
    page.value("plotOf(F).focus()");
    let mut times = Vec::new();
    for key in ["ArrowLeft", "ArrowLeft", "PageUp", "ArrowRight", "Home", "End"] {
        let before = page.tip();
        page.browser.key(key);
        page.browser.wait_until(&format!("({TIP}) && ({TIP}) !== {}", json!(before)));
        times.push(time(&page.tip()));
    }
    let [newest, older, much_older, back, first, last] = &times[..] else { panic!("{times:?}") };
    assert!(newest > older && older > much_older && much_older < back && back < older, "{times:?}");
    assert!(first < much_older && last == newest, "{times:?}");
    assert_eq!(page.value("document.getElementById('tip').role"), "status");
    assert_eq!(page.value("location.search"), json!(page.query));
    page.value("document.activeElement.blur()");
    page.browser.wait_until("document.getElementById('tip').hidden");

    // A tap shows the line; a drag to the side moves it, and leaves the time as it is.
    let touch = |page: &mut Page, kind: &str, across: f64| {
        let (x, y) = page.at(across, 0.5);
        let points = if kind == "touchEnd" { json!([]) } else { json!([{ "x": x, "y": y }]) };
        page.browser
            .call("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }));
    };
    touch(&mut page, "touchStart", 0.99);
    page.browser.wait_until(TIP);
    let tapped = time(&page.tip());
    touch(&mut page, "touchMove", 0.9);
    touch(&mut page, "touchMove", 0.5);
    page.browser.wait_until(&format!("({TIP}).split('\\n')[0] < {}", json!(tapped)));
    touch(&mut page, "touchEnd", 0.5);
    assert!(!page.tip().is_empty());
    assert_eq!(page.value("location.search"), json!(page.query));
    assert_eq!(page.value("getComputedStyle(plotOf(F)).touchAction"), "pan-y");
    page.end();
}

#[test]
fn a_name_in_the_legend_hides_its_series_and_shows_it_again() {
    if !has("chromium") {
        return;
    }
    let mut page = Page::open();
    let place = page.value("(() => { const { left, top, height } = F.querySelector('[data-series=user] text').getBoundingClientRect(); return [left + 5, top + height / 2]; })()");
    let (x, y) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    page.browser.pointer("mousePressed", x, y);
    page.browser.pointer("mouseReleased", x, y);
    page.browser.wait_until("F.querySelector('[data-series=user].hidden')");
    let state = "F.querySelector('[data-series=user]').ariaChecked";
    assert_eq!(page.value(state), "false");
    let (x, y) = page.at(0.99, 0.5);
    page.browser.pointer("mouseMoved", x, y);
    page.browser.wait_until(&format!("({TIP}).includes('system')"));
    let tip = page.tip();
    assert!(!names(&tip).contains(&"user"), "{tip}");
    assert!(
        page.browser
            .requests()
            .iter()
            .any(|address| address.contains("/chart/cpu.json?") && address.contains("hide=user"))
    );
    // By keys: from the chart down to the names.
    page.value("plotOf(F).focus()");
    let user = "document.activeElement.dataset.series === 'user'";
    for _ in 0..12 {
        if page.value(user) == true {
            break;
        }
        page.browser.key("ArrowDown");
    }
    page.browser.key("Enter");
    page.browser.wait_until("F.querySelector('[data-series=user]:not(.hidden)')");
    assert_eq!((page.value(state), page.value(user)), (json!("true"), json!(true)));
    page.end();
}

#[test]
fn a_chart_opens_alone_with_its_thresholds_and_leads_to_the_next() {
    if !has("chromium") {
        return;
    }
    let mut page = Page::open();
    page.value("[...figures].find((f) => f.dataset.chart.includes('/load.svg')).querySelector('.plot').focus()");
    page.browser.key("Enter");
    page.browser.wait_until(&format!("location.search.includes('chart=load') && ({DRAWN})"));
    let query = page.value("location.search");
    let range = page.query.split_once("start=").unwrap().1;
    assert!(query.as_str().unwrap().contains(range), "{query}");
    let drawn = page.value("figures[0].querySelector('svg').textContent");
    for text in
        ["5 minutes: warning above 0.25", "5 minutes: critical above 900", "collector started"]
    {
        assert!(drawn.as_str().unwrap().contains(text), "{text}: {drawn}");
    }
    assert_eq!(page.value("figures.length"), 5);
    assert_eq!(page.value("document.querySelector('.way h2').textContent"), "Load");
    let rows = "document.querySelectorAll('.rows tr').length";
    assert!(page.value(rows).as_i64().unwrap() > 10, "{}", page.value(rows));
    page.value("document.querySelector('.periods figure:last-child').scrollIntoView()");
    page.browser.wait_until("figures[4].querySelector('svg') && figures[4].range");
    assert!(
        page.browser.requests().iter().any(|address| address.contains("annotations&span=year"))
    );
    let next = page.value("document.querySelector('a[rel=next]').textContent.slice(2)");
    page.browser.key("n");
    page.browser
        .wait_until("!location.search.includes('chart=load') && document.querySelector('.way h2')");
    assert_eq!(page.value("document.querySelector('.way h2').textContent"), next);
    page.browser.wait_until(DRAWN);

    let path = format!("/{}&chart=laod", page.query);
    let (status, text) = page.collector.get(&path);
    assert_eq!((status, text.as_str()), (404, "no chart \"laod\": did you mean load?\n"));
    page.end();
}
