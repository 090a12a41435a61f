//! `/metrics?names=node` compared with the installed `node_exporter`: the same names, labels, types
//! and values. And a real Prometheus, which reads everything that we write.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::programs::{Collector, Running, configure, free_port, has, installed, wait_until};

/// Families of `node_exporter` that we omit, by prefix.
const LEFT_OUT: [&str; 4] = [
    // Reads udev's own database for the path.
    "node_disk_info",
    "node_exporter_build_info",
    // Of collectors that we do not have.
    "node_scrape_collector_",
    "node_selinux_enabled",
];
/// Collectors of hardware, or that walk all sockets, or need a call that no safe crate offers.
const COLLECTORS_LEFT_OUT: [&str; 14] = [
    "node_timex_",
    "node_udp_queues",
    "node_hwmon_",
    "node_thermal_zone_",
    "node_cooling_device_",
    "node_power_supply_",
    "node_cpu_frequency_",
    "node_cpu_scaling_",
    "node_cpu_core_throttles_",
    "node_cpu_package_throttles_",
    "node_dmi_",
    "node_nvme_",
    "node_schedstat_",
    "node_rapl_",
];
/// Gauges that do not change during the test.
const STEADY: [&str; 17] = [
    "node_boot_time_seconds",
    "node_uname_info",
    "node_os_",
    "node_time_clocksource_",
    "node_time_zone_offset_seconds",
    "node_memory_MemTotal_bytes",
    "node_memory_SwapTotal_bytes",
    "node_memory_VmallocTotal_bytes",
    "node_memory_HugePages_Total",
    "node_filefd_maximum",
    "node_filesystem_size_bytes",
    "node_filesystem_files{",
    "node_filesystem_readonly",
    "node_network_mtu_bytes",
    "node_network_flags",
    "node_network_iface_id",
    "node_network_info",
];

