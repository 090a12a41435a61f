//! The name of the host: where it is shown, and what a reload says about another one.

use std::fs;
use std::process::Command;

use crate::programs::{Collector, configure, wait_until};

fn print(words: &[&str], config: &std::path::Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
        .args(words)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_name_that_is_configured_is_shown_everywhere_and_another_one_needs_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let text = format!(
        "host = \"web-1\"\n[alerts]\ndefaults = false\n\
         command = [\"/bin/sh\", \"-c\", \"echo $RRD_HOST > {0}.new; cat >> {0}.new; mv {0}.new {0}\"]\n\
         [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0\"\n",
        told.display()
    );
    let collector = Collector::start_configured(folder.path(), &text);
    collector.evaluate_rules();
    wait_until("the command is run", || told.exists());
    let told = fs::read_to_string(told).unwrap();
    assert!(told.starts_with("web-1\n{") && told.contains("\"host\":\"web-1\""), "{told}");
    let page = collector.get("/").1;
    assert!(page.contains(" – web-1</title>") && page.contains("<a href=\"/\">web-1</a>"));
    assert!(collector.get("/api/v1/info").1.contains("\"host\":\"web-1\""));
    let node = collector.get("/metrics?names=node").1;
    assert!(node.contains("nodename=\"web-1\""), "{node:.2000}");

    let other = "[[rule]]\nname = \"other\"\nwhen = \"last of load.tasks > 1\"\n";
    let text = text.replace("web-1", "web-2") + other;
    let config = configure(folder.path(), &text);
    collector.reload();
    wait_until("the new rule is shown", || collector.get("/api/v1/alerts").1.contains("other"));
    let log = collector.stop();
    assert!(log.contains("a restart is needed to apply the changes of host\n"), "{log}");
    let checked = print(&["check"], &config);
    assert_eq!(checked, "the configuration is in order; this host is web-2\n");
    assert!(print(&["once"], &config).starts_with("# host web-2\n"));
}
