//! `doctor`: a sound installation is silent, and each broken one gets one line with the remedy.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use rrd_collector::cli::{Invocation, Left, Machine, Space, doctor};
use rrd_collector::schedule::clock::unix_now;
use rrd_collector::section::Environment;
use rrd_core::{Heartbeat, Rrd, Schema, Step, Timestamp};

use crate::peers::is_root;
use crate::programs::{Collector, configure, copy_program, free_port, wait_until};

/// An installation in a folder: its configuration, its host, of which only the load is sampled,
/// and its data.
struct Installation {
    folder: tempfile::TempDir,
    port: u16,
}

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("host/proc")).unwrap();
        fs::write(folder.path().join("host/proc/loadavg"), "0.10 0.20 0.30 1/2 3\n").unwrap();
        let installation = Self { folder, port: free_port() };
        installation.configure(installation.port, "");
        installation
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    /// Writes a configuration that listens at this port and has these sections.
    fn configure(&self, port: u16, sections: &str) {
        let (data, host) = (self.data(), self.at("host"));
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\ndata = \"{}\"\nrootfs = \"{}\"\nkeep = \"1s for 1h\"\n\
             {sections}\n[clock]\nenabled = false\n",
            data.display(),
            host.display()
        );
        configure(self.folder.path(), &text);
    }

    fn options(&self) -> [String; 2] {
        ["--config".to_owned(), self.at("rrd-collector.toml").display().to_string()]
    }

    /// Starts its daemon, and waits until the load has a file.
    fn start(&self) -> Collector {
        let program = env!("CARGO_BIN_EXE_rrd-collector");
        self.start_program(Command::new(program).args(self.options()))
    }

    fn start_program(&self, command: &mut Command) -> Collector {
        let collector = Collector::started(command.args(["--sync", "never"]));
        wait_until("the load has a file", || self.data().join("load.rrd").exists());
        wait_until("the daemon takes questions", || self.data().join("control.sock").exists());
        collector
    }

    /// Status and lines of `doctor`, without the place of the folder.
    fn doctor(&self) -> (i32, Vec<String>) {
        let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .arg("doctor")
            .args(self.options())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), self.lines(&said))
    }

    fn lines(&self, said: &str) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        said.replace(&folder, "").lines().map(str::to_owned).collect()
    }

    /// What is said at another time, or with other space.
    fn said(&self, now: i64, space: Option<Space>) -> Vec<String> {
        let words = self.options().map(Into::into);
        let environment = Environment { variable: &|_| None, credentials: None };
        let config = Invocation::parse(words).unwrap().config(None, &environment).unwrap();
        let space = |folder: &Path, user| space.map_or_else(|| Space::of(folder, user), Ok);
        let found = doctor(&config, &Machine { now, space: &space });
        let lines: Vec<String> = found.iter().map(|complaint| format!("{complaint}\n")).collect();
        self.lines(&lines.concat())
    }

    /// A file of a disk whose newest sample is at this time.
    fn disk_file(&self, newest: i64) {
        self.file_of("vda", newest);
    }

    fn file_of(&self, disk: &str, newest: i64) {
        fs::create_dir_all(self.data().join("disk")).unwrap();
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("util", Heartbeat::from_seconds(10))
            .average(0.5, 1, 3600)
            .build()
            .unwrap();
        let file = self.data().join(format!("disk/{disk}.rrd"));
        Rrd::create(file, &schema, Timestamp::from_seconds(newest)).unwrap();
    }
}

/// That there is one line, which says what is wrong and what to do.
fn assert_one(found: &[String], wanted: &str) {
    assert_eq!(found, [wanted.to_owned()]);
}

/// The same for the program, which ends with status 1.
fn assert_said((status, lines): (i32, Vec<String>), wanted: &str) {
    assert_one(&lines, wanted);
    assert_eq!(status, 1);
}

#[test]
fn a_sound_installation_is_silent() {
    let installation = Installation::new();
    let _daemon = installation.start();
    assert_eq!(installation.doctor(), (0, Vec::new()));
}

