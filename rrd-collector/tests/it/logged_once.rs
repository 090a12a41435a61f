//! What fails again and again: few lines of the log, and the newest message on the page.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::programs::{Collector, script, wait_until};

/// The fault of a subject.
fn fault(collector: &Collector, concern: &str) -> Option<Value> {
    let info: Value = serde_json::from_str(&collector.get("/api/v1/info").1).unwrap();
    let mut faults = info["faults"].as_array().unwrap().iter();
    faults.find(|fault| fault["concern"] == concern).cloned()
}

#[test]
fn messages_that_hold_an_age_or_a_time_are_logged_once_and_scripts_twenty_lines_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["texts", "plugins", "conf"] {
        fs::create_dir(path(name)).unwrap();
    }
    let text = path("texts/backup.prom");
    fs::write(&text, "backup_seconds 1\n").unwrap();
    let old = SystemTime::now() - Duration::from_secs(100);
    fs::File::options().write(true).open(&text).unwrap().set_modified(old).unwrap();
    // Its error begins with a time, to the nanosecond.
    script(&path("plugins/refused"), "date '+%F %T.%N [71] connection refused' >&2\nexit 1\n");
    let noise = "for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do\necho \"odd$line$$\"\n\
                 echo \"error $line $$\" >&2\ndone\necho PUTVAL a/noise/gauge-x N:1\n";
    script(&path("noise"), noise);
    let config = format!(
        "[textfile]\nfolder = \"{}\"\nstep = \"1s\"\nmax_age = \"60s\"\n\
         [munin]\nplugins = \"{}\"\nsettings = \"{}\"\nstep = \"1s\"\n\
         [[exec]]\ncommand = [\"{}\"]\ninterval = \"1s\"\n",
        path("texts").display(),
        path("plugins").display(),
        path("conf").display(),
        path("noise").display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let textfile = format!("textfile {}", text.display());
    let times = |concern: &str| fault(&collector, concern).map(|fault| fault["times"].clone());
    let is_known = |concern: &str| times(concern).is_some_and(|times| times.as_u64() >= Some(4));
    wait_until("both fail four times", || is_known(&textfile) && is_known("munin refused"));
    let message = |concern: &str| fault(&collector, concern).unwrap()["message"].to_string();
    let (stale, refused) = (message(&textfile), message("munin refused"));
    wait_until("the newest message is shown", || {
        message(&textfile) != stale && message("munin refused") != refused
    });
    let page = collector.get("/now").1;
    assert!(
        page.contains("stale: written 1") && page.contains("connection refused"),
        "{page:.2000}"
    );
    let log = collector.stop();
    let count = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!((count("stale: written"), count("connection refused")), (1, 1), "{log}");
    assert_eq!(count(&format!("exec {}: ", path("noise").display())), 20, "{log}");
    assert_eq!(count("(further lines like this are not logged for an hour)"), 1, "{log}");
}
