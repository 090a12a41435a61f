//! Remote read: a real Prometheus asks for a year of archives, and clients that mean no good.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use rrd_collector::output::remote::wire::v1::{
    ChunkedReadResponse, ChunkedSeries, Label, LabelMatcher, Query, ReadRequest, Sample,
    TimeSeries, WriteRequest,
};
use rrd_collector::output::remote::wire::{compress, frame, xor_chunk};
use rrd_core::ConsolidationFunction::{Average, Max, Min};
use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Schema, Step, TimeRange,
    Timestamp,
};
use serde_json::Value;

use crate::programs::{Collector, Running, free_port, has, installed, wait_until};

const DAY: i64 = 86_400;
/// Seconds of the shortest rows.
const ROW: i64 = 1800;
/// Seconds of the longest rows.
const LONG_ROW: i64 = 6 * 3600;
/// When two hours without values begin, from the end of the history on; weeks before that, too.
const GAP: i64 = -61 * DAY;

/// Writes a year of rows that ends at `end` for three instances of memcached, each with two values.
fn write_history(data: &Path, end: i64) {
    let folder = data.join("memcached");
    fs::create_dir_all(&folder).unwrap();
    let rows = u64::try_from(365 * DAY / ROW).unwrap();
    let points = u64::try_from(LONG_ROW / ROW).unwrap();
    let schema = Schema::builder(Step::from_seconds(ROW.unsigned_abs()).unwrap())
        .gauge("items", Heartbeat::from_seconds(2 * ROW.unsigned_abs()))
        .gauge("hits", Heartbeat::from_seconds(2 * ROW.unsigned_abs()))
        .average(0.5, 1, rows)
        .min(0.5, points, rows / points)
        .max(0.5, points, rows / points)
        .build()
        .unwrap();
    for (instance, scale) in [("a", 1.0), ("b", 10.0), ("c", 100.0)] {
        let begin = end - 365 * DAY;
        let path = folder.join(format!("{instance}.rrd"));
        let mut rrd = Rrd::create(path, &schema, Timestamp::from_seconds(begin)).unwrap();
        let samples: Vec<_> = (begin + ROW..=end)
            .step_by(usize::try_from(ROW).unwrap())
            // Two hours of each week are unknown, whatever day it is today.
            .filter(|at| (at - end - GAP).rem_euclid(7 * DAY) >= 2 * 3600)
            .map(|at| {
                let wave = f64::from(i32::try_from((at / ROW) % 97).unwrap());
                let values = [scale * wave, scale * (wave % 7.0) / 8.0];
                rrd_core::Sample::new(Timestamp::from_seconds(at), values)
            })
            .collect();
        rrd.update_batch(&samples).unwrap();
    }
}

/// The known rows of an instance whose ends are after `start` and not after `end`.
fn rows(
    data: &Path,
    instance: &str,
    source: &str,
    wanted: (ConsolidationFunction, i64),
    start: i64,
    end: i64,
) -> Vec<f64> {
    let reader = RrdReader::open(data.join(format!("memcached/{instance}.rrd"))).unwrap();
    let (function, row) = wanted;
    let request = FetchRequest::new(function, TimeRange::from_seconds(start, end))
        .resolution(Duration::from_secs(row.unsigned_abs()));
    let series = reader.fetch(&request).unwrap();
    assert_eq!(series.step().seconds(), row.unsigned_abs());
    let column = series.column(source).unwrap();
    let in_range = column.filter(|(at, _)| (start + 1..=end).contains(&at.seconds()));
    in_range.map(|(_, value)| value).filter(|value| !value.is_nan()).collect()
}

/// The body of an answer to a request of HTTP/1.0, and its status.
fn ask(address: &str, request: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&answer[..head]).into_owned();
    let status = text.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_off(head + 4)))
}

/// Sends a body as Prometheus sends its own.
fn post(address: &str, path: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let head = format!(
        "POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\nContent-Encoding: snappy\r\n\
         Content-Type: application/x-protobuf\r\nX-Prometheus-Remote-Read-Version: 0.1.0\r\n\
         X-Prometheus-Remote-Write-Version: 0.1.0\r\n\r\n",
        body.len()
    );
    ask(address, &[head.as_bytes(), body].concat())
}

/// The answer of Prometheus to a GET with these parameters.
pub(crate) fn get(port: u16, path: &str, parameters: &[(&str, &str)]) -> Option<Value> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = format!("GET {path}?{query} HTTP/1.0\r\n\r\n");
    let (_, body) = ask(&format!("127.0.0.1:{port}"), request.as_bytes())?;
    serde_json::from_slice(&body).ok()
}