#[test]
fn a_configuration_with_an_error_is_one_line() {
    let installation = Installation::new();
    installation.configure(installation.port, "sync = \"often\"");
    let (status, lines) = installation.doctor();
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    let place = "configuration: rrd-collector.toml:5: sync: invalid sync \"often\"";
    let remedy = "; correct the configuration, then run `rrd-collector check`";
    assert!(lines[0].starts_with(place) && lines[0].ends_with(remedy), "{lines:?}");
}

#[test]
fn a_folder_that_is_configured_and_missing_is_one_line() {
    let installation = Installation::new();
    installation.configure(installation.port, "[textfile]\nfolder = \"/nonexistent\"");
    let _daemon = installation.start();
    let (status, lines) = installation.doctor();
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    assert!(lines[0].starts_with("configuration: textfile /nonexistent: "), "{lines:?}");
}

#[test]
fn a_data_folder_that_is_missing_or_a_file_is_one_line() {
    let installation = Installation::new();
    assert_said(
        installation.doctor(),
        "data folder: data does not exist; mount it or put it back, or let the daemon make a new one: \
         run `systemctl restart rrd-collector`",
    );
    fs::write(installation.data(), "").unwrap();
    assert_said(
        installation.doctor(),
        "data folder: data is not a folder; run `mv data data.old && systemctl restart \
         rrd-collector`",
    );
}

#[test]
fn a_data_folder_that_is_a_link_to_nothing_or_to_itself_is_one_line() {
    let installation = Installation::new();
    symlink(installation.at("disk"), installation.data()).unwrap();
    assert_said(
        installation.doctor(),
        "data folder: data is a link to disk, which does not exist; make or mount that, or run `rm \
         data && systemctl restart rrd-collector`",
    );
    fs::remove_file(installation.data()).unwrap();
    symlink("data", installation.data()).unwrap();
    assert_said(
        installation.doctor(),
        "data folder: data cannot be used: Too many levels of symbolic links (os error 40); correct \
         the configuration, then run `rrd-collector check`",
    );
}

#[test]
fn a_data_folder_whose_socket_has_too_long_a_path_is_one_line() {
    let installation = Installation::new();
    let data = "x".repeat(120);
    let (place, long) = (installation.data(), installation.at(&data));
    fs::create_dir(&long).unwrap();
    let text = fs::read_to_string(installation.at("rrd-collector.toml")).unwrap();
    let text = text.replace(&place.display().to_string(), &long.display().to_string());
    configure(installation.folder.path(), &text);
    let length = long.join("control.sock").as_os_str().len();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    let _daemon = Collector::started(command.args(installation.options()));
    wait_until("the load has a file", || long.join("load.rrd").exists());
    assert_said(
        installation.doctor(),
        &format!(
            "data folder: {data} has too long a path, so that the daemon cannot be asked: its socket \
             has {length} bytes, and 107 are the limit; move it, and give the new place as `data`"
        ),
    );
}

#[test]
fn commands_are_for_any_folder_and_quote_its_name() {
    let installation = Installation::new();
    fs::create_dir(installation.at("it's here")).unwrap();
    fs::set_permissions(installation.at("it's here"), Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    command.current_dir(installation.folder.path()).arg("doctor").args(installation.options());
    let output = command.args(["--data", "it's here"]).output().unwrap();
    let folder = installation.at("").display().to_string();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!(
            "data folder: {folder}it's here has the mode 0777, with which everybody can write there; \
             run `chmod 750 '{folder}it'\\''s here'`\n"
        )
    );
}

#[test]
fn a_host_on_which_nothing_is_found_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    fs::remove_file(installation.at("host/proc/loadavg")).unwrap();
    assert_said(
        installation.doctor(),
        "configuration: no probe finds what it reads, such as host/proc/stat, so that nothing is \
         sampled; correct the configuration, then run `rrd-collector check`",
    );
}

#[test]
fn a_data_folder_that_everybody_may_write_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    fs::set_permissions(installation.data(), Permissions::from_mode(0o777)).unwrap();
    assert_said(
        installation.doctor(),
        "data folder: data has the mode 0777, with which everybody can write there; run `chmod 750 \
         data`",
    );
}

