//! The program as init scripts, units and administrators start and end it.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rrd_core::{Rrd, RrdReader, Schema, Timestamp};

use crate::programs::{
    DEADLINE, Running, Setup, ours, program, run, signal, succeed, temporary_folder, wait_until,
};

/// A daemon with these options, besides a PID file and a base folder that it stays in.
fn daemon(folder: &Path, options: &[&str]) -> Command {
    let mut command = program(ours(), folder);
    command.arg("-p").arg(folder.join("pid")).arg("-b").arg(folder.join("base")).arg("-B");
    command.args(options);
    for name in ["LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "STATE_DIRECTORY"] {
        command.env_remove(name);
    }
    command
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = temporary_folder();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

/// The status of a program that ends at once, and what it says.
fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A daemon in the background, which is killed when this is dropped.
struct Background(String);

impl Background {
    fn start(command: &mut Command) -> (Self, String) {
        let output = run(command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let folder = command.get_current_dir().unwrap();
        let number = fs::read_to_string(folder.join("pid")).unwrap();
        (Self(number.trim().to_owned()), said(&output).1)
    }

    fn signal(&self, name: &str) {
        assert!(signal(name, &self.0));
    }

    /// Whether it is there, and no zombie that nobody waits for.
    fn lives(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    fn end(self, signal: &str) {
        self.signal(signal);
        wait_until("the daemon ends", || !self.lives());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        signal("KILL", &self.0);
    }
}

fn ping(socket: &Path) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"PING\n").unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

const START: i64 = 1_000_000_000;

/// A file with one source.
fn create(setup: &Setup) {
    let step = Duration::from_secs(10);
    let schema = Schema::builder(step).gauge("x", 2 * step).average_for(step, 100 * step);
    let start = Timestamp::from_seconds(START);
    let path = setup.base().join("a.rrd");
    Rrd::create(path, &schema.build().unwrap(), start).unwrap();
}

/// The last update in the file itself.
fn last_update(setup: &Setup) -> i64 {
    RrdReader::open(setup.base().join("a.rrd")).unwrap().last_update().seconds()
}

#[test]
fn it_is_in_the_background_when_its_caller_ends_and_leaves_nothing_there() {
    let (_guard, folder) = folder();
    // Folders that are missing are made; names are relative to the caller's folder.
    let mut command = daemon(&folder, &["-l", "unix:run/s.sock", "-o", "log", "-V", "LOG_INFO"]);
    let (daemon, said) = Background::start(&mut command);
    assert_eq!(said, "");
    assert_eq!(ping(&folder.join("run/s.sock")), "0 PONG\n");
    let process = PathBuf::from(format!("/proc/{}", daemon.0));
    assert_eq!(fs::read_link(process.join("cwd")).unwrap(), folder.join("base"));
    assert_eq!(fs::read_to_string(process.join("comm")).unwrap(), "rrdcached\n");
    for stream in ["0", "1", "2"] {
        let stream = fs::read_link(process.join("fd").join(stream)).unwrap();
        assert_eq!(stream, PathBuf::from("/dev/null"));
    }
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    // State, parent, process group, session.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    assert_eq!(fields[2..4], [&daemon.0, &daemon.0], "it leads a session of its own");
    daemon.end("TERM");
    assert!(!folder.join("pid").exists() && !folder.join("run/s.sock").exists());
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let lines: Vec<&str> = log.lines().filter_map(|line| line.get(20..)).collect();
    assert_eq!(lines[..2], ["[6] starting up", "[6] listening for connections"]);
    assert_eq!(lines.last(), Some(&"[6] goodbye"));
}

#[test]
fn the_caller_has_the_status_of_a_daemon_that_does_not_start() {
    let (_guard, folder) = folder();
    symlink("elsewhere", folder.join("base")).unwrap();
    fs::create_dir(folder.join("elsewhere")).unwrap();
    let text = format!(
        "Base directory (-b) resolved via file system links!\nPlease consult rrdcached '-b' documentation!\nConsider specifying the real directory ({}/elsewhere)\n",
        folder.display()
    );
    assert_eq!(said(&run(&mut daemon(&folder, &["-l", "/proc/x.sock"]))), (Some(5), text));
    fs::remove_file(folder.join("base")).unwrap();
    let text = "rrdcached: bind(/proc/x.sock) failed: No such file or directory.\nrrdcached: FATAL: cannot open any listen sockets\nrrdcached: daemonize failed, exiting.\n";
    let output = run(&mut daemon(&folder, &["-l", "/proc/x.sock"]));
    assert_eq!(said(&output), (Some(1), text.to_owned()));
    assert!(!folder.join("pid").exists());
}

#[test]
fn a_second_daemon_is_refused_and_what_a_killed_one_left_is_taken() {
    let (_guard, folder) = folder();
    let socket = folder.join("s.sock");
    let options = ["-l", "unix:s.sock"];
    let (first, _) = Background::start(&mut daemon(&folder, &options));
    let pid = folder.join("pid");
    let exists = format!("rrdcached: can't create pid file '{}' (File exists)\n", pid.display());
    let text = format!(
        "{exists}FATAL: Another rrdcached daemon is running?? (pid {})\nrrdcached: daemonize failed, exiting.\n",
        first.0
    );
    assert_eq!(said(&run(&mut daemon(&folder, &options))), (Some(1), text));
    assert_eq!(ping(&socket), "0 PONG\n");
    let number = first.0.clone();
    first.end("KILL");
    assert!(pid.exists() && socket.exists());
    let (second, said) = Background::start(&mut daemon(&folder, &options));
    let stale = format!("rrdcached: removed stale PID file (no rrdcached on pid {number})\n");
    assert_eq!(said, format!("{exists}{stale}rrdcached: starting normally.\n"));
    assert_eq!(ping(&socket), "0 PONG\n");
    second.end("INT");
    assert!(!pid.exists());
}

#[test]
fn modes_follow_the_umask_and_the_options() {
    let (_guard, folder) = folder();
    for (umask, pid, open) in [("022", 0o644, 0o755), ("077", 0o600, 0o700)] {
        let mut command = daemon(&folder, &["-l", "unix:a", "-m", "0622", "-l", "unix:b"]);
        let shell = format!("umask {umask}; exec \"$@\"");
        let mut shelled = program("sh", &folder);
        shelled.args(["-c", &shell, "sh"]).arg(command.get_program()).args(command.get_args());
        command.env_clear();
        let (daemon, _) = Background::start(&mut shelled);
        let mode = |name| fs::metadata(folder.join(name)).unwrap().mode() & 0o777;
        assert_eq!(["pid", "a", "b"].map(mode), [pid, open, 0o622], "umask {umask}");
        daemon.end("TERM");
    }
}

#[test]
fn sockets_that_are_handed_over_are_served_and_stay() {
    let (_guard, folder) = folder();
    let socket = folder.join("s.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let serve = |options: &[&str]| {
        let daemon = daemon(&folder, options);
        let mut shell = program("sh", &folder);
        // The number of the process is that of the shell, which the daemon replaces.
        let script = "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\" 3<&0 </dev/null";
        shell.args(["-c", script, "sh"]).arg(daemon.get_program()).args(daemon.get_args());
        shell.stdin(OwnedFd::from(listener.try_clone().unwrap())).stderr(Stdio::piped());
        shell
    };
    // In the foreground, with permissions that come before -l, which is ignored.
    let running =
        Running::start(&mut serve(&["-g", "-P", "PING", "-l", "unix:other", "-P", "LAST"]));
    assert_eq!(ping(&socket), "0 PONG\n");
    assert!(!folder.join("other").exists());
    assert!(running.end("TERM").success());
    // In the background.
    let (daemon, _) = Background::start(&mut serve(&[]));
    assert_eq!(ping(&socket), "0 PONG\n");
    daemon.end("TERM");
    assert!(socket.exists());
}

#[test]
fn a_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let (_guard, folder) = folder();
    let manager = UnixDatagram::bind(folder.join("notify")).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let heard = || {
        let mut buffer = [0; 200];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let options = ["-g", "-l", "unix:s.sock"];
    let notify = folder.join("notify");
    let running = Running::start(daemon(&folder, &options).env("NOTIFY_SOCKET", &notify));
    assert_eq!(heard(), "READY=1\n");
    assert_eq!(ping(&folder.join("s.sock")), "0 PONG\n");
    assert!(running.end("TERM").success());
    assert_eq!(heard(), "STOPPING=1\n");
    let (background, _) =
        Background::start(daemon(&folder, &options[1..]).env("NOTIFY_SOCKET", &notify));
    assert_eq!(heard(), format!("MAINPID={}\nREADY=1\n", background.0));
    background.end("TERM");
    assert_eq!(heard(), "STOPPING=1\n");
}

#[test]
fn signals_and_options_decide_whether_the_end_writes() {
    let (_guard, folder) = folder();
    let setup = Setup::new(&ours(), &folder).with(&["-w", "3600", "-f", "7200"]);
    let writing = setup.clone().with(&["-F"]);
    create(&setup);
    let written = || last_update(&setup);
    let mut at = START;
    for (server, signal, writes) in [
        (&setup, "TERM", false),
        (&setup, "INT", false),
        (&setup, "USR2", false),
        (&setup, "USR1", true),
        (&writing, "USR2", false),
        (&writing, "TERM", true),
        (&setup, "TERM", false),
        (&writing, "INT", true),
    ] {
        let running = server.start();
        let mut client = server.connect();
        // What stayed in the journal is written before the first answer.
        assert_eq!(client.ask("PING"), ["0 PONG"]);
        assert_eq!(written(), at);
        at += 10;
        let value = format!("UPDATE a.rrd {at}:1");
        assert_eq!(client.ask(&value), ["0 errors, enqueued 1 value(s)."]);
        assert!(running.end(signal).success());
        assert_eq!(written(), if writes { at } else { at - 10 }, "{signal}");
    }
}

#[test]
fn a_log_that_was_renamed_is_opened_again_on_sighup() {
    let (_guard, folder) = folder();
    let options = ["-l", "unix:s.sock", "-o", "log", "-V", "LOG_INFO"];
    let (daemon, _) = Background::start(&mut daemon(&folder, &options));
    fs::rename(folder.join("log"), folder.join("log.1")).unwrap();
    daemon.signal("HUP");
    wait_until("the log is there again", || folder.join("log").exists());
    assert_eq!(ping(&folder.join("s.sock")), "0 PONG\n");
    daemon.end("TERM");
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.ends_with("[6] goodbye\n"), "{log}");
}

#[test]
fn drain_writes_what_a_running_or_a_killed_daemon_holds() {
    let (_guard, folder) = folder();
    let setup = Setup::new(&ours(), &folder).with(&["-w", "3600", "-f", "7200"]);
    let drain = || {
        let mut command = setup.command();
        command.arg("--drain");
        succeed(&mut command);
        last_update(&setup)
    };
    create(&setup);
    let running = setup.start();
    let update = |at: u32| {
        let answer = setup.connect().ask(&format!("UPDATE a.rrd {at}:1"));
        assert_eq!(answer, ["0 errors, enqueued 1 value(s)."]);
    };
    update(1_000_000_010);
    // It waits for the end of the daemon, whom its parent has not waited for.
    assert_eq!(drain(), 1_000_000_010);
    drop(running);
    let running = setup.start();
    update(1_000_000_020);
    drop(running);
    assert_eq!(drain(), 1_000_000_020);
    assert_eq!(drain(), 1_000_000_020);
}

#[test]
fn a_running_daemon_tells_its_status() {
    let (_guard, folder) = folder();
    let setup = Setup::new(&ours(), &folder).with(&["-w", "3600", "-f", "7200"]);
    create(&setup);
    let status = |format: &str| {
        let mut command = setup.command();
        run(command.arg(format).stdout(Stdio::piped()))
    };
    let output = status("--status");
    let text = format!("rrdcached: cannot connect to {}", setup.unix());
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.starts_with(&text), "{output:?}");
    let running = setup.start();
    let update = format!("UPDATE a.rrd {}:1", START + 10);
    assert_eq!(setup.connect().ask(&update), ["0 errors, enqueued 1 value(s)."]);
    let output = status("--status=prometheus");
    let metrics = String::from_utf8(output.stdout).unwrap();
    assert!(metrics.contains("\nrrdcached_updates_received_total 1\n"), "{metrics}");
    let output = status("--status");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    assert!(running.end("TERM").success());
}

