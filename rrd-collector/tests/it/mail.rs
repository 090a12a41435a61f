//! Mails about changes, from a rule to a server, and trials of a rule by the daemon.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};

use crate::programs::{Collector, DEADLINE, configure, copy_program, free_port, wait_until};

/// A server that accepts mails, but none for `gone@example.org`; the mails that it got.
fn server(port: u16) -> Receiver<String> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (mails, got) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut mail: Option<String> = None;
            write!(stream, "220 mail.example\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let reply = match (&mut mail, &*line) {
                    (Some(_), ".") => {
                        let _ = mails.send(mail.take().unwrap());
                        "250 2.0.0 queued as 7"
                    }
                    (Some(mail), line) => {
                        mail.extend([line, "\n"]);
                        continue;
                    }
                    (None, "RCPT TO:<gone@example.org>") => "550 5.1.1 no such user",
                    (None, "DATA") => {
                        mail = Some(String::new());
                        "354 go on"
                    }
                    (None, "QUIT") => break,
                    (None, _) => "250 ok",
                };
                write!(stream, "{reply}\r\n").unwrap();
            }
        }
    });
    got
}

fn alert_test(config: &Path, data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    command.args(["alert", "test", "tasks"]).args(words).arg("--config").arg(config);
    command.arg("--data").arg(data);
    command
}

fn printed(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_mail_waits_for_its_server_over_a_restart_and_one_that_is_refused_is_dropped() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let text = format!(
        "host = \"web-1\"\n[alerts]\ndefaults = false\n\
         [[alerts.mail]]\nto = [\"ops@example.org\", \"gone@example.org\"]\n\
         from = \"rrd@example.org\"\nserver = \"127.0.0.1\"\nport = {port}\n\
         [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 0\"\n"
    );
    let collector = Collector::start_configured(folder.path(), &text);
    let file = folder.path().join("data/mails.json");
    wait_until("the mails wait", || {
        fs::read_to_string(&file).is_ok_and(|text| text.matches("\"to\"").count() == 2)
    });
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let fault = format!("<b>mails through 127.0.0.1:{port}</b> cannot connect: ");
    wait_until("the fault is shown", || collector.get("/").1.contains(&fault));
    let log = collector.stop();
    // The second mail was not tried at a server that is down.
    assert_eq!(log.matches("cannot connect").count(), 1, "{log}");

    let got = server(port);
    let collector = Collector::start_configured(folder.path(), &text);
    let mail = got.recv_timeout(DEADLINE).unwrap();
    assert!(mail.contains("\nTo: ops@example.org\n"), "{mail}");
    assert!(mail.contains("Subject: web-1: tasks is warning: load.tasks is "), "{mail}");
    assert!(mail.contains("On web-1, load.tasks is "), "{mail}");
    wait_until("no mail waits", || fs::read_to_string(&file).unwrap() == "[]");
    let log = collector.stop();
    let refusal = "mails to gone@example.org: the server answered RCPT with 550 5.1.1 no such user";
    assert_eq!(log.matches(refusal).count(), 1, "{log}");
    let dropped = "dropped the mail to gone@example.org: web-1: tasks is warning: load.tasks is ";
    assert_eq!(log.matches(dropped).count(), 1, "{log}");
    assert!(got.try_recv().is_err());
}

