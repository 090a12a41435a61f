//! Endpoints of others: real exporters and servers, and stand-ins that can be counted exactly.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::programs::{Collector, Running, free_port, has, has_ipv6, installed, wait_until};

/// A server on this host that answers each request for a path with what this gives.
fn serve(answer: impl Fn(&str) -> (&'static str, String) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let (content_type, body) = answer(&request);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        }
    });
    port
}

/// The current value of a metric.
fn value(collector: &Collector, kind: &str, instance: &str, metric: &str) -> Option<f64> {
    let groups: Value = serde_json::from_str(&collector.get("/api/v1/groups").1).unwrap();
    let is_it = |group: &&Value| group["group"] == kind && group["instance"] == instance;
    groups.as_array()?.iter().find(is_it)?["values"][metric].as_f64()
}

/// Starts a program that listens at this port.
fn start(program: &str, arguments: &[String], port: u16) -> Running {
    let mut command = installed(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    wait_until(program, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    running
}

fn since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// The page of an exporter.
fn page(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn the_exporter_of_debian_and_prometheus_itself_are_stored_as_they_say() {
    if !has("prometheus-node-exporter") || !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (node, itself) = (free_port(), free_port());
    let listen = |port| format!("--web.listen-address=127.0.0.1:{port}");
    let _node = start("prometheus-node-exporter", &[listen(node)], node);
    let scrape = "scrape_configs: []\n";
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, scrape).unwrap();
    let config = format!("--config.file={}", file.display());
    let tsdb = format!("--storage.tsdb.path={}", folder.path().join("tsdb").display());
    let _itself = start("prometheus", &[config, tsdb, listen(itself)], itself);
    let collector = Collector::start_configured(
        folder.path(),
        &format!(
            "[[prometheus]]\nname = \"node\"\nurl = \"http://127.0.0.1:{node}/metrics\"\nstep = \"1s\"\n\
            include = [\"node_memory_MemTotal_bytes\", \"node_time_seconds\", \"promhttp_metric_handler_requests_total\"]\n\
            also = [\"node_uname_info\"]\n\
            [[prometheus]]\nname = \"itself\"\nurl = \"http://127.0.0.1:{itself}/metrics\"\nstep = \"1s\"\ncap = 40\n\
            include = [\"prometheus_http_request_duration_seconds\"]\n"
        ),
    );
    let now = |kind: &str, name: &str, metric: &str| value(&collector, kind, name, metric);
    let requests = "node/promhttp_metric_handler_requests_total{code=200}";
    // Each second is one request. On a busy machine one may not be answered in time.
    wait_until("there are rates", || {
        now("prometheus", requests, "value").is_some_and(|rate| rate > 0.0 && rate < 5.0)
            && now("scrape", "node", "up") == Some(1.0)
            && now("scrape", "node", "left_out") == Some(0.0)
    });

    let total = page(node);
    let total = total.lines().find_map(|line| line.strip_prefix("node_memory_MemTotal_bytes "));
    let total: f64 = total.unwrap().trim().parse().unwrap();
    wait_until("its numbers are shown", || {
        let time = now("prometheus", "node/node_time_seconds", "value");
        now("prometheus", "node/node_memory_MemTotal_bytes", "value") == Some(total)
            && time.is_some_and(|time| (time - since_1970()).abs() < 60.0)
    });

    let spread = "itself/prometheus_http_request_duration_seconds{handler=/metrics}";
    let known = |metric| now("prometheus_spread", spread, metric);
    wait_until("there are quantiles", || {
        known("p50").is_some()
            && known("p50") <= known("p99")
            && known("mean") > Some(0.0)
            && known("rate").is_some_and(|rate| rate > 0.0 && rate < 5.0)
    });
    let log = collector.stop();
    let is_other = |line: &&str| line.contains("prometheus node:") && !line.contains("no answer");
    assert_eq!(log.lines().filter(is_other).count(), 0, "{log}");
}

#[test]
fn rates_of_openmetrics_are_exact_by_the_times_of_the_exporter() {
    let folder = tempfile::tempdir().unwrap();
    let port = serve(|request| {
        assert!(
            request.contains("accept: application/openmetrics-text;version=1.0.0"),
            "{request}"
        );
        assert!(request.contains("accept-encoding: identity"), "{request}");
        assert!(request.contains("authorization: Bearer abc"), "{request}");
        // Five a second, by a time that has no fraction.
        let time = since_1970().floor();
        let count = (time - 1_600_000_000.0) * 5.0;
        let page = format!(
            "# TYPE jobs counter\n# HELP jobs Jobs done.\njobs_total {count} {time} # {{id=\"x\"}} 1 {time}\n\
            jobs_created {time}\n# TYPE wait histogram\nwait_bucket{{le=\"1.0\"}} {count} {time}\n\
            wait_bucket{{le=\"+Inf\"}} {count} {time}\nwait_count {count} {time}\nwait_sum {count} {time}\n# EOF\n"
        );
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", page)
    });
    fs::write(folder.path().join("token"), "abc\n").unwrap();
    let token = folder.path().join("token");
    let collector = Collector::start_configured(
        folder.path(),
        &format!(
            "[[prometheus]]\nname = \"x\"\nurl = \"http://127.0.0.1:{port}/\"\nstep = \"1s\"\n\
            bearer = \"${{file:{}}}\"\n",
            token.display()
        ),
    );
    let now = |kind: &str, name: &str, metric: &str| value(&collector, kind, name, metric);
    wait_until("the rate is known", || now("prometheus", "x/jobs_total", "value") == Some(5.0));
    wait_until("the quantiles are known", || {
        now("prometheus_spread", "x/wait", "p90") == Some(0.9)
    });
    assert_eq!(now("prometheus", "x/jobs_created", "value"), None);
    assert_eq!(collector.get("/chart/prometheus.svg?instance=x/jobs_total").0, 200);
    let (_, page) = collector.get("/");
    assert!(page.contains("Jobs done."), "{page:.2000}");
    collector.stop();
}

#[test]
fn an_exporter_that_is_cut_off_or_gone_is_reported_and_goes_on() {
    // 0 as it should be, 1 cut off, 2 too large, 3 no text, 4 another page.
    static STATE: AtomicU8 = AtomicU8::new(0);
    let folder = tempfile::tempdir().unwrap();
    let port = serve(|_| {
        let of = "application/openmetrics-text";
        match STATE.load(Ordering::Relaxed) {
            0 => (of, "# TYPE a gauge\na 1\n# EOF\n".to_owned()),
            1 => (of, "# TYPE a gauge\na 1\n".to_owned()),
            2 => (of, "# 3456789\n".repeat(1_700_000)),
            3 => (of, "\u{1f}\u{8b}".to_owned()),
            _ => ("text/html", "<!DOCTYPE html>\n".to_owned()),
        }
    });
    let collector = Collector::start_configured(
        folder.path(),
        &format!(
            "[[prometheus]]\nname = \"x\"\nurl = \"http://127.0.0.1:{port}/\"\nstep = \"1s\"\n"
        ),
    );
    let up = || value(&collector, "scrape", "x", "up");
    for (state, message) in [
        (1, "does not end in # EOF"),
        (2, "the page is too large"),
        (3, "line 1: "),
        (4, "is not in Prometheus' text format: check the address"),
    ] {
        STATE.store(0, Ordering::Relaxed);
        wait_until("it is up", || up() == Some(1.0));
        STATE.store(state, Ordering::Relaxed);
        wait_until(message, || collector.get("/api/v1/info").1.contains(message));
        wait_until("it is not up", || up() == Some(0.0));
    }
    STATE.store(0, Ordering::Relaxed);
    wait_until("it is up again", || up() == Some(1.0));
    collector.stop();
}

#[test]
fn wrong_values_of_endpoints_are_reported_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let sections = [
        "[[http_json]]\nurl = \"http://a/\"\nvalues = [{ path = \"a.b\", name = \"x\" }]\nstep = \"0s\"\n",
        "[[http_json]]\nurl = \"http://a/\"\nvalues = [\n  { path = \"/a\", name = \"Much\" },\n]\n",
        "[[http_json]]\nurl = \"http://a/\"\nvalues = [{ path = \"/a\", name = \"a\", kind = \"counter\", unit = \"share\" }]\n",
        "[[http_check]]\nurl = \"http://a/\"\nstatus = [200, \"9xx\"]\n",
        "[[http_check]]\nurl = \"http://a/\"\nheaders = { Host = \"b\" }\n",
        "[[prometheus]]\nurl = \"http://a/\"\nbearer = \"plain\"\n",
        "[[prometheus]]\nurl = \"http://a/\"\ncap = 0\n",
    ];
    let file = crate::programs::configure(folder.path(), &sections.concat());
    let mut command = Collector::command(folder.path());
    let output = command.args(["--config", file.to_str().unwrap(), "check"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    for line in [
        ":3: http_json.values.path: invalid JSON Pointer \"a.b\": expected a path such as /a/b",
        ":4: http_json.step: invalid duration \"0s\"",
        ":8: http_json.values.name: invalid name \"Much\"",
        ":12: http_json.values.unit: invalid unit \"share\" of a counter",
        ":15: http_check.status: invalid status \"9xx\"",
        ":18: http_check.headers.Host: invalid header \"Host\"",
        ":21: prometheus.bearer: a password is not written here",
        ":24: ",
    ] {
        assert!(said.contains(&format!("rrd-collector.toml{line}")), "{line}\n{said}");
    }
}

#[test]
fn a_plan_lists_what_an_exporter_has_now() {
    let port = serve(|_| ("text/plain", "a 1\nb{c=\"d\"} 2\ne 3\n".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[prometheus]]\nname = \"x\"\nurl = \"http://127.0.0.1:{port}/\"\ncap = 2\n\
        [[prometheus]]\nname = \"gone\"\nurl = \"http://127.0.0.1:1/\"\n"
    );
    let file = crate::programs::configure(folder.path(), &config);
    let mut command = Collector::command(folder.path());
    let output = command.args(["--config", file.to_str().unwrap(), "plan"]).output().unwrap();
    let plan = String::from_utf8_lossy(&output.stdout);
    for line in ["scrape/x.rrd", "prometheus/x%2Fa.rrd", "prometheus/x%2Fb%7Bc%3Dd%7D.rrd"] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    assert!(plan.contains("# prometheus x: more than 2 values: e left out"), "{plan}");
    assert!(plan.contains("# prometheus gone: cannot connect to 127.0.0.1:1"), "{plan}");
}

#[test]
fn numbers_of_a_document_are_stored_and_what_it_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let port = serve(|request| {
        assert!(request.contains("x-tenant: main"), "{request}");
        let body = r#"{"stats": {"requests": "1200", "open": true}, "pools": [{"used": 0.25}]}"#;
        ("application/json", body.to_owned())
    });
    let collector = Collector::start_configured(
        folder.path(),
        &format!(
            "[[http_json]]\nname = \"shop\"\nurl = \"http://127.0.0.1:{port}/\"\nstep = \"1s\"\n\
            headers = {{ X-Tenant = \"main\" }}\nvalues = [\n\
            {{ path = \"/stats/requests\", name = \"requests\", kind = \"counter\" }},\n\
            {{ path = \"/stats/open\", name = \"open\" }},\n\
            {{ path = \"/pools/0/used\", name = \"used\", unit = \"share\" }},\n\
            {{ path = \"/stats/request\", name = \"typo\" }},\n]\n"
        ),
    );
    let now = |metric| value(&collector, "http_json", "shop", metric);
    wait_until("the rate is known", || now("requests") == Some(0.0));
    assert_eq!((now("open"), now("used"), now("typo")), (Some(1.0), Some(0.25), None));
    let is_told = |words: &str| collector.get("/api/v1/info").1.contains(words);
    wait_until("what is missing is told", || is_told("did you mean /stats/requests?"));
    assert_eq!(collector.get("/chart/http_json.svg?instance=shop").0, 200);
    collector.stop();
}

/// A certificate for localhost that expires in ten days, and its key.
fn certificate(folder: &Path) {
    let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let days = Duration::from_secs_f64(since_1970() + 10.5 * 86_400.0);
    wanted.not_after = rcgen::date_time_ymd(1970, 1, 1) + days;
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(folder.join("www.pem"), wanted.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(folder.join("www.key"), key.serialize_pem()).unwrap();
}

#[test]
fn nginx_is_checked_with_and_without_tls() {
    if !has("nginx") || !has_ipv6() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let (plain, tls) = (free_port(), free_port());
    let config = format!(
        "daemon off;\nworker_processes 1;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
        client_body_temp_path {0}/a;\nproxy_temp_path {0}/b;\nfastcgi_temp_path {0}/c;\nuwsgi_temp_path {0}/d;\n\
        scgi_temp_path {0}/e;\nserver {{\nlisten 127.0.0.1:{plain};\nlisten [::1]:{plain};\nlisten 127.0.0.1:{tls} ssl;\n\
        ssl_certificate {0}/www.pem;\nssl_certificate_key {0}/www.key;\nlocation / {{ return 200 \"all is well\"; }}\n\
        location /moved {{ return 301 /; }}\n}}\n}}\n",
        folder.path().display()
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, config).unwrap();
    let prefix = folder.path().display().to_string();
    let arguments = ["-c".to_owned(), file.display().to_string(), "-p".to_owned(), prefix];
    let _nginx = start("nginx", &arguments, plain);
    let ca = folder.path().join("www.pem").display().to_string();
    let check = |name: &str, url: String, more: &str| {
        format!("[[http_check]]\nname = \"{name}\"\nurl = \"{url}\"\nstep = \"1s\"\n{more}\n")
    };
    let collector = Collector::start_configured(
        folder.path(),
        &[
            check("plain", format!("http://127.0.0.1:{plain}/"), "contains = \"is well\""),
            check("six", format!("http://[::1]:{plain}/"), ""),
            check("moved", format!("http://127.0.0.1:{plain}/moved"), "status = [200, \"3xx\"]"),
            check("missing", format!("http://127.0.0.1:{plain}/moved"), ""),
            check("believed", format!("https://localhost:{tls}/"), &format!("ca = \"{ca}\"")),
            check("stranger", format!("https://localhost:{tls}/"), ""),
            check("any", format!("https://127.0.0.1:{tls}/"), "verify = false"),
        ]
        .concat(),
    );
    let now = |name: &str, metric: &str| value(&collector, "http_check", name, metric);
    wait_until("all are checked", || now("any", "up").is_some() && now("plain", "up").is_some());
    for (name, up, status) in [
        ("plain", 1.0, Some(200.0)),
        ("six", 1.0, Some(200.0)),
        ("moved", 1.0, Some(301.0)),
        ("missing", 0.0, Some(301.0)),
        ("believed", 1.0, Some(200.0)),
        ("stranger", 0.0, None),
        ("any", 1.0, Some(200.0)),
    ] {
        let days = ["believed", "stranger", "any"].contains(&name).then_some(10.0);
        wait_until(name, || {
            (now(name, "up"), now(name, "status")) == (Some(up), status)
                && now(name, "certificate_days").map(f64::floor) == days
        });
    }
    wait_until("its length is shown", || now("plain", "bytes") == Some(11.0));
    for words in
        ["the server answered 301 Moved Permanently: expected 200", "invalid peer certificate"]
    {
        wait_until(words, || collector.get("/api/v1/info").1.contains(words));
    }
    collector.stop();
}