#[test]
fn a_folder_that_the_account_cannot_use_is_named_with_what_to_do() {
    if !rustix::process::geteuid().is_root() {
        println!("not run: only root becomes somebody else");
        return;
    }
    let (_guard, folder) = folder();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let options = ["-U", "nobody", "-l", "unix:s.sock", "-j", "journal"];
    for name in ["base", "journal"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    let (status, text) = said(&run(&mut daemon(&folder, &options)));
    assert_eq!(status, Some(1));
    let place = folder.join("journal").display().to_string();
    let expected = format!("rrdcached: cannot use journal directory {place} as nobody:");
    assert!(text.contains(&expected) && text.contains("rrdcached: chown nobody:"), "{text}");
    // Folders that it makes itself belong to the account.
    for name in ["base", "journal"] {
        fs::remove_dir(folder.join(name)).unwrap();
    }
    let (daemon, _) = Background::start(&mut daemon(&folder, &options));
    let owner = fs::metadata(folder.join("journal")).unwrap().uid();
    assert_eq!(fs::metadata(folder.join("base")).unwrap().uid(), owner);
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.0)).unwrap();
    assert!(status.contains(&format!("\nUid:\t{owner}\t{owner}\t{owner}\t{owner}\n")), "{status}");
    assert!(!status.contains("\nGid:\t0"), "{status}");
    assert_eq!(ping(&folder.join("s.sock")), "0 PONG\n");
    daemon.end("TERM");
}
