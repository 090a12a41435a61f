//! Rules, what is done when one is broken, Nagios' question, and another configuration on SIGHUP.

use std::fs;
use std::process::Command;

use crate::programs::{Collector, wait_until};

#[test]
fn a_broken_rule_runs_the_command_once_and_nagios_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let config = folder.path().join("rrd-collector.toml");
    fs::write(
        &config,
        format!(
            "[alerts]\ndefaults = false\ncommand = [\"/bin/sh\", \"-c\", \"cat >> {0}; echo >> {0}\"]\n\
            [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0\"\n\
            [[rule]]\nname = \"quiet\"\nwhen = \"last of load.tasks > 1000000\"\n",
            told.display()
        ),
    )
    .unwrap();
    let data = folder.path().join("data");
    let config_option = config.to_str().unwrap();
    let collector = Collector::start(&data, &["--config", config_option]);
    wait_until("the command is run", || told.exists());
    wait_until("the rule is shown", || collector.get("/api/v1/alerts").1.contains("\"warning\""));
    assert!(collector.get("/").1.contains("<b>tasks</b> load.tasks is warning"));

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
    assert!(line.starts_with("WARNING - tasks: load.tasks "), "{line}");
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
    let kept = fs::read_to_string(data.join("alerts.json")).unwrap();
    assert!(kept.contains("tasks load.tasks"), "{kept}");
}

#[test]
fn another_configuration_is_taken_on_a_signal_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("rrd-collector.toml");
    fs::write(&config, "").unwrap();
    let data = folder.path().join("data");
    let collector = Collector::start(&data, &["--config", config.to_str().unwrap()]);
    wait_until("samples are taken", || data.join("load.rrd").exists());
    fs::write(&config, "[[nginx]]\nname = \"www\"\nurl = \"http://127.0.0.1:9/\"\nstep = \"1s\"\n")
        .unwrap();
    collector.reload();
    wait_until("the new server is asked", || data.join("nginx/www.rrd").exists());
    fs::write(&config, "nonsense = 1\n").unwrap();
    collector.reload();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let log = collector.stop();
    assert_eq!(log.matches("the configuration was read anew").count(), 1, "{log}");
    assert_eq!(log.matches("the old configuration stays").count(), 1, "{log}");
    assert!(log.contains("rrd-collector.toml: TOML parse error at line 1"), "{log}");
}
