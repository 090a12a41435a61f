//! Rules, the actions of a violated one, and Nagios checks.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::programs::{Collector, configure, wait_until};

/// Whether a command has written a notice, and the end of its line.
fn is_told(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n'))
}

#[test]
fn a_broken_rule_runs_the_command_once_and_nagios_is_notified() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let config = configure(
        folder.path(),
        &format!(
            "[alerts]\ndefaults = false\ncommand = [\"/bin/sh\", \"-c\", \"cat >> {0}; echo >> {0}\"]\n\
            [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0\"\n\
            [[rule]]\nname = \"quiet\"\nwhen = \"last of load.tasks > 1000000\"\n",
            told.display()
        ),
    );
    let data = folder.path().join("data");
    let config_option = config.to_str().unwrap();
    let collector = Collector::start(&data, &["--config", config_option]);
    collector.evaluate_rules();
    wait_until("the command is run", || is_told(&told));
    wait_until("the rule is shown", || collector.get("/api/v1/alerts").1.contains("\"warning\""));
    let alerts = collector.get("/api/v1/alerts").1;
    let alerts: serde_json::Value = serde_json::from_str(&alerts).unwrap();
    let field = |name: &str| alerts[1][name].clone();
    assert_eq!(field("rule"), "tasks");
    assert_eq!((field("threshold"), field("direction")), (0.0.into(), "above".into()));
    assert_eq!((field("aggregate"), field("window")), ("last".into(), 0.into()));
    assert!(field("value").as_f64() > Some(0.0) && field("since").as_i64() > Some(1_700_000_000));
    assert!(field("summary").as_str().unwrap().contains(" (warning above 0) since "));
    assert!(
        collector.get("/").1.contains("<b>tasks</b> <a href=\"/?group=load\">load.tasks</a> is ")
    );

    let ask = |what: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .arg("check")
            .args(what)
            .args(["--config", config_option, "--data"])
            .arg(&data)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    wait_until("samples reach the files", || ask(&["load.tasks"]).0 == Some(0));
    let (code, line) = ask(&["tasks"]);
    assert_eq!(code, Some(1), "{line}");
    assert!(line.starts_with("WARNING - tasks: load.tasks is "), "{line}");
    // Since when is known from the daemon.
    assert!(line.contains(" (warning above 0) since ") && line.ends_with(";0;;;\n"), "{line}");
    assert_eq!(ask(&["quiet"]).0, Some(0));
    assert_eq!(ask(&["load.tasks", "-w", "0", "-c", "0"]).0, Some(2));
    assert_eq!(ask(&["load.nothing"]).0, Some(3));

    collector.stop();
    let lines = fs::read_to_string(told).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(
        lines.contains("\"rule\":\"tasks\"") && lines.contains("\"to\":\"warning\""),
        "{lines}"
    );
    let kept = fs::read(data.join("alerts.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept[1]["rule"], "tasks");
    assert_eq!((&kept[1]["kind"], &kept[1]["metric"]), (&"load".into(), &"tasks".into()));
}

#[test]
fn notices_name_their_value_by_fields_and_one_that_is_not_there_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("q.prom"), "q{job=\"a b\"} 20\nq{job=\"a_b\"} 1\n").unwrap();
    let text = format!(
        "[alerts]\ndefaults = false\ncommand = [\"/bin/sh\", \"-c\", \"cat >> {0}; echo >> {0}\"]\n\
         [textfile]\nfolder = \"{1}\"\nstep = \"1s\"\n\
         [[rule]]\nname = \"lag\"\nwhen = \"last of textfile:*.value > 10\"\n\
         [[rule]]\nname = \"disk\"\nwhen = \"last of munin:df.root > 10\"\n",
        told.display(),
        files.display()
    );
    let config = configure(folder.path(), &text);
    let data = folder.path().join("data");
    let collector = Collector::start(&data, &["--config", config.to_str().unwrap()]);
    let is_sampled = || collector.get("/metrics").1.contains("rrd_textfile_value{");
    wait_until("the text file is read", is_sampled);
    collector.evaluate_rules();
    wait_until("the command is run", || is_told(&told));
    let alerts = || -> serde_json::Value {
        serde_json::from_str(&collector.get("/api/v1/alerts").1).unwrap()
    };
    wait_until("the rules are shown", || alerts().as_array().unwrap().len() == 3);
    let shown: Vec<[String; 6]> = alerts()
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| {
            let field = |name: &str| alert[name].as_str().unwrap_or("").to_owned();
            ["rule", "kind", "instance", "metric", "status", "problem"].map(field)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ["disk", "munin", "df", "root", "ok", "no such value yet"],
            ["lag", "textfile", "q{job=a b}", "value", "warning", ""],
            ["lag", "textfile", "q{job=a_b}", "value", "ok", ""],
        ]
    );
    let page = collector.get("/").1;
    let link = "<a href=\"/?group=textfile&amp;instance=q%7Bjob%3Da+b%7D\">";
    assert!(
        page.contains(&format!("{link}textfile:&quot;q{{job=a b}}&quot;.value</a>")),
        "{page:.2000}"
    );
    assert!(page.contains("munin:df.root</a>: no such value yet"), "{page:.2000}");
    let only = collector.get("/?group=textfile&instance=q%7Bjob%3Da+b%7D").1;
    assert_eq!(only.matches("<figure").count(), 1);
    let name = "rrd_textfile_value{name=\"q{job=a b}\"} 20";
    assert!(collector.get("/metrics").1.contains(name));
    let log = collector.stop();
    assert_eq!(log.matches("no such value yet").count(), 1, "{log}");
    let notices = fs::read_to_string(told).unwrap();
    assert_eq!(notices.lines().count(), 1, "{notices}");
    let notice: serde_json::Value = serde_json::from_str(notices.trim()).unwrap();
    assert_eq!(notice["target"], "textfile:\"q{job=a b}\".value");
    assert_eq!((&notice["kind"], &notice["instance"]), (&"textfile".into(), &"q{job=a b}".into()));
}

