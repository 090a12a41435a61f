//! A year of history in a real browser: the numbers are the same at every width, in light and dark.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rrd_collector::group::GroupId;
use rrd_collector::group::Kind;
use rrd_collector::group::retention::Retention;
use rrd_collector::source::host::{CPU_TOTAL, LOAD};
use rrd_core::{Dump, Overwrite, Restore, Rrd, RrdReader, Step, Timestamp};
use serde_json::Value;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

const DAY: i64 = 86_400;

/// A file of a group whose rows are as if it had been sampled for years: `value` is given the
/// function of an archive, a metric, and the beginning and end of a row.
fn fill(data: &Path, kind: &Kind, now: i64, value: impl Fn(&str, &str, i64, i64) -> f64) {
    let path = data.join(GroupId::of(kind, "").file_name());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Retention::default().schema(kind, Step::from_seconds(1).unwrap()).unwrap();
    Rrd::create(&path, &schema, Timestamp::from_seconds(now)).unwrap();
    let mut dump = Vec::new();
    Dump::of(&RrdReader::open(&path).unwrap()).write_to(&mut dump).unwrap();
    let dump = String::from_utf8(dump).unwrap();
    let (mut function, mut length) = (String::new(), 1);
    let mut filled = String::with_capacity(dump.len());
    for line in dump.lines() {
        if let Some((_, rest)) = line.split_once("<cf>") {
            rest.split_once('<').unwrap().0.clone_into(&mut function);
        }
        if let Some((_, rest)) = line.split_once("<pdp_per_row>") {
            length = rest.split_once('<').unwrap().0.parse().unwrap();
        }
        if let Some((moment, _)) = line.split_once(" --> <row>") {
            let end: i64 = moment.rsplit(' ').next().unwrap().parse().unwrap();
            filled.push_str("<row>");
            for metric in &*kind.metrics {
                let value = value(&function, &metric.name, end - length, end);
                write!(filled, "<v>{value:e}</v>").unwrap();
            }
            filled.push_str("</row>");
        } else {
            filled.push_str(line);
        }
        filled.push('\n');
    }
    Restore::new().overwrite(Overwrite::Yes).read(filled.as_bytes(), &path).unwrap();
}

#[test]
fn a_year_says_the_same_numbers_at_every_width_and_shows_its_peak() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let spike = now - 100 * DAY;
    let data = folder.path().join("data");
    fill(&data, &CPU_TOTAL, now, |function, metric, start, end| {
        let peak = function == "MAX" && (start..end).contains(&spike);
        match metric {
            "steal" | "busy" if peak => 0.66,
            "steal" => 0.0165,
            "user" => 0.1,
            "busy" => 0.1165,
            _ => 0.0,
        }
    });
    fill(&data, &LOAD, now, |_, _, _, end| f64::from(u8::try_from(end / DAY % 7).unwrap()));
    let collector = Collector::start(&data, &[]);
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    let own = format!("http://{}/", collector.address);
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    let mut said: Vec<Value> = Vec::new();
    for (width, scheme) in [(1400, "light"), (768, "dark"), (375, "light")] {
        browser.resize(width, 900);
        browser.prefer(scheme);
        browser.open(&format!("{own}?span=year"));
        browser.wait_until(
            "document.readyState === 'complete' && document.querySelector('figure .plot svg')",
        );
        for chart in 0..2 {
            browser.value(&format!("figures[{chart}].scrollIntoView()"));
            browser.wait_until(&format!("figures[{chart}].querySelector('svg')"));
        }
        // Nothing is wider than the screen.
        assert_eq!(browser.value("document.documentElement.scrollWidth"), width);
        said.push(
            browser
                .value("figures.slice(0, 2).map((f) => f.querySelector('svg desc').textContent)"),
        );
        // Plots of a column share their edges.
        let edges = browser.value(
            "[...new Set(figures.slice(0, 2).map((f) => `${f.drawnWidth} ${f.canvas.left} ${f.canvas.width}`))].length",
        );
        assert_eq!(edges, 1, "{width}");
        // The peak is in the column of its time, whatever the width of the column.
        let columns =
            "fetch('/chart/cpu-lost.json?span=year&width=WIDTH').then((answer) => answer.json())";
        let columns = browser.value(&columns.replace("WIDTH", &width.to_string()));
        let series = columns["series"].as_array().unwrap();
        let highest = series.iter().filter_map(|one| one["max"].as_array()).flatten();
        let highest = highest.filter_map(Value::as_f64).fold(0.0, f64::max);
        assert_eq!(highest, 66.0, "{columns}");
    }
    assert!(said[0][0].as_str().unwrap().contains("66"), "{said:?}");
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0], said[2]);
    assert_eq!(browser.complaints(), [""; 0]);
    collector.stop();
}
