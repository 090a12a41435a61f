//! What is written is read back by small strict readers, and each text of which `promtool` 2.42
//! makes no or wrong blocks cannot be written.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rrd_core::Timestamp;
use serde_json::Value;

use super::*;
use crate::export::SeriesName;

/// Series with their help and samples.
type Written = Vec<(SeriesName, String, Vec<(i64, f64)>)>;

fn written(format: SampleFormat, series: &Written) -> String {
    let mut writer = SampleWriter::new(format, Vec::new()).unwrap();
    for (name, help, samples) in series {
        writer.series(name, help).unwrap();
        for block in samples.chunks(2) {
            let block = block.iter().map(|&(time, value)| (Timestamp::from_seconds(time), value));
            writer.samples(block).unwrap();
        }
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

/// The samples of one series without labels.
fn load(samples: &[(i64, f64)]) -> Written {
    vec![(name("load", &[]), "One \"minute\".".to_owned(), samples.to_vec())]
}

fn name(name: &str, labels: &[(&str, &str)]) -> SeriesName {
    SeriesName::new(name, labels.iter().copied())
}

/// The samples that a format can express, each with its series.
fn expected(format: SampleFormat, series: &Written) -> Vec<(SeriesName, i64, f64)> {
    let has_infinity = matches!(format, SampleFormat::OpenMetrics | SampleFormat::Csv);
    let samples = series.iter().flat_map(|(name, _, samples)| {
        samples.iter().map(move |&(time, value)| (name.clone(), time, value))
    });
    samples.filter(|(.., value)| value.is_finite() || !value.is_nan() && has_infinity).collect()
}

/// A number as the formats write it.
fn number(text: &str) -> f64 {
    assert!(!text.contains(['e', 'E', ' ']) && text != "NaN", "{text:?}");
    text.parse().unwrap()
}

/// Reads labels in Prometheus' notation, and what follows them.
fn labels(mut text: &str) -> (Vec<(String, String)>, &str) {
    let mut labels = Vec::new();
    loop {
        let (name, rest) = text.split_once("=\"").unwrap();
        let (mut value, mut rest) = (String::new(), rest.chars());
        loop {
            match rest.next().unwrap() {
                '"' => break,
                '\\' => value.push(match rest.next().unwrap() {
                    'n' => '\n',
                    special @ ('\\' | '"') => special,
                    other => panic!("\\{other} is no escape"),
                }),
                other => value.push(other),
            }
        }
        labels.push((name.to_owned(), value));
        match rest.as_str().split_at(1) {
            (",", rest) => text = rest,
            ("}", rest) => return (labels, rest),
            (other, _) => panic!("{other:?} follows a label"),
        }
    }
}

/// Reads `NAME{LABELS}`, and what follows.
fn series(text: &str) -> (SeriesName, &str) {
    match text.find(['{', ' ']) {
        Some(at) if text[at..].starts_with('{') => {
            let (labels, rest) = labels(&text[at + 1..]);
            let names: Vec<&String> = labels.iter().map(|(name, _)| name).collect();
            assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
            (SeriesName::new(&text[..at], labels), rest)
        }
        at => {
            let (name, rest) = text.split_at(at.unwrap_or(text.len()));
            (self::name(name, &[]), rest)
        }
    }
}

/// Reads `OpenMetrics` and refuses all that `promtool` refuses or misreads.
fn read_openmetrics(text: &str) -> Vec<(SeriesName, i64, f64)> {
    let text = text.strip_suffix("# EOF\n").expect("noeof, aftereof");
    assert!(!text.contains('\r'), "crlf");
    let (mut samples, mut families): (Vec<(SeriesName, i64, f64)>, Vec<&str>) = Default::default();
    for line in text.lines() {
        assert!(!line.is_empty(), "blank");
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (_, help) = help.split_once(' ').unwrap();
            assert!(!help.replace("\\\\", "").replace("\\\"", "").contains('"'), "quote: {help:?}");
        } else if let Some(family) = line.strip_prefix("# TYPE ") {
            let family = family.strip_suffix(" gauge").expect("counter, created");
            assert!(!families.contains(&family), "interleaved: {family}");
            families.push(family);
        } else {
            assert!(!line.starts_with('#'), "unit: {line:?}");
            let (series, rest) = series(line);
            assert_eq!(Some(series.name()), families.last().copied(), "interleaved");
            let (value, time) = rest.strip_prefix(' ').unwrap().split_once(' ').expect("notime");
            let (time, value): (i64, f64) = (time.parse().expect("frac"), number(value));
            if let Some((before, last, _)) = samples.last() {
                assert!((before, *last) < (&series, time), "unsorted, dup: {line:?}");
            }
            samples.push((series, time, value));
        }
    }
    samples
}

/// Reads the line protocol.
fn read_influx(text: &str) -> Vec<(SeriesName, i64, f64)> {
    let read = |line: &str| {
        let (mut parts, mut rest) = (vec![String::new()], line.chars());
        loop {
            let part = parts.last_mut().unwrap();
            match rest.next().unwrap() {
                ' ' => break,
                ',' | '=' => parts.push(String::new()),
                '\\' if rest.as_str().starts_with([',', '=', ' ']) => part.extend(rest.next()),
                other => part.push(other),
            }
        }
        let labels = parts[1..].chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        let (value, time) = rest.as_str().strip_prefix("value=").unwrap().split_once(' ').unwrap();
        let time: i64 = time.strip_suffix("000000000").unwrap_or(time).parse().unwrap();
        (SeriesName::new(parts[0].clone(), labels), time, number(value))
    };
    text.lines().map(read).collect()
}

/// Reads comma-separated values.
fn read_csv(text: &str) -> Vec<(SeriesName, i64, f64)> {
    let text = text.strip_prefix("name,labels,time,value\n").unwrap();
    let read = |line: &str| {
        let (name, rest) = line.split_once(",\"").unwrap();
        let (text, rest) = rest.rsplit_once("\",").unwrap();
        assert!(!text.replace("\"\"", "").contains('"'), "{text}");
        let text = text.replace("\"\"", "\"") + "}";
        let labels = if text == "}" { Vec::new() } else { labels(&text).0 };
        let (time, value) = rest.split_once(',').unwrap();
        (SeriesName::new(name, labels), time.parse().unwrap(), number(value))
    };
    text.lines().map(read).collect()
}

/// Reads a JSON object for each sample.
fn read_jsonl(text: &str) -> Vec<(SeriesName, i64, f64)> {
    let read = |text: &str| {
        let mut line: Value = serde_json::from_str(text).unwrap();
        let labels: BTreeMap<String, String> =
            serde_json::from_value(line["labels"].take()).unwrap();
        let name = SeriesName::new(line["name"].as_str().unwrap(), labels);
        // The library reads some numbers with another last digit.
        let (_, value) = text.rsplit_once("\"value\":").unwrap();
        (name, line["time"].as_i64().unwrap(), number(value.trim_end_matches('}')))
    };
    text.lines().map(read).collect()
}

/// Reads the import of `VictoriaMetrics`.
fn read_vm(text: &str) -> Vec<(SeriesName, i64, f64)> {
    let read = |text: &str| {
        let mut line: Value = serde_json::from_str(text).unwrap();
        let mut labels: BTreeMap<String, String> =
            serde_json::from_value(line["metric"].take()).unwrap();
        let name = SeriesName::new(labels.remove("__name__").unwrap(), labels);
        let (_, values) = text.rsplit_once("\"values\":[").unwrap();
        let (values, _) = values.split_once(']').unwrap();
        let values: Vec<f64> = values.split(',').map(number).collect();
        let times: Vec<i64> = serde_json::from_value(line["timestamps"].take()).unwrap();
        assert_eq!(values.len(), times.len());
        let samples = times.into_iter().zip(values).collect::<Vec<_>>();
        samples.into_iter().map(move |(time, value)| (name.clone(), time / 1000, value))
    };
    text.lines().flat_map(read).collect()
}

/// Control characters, on which readers stop, are written as escapes that are read as text.
fn visible(text: &str, keeps_line_feed: bool) -> String {
    let visible = |c: char| {
        let is_escaped = c.is_control() && (c != '\n' || !keeps_line_feed);
        if is_escaped { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }
    };
    text.chars().map(visible).collect()
}

/// What the line protocol makes of backslashes that it cannot express.
fn slashed(text: &str) -> String {
    let mut text = text.to_owned();
    for special in [",", "=", " "] {
        text = text.replace(&format!("\\{special}"), &format!("/{special}"));
    }
    match text.strip_suffix('\\') {
        Some(rest) => format!("{rest}/"),
        None => text,
    }
}

fn with_values(series: &SeriesName, value: impl Fn(&str) -> String) -> SeriesName {
    let labels = series.labels().iter().map(|(name, text)| (name.clone(), value(text)));
    SeriesName::new(series.name(), labels)
}

fn some_series() -> impl Strategy<Value = Written> {
    let text = "[ -~]{0,6}|[a\"\\\\,= \n\r\t\0{}é\u{85}]{0,6}";
    let name =
        ("[a-z_:][a-z0-9_:]{0,3}", prop::collection::vec(("[a-z][a-z0-9_]{0,2}", text), 0..3));
    let name = name.prop_map(|(name, labels)| SeriesName::new(name, labels));
    let value = prop_oneof![any::<f64>(), -1e6..1e6, Just(f64::INFINITY), Just(f64::NAN)];
    let samples = prop::collection::btree_map(-9_000_000_000_i64..9_000_000_000, value, 0..5);
    let series = prop::collection::btree_map(name, (text, samples), 0..5);
    series.prop_map(|series| {
        let series = series.into_iter();
        series.map(|(name, (help, samples))| (name, help, samples.into_iter().collect())).collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(series in some_series()) {
        use SampleFormat::{Csv, Influx, JsonLines, OpenMetrics, VictoriaMetrics};
        let expected = |format, value: fn(&str) -> String| {
            let samples = expected(format, &series).into_iter();
            samples
                .map(|(name, time, value_)| (with_values(&name, value), time, value_))
                .collect::<Vec<_>>()
        };
        let escaped: fn(&str) -> String = |text| visible(text, true);
        prop_assert_eq!(read_openmetrics(&written(OpenMetrics, &series)), expected(OpenMetrics, escaped));
        prop_assert_eq!(read_csv(&written(Csv, &series)), expected(Csv, escaped));
        let same: fn(&str) -> String = str::to_owned;
        prop_assert_eq!(read_jsonl(&written(JsonLines, &series)), expected(JsonLines, same));
        prop_assert_eq!(read_vm(&written(VictoriaMetrics, &series)), expected(VictoriaMetrics, same));
        let tag: fn(&str) -> String = |text| visible(&slashed(text), false);
        prop_assert_eq!(read_influx(&written(Influx, &series)), expected(Influx, tag));
    }
}

#[test]
fn a_text_has_families_with_heads_and_an_end() {
    let labels = [("instance", "host1"), ("job", "rrd")];
    let series = vec![(
        name("rrd_load1", &labels),
        "Load over one minute.".to_owned(),
        vec![(1_700_000_000, 0.25), (1_700_000_300, 0.5)],
    )];
    assert_eq!(
        written(SampleFormat::OpenMetrics, &series),
        "# HELP rrd_load1 Load over one minute.\n# TYPE rrd_load1 gauge\n\
         rrd_load1{instance=\"host1\",job=\"rrd\"} 0.25 1700000000\n\
         rrd_load1{instance=\"host1\",job=\"rrd\"} 0.5 1700000300\n# EOF\n"
    );
}

#[test]
fn each_format_has_its_units_of_time() {
    let series = load(&[(1_700_000_000, 0.25), (1_700_000_300, f64::NAN), (1_700_000_600, 1e21)]);
    for (format, text) in [
        (
            SampleFormat::OpenMetrics,
            "# HELP load One \\\"minute\\\".\n# TYPE load gauge\nload 0.25 1700000000\n\
             load 1000000000000000000000 1700000600\n# EOF\n",
        ),
        (
            SampleFormat::Influx,
            "load value=0.25 1700000000000000000\n\
             load value=1000000000000000000000 1700000600000000000\n",
        ),
        (
            SampleFormat::VictoriaMetrics,
            "{\"metric\":{\"__name__\":\"load\"},\"values\":[0.25],\"timestamps\":[1700000000000]}\n\
             {\"metric\":{\"__name__\":\"load\"},\"values\":[1000000000000000000000],\"timestamps\":[1700000600000]}\n",
        ),
        (
            SampleFormat::Csv,
            "name,labels,time,value\nload,\"\",1700000000,0.25\n\
             load,\"\",1700000600,1000000000000000000000\n",
        ),
        (
            SampleFormat::JsonLines,
            "{\"name\":\"load\",\"labels\":{},\"time\":1700000000,\"value\":0.25}\n\
             {\"name\":\"load\",\"labels\":{},\"time\":1700000600,\"value\":1000000000000000000000}\n",
        ),
    ] {
        assert_eq!(written(format, &series), text, "{format}");
    }
}

#[test]
fn nothing_but_an_end_is_written_for_series_without_known_samples() {
    let series = load(&[(300, f64::NAN)]);
    assert_eq!(written(SampleFormat::OpenMetrics, &series), "# EOF\n");
    assert_eq!(written(SampleFormat::VictoriaMetrics, &series), "");
}

#[test]
fn samples_that_are_not_later_than_the_last_are_refused() {
    let seconds = Timestamp::from_seconds;
    for (wrong, taken) in [(&[300][..], 1), (&[200, 500], 1), (&[400, 400, 500], 2)] {
        let mut writer = SampleWriter::new(SampleFormat::OpenMetrics, Vec::new()).unwrap();
        writer.series(&name("load", &[]), "").unwrap();
        writer.samples([(seconds(300), 1.0)]).unwrap();
        let refused = writer.samples(wrong.iter().map(|&time| (seconds(time), 2.0)));
        assert!(matches!(refused, Err(SampleError::TimeOrder { .. })), "{refused:?}");
        assert_eq!(writer.written(), taken);
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let later = if taken == 2 { "load 2 400\n" } else { "" };
        assert_eq!(text, format!("# TYPE load gauge\nload 1 300\n{later}# EOF\n"));
    }
}

#[test]
fn series_that_do_not_ascend_or_have_impossible_names_are_refused() {
    let mut writer = SampleWriter::new(SampleFormat::OpenMetrics, Vec::new()).unwrap();
    writer.series(&name("load", &[("a", "2")]), "").unwrap();
    for wrong in [name("load", &[("a", "2")]), name("load", &[("a", "1")]), name("cpu", &[])] {
        let refused = writer.series(&wrong, "");
        assert!(matches!(refused, Err(SampleError::SeriesOrder(_))), "{refused:?}");
    }
    for wrong in [name("user time", &[]), name("temp", &[("größe", "1")])] {
        let refused = writer.series(&wrong, "");
        assert!(matches!(refused, Err(SampleError::Name(_))), "{refused:?}");
    }
}
