//! The forms of charts in a real browser: the scale of an axis is chosen, and a time without the
//! collector is called that.

use std::time::Duration;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// The labels of the value axis of the chart of the load.
const LABELS: &str = "[...document.querySelectorAll('figure[data-chart^=\"/chart/load\"] .labels text[text-anchor=end]')] \
    .map((text) => text.textContent).join(' ')";

#[test]
fn the_scale_of_a_chart_is_chosen_beside_it_and_a_pause_of_the_collector_has_its_words() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let collector = Collector::start(&data, &[]);
    wait_until("samples are taken", || {
        collector.get("/chart/load.json?span=10min").1.contains("\"before the first sample\"]")
    });
    collector.stop();
    std::thread::sleep(Duration::from_secs(14));
    let collector = Collector::start(&data, &[]);
    wait_until("the pause is over", || {
        collector.get("/chart/load.json?span=10min").1.contains("\"collector not running\"]")
    });

    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    browser.open(&format!("http://{}/?span=10min", collector.address));
    browser.wait_until(&format!("({LABELS}).startsWith('0')"));
    let choose = |browser: &mut Browser, scale: &str| {
        browser.value(&format!(
            "(() => {{ const choice = document.querySelector('figure[data-chart^=\"/chart/load\"] .scale'); \
             choice.value = '{scale}'; choice.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
        ));
    };
    // A logarithmic axis has its zero, and lines at every power of ten.
    choose(&mut browser, "log");
    let log = "figures.find((f) => f.dataset.chart.startsWith('/chart/load')).version.includes('&scale=log&')";
    browser.wait_until(log);
    let labels = browser.value(LABELS).as_str().unwrap().to_owned();
    assert!(labels.starts_with("0 ") && labels.contains(" 1"), "{labels}");
    choose(&mut browser, "linear");
    browser.wait_until(&log.replace("=log", "=linear"));
    // A stack has no other scale.
    let stacks =
        "document.querySelectorAll('figure[data-chart^=\"/chart/cpu.svg\"] .scale').length";
    assert_eq!(browser.value(stacks), 0);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
