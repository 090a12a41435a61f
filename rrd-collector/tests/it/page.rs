//! The page, over HTTP and in a real browser.

use std::process::Command;
use std::time::Duration;

use crate::programs::{Collector, has};

#[test]
fn the_page_has_a_chart_for_each_group_and_each_chart_is_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), &[]);
    std::thread::sleep(Duration::from_millis(3_300));
    let (status, html) = collector.get("/?span=10min");
    assert_eq!(status, 200);
    let charts: Vec<String> = html
        .split("data-chart=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .collect();
    assert!(charts.len() >= 6, "{charts:?}");
    for chart in charts {
        let (status, svg) = collector.get(&format!("{chart}&width=400"));
        assert_eq!(status, 200, "{chart}: {svg}");
        assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{chart}: {svg}");
    }
    assert_eq!(collector.get("/chart/none.svg").0, 404);
    assert_eq!(collector.get("/chart/cpu.svg?instance=../../etc/passwd").0, 404);
    collector.stop();
}

#[test]
fn a_browser_draws_at_least_one_path_in_every_chart() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&folder.path().join("data"), &[]);
    std::thread::sleep(Duration::from_millis(5_300));
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1400,6000",
            "--virtual-time-budget=8000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("browser").display()))
        .arg(format!("http://{}/?span=10min", collector.address))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<&str> = dom.split("<figure").skip(1).collect();
    assert!(figures.len() >= 6, "{dom}");
    for figure in figures {
        let figure = figure.split("</figure>").next().unwrap();
        let curves = figure.matches("<path").count() + figure.matches("<polyline").count();
        assert!(curves >= 1, "{figure}");
    }
    collector.stop();
}
