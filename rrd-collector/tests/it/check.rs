//! `check` of the configuration: everything that is wrong with it, at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::programs::{Collector, configure, script, wait_until};

/// Exit code and error output of `check` with a configuration file, whose folder is left out.
fn check(folder: &Path, config: &str) -> (i32, String) {
    let file = configure(folder, config);
    let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
        .args(["check", "--config"])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.replace(&format!("{}/", folder.display()), "").replace("rrd-collector: ", "");
    (output.status.code().unwrap(), said)
}

const WRONG: &str = r#"step = "2h"
kep = "1s for 1h"
sync = "often"

[apache]
url = "gopher://x/"
step = "0s"
deadine = "1s"

[[nginx]]
url = "http://127.0.0.1/status"
password = "s3cret"
[[nginx]]
ulr = "http://127.0.0.1/status"
step = "1h"

[[munin]]
step = 5
deadline = "never"

[probe.dsk]
[probe.disk]
exlude = ["sr*"]
step = "1d"

[alerts]
webhook = { url = "http://x/", user = "me", ca = "/none" }
deadline = "x"

[[rule]]
name = "one"
when = "last of cpu.stael > 10"
[[rule]]
name = "two"
when = "cpu"
[[rule]]
name = "three"
when = "last of cpu.steal > 10"

[collectid]
[tls]
certificate = "/none"
key = "/none"
"#;

#[test]
fn check_reports_every_error_of_every_file_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rrd-collector.d")).unwrap();
    fs::write(folder.path().join("rrd-collector.d/a.toml"), "data = 1\n[statsd]\nlisten = \"x\"\n")
        .unwrap();
    fs::write(folder.path().join("rrd-collector.d/b.toml"), "step = \n[[rule]\n").unwrap();
    let (code, said) = check(folder.path(), WRONG);
    assert_eq!(code, 1);
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(".toml")).collect();
    let wanted = [
        "rrd-collector.toml:1: step: invalid duration \"2h\"",
        "rrd-collector.toml:2: unknown key or section \"kep\": expected one of host, data, ",
        "rrd-collector.toml:3: sync: invalid sync \"often\"",
        "rrd-collector.toml:5: expected [[apache]] instead of [apache]",
        "rrd-collector.toml:6: apache.url: ",
        "rrd-collector.toml:7: apache.step: invalid duration \"0s\"",
        "rrd-collector.toml:8: ",
        "rrd-collector.toml:10: nginx.user: user and password are given together or not at all",
        "rrd-collector.toml:14: ",
        "rrd-collector.toml:17: expected [munin] instead of [[munin]]",
        "rrd-collector.toml:18: ",
        "rrd-collector.toml:19: munin.deadline: invalid duration \"never\"",
        "rrd-collector.toml:21: unknown key or section \"probe.dsk\": expected one of ",
        "rrd-collector.toml:23: ",
        "rrd-collector.toml:24: probe.disk.step: invalid duration \"1d\"",
        "rrd-collector.toml:27: alerts.webhook.",
        "rrd-collector.toml:28: alerts.deadline: invalid duration \"x\"",
        "rrd-collector.toml:32: rule \"one\": cpu has no metric \"stael\": did you mean steal?",
        "rrd-collector.toml:35: rule \"two\": invalid rule `cpu`: ",
        "rrd-collector.toml:40: unknown key or section \"collectid\": expected one of ",
        "rrd-collector.toml:41: tls: /none: cannot be read: ",
        "rrd-collector.d/a.toml:1: ",
        "rrd-collector.d/a.toml:3: statsd.listen: invalid address \"x\"",
        "rrd-collector.d/b.toml:1: ",
    ];
    for (index, wanted) in wanted.iter().enumerate() {
        let line = lines.get(index).copied().unwrap_or("nothing");
        assert!(line.starts_with(wanted), "{index}: {line}\ninstead of\n{wanted}\n{said}");
    }
    let rest = &lines[wanted.len()..];
    assert!(rest.iter().all(|line| line.starts_with("rrd-collector.d/b.toml:2: ")), "{rest:#?}");
    assert!(!said.contains("missing field"), "{said}");
}

