//! `ready`: the health check of a container, by status and words.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::programs::{Collector, script, wait_until};

/// Status, output and errors of `ready` for this data folder.
fn ready(data: &Path) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    let output = command.args(["ready", "--data"]).arg(data).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A host of which only the load is sampled.
fn host(folder: &Path) -> String {
    fs::create_dir_all(folder.join("host/proc")).unwrap();
    fs::write(folder.join("host/proc/loadavg"), "0.10 0.20 0.30 1/2 3\n").unwrap();
    format!("rootfs = \"{}\"\n[clock]\nenabled = false\n", folder.join("host").display())
}

#[test]
fn a_daemon_is_ready_while_it_samples_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (status, said, errors) = ready(&data);
    assert_eq!((status, &*said), (Some(1), ""));
    let nobody = format!(
        "rrd-collector: {}: no running daemon answers here; start it, or name its data folder with \
         --data: ",
        data.join("control.sock").display()
    );
    assert!(errors.starts_with(&nobody), "{errors}");

    let collector = Collector::start_configured(folder.path(), &host(folder.path()));
    let sampling = (Some(0), "sampling\n".to_owned(), String::new());
    wait_until("the daemon is ready", || ready(&data) == sampling);

    let process = Pid::from_raw(i32::try_from(collector.id()).unwrap()).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    let (status, said, errors) = ready(&data);
    assert_eq!((status, &*said), (Some(1), ""));
    assert!(errors.starts_with(&nobody), "{errors}");
    kill_process(process, Signal::CONT).unwrap();
    wait_until("the daemon is ready again", || ready(&data) == sampling);
    collector.stop();
}

#[test]
fn a_daemon_answers_while_an_action_of_a_trial_takes_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let (data, begun, end) =
        (folder.path().join("data"), folder.path().join("begun"), folder.path().join("end"));
    let action = folder.path().join("action");
    let text = format!(
        "#!/bin/sh\ntouch {}\nwhile ! [ -e {} ]; do sleep 0.1; done\n",
        begun.display(),
        end.display()
    );
    script(&action, &text);
    let config = format!(
        "{}[alerts]\ndefaults = false\ncommand = [\"{}\"]\n[[rule]]\nname = \"tasks\"\n\
         when = \"last of load.tasks > 1000000\"\n",
        host(folder.path()),
        action.display()
    );
    let collector = Collector::start_configured(folder.path(), &config);
    wait_until("the daemon is ready", || ready(&data).0 == Some(0));
    let mut trial = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    let mut trial = trial
        .args(["alert", "test", "tasks", "--data"])
        .arg(&data)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the action has begun", || begun.exists());
    assert_eq!(ready(&data), (Some(0), "sampling\n".to_owned(), String::new()));
    fs::write(&end, "").unwrap();
    assert_eq!(trial.wait().unwrap().code(), Some(0));
    collector.stop();
}