#[test]
fn a_trial_is_done_by_the_daemon_and_reports_the_outcome_of_every_action() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let got = server(port);
    let config = configure(
        folder.path(),
        &format!(
            "[alerts]\ndefaults = false\n\
             command = [\"/bin/sh\", \"-c\", \"echo by $PPID; echo trouble >&2; exit 3\"]\n\
             [[alerts.mail]]\nto = [\"ops@example.org\", \"gone@example.org\"]\n\
             from = \"rrd@example.org\"\nserver = \"127.0.0.1\"\nport = {port}\n\
             [[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 1000000\"\n"
        ),
    );
    let data = folder.path().join("data");
    let (code, _, errors) = printed(&alert_test(&config, &data, &[]).output().unwrap());
    assert_eq!(code, Some(1));
    assert!(errors.contains("control.sock: no running daemon answers here; start it,"), "{errors}");
    let collector = Collector::start(&data, &["--config", config.to_str().unwrap()]);
    wait_until("the daemon listens", || UnixStream::connect(data.join("control.sock")).is_ok());
    // Who asks need not have the secrets of the service, only know its folder.
    let others = configure(
        &folder.path().join("data"),
        &format!(
            "data = \"{}\"\n[auth]\nuser = \"me\"\npassword = \"${{credential:x}}\"\n",
            data.display()
        ),
    );
    let mut asked = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    asked.args(["alert", "test", "tasks", "--config"]).arg(others);
    let (code, report, errors) = printed(&asked.output().unwrap());
    assert_eq!((code, &*errors), (Some(1), ""));
    let lines: Vec<&str> = report.lines().collect();
    assert!(
        lines[0].starts_with("log: tasks is warning, was ok: load.tasks is 1.1 M ("),
        "{report}"
    );
    let command = format!("command: failed: /bin/sh: exit status: 3: by {}", collector.id());
    assert_eq!(lines[1..3], [&*command, "trouble"]);
    let mail = format!("accepted by 127.0.0.1:{port}: 250 2.0.0 queued as 7");
    assert_eq!(lines[3], format!("mail to ops@example.org: {mail}"));
    assert_eq!(
        lines[4],
        format!(
            "mail to gone@example.org: failed: 127.0.0.1:{port}: the server answered RCPT with 550 5.1.1 \
             no such user"
        )
    );
    let mail = got.recv_timeout(DEADLINE).unwrap();
    assert!(mail.contains("[test] ") && mail.contains("This is a test by"), "{mail}");
    // The folder was cleared: the socket is made again.
    fs::remove_file(data.join("control.sock")).unwrap();
    let again = || UnixStream::connect(data.join("control.sock")).is_ok();
    wait_until("the daemon listens again", again);
    let (_, report, _) = printed(&alert_test(&config, &data, &[]).output().unwrap());
    assert!(report.contains(&command), "{report}");
    // In this process, whose child has another parent.
    let (_, report, _) = printed(&alert_test(&config, &data, &["--here"]).output().unwrap());
    assert!(report.contains("exit status: 3: by ") && !report.contains(&command), "{report}");
    let log = collector.stop();
    assert!(log.contains("tasks is warning, was ok: load.tasks is 1.1 M"), "{log}");
    assert!(!data.join("control.sock").exists());
}

#[test]
fn only_root_and_the_user_of_the_daemon_may_ask_for_a_trial() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = configure(
        folder.path(),
        "[alerts]\ndefaults = false\n[[rule]]\nname = \"tasks\"\nwhen = \"last of load.tasks > 1000000\"\n",
    );
    let data = folder.path().join("data");
    let collector = Collector::start(&data, &["--config", config.to_str().unwrap()]);
    let socket = data.join("control.sock");
    wait_until("the daemon listens", || UnixStream::connect(&socket).is_ok());
    // Even if its folder and the socket are open to all.
    for (path, mode) in [(folder.path(), 0o755), (&*data, 0o755), (&*socket, 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // The program may be in a folder that another user cannot reach.
    let program = folder.path().join("rrd-collector");
    copy_program(env!("CARGO_BIN_EXE_rrd-collector"), &program);
    let mut command = Command::new(program);
    command.args(["alert", "test", "tasks", "--config"]).arg(&config).arg("--data").arg(&data);
    let (code, report, errors) = printed(&command.uid(65534).gid(65534).output().unwrap());
    let refusal = "refused: only root and the user of the daemon may ask\n";
    assert_eq!((code, &*report, &*errors), (Some(1), refusal, ""));
    let log = collector.stop();
    assert_eq!(log.matches("a command of another user was refused").count(), 1, "{log}");
}