#[test]
fn a_daemon_that_does_not_run_is_one_line() {
    let installation = Installation::new();
    installation.start().stop();
    assert_said(
        installation.doctor(),
        "daemon: no daemon uses data; run `systemctl start rrd-collector`, or without systemd \
         `rrd-collector --data data`",
    );
}

#[test]
fn a_port_of_another_program_and_one_that_the_daemon_does_not_have_are_one_line() {
    let installation = Installation::new();
    let daemon = installation.start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    installation.configure(port, "");
    let (status, lines) = installation.doctor();
    let who =
        format!("(process {}); end that process, or give another `listen`", std::process::id());
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    let place = format!("ports: 127.0.0.1:{port} is in use by ");
    assert!(lines[0].starts_with(&place) && lines[0].ends_with(&who), "{lines:?}");
    drop(taken);
    let port = free_port();
    installation.configure(port, "");
    assert_said(
        installation.doctor(),
        &format!(
            "ports: the daemon (process {}) does not listen at 127.0.0.1:{port}; run `systemctl \
             reload rrd-collector`",
            daemon.id()
        ),
    );
}

#[test]
fn a_port_that_another_program_had_before_the_start_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let installation = Installation::new();
    fs::create_dir(installation.data()).unwrap();
    installation.configure(port, "");
    let (status, lines) = installation.doctor();
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    assert!(lines[0].starts_with(&format!("ports: 127.0.0.1:{port} is in use by ")), "{lines:?}");
    drop(taken);
    let (_, lines) = installation.doctor();
    assert!(lines.len() == 1 && lines[0].starts_with("daemon: no daemon uses data; "), "{lines:?}");
}

#[test]
fn an_address_that_the_host_does_not_have_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    let text = fs::read_to_string(installation.at("rrd-collector.toml")).unwrap();
    let made = rcgen::generate_simple_self_signed(["192.0.2.1".to_owned()]).unwrap();
    fs::write(installation.at("page.pem"), made.cert.pem()).unwrap();
    fs::write(installation.at("page.key"), made.signing_key.serialize_pem()).unwrap();
    fs::write(installation.at("password"), "s3cret").unwrap();
    let at = |name: &str| installation.at(name).display().to_string();
    let text = text.replace("127.0.0.1:", "192.0.2.1:");
    let text = format!(
        "{text}[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n[auth]\nuser = \"me\"\n\
         password = \"${{file:{}}}\"\n",
        at("page.pem"),
        at("page.key"),
        at("password")
    );
    configure(installation.folder.path(), &text);
    assert_said(
        installation.doctor(),
        &format!(
            "ports: 192.0.2.1:{} is no address of this host; run `ip -brief address` for those that \
             are, and correct `listen`",
            installation.port
        ),
    );
}

#[test]
fn a_damaged_file_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    fs::create_dir(installation.data().join("disk")).unwrap();
    fs::write(installation.data().join("disk/vda.rrd"), [0; 100]).unwrap();
    let (status, lines) = installation.doctor();
    assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
    let remedy = "; run `rrd check data/disk/vda.rrd --salvage data/disk/vda.rrd.saved` and, with \
                  the daemon stopped, `cp data/disk/vda.rrd.saved data/disk/vda.rrd && rm \
                  data/disk/vda.rrd.saved`; if nothing can be saved, `rm data/disk/vda.rrd`";
    assert!(lines[0].starts_with("files: data/disk/vda.rrd is damaged ("), "{lines:?}");
    assert!(lines[0].ends_with(remedy), "{lines:?}");
}

#[test]
fn a_file_of_the_future_is_one_line_and_a_clock_behind_all_files_is_another() {
    let installation = Installation::new();
    let _daemon = installation.start();
    installation.disk_file(unix_now() + 3 * 86_400 + 900);
    assert_said(
        installation.doctor(),
        "files: data/disk/vda.rrd has samples 3d later than the clock; run `rrd rewind \
         data/disk/vda.rrd`",
    );
    let file = "disk/vda.rrd";
    fs::remove_file(installation.data().join(file)).unwrap();
    let newest = unix_now() + 900;
    installation.disk_file(newest);
    assert_one(
        &installation.said(newest - 2 * 86_400 - 60, None),
        "clock: it is 2d behind the newest sample, of data/disk/vda.rrd; run `timedatectl set-ntp \
         true`, or if it is right, run `find data -name '*.rrd' ! -name '*.ahead-of-*' -exec rrd rewind \
         {} \\;`",
    );
}