#[derive(Debug, Default)]
struct Scrape {
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

fn parse(text: &str) -> Scrape {
    let mut scrape = Scrape::default();
    for line in text.lines().filter(|line| line.contains("node_")) {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            scrape.types.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            scrape.samples.insert(name.to_owned(), value.parse().unwrap());
        }
    }
    scrape
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn start(program: &str, arguments: &[&str], port: u16) -> Running {
    let child = installed(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(program, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    Running(child)
}

/// What `promtool check metrics` says of a text.
fn lint(text: &str) -> Vec<String> {
    let mut promtool = installed("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    String::from_utf8(output.stderr).unwrap().lines().map(str::to_owned).collect()
}

/// The family and the device of a filesystem's sample.
fn filesystem(name: &str) -> Option<(&str, &str)> {
    let (family, labels) = name.split_once('{').filter(|_| name.starts_with("node_filesystem_"))?;
    let (_, device) = labels.split_once("device=\"")?;
    Some((family, device.split('"').next()?))
}

#[test]
fn node_exporter_and_we_say_the_same() {
    if !has("prometheus-node-exporter") || !has("promtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), &[]);
    let port = free_port();
    let address = format!("--web.listen-address=127.0.0.1:{port}");
    let _peer = start("prometheus-node-exporter", &[&address], port);
    let ask = || collector.get("/metrics?names=node").1;
    wait_until("filesystems are sampled", || ask().contains("\nnode_filesystem_size_bytes{"));

    let before = parse(&get(port, "/metrics"));
    let text = ask();
    let after = parse(&get(port, "/metrics"));
    let ours = parse(&text);
    let is_left_out = |name: &str| {
        let device_of_memory = name.contains("device=\"zram");
        let begins = |start: &&str| name.starts_with(*start);
        device_of_memory || LEFT_OUT.iter().any(begins) || COLLECTORS_LEFT_OUT.iter().any(begins)
    };
    let mut differences = Vec::new();
    for (name, kind) in before.types.iter().filter(|(name, _)| !is_left_out(name)) {
        if ours.types.get(name) != Some(kind) {
            differences.push(format!("{name} is {kind}, ours {:?}", ours.types.get(name)));
        }
    }
    let mut compared = 0;
    for (name, first) in before.samples.iter().filter(|(name, _)| !is_left_out(name)) {
        let Some(own) = ours.samples.get(name) else {
            // They list each mount of a device, we list the device once.
            let is_same = |own: &String| filesystem(own) == filesystem(name);
            if filesystem(name).is_some() && ours.samples.keys().any(is_same) {
                continue;
            }
            differences.push(format!("{name} is missing"));
            continue;
        };
        let last = after.samples.get(name).unwrap_or(first);
        let family = name.split('{').next().unwrap();
        // Two programs read the tick counters at different times; a tick is a hundredth of a
        // second.
        let is_counter = before.types.get(family).is_some_and(|kind| kind == "counter");
        let fits = if is_counter {
            *first - 0.05 <= *own && *own <= *last + 0.05
        } else {
            let steady = STEADY.iter().any(|start| name.starts_with(start));
            !steady || own == first
        };
        compared += u32::from(is_counter);
        if !fits {
            differences.push(format!("{name}: {first} to {last}, ours {own}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared > 50, "{compared}");

    // The names are theirs, including what is odd about them; nothing else is odd.
    let theirs = lint(&get(port, "/metrics"));
    let own: Vec<_> = lint(&text).into_iter().filter(|line| !theirs.contains(line)).collect();
    assert!(own.iter().all(|line| line.contains("snake_case")), "{own:?}");
    assert_eq!(collector.get("/metrics?names=cat").0, 400);
    collector.stop();
}

/// The lines that two programs write for text files, sorted: without help texts of their own.
fn of_text_files(text: &str) -> Vec<String> {
    let is_theirs = |line: &&str| {
        let line = line.trim_start_matches("# TYPE ").trim_start_matches("# HELP ");
        line.starts_with("trial_") || line.starts_with("node_textfile_")
    };
    let has_own_words =
        |line: &&str| line.starts_with("# HELP node_") || line.contains(" read from ");
    let lines = text.lines().filter(is_theirs).filter(|line| !has_own_words(line));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn text_files_are_passed_on_as_node_exporter_passes_them_on() {
    if !has("prometheus-node-exporter") || !has("promtool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let write = |name: &str, text: &str| fs::write(files.join(name), text).unwrap();
    write(
        "a.prom",
        "# HELP trial_runs_total Runs, \\\\ and\\nmore.\n# TYPE trial_runs_total counter\n\
        trial_runs_total{job=\"db\",at=\"a \\\"b\\\" \\\\\"} 10\ntrial_plain 0.25\n\
        # TYPE trial_age gauge\ntrial_age 3\n",
    );
    write(
        "b.prom",
        "# HELP trial_time Time.\n# TYPE trial_time histogram\ntrial_time_bucket{le=\"0.1\"} 1\n\
        trial_time_bucket{le=\"+Inf\"} 3\ntrial_time_sum 4.5\ntrial_time_count 3\n\
        # HELP trial_size Size.\n# TYPE trial_size summary\ntrial_size{quantile=\"0.5\"} NaN\n\
        trial_size_sum 4\ntrial_size_count 2\n",
    );
    let config = format!("[textfile]\nfolder = \"{}\"\n", files.display());
    let collector = Collector::start_configured(folder.path(), &config);
    let port = free_port();
    let address = format!("--web.listen-address=127.0.0.1:{port}");
    let directory = format!("--collector.textfile.directory={}", files.display());
    let _peer = start("prometheus-node-exporter", &[&address, &directory], port);
    let (ours, theirs) = (|| collector.get("/metrics?names=node").1, || get(port, "/metrics"));
    let without_exponents = |lines: Vec<String>| -> Vec<String> {
        let value = |line: &str| line.rsplit_once(' ').map(|(_, value)| value.parse::<f64>());
        let plain = |line: String| match value(&line) {
            Some(Ok(value)) => format!("{} {value}", line.rsplit_once(' ').unwrap().0),
            _ => line,
        };
        lines.into_iter().map(plain).collect()
    };
    let (own, expected) = (ours(), theirs());
    let expected = without_exponents(of_text_files(&expected));
    assert_eq!(without_exponents(of_text_files(&own)), expected);
    assert!(expected.iter().any(|line| line.starts_with("node_textfile_mtime_seconds{file=")));
    assert!(expected.contains(&"node_textfile_scrape_error 0".to_owned()));
    assert_eq!(lint(&own).iter().filter(|line| line.contains("trial_")).count(), 0);

    // A file that is cut off counts in neither, the names of Prometheus 3 only in ours.
    write("c.prom", "trial_cut 1");
    write(
        "d.prom",
        "{\"trial.quoted\",\"http.method\"=\"GET\"} 7\n# TYPE trial_more counter\n\
        trial_more_total 2 # {id=\"x\"} 1\n# EOF",
    );
    let own = ours();
    assert!(own.contains("\ntrial_quoted{http_method=\"GET\"} 7\n"), "{own:.2000}");
    assert!(own.contains("\n# TYPE trial_more_total counter\ntrial_more_total 2\n"), "{own:.2000}");
    for text in [own, theirs()] {
        assert!(text.contains("\nnode_textfile_scrape_error 1\n") && !text.contains("trial_cut"));
    }
    configure(folder.path(), "");
    collector.reload();
    wait_until("the folder is no longer read", || !ours().contains("trial_age"));
    collector.stop();
}

#[test]
fn a_real_prometheus_scrapes_both_forms_of_our_names_and_of_theirs() {
    if !has("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&folder.path().join("data"), &[]);
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    let target = &collector.address;
    let config = folder.path().join("prometheus.yml");
    let job = |name: &str, rest: &str| {
        format!(
            "- job_name: {name}\n  scrape_interval: 1s\n  scrape_timeout: 1s\n{rest}  static_configs:\n  - targets: [\"{target}\"]\n"
        )
    };
    let names = "  params:\n    names: [node]\n";
    fs::write(&config, format!("scrape_configs:\n{}{}", job("own", ""), job("node", names)))
        .unwrap();
    let port = free_port();
    let options = [
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let prometheus = start("prometheus", &options, port);
    let ask = |query: &str| get(port, &format!("/api/v1/query?query={query}"));
    wait_until("both jobs are up", || ask("sum(up)").contains(",\"2\"]"));
    wait_until("two scrapes make a rate", || {
        ask("sum(rate(node_cpu_seconds_total[1m]))").contains("\"value\":[")
    });
    // On a busy machine an answer may come after the second that Prometheus waits.
    wait_until("the last scrapes have no error", || {
        let targets = get(port, "/api/v1/targets");
        targets.matches("\"lastError\":\"\"").count() == 2
            && ask("rrd_cpu_steal_ratio").contains("\"value\":[")
    });
    drop(prometheus);
    collector.stop();
}
