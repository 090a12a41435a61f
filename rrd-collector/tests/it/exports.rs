//! `rrd-collector export`: what other engines take of the folder of a running daemon.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::programs::{Collector, wait_until};
use crate::receivers::{Engine, Labels, Receiver};

/// A command of the program on a data folder.
fn export(data: &Path, words: &[&str]) -> Output {
    Collector::command(data).arg("export").args(words).output().unwrap()
}

/// The text of an export that succeeds.
fn exported(data: &Path, words: &[&str]) -> String {
    let output = export(data, words);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The rows of a metric in comma-separated values: milliseconds and values.
fn rows(csv: &str, metric: &str) -> Vec<(i64, f64)> {
    let lines = csv.lines().filter(|line| line.starts_with(&format!("{metric},")));
    let row = |line: &str| {
        let mut fields = line.rsplit(',');
        let value = fields.next().unwrap().parse().unwrap();
        let seconds: i64 = fields.next().unwrap().parse().unwrap();
        (seconds * 1000, value)
    };
    lines.map(row).collect()
}

/// Whether these are the same samples. Libraries read some numbers with another last digit.
fn are_equal(one: &[(i64, f64)], other: &[(i64, f64)]) -> bool {
    let is_equal = |((time, value), (other_time, other)): (&(i64, f64), &(i64, f64))| {
        time == other_time && (value - other).abs() <= value.abs() * 1e-12
    };
    one.len() == other.len() && one.iter().zip(other).all(is_equal)
}

#[test]
fn engines_take_what_is_exported_beside_a_daemon_under_the_names_of_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let collector = Collector::start_configured(folder.path(), "host = \"web1\"\n");
    let config = folder.path().join("rrd-collector.toml");
    let config = ["--config", config.to_str().unwrap()];
    let mut csv = String::new();
    wait_until("samples are in the files", || {
        // There are no files before the first samples.
        csv = String::from_utf8(export(&data, &[&["csv"][..], &config].concat()).stdout).unwrap();
        rows(&csv, "rrd_load_load1").len() >= 3
    });
    let stored = rows(&csv, "rrd_load_load1");
    let end = (stored.last().unwrap().0 / 1000).to_string();

    let labels = [("__name__", "rrd_load_load1"), ("instance", "web1"), ("job", "rrd")];
    let labels: Labels =
        labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    for (engine, format) in [(Engine::VictoriaMetrics, "vm"), (Engine::InfluxDb, "influx")] {
        let Some(receiver) = Receiver::start(engine) else { continue };
        let text = exported(&data, &[&[format, "--end", &end][..], &config].concat());
        assert_eq!(receiver.import(&text), Some(String::new()), "{engine:?}");
        wait_until("the samples are stored", || {
            let found = receiver.stored("rrd_load_load1");
            // The name is no tag of InfluxDB.
            let labels = labels.clone().into_iter();
            let labels =
                labels.filter(|(name, _)| engine != Engine::InfluxDb || name != "__name__");
            let samples = found.get(&labels.collect::<Labels>());
            found.len() == 1 && samples.is_some_and(|samples| are_equal(samples, &stored))
        });
    }

    let text = exported(&data, &[&["openmetrics", "--end", "now"][..], &config].concat());
    assert!(text.contains("# HELP rrd_load_load1 running or waiting tasks, one-minute average\n"));
    let of_host =
        |line: &&str| ["rrd_load_", "rrd_memory_"].iter().any(|kind| line.starts_with(kind));
    let names: Vec<String> = text
        .lines()
        .filter(of_host)
        .map(|line| line.rsplitn(3, ' ').last().unwrap())
        .map(|series| series.replace("{instance=\"web1\",job=\"rrd\"}", " "))
        .collect();
    assert!(names.len() > 20, "{text}");
    wait_until("the page has the same names", || {
        let (_, metrics) = collector.get("/metrics");
        let shown: Vec<&str> = metrics.lines().filter(of_host).collect();
        names.iter().all(|name| shown.iter().any(|line| line.starts_with(&**name)))
    });
    collector.stop();
}

#[test]
fn files_of_periods_are_named_after_the_host_and_faults_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (data, out) = (folder.join("data"), folder.join("out"));
    let config = folder.join("rrd-collector.toml");
    fs::write(&config, "host = \"web1\"\n").unwrap();
    let config = ["--config", config.to_str().unwrap()];
    fs::create_dir(&data).unwrap();
    let said = |words: &[&str]| {
        let output = export(&data, &[words, &config].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let nothing = format!("rrd-collector: no archives in {}\n", data.display());
    assert_eq!(said(&["csv"]), (Some(1), nothing));
    assert_eq!(
        said(&["csv", "--split", "31d"]),
        (Some(1), "rrd-collector: --split needs the folder of its files: -o FOLDER\n".to_owned())
    );

    let shape = rrd_core::Schema::builder(std::time::Duration::from_secs(3600))
        .gauge("load1", std::time::Duration::from_secs(7200))
        .average(0.5, 1, 100)
        .build()
        .unwrap();
    let at = |hour: i64| rrd_core::Timestamp::from_seconds(1_699_920_000 + hour * 3600);
    let mut file = rrd_core::Rrd::create(data.join("load.rrd"), &shape, at(0)).unwrap();
    for hour in 1..=49 {
        file.update(&rrd_core::Sample::new(at(hour), [0.5])).unwrap();
    }
    fs::write(data.join("cpu.rrd"), "junk").unwrap();
    let split = ["influx", "--split", "1d", "-o", out.to_str().unwrap()];
    let (status, errors) = said(&split);
    assert_eq!(status, Some(1));
    let errors: Vec<&str> = errors.lines().collect();
    let [damaged, written, last] = errors[..] else { panic!("{errors:?}") };
    assert!(damaged.contains("cpu.rrd"), "{damaged}");
    assert_eq!(written, "49 samples");
    let not_all = "rrd-collector: 1 of 2 archives were not exported, or not all of their rows";
    assert_eq!(last, not_all);
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["web1-2023-11-14.lp", "web1-2023-11-15.lp", "web1-2023-11-16.lp"]);
    let day = fs::read_to_string(out.join("web1-2023-11-16.lp")).unwrap();
    assert_eq!(day, "rrd_load_load1,instance=web1,job=rrd value=0.5 1700096400000000000\n");
}