#[test]
fn many_files_of_the_future_are_one_line_with_one_command() {
    let installation = Installation::new();
    let _daemon = installation.start();
    let day = unix_now() + 86_400;
    for (disk, newest) in [("vda", day + 900), ("vdb", day + 7_500), ("vdc", day + 900)] {
        installation.file_of(disk, newest);
    }
    fs::copy(
        installation.data().join("disk/vdb.rrd"),
        installation.data().join("disk/vdb.ahead-of-2026-12-01.rrd"),
    )
    .unwrap();
    assert_said(
        installation.doctor(),
        "files: 3 files have samples later than the clock: data/disk/vdb.rrd has samples 26h later \
         than the clock; run `find data -name '*.rrd' ! -name '*.ahead-of-*' -exec rrd rewind {} \\;`",
    );
}

#[test]
fn a_clock_that_follows_no_time_server_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    let folder = installation.at("host/run/systemd/timesync");
    fs::create_dir_all(&folder).unwrap();
    assert_said(
        installation.doctor(),
        "clock: it does not follow any time server; run `timedatectl set-ntp true`",
    );
    fs::write(folder.join("synchronized"), "").unwrap();
    assert_eq!(installation.doctor(), (0, Vec::new()));
}

#[test]
fn a_disk_without_space_inodes_or_quota_or_that_is_read_only_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    // The load is the only file that is planned, and is there.
    let (needed, all) = (16 << 20, Left { bytes: Some(1 << 30), files: Some(1000) });
    let sound = Space { is_read_only: false, of_all: all, of_user: None };
    assert_eq!(installation.said(unix_now(), Some(sound)), Vec::<String>::new());
    let little = Left { bytes: Some(4096), ..all };
    for (space, wanted) in [
        (
            Space { is_read_only: true, ..sound },
            "disk: data is on a file system that is mounted read-only; run `mount -o remount,rw \
             \"$(findmnt -no TARGET -T data)\"`"
                .to_owned(),
        ),
        (
            Space { of_all: little, ..sound },
            format!(
                "disk: data has 4096 free bytes, and the journal and new files need \
                 {needed}; make room, or keep less \
                 (`rrd-collector plan`)"
            ),
        ),
        (
            Space { of_all: Left { files: Some(2), ..all }, ..sound },
            "disk: data has 2 free inodes, and the journal and new files need 16; make room, or keep less \
             (`rrd-collector plan`)"
                .to_owned(),
        ),
        (
            Space { of_user: Some(Left { files: None, ..little }), ..sound },
            format!(
                "disk: the quota of the daemon's user leaves 4096 bytes for data, and the journal \
                 and new files need {needed}; raise it with `edquota`, or keep less (`rrd-collector plan`)"
            ),
        ),
    ] {
        assert_one(&installation.said(unix_now(), Some(space)), &wanted);
    }
}

#[test]
fn a_plan_that_is_larger_than_the_limit_of_the_folder_is_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    let size = fs::metadata(installation.data().join("load.rrd")).unwrap().len();
    installation.configure(installation.port, "disk = \"1KB\"");
    assert_said(
        installation.doctor(),
        &format!(
            "disk: the files of the plan take {size} bytes, and `disk` allows 1KB; correct the \
             configuration, then run `rrd-collector check`"
        ),
    );
}

#[test]
fn samples_that_stopped_though_the_daemon_runs_are_one_line() {
    let installation = Installation::new();
    let _daemon = installation.start();
    assert_one(
        &installation.said(unix_now() + 3 * 3600 + 300, None),
        "gaps: no group has had a sample for 3h, though the daemon runs; run `systemctl restart \
         rrd-collector`",
    );
}