/// The values of an expression at a time, by the label `name`.
fn values(port: u16, expression: &str, at: i64) -> Vec<(String, f64)> {
    let answer =
        get(port, "/api/v1/query", &[("query", expression), ("time", &at.to_string())]).unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    assert_eq!(answer["warnings"], Value::Null, "{answer}");
    let result = answer["data"]["result"].as_array().unwrap().iter();
    let mut values: Vec<(String, f64)> = result
        .map(|series| {
            let name = series["metric"]["name"].as_str().unwrap_or("").to_owned();
            (name, series["value"][1].as_str().unwrap().parse().unwrap())
        })
        .collect();
    values.sort_by(|one, other| one.0.cmp(&other.0));
    values
}

/// A Prometheus with this configuration, once it answers.
pub(crate) fn prometheus(folder: &Path, config: &str, options: &[&str]) -> (Running, u16) {
    let (file, port) = (folder.join("prometheus.yml"), free_port());
    fs::write(&file, config).unwrap();
    let mut command = installed("prometheus");
    command
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    wait_until("Prometheus is ready", || {
        ask(&format!("127.0.0.1:{port}"), b"GET /-/ready HTTP/1.0\r\n\r\n")
            .is_some_and(|(status, _)| status == 200)
    });
    (running, port)
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn prometheus_computes_from_a_year_of_archives_what_their_rows_give() {
    if !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let end = now() / LONG_ROW * LONG_ROW;
    write_history(&data, end);
    let collector = Collector::start_configured(folder.path(), "host = \"web1\"\n");
    let config = format!(
        "remote_read:\n  - url: \"http://{}/api/v1/read\"\n    read_recent: true\n    required_matchers: {{job: rrd}}\n",
        collector.address
    );
    let (_prometheus, port) = prometheus(folder.path(), &config, &[]);

    // Half a minute after a row of each length has ended.
    let at = end - 30 * DAY + 30;
    let known = |source, wanted, span: i64, at: i64| {
        ["a", "b", "c"].map(|name| rows(&data, name, source, wanted, at - span, at))
    };
    let mean =
        |rows: &Vec<f64>| rows.iter().sum::<f64>() / f64::from(u32::try_from(rows.len()).unwrap());
    let largest = |rows: &Vec<f64>| rows.iter().copied().fold(f64::MIN, f64::max);
    let smallest = |rows: &Vec<f64>| rows.iter().copied().fold(f64::MAX, f64::min);
    let count = |rows: &Vec<f64>| f64::from(u32::try_from(rows.len()).unwrap());
    let named = |values: &[f64]| -> Vec<(String, f64)> {
        ["a", "b", "c"].iter().map(|name| (*name).to_owned()).zip(values.iter().copied()).collect()
    };
    let near = |found: &[(String, f64)], expected: &[(String, f64)], expression: &str| {
        assert_eq!(found.len(), expected.len(), "{expression}: {found:?} {expected:?}");
        for (found, expected) in found.iter().zip(expected) {
            let error = (found.1 - expected.1).abs();
            assert!(error <= expected.1.abs() * 1e-12, "{expression}: {found:?} {expected:?}");
            assert_eq!(found.0, expected.0, "{expression}");
        }
    };
    let items = "rrd_memcached_items{job=\"rrd\"}";
    let last = known("items", (Average, ROW), ROW, at).map(|rows| rows[0]);
    let week = known("items", (Average, ROW), 7 * DAY, at);
    let long = |function| known("items", (function, LONG_ROW), 60 * DAY, at);
    let before = known("items", (Average, ROW), 7 * DAY, at - 100 * DAY);
    let total: f64 = last.iter().sum();
    for (expression, expected) in [
        (items.to_owned(), named(&last)),
        (
            "rrd_memcached_items{job=\"rrd\",instance=~\"web.\",name=~\"a|c\"}".to_owned(),
            named(&last).into_iter().filter(|(name, _)| name != "b").collect(),
        ),
        (
            "rrd_memcached_items{job=\"rrd\",name!=\"a\"}".to_owned(),
            named(&last).into_iter().skip(1).collect(),
        ),
        (
            "{__name__=~\"rrd_memcached_i.+\",job=\"rrd\",name!~\"[ab]\"}".to_owned(),
            named(&last).into_iter().skip(2).collect(),
        ),
        ("rrd_memcached_items{job=\"rrd\",instance!=\"web1\"}".to_owned(), vec![]),
        (format!("sum by (job) ({items})"), vec![(String::new(), total)]),
        (format!("avg_over_time({items}[7d])"), named(&week.each_ref().map(mean))),
        (format!("count_over_time({items}[7d])"), named(&week.each_ref().map(count))),
        (format!("avg_over_time({items}[7d] offset 100d)"), named(&before.each_ref().map(mean))),
        (format!("max_over_time({items}[60d])"), named(&long(Max).each_ref().map(largest))),
        (format!("min_over_time({items}[60d])"), named(&long(Min).each_ref().map(smallest))),
        (
            "count_over_time(rrd_memcached_hits_per_second{job=\"rrd\",cf=\"MAX\"}[60d])"
                .to_owned(),
            named(&known("hits", (Max, LONG_ROW), 60 * DAY, at).each_ref().map(count)),
        ),
    ] {
        near(&values(port, &expression, at), &expected, &expression);
    }

    // Nothing is drawn into a gap, which begins when the last known row ends.
    let gap = end + GAP;
    assert_eq!(values(port, items, gap - ROW).len(), 3);
    assert_eq!(values(port, items, gap - ROW + 1), []);

    // Over a year, each point has a value although rows are longer than five minutes.
    let (start, step) = (end - 300 * DAY, LONG_ROW);
    let parameters = [
        ("query", "rrd_memcached_items{job=\"rrd\",name=\"b\"}"),
        ("start", &start.to_string()),
        ("end", &end.to_string()),
        ("step", &step.to_string()),
    ];
    let answer = get(port, "/api/v1/query_range", &parameters).unwrap();
    let points = answer["data"]["result"][0]["values"].as_array().unwrap().clone();
    assert!(points.len() > 1150 && points.len() <= 1201, "{}", points.len());
    let expected = rows(&data, "b", "items", (Average, ROW), start - ROW, end);
    assert_eq!(points[0][1].as_str().unwrap().parse::<f64>().unwrap(), expected[0]);

    // All series, of all times.
    let begun = std::time::Instant::now();
    let answer = get(port, "/api/v1/series", &[("match[]", "{job=\"rrd\"}")]).unwrap();
    println!("all series in {:?}", begun.elapsed());
    let series = answer["data"].as_array().unwrap();
    let ours: Vec<&Value> = series
        .iter()
        .filter(|labels| labels["__name__"].as_str().unwrap().starts_with("rrd_memcached_"))
        .collect();
    assert_eq!(ours.len(), 6, "{answer}");
    assert_eq!(ours[0]["instance"], "web1");
    assert_eq!(ours[0]["__name__"], "rrd_memcached_hits_per_second");
    collector.stop();
}

/// A request for samples or chunks of all time.
fn request(form: i32, matchers: &[(i32, &str, &str)]) -> Vec<u8> {
    let matcher = |(number, name, value): &(i32, &str, &str)| LabelMatcher {
        r#type: *number,
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let query = Query {
        start_timestamp_ms: i64::MIN,
        end_timestamp_ms: i64::MAX,
        matchers: matchers.iter().map(matcher).collect(),
        hints: None,
    };
    let request = ReadRequest { queries: vec![query], accepted_response_types: vec![form] };
    compress(&request.encode_to_vec())
}

#[test]
fn frames_are_byte_for_byte_those_that_prometheus_answers() {
    if !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = ["--web.enable-remote-write-receiver"];
    let (_prometheus, port) = prometheus(folder.path(), "", &options);
    let address = format!("127.0.0.1:{port}");
    // Prometheus ends a chunk with 120 samples, if they are equally spread over two hours.
    let begin = now() / 7200 * 7200 - 7200;
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let series = |name: &str, value: fn(i32) -> f64| TimeSeries {
        labels: vec![label("__name__", name), label("job", "rrd")],
        samples: (0..480)
            .map(|number| Sample {
                value: value(number),
                timestamp: (begin + i64::from(number) * 15) * 1000,
            })
            .collect(),
    };
    let timeseries = vec![
        series("constant", |_| 5.0),
        series("counter", |number| f64::from(number) * 1e3),
        series("noise", |number| f64::from(number.wrapping_mul(1_103_515_245) >> 8) / 7.0),
        series("special", |number| match number % 5 {
            0 => f64::INFINITY,
            1 => -1e-300,
            2 => f64::MIN_POSITIVE,
            _ => f64::from(number % 3),
        }),
    ];
    let written = WriteRequest { timeseries: timeseries.clone() };
    let (status, answer) =
        post(&address, "/api/v1/write", &compress(&written.encode_to_vec())).unwrap();
    assert_eq!(status, 204, "{}", String::from_utf8_lossy(&answer));
    let (status, answer) =
        post(&address, "/api/v1/read", &request(1, &[(0, "job", "rrd")])).unwrap();
    assert_eq!(status, 200);
    let mut rest = &*answer;
    for series in &timeseries {
        let length = prost::decode_length_delimiter(rest).unwrap();
        let whole = prost::length_delimiter_len(length) + 4 + length;
        let (found, after) = rest.split_at(whole);
        rest = after;
        let chunks: Vec<_> = series.samples.chunks(120).filter_map(xor_chunk).collect();
        assert_eq!(chunks.len(), 4);
        let read = ChunkedReadResponse::decode(&found[found.len() - length..]).unwrap();
        assert_eq!(read.chunked_series[0].chunks, chunks);
        let chunked_series = vec![ChunkedSeries { labels: series.labels.clone(), chunks }];
        let expected = frame(&ChunkedReadResponse { chunked_series, query_index: 0 });
        assert_eq!(found, expected);
    }
    assert_eq!(rest, b"");
}

#[test]
fn hostile_requests_of_remote_read_are_refused_and_the_daemon_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    write_history(&folder.path().join("data"), now() / LONG_ROW * LONG_ROW);
    let config = "[remote_read]\nmax_samples = 200_000\n";
    let collector = Collector::start_configured(folder.path(), config);
    let read = |body: &[u8]| {
        let (status, body) = post(&collector.address, "/api/v1/read", body).unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let refused = |body: &[u8]| {
        let (status, text) = read(body);
        assert_eq!(status, 400, "{text}");
        text
    };
    let whole = request(0, &[(0, "job", "rrd")]);
    let bomb = [&[0xff, 0xff, 0xff, 0xff, 0x0f], &whole[..]].concat();
    assert_eq!(
        refused(&bomb),
        "invalid body: 4294967295 bytes when unpacked: expected at most 65536\n"
    );
    assert!(refused(&whole[..whole.len() / 2]).starts_with("invalid body: "));
    assert!(refused(b"").starts_with("invalid body: "));
    assert!(refused(&compress(&[0xff; 1000])).starts_with("invalid request: "));
    let megabyte = request(0, &[(2, "name", &"a|".repeat(500_000))]);
    assert!(refused(&megabyte).contains("bytes when unpacked: expected at most 65536"));
    let long = request(0, &[(2, "name", &"(a|".repeat(10_000))]);
    assert_eq!(
        refused(&long),
        "matcher on \"name\": regular expression of 30000 bytes: expected at most 16384\n"
    );
    let vast = request(0, &[(2, "name", &r"\pL{1000}".repeat(100))]);
    assert!(refused(&vast).starts_with("matcher on \"name\": invalid regular expression"));
    let many = request(0, &vec![(0, "job", "rrd"); 1000]);
    assert_eq!(refused(&many), "1000 matchers: expected at most 100\n");
    // Of all time there is too much, in either form.
    for form in [0, 1] {
        let all = request(form, &[(2, "__name__", "rrd_memcached_.*")]);
        assert!(refused(&all).contains("samples, at most 200000: ask for a shorter time"));
    }
    let too_long = vec![0; 200 << 10];
    let (status, text) = read(&too_long);
    assert_eq!((status, &*text), (413, "body too long: expected at most 131072 bytes\n"));
    let status_of = |request: String| ask(&collector.address, request.as_bytes()).unwrap().0;
    assert_eq!(status_of("GET /api/v1/read HTTP/1.0\r\n\r\n".to_owned()), 405);
    assert_eq!(status_of("POST /api/v1/fetch HTTP/1.0\r\n\r\n".to_owned()), 405);
    let foreign = "POST /api/v1/read HTTP/1.0\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(status_of(foreign.to_owned()), 421);
    // More at once than may wait: each is answered, or asked to come again.
    let none = request(1, &[(0, "job", "other")]);
    let head = format!(
        "POST /api/v1/read HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        collector.address,
        none.len()
    );
    let mut clients: Vec<TcpStream> =
        (0..100).map(|_| TcpStream::connect(&collector.address).unwrap()).collect();
    for client in &mut clients {
        client.write_all(&[head.as_bytes(), &none].concat()).unwrap();
    }
    for mut client in clients {
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap();
        assert!(matches!(status, "200" | "503"), "{answer}");
    }
    let one = request(0, &[(0, "name", "a"), (0, "__name__", "rrd_memcached_items")]);
    assert_eq!(read(&one).0, 200);
    collector.stop();
}

#[test]
fn remote_read_needs_the_password_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), "s3cret").unwrap();
    let config = format!(
        "[auth]\nuser = \"me\"\npassword = \"${{file:{}}}\"\n",
        folder.path().join("password").display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let body = request(0, &[(0, "job", "rrd"), (0, "name", "none")]);
    assert_eq!(post(&collector.address, "/api/v1/read", &body).unwrap().0, 401);
    let head = format!(
        "POST /api/v1/read HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\nAuthorization: Basic bWU6czNjcmV0\r\n\r\n",
        collector.address,
        body.len()
    );
    let (status, _) = ask(&collector.address, &[head.as_bytes(), &body].concat()).unwrap();
    assert_eq!(status, 200);
    collector.stop();
}
