//! The page, over HTTP and in a real browser.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;

use rrd_collector::Host;
use rrd_collector::source::host_probes;
use serde_json::json;

use crate::browser::Browser;
use crate::programs::{Collector, has, installed, wait_until};

#[test]
fn the_page_has_a_chart_for_each_group_and_each_chart_is_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start_configured(folder.path(), &each_second());
    wait_until("every chart has a curve", || has_curves(&collector));
    let charts = charts(&collector);
    assert!(charts.len() >= 6, "{charts:?}");
    for chart in charts {
        let (status, svg) = collector.get(&format!("{chart}&width=400"));
        assert_eq!(status, 200, "{chart}: {svg:.2000}");
        assert!(svg.starts_with("<svg"), "{chart}: {svg:.2000}");
        let columns = collector.get(&format!("{}&width=400", chart.replacen(".svg", ".json", 1)));
        assert_eq!(columns.0, 200, "{chart}: {}", columns.1);
        let columns: serde_json::Value = serde_json::from_str(&columns.1).unwrap();
        assert_eq!(columns["size"][0], 400, "{chart}");
        let times = columns["times"].as_array().unwrap();
        assert_eq!(times.last(), Some(&columns["range"][1]), "{chart}");
        for series in columns["series"].as_array().unwrap() {
            assert_eq!(series["avg"].as_array().unwrap().len(), times.len(), "{chart}");
        }
    }
    // Nothing is older than some seconds, and the axis of the hour shows just that.
    let first = collector.get("/").1;
    assert!(
        first.contains(
            "<a href=\"/?span=hour\" data-key=\"2\" title=\"Key 2\" aria-current=\"true\">1 h</a>"
        ),
        "{first:.2000}"
    );
    assert_eq!(collector.get("/chart/none.svg").0, 404);
    let (status, hidden) = collector.get("/chart/load.svg?span=10min&hide=load5,load15");
    assert_eq!(
        (status, hidden.matches("<g class=\"entry hidden\"").count()),
        (200, 2),
        "{hidden:.2000}"
    );
    assert!(hidden.contains("<g class=\"entry\" data-series=\"load1\">"), "{hidden:.2000}");
    assert_eq!(
        collector.get("/chart/load.svg?hide=load2"),
        (
            400,
            "missing or invalid parameter \"hide\": expected names of series of this chart, such as user,system\n"
                .to_owned()
        )
    );
    assert_eq!(collector.get("/?group=cpu&start=1000&end=2000").1.matches("<figure").count(), 2);
    assert_eq!(collector.get("/chart/cpu.svg?instance=../../etc/passwd").0, 404);
    collector.stop();
}

#[test]
fn a_browser_draws_at_least_one_path_in_every_chart() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start_configured(folder.path(), &each_second());
    wait_until("there are charts", || charts(&collector).len() >= 6);
    // All charts are in sight.
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 12_000);
    browser.open(&format!("http://{}/?span=10min", collector.address));
    browser.wait_until("document.readyState === 'complete' && figures.length >= 6");
    browser.wait_for(WITHOUT_CURVE, &json!([]));
    collector.stop();
}

#[test]
fn a_page_opened_before_the_first_sample_shows_charts_once_there_are_some() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    let collector = Collector::start(&folder.path().join("data"), &["--step", "10s"]);
    browser.open(&format!("http://{}/", collector.address));
    browser.wait_until("document.querySelector('figure .plot svg')");
    collector.stop();
}

/// The charts of the page without a curve, and what they say instead; without those that are
/// folded away below a table, which nobody has asked for.
const WITHOUT_CURVE: &str = "figures.filter((f) => !f.closest('.multiples') && !f.querySelector('g.plot path')) \
    .map((f) => `${f.dataset.chart}: ${plotOf(f).innerText}`)";

/// A configuration with which all of this host is sampled each second. What is counted has no curve
/// until its second sample, which may be a minute later, and never if it is gone by then, as
/// containers may be.
fn each_second() -> String {
    let mut text = String::new();
    for probe in host_probes(&Host::at("/")) {
        let is_lasting = probe.name() != "cgroup";
        writeln!(text, "[probe.{}]\nstep = \"1s\"\nenabled = {is_lasting}", probe.name()).unwrap();
        // Others may be out of reach, as in a chroot; their charts stay empty.
        if probe.name() == "filesystem" {
            text.push_str("include = [\"/\"]\n");
        }
    }
    text
}

/// The addresses of the charts on the page.
fn charts(collector: &Collector) -> Vec<String> {
    let (status, html) = collector.get("/?span=10min");
    assert_eq!(status, 200);
    html.split("data-chart=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .map(|chart| format!("{chart}{}span=10min", if chart.contains('?') { '&' } else { '?' }))
        .collect()
}

/// Whether there are charts, and each shows something: slow probes take their time.
fn has_curves(collector: &Collector) -> bool {
    let charts = charts(collector);
    let drawn = |chart: &String| curves(&format!("{}</figure>", collector.get(chart).1)) > 0;
    !charts.is_empty() && charts.iter().all(drawn)
}

/// Number of curves in a figure: areas are below the grid, lines over it.
fn curves(figure: &str) -> usize {
    let figure = figure.split("</figure>").next().unwrap_or_default();
    let plots = figure.split("<g class=\"plot\"").skip(1);
    plots.map(|plot| plot.split("</g>").next().unwrap_or_default().matches("<path").count()).sum()
}

#[test]
fn a_client_that_closes_its_side_after_the_request_gets_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), &[]);
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    for path in ["/-/healthy", "/api/v1/fetch?group=load", "/chart/load.svg"] {
        let mut stream = TcpStream::connect(&collector.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{path}: {answer:.100}");
    }
    collector.stop();
}

#[test]
fn programs_are_answered_in_their_own_forms() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), &[]);
    let mut metrics = String::new();
    wait_until("a share of the CPU's time is known", || {
        let (status, text) = collector.get("/metrics");
        assert_eq!(status, 200);
        metrics = text;
        metrics.contains("\n# TYPE rrd_cpu_steal_ratio gauge\nrrd_cpu_steal_ratio ")
    });
    assert_eq!(collector.get("/-/healthy"), (200, "alive\n".to_owned()));
    let (status, rows) = collector.get("/api/v1/fetch?group=load&start=-5");
    assert_eq!(status, 200);
    assert!(rows.starts_with("{\"columns\":[\"load1\",\"load5\",\"load15\","), "{rows}");
    assert_eq!(collector.get("/api/v1/fetch?group=nothing").0, 404);
    assert_eq!(collector.get("/api/v1/fetch").0, 400);
    if has("promtool") {
        let mut promtool = installed("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
        let output = promtool.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
    collector.stop();
}