#[test]
fn a_right_that_the_daemon_lacks_and_a_folder_of_another_user_are_one_line() {
    let installation = Installation::new();
    let folder = installation.at("host/sys/class/powercap/intel-rapl:0");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("energy_uj");
    fs::write(&file, "1\n").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    let program = installation.at("rrd-collector");
    copy_program(env!("CARGO_BIN_EXE_rrd-collector"), &program);
    let mut command = Command::new(&program);
    command.args(installation.options());
    if is_root() {
        fs::set_permissions(installation.folder.path(), Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(installation.data()).unwrap();
        std::os::unix::fs::chown(installation.data(), Some(65_534), Some(65_534)).unwrap();
        command.uid(65_534).gid(65_534);
    }
    let _daemon = installation.start_program(&mut command);
    assert_said(
        installation.doctor(),
        "rights: host/sys/class/powercap/intel-rapl:0/energy_uj cannot be read, so the power of \
         processors is not measured; run `install -D -m 644 -t \
         /etc/systemd/system/rrd-collector.service.d \
         /usr/share/doc/rrd-collector/rights/power.conf && systemctl daemon-reload && systemctl \
         restart rrd-collector`",
    );
    if is_root() {
        fs::remove_dir_all(installation.at("host/sys")).unwrap();
        std::os::unix::fs::chown(installation.data(), Some(0), None).unwrap();
        let (status, lines) = installation.doctor();
        assert_eq!((status, lines.len()), (1, 1), "{lines:?}");
        let what = "data folder: data belongs to root, and the daemon runs as nobody; run `chown -R \
                    nobody: data`";
        assert_eq!(lines[0], what);
    }
}

/// An answer to `Get`, with the value as D-Bus writes it behind its signature.
fn answer(serial: u8, kind: u8, value: &[u8]) -> Vec<u8> {
    let body = [&[1, kind, 0, 0], value].concat();
    let length = u8::try_from(body.len()).unwrap();
    let head = [b'l', 2, 1, 1, length, 0, 0, 0, serial, 0, 0, 0, 15, 0, 0, 0];
    let fields = [5, 1, b'u', 0, serial, 0, 0, 0, 8, 1, b'g', 0, 1, b'v', 0, 0];
    [&head[..], &fields[..], &body[..]].concat()
}

fn text(serial: u8, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    answer(serial, b's', &[&length[..], text.as_bytes(), b"\0"].concat())
}

/// Answers as a bus on which systemd has a unit with this state.
fn serve(mut stream: UnixStream, file: &str, active: &str) -> std::io::Result<()> {
    let mut said = [0; 4096];
    let _ = stream.read(&mut said)?;
    stream.write_all(b"OK 51a317e587662a202d10574c6b0e6385\r\n")?;
    let dynamic = answer(6, b'b', &[0; 4]);
    let answers =
        [text(2, "loaded"), text(3, file), text(4, active), text(5, ""), dynamic].concat();
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains("NTPSynchronized")
        && !String::from_utf8_lossy(&all).contains("DynamicUser")
    {
        match stream.read(&mut said)? {
            0 => return Ok(()),
            read => all.extend(&said[..read]),
        }
    }
    if String::from_utf8_lossy(&all).contains("DynamicUser") {
        stream.write_all(&answers)
    } else {
        stream.write_all(&answer(2, b'b', &1_u32.to_le_bytes()))
    }
}

#[test]
fn a_unit_that_is_not_enabled_or_not_running_is_one_line() {
    for (file, active, wanted) in [
        (
            "disabled",
            "active",
            "unit: rrd-collector.service does not start with the host; run `systemctl enable \
             rrd-collector`",
        ),
        (
            "enabled",
            "failed",
            "unit: rrd-collector.service has failed; run `journalctl -u rrd-collector -n 20` for the \
             reason, then `systemctl restart rrd-collector`",
        ),
    ] {
        let installation = Installation::new();
        let daemon = installation.start();
        let daemon = if active == "active" {
            Some(daemon)
        } else {
            daemon.stop();
            None
        };
        for folder in ["host/run/systemd/system", "host/run/dbus"] {
            fs::create_dir_all(installation.at(folder)).unwrap();
        }
        let listener = UnixListener::bind(installation.at("host/run/dbus/system_bus_socket"));
        let listener = listener.unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream, file, active));
            }
        });
        assert_said(installation.doctor(), wanted);
        drop(daemon);
    }
}