#[test]
fn errors_are_all_printed_at_the_start_and_logged_at_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start_configured(folder.path(), "");
    configure(folder.path(), "step = \"2h\"\n[[rule]]\nname = \"x\"\nwhen = \"cpu\"\n");
    collector.reload();
    collector.wait_for_log("rrd-collector.toml:4: rule \"x\": ");
    let log = collector.stop();
    for line in ["rrd-collector.toml:1: step: ", "rrd-collector.toml:4: rule \"x\": "] {
        let lines: Vec<&str> = log.lines().filter(|logged| logged.contains(line)).collect();
        assert!(
            lines.len() == 1 && lines[0].contains("the configuration was not reloaded: "),
            "{log}"
        );
    }
}

#[test]
fn check_warns_of_what_this_host_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("text"), "").unwrap();
    fs::create_dir(at("plugins")).unwrap();
    script(&folder.path().join("plugins/df"), "");
    fs::create_dir(at("conf")).unwrap();
    fs::write(at("conf/df"), "[df]\nuser no-such-user\n").unwrap();
    let config = format!(
        "[alerts]\ncommand = [\"{}\", \"x\"]\n[[exec]]\ncommand = [\"no-such-program\"]\n\
         [[exec]]\ncommand = [\"sh\"]\n[munin]\nplugins = \"{}\"\nsettings = \"{}\"\n\
         [textfile]\nfolder = \"{}\"\n",
        at("text"),
        at("plugins"),
        at("conf"),
        at("none")
    );
    let (code, said) = check(folder.path(), &config);
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    let wanted = [
        "warning: alerts.command: text: is not executable",
        "warning: exec.command: no-such-program: there is no such program",
        "warning: munin df: no user \"no-such-user\"",
        "warning: textfile none: ",
    ];
    assert_eq!((code, lines.len()), (0, wanted.len()), "{said}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{said}");
    }
    let missing = config.replace(&at("plugins"), &at("nothing"));
    let (_, said) = check(folder.path(), &missing);
    assert!(said.contains("munin: nothing: the plugins cannot be read: No such file"), "{said}");
    let no_folder = config.replace(&at("conf"), &at("text"));
    let (_, said) = check(folder.path(), &no_folder);
    assert!(said.contains("munin: text: the settings of plugins cannot be read: Not a "), "{said}");
    let conf = folder.path().join("conf");
    fs::set_permissions(&conf, fs::Permissions::from_mode(0o0)).unwrap();
    // Root may read it all the same.
    if fs::read_dir(&conf).is_err() {
        let (_, said) = check(folder.path(), &config);
        let wanted = "munin: conf: the settings of plugins cannot be read: Permission denied (os \
                      error 13); docs/rights/munin.conf gives the right";
        assert!(said.contains(wanted), "{said}");
    }
    fs::set_permissions(&conf, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn files_that_keep_another_retention_are_counted_by_check_plan_and_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().join("host");
    fs::create_dir_all(host.join("proc")).unwrap();
    fs::write(host.join("proc/loadavg"), "0.10 0.20 0.30 1/2 3\n").unwrap();
    let data = folder.path().join("data");
    let config = |keep: &str| {
        format!("keep = \"{keep}\"\ndata = {data:?}\nrootfs = {host:?}\n[clock]\nenabled = false\n")
    };
    let collector = Collector::start_configured(folder.path(), &config("1s for 1h, 1h for 5d"));
    wait_until("the load has a file", || data.join("load.rrd").exists());
    collector.stop();
    // The collector's own values, which have a file after some seconds.
    let _ = fs::remove_file(data.join("collector.rrd"));
    let size = fs::metadata(data.join("load.rrd")).unwrap().len();
    let kept = "1 existing file keeps 5d: `keep` applies to new files";
    let changed = config("1s for 2h");
    assert_eq!(check(folder.path(), &changed), (0, format!("{kept}\n")));
    let plan = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
        .args(["plan", "--config"])
        .arg(folder.path().join("rrd-collector.toml"))
        .output()
        .unwrap();
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(plan.lines().any(|line| line == kept), "{plan}");
    assert!(plan.contains(&format!("\n1 files, {size} bytes, kept as: 1s for 2h\n")), "{plan}");
    let collector = Collector::start_configured(folder.path(), &changed);
    collector.wait_for_log(kept);
}