/// A loopback server that answers one request after the other with these statuses, and records the
/// bodies.
fn hook(statuses: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/alert", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        statuses
            .iter()
            .map(|status| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = String::new();
                let mut buffer = [0; 4096];
                while !request.ends_with('}') {
                    let read = stream.read(&mut buffer).unwrap();
                    assert!(read > 0, "{request}");
                    request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                }
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
                request.split_once("\r\n\r\n").unwrap().1.to_owned()
            })
            .collect()
    });
    (address, thread)
}

#[test]
fn a_webhook_is_called_again_if_it_fails_and_the_state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (address, hook) = hook(&["503 Busy", "204 No Content"]);
    let text = format!(
        "[alerts]\ndefaults = false\nwebhook = \"{address}\"\n\
         [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0, critical > 1000000\"\n"
    );
    let config = configure(folder.path(), &text);
    let data = folder.path().join("data");
    let options = ["--config", config.to_str().unwrap(), "--log-format", "json"];
    let collector = Collector::start(&data, &options);
    collector.evaluate_rules();
    let bodies = hook.join().unwrap();
    assert_eq!(bodies[0], bodies[1]);
    assert!(
        bodies[0].contains("\"from\":\"ok\"") && bodies[0].contains("\"to\":\"warning\""),
        "{bodies:?}"
    );
    let log = collector.stop();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("tasks is warning, was ok: load.tasks is"))
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].starts_with("{\"at\":\"20") && told[0].contains("\"level\":\"warn\""),
        "{told:?}"
    );
    // The rule is still violated: there is no further notification.
    let collector = Collector::start(&data, &options);
    collector.evaluate_rules();
    wait_until("the rule is shown", || collector.get("/api/v1/alerts").1.contains("\"warning\""));
    std::thread::sleep(std::time::Duration::from_millis(300));
    let log = collector.stop();
    assert!(!log.contains("tasks"), "{log}");
}

#[test]
fn a_trial_of_a_rule_does_what_is_done_when_it_warns() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let text = format!("[alerts]\ncommand = [\"/bin/sh\", \"-c\", \"cat > {}\"]\n", told.display());
    let config = configure(folder.path(), &text);
    let trial = |rule: &str| {
        Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .args(["alert", "test", rule, "--here", "--config"])
            .arg(&config)
            .output()
            .unwrap()
    };
    let output = trial("steal");
    assert!(output.status.success());
    let log = String::from_utf8(output.stderr).unwrap();
    let change =
        "steal is warning, was ok: cpu.steal averages 11 % over 20 min (warning above 10 %) since ";
    assert!(log.contains(change), "{log}");
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.starts_with(&format!("log: {change}")), "{report}");
    assert!(report.ends_with("\ncommand: /bin/sh: exit status: 0\n"), "{report}");
    let json = fs::read_to_string(&told).unwrap();
    assert!(json.contains("\"rule\":\"steal\"") && json.contains("\"value\":11.0"), "{json}");
    let output = trial("stela");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("rrd-collector: no rule \"stela\"; there are steal, cpu, load, iowait, "),
        "{said}"
    );
}
