//! The record of a change that is being written: where people really run the tool. In folders that
//! are not theirs, on full disks, through other names of a file, after a kill. Most of it needs
//! root, who can be any user.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{chown, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::program::{RRD, copy_program, have, is_root, program, run, set_mode};
use crate::small_disk::SmallDisk;

const ROOT: u32 = 0;
const OWNER: u32 = 33;
const NOBODY: u32 = 65_534;

/// A folder of root that every user may enter, with a copy of the program.
struct Place(tempfile::TempDir);

impl Place {
    /// `None` if this user is not root.
    fn of_root() -> Option<Self> {
        if !is_root() {
            return None;
        }
        let place = Self(tempfile::tempdir().expect("a folder"));
        // The folder of the build may be closed to others.
        copy_program(RRD, &place.path("rrd"));
        symlink("rrd", place.path("rrdtool")).expect("a link");
        set_mode(place.0.path(), 0o755);
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command line of this user, words separated by spaces.
    fn command(&self, user: u32, line: &str) -> Command {
        let mut command = program("setpriv", self.0.path());
        command.args([format!("--reuid={user}"), format!("--regid={user}")]);
        command.arg("--clear-groups").arg(self.path("rrd")).args(line.split(' '));
        command
    }

    fn output(&self, user: u32, line: &str) -> Output {
        run(&mut self.command(user, line))
    }

    /// Runs a command that succeeds and prints nothing on standard error; returns its output.
    fn succeeds(&self, user: u32, line: &str) -> String {
        let output = self.output(user, line);
        assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A database with a head of several pages.
    fn create_wide(&self, name: &str) {
        let sources = (0..30).map(|source| format!(" DS:s{source}:GAUGE:20:U:U"));
        let sources = sources.collect::<String>();
        let archives = "RRA:AVERAGE:0.5:1:20 RRA:MAX:0.5:2:20 RRA:LAST:0.5:3:20";
        self.succeeds(
            ROOT,
            &format!("create {name} --start 1000000000 --step 10{sources} {archives}"),
        );
    }

    /// Updates a wide database; killed when the record is written and the head is not.
    fn killed_update(&self, name: &str, number: u32) {
        let mut strace = program("strace", self.0.path());
        strace.args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "inject=pwrite64:signal=SIGKILL:when=3",
        ]);
        strace.arg(self.path("rrd")).args(["update", name, &wide(number)]);
        let status = strace.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(!status.expect("strace starts").success());
    }

    /// Everything in the folder besides the program.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names = entries.map(|entry| name(entry.expect("an entry"))).collect::<Vec<_>>();
        names.retain(|name| name != "rrd" && name != "rrdtool");
        names.sort();
        names
    }
}

/// A reading of a wide database.
fn wide(number: u32) -> String {
    let values = (0..30).map(|source| (number * source).to_string()).collect::<Vec<_>>();
    format!("{}:{}", 1_000_000_000 + number * 10, values.join(":"))
}

#[test]
fn a_writable_file_in_a_folder_that_is_not_takes_every_update() {
    let Some(place) = Place::of_root() else { return };
    place.create_wide("x.rrd");
    place.succeeds(
        ROOT,
        "create hw.rrd --start 1000000000 --step 10 DS:a:GAUGE:60:U:U RRA:HWPREDICT:60:0.1:0.003:20",
    );
    place.succeeds(
        ROOT,
        "create one.rrd --start 1000000000 --step 10 DS:a:GAUGE:60:U:U RRA:AVERAGE:0.5:1:50",
    );
    let lengths = ["x.rrd", "hw.rrd", "one.rrd"].map(|name| {
        set_mode(&place.path(name), 0o666);
        fs::metadata(place.path(name)).expect("a file").len()
    });
    let names = place.names();
    place.succeeds(NOBODY, &format!("update x.rrd {}", wide(1)));
    place.succeeds(NOBODY, &format!("update x.rrd {} {} {}", wide(2), wide(3), wide(4)));
    // After a gap several rows are replaced at once.
    place.succeeds(NOBODY, &format!("update x.rrd {}", wide(14)));
    place.succeeds(NOBODY, "update one.rrd 1000000010:1");
    place.succeeds(NOBODY, "update one.rrd 1000000310:1 1000000320:2");
    assert!(place.succeeds(NOBODY, &format!("updatev x.rrd {}", wide(15))).contains("DS[s29]"));
    for number in 1..120 {
        let line = format!("update hw.rrd {}:{number}", 1_000_000_000 + 10 * number);
        assert!(number % 30 != 0 || place.succeeds(NOBODY, &line).is_empty());
    }
    let readings = (121..200).map(|number| format!(" {}:{number}", 1_000_000_000 + 10 * number));
    place.succeeds(NOBODY, &format!("update hw.rrd{}", readings.collect::<String>()));
    let mut session = place.command(NOBODY, "-");
    session.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut session = session.spawn().expect("it starts");
    let mut input = session.stdin.take().expect("a pipe");
    for number in 16..20 {
        writeln!(input, "update x.rrd {}", wide(number)).expect("it reads");
    }
    drop(input);
    let output = session.wait_with_output().expect("it ends");
    let answers = String::from_utf8_lossy(&output.stdout).matches("OK").count();
    assert_eq!(answers, 4, "{output:?}");
    assert_eq!(place.succeeds(NOBODY, "last x.rrd"), "1000000190\n");
    assert_eq!(place.names(), names, "nothing is left beside the files");
    for (name, length) in ["x.rrd", "hw.rrd", "one.rrd"].iter().zip(lengths) {
        let now = fs::metadata(place.path(name)).expect("a file").len();
        assert_eq!(now, length, "nothing is left behind the rows of {name}");
        assert_eq!(place.succeeds(NOBODY, &format!("check {name}")), format!("{name}: ok\n"));
    }
}

#[test]
fn a_killed_change_is_completed_under_any_name_of_the_file() {
    if !have(&["strace"]) {
        return;
    }
    let Some(place) = Place::of_root() else { return };
    place.create_wide("undisturbed.rrd");
    place.succeeds(ROOT, &format!("update undisturbed.rrd {} {}", wide(1), wide(2)));
    let complete = fs::read(place.path("undisturbed.rrd")).expect("bytes");
    for way in ["link", "hard link", "renamed", "copied"] {
        place.create_wide("x.rrd");
        place.succeeds(ROOT, &format!("update x.rrd {}", wide(1)));
        place.killed_update("x.rrd", 2);
        let (x, y) = (place.path("x.rrd"), place.path("y.rrd"));
        match way {
            "link" => symlink("x.rrd", &y).expect("a link"),
            "hard link" => fs::hard_link(&x, &y).expect("a link"),
            "renamed" => fs::rename(&x, &y).expect("renamed"),
            _ => drop(fs::copy(&x, &y).expect("a copy")),
        }
        assert!(place.succeeds(ROOT, "check y.rrd").contains("unfinished change"), "{way}");
        // Who only reads sees the change as complete and writes nothing.
        assert_eq!(place.succeeds(ROOT, "last y.rrd"), "1000000020\n", "{way}");
        assert!(fs::read(&y).expect("bytes") != complete, "{way}");
        let told = place.output(ROOT, &format!("update y.rrd {}", wide(2)));
        assert!(
            String::from_utf8_lossy(&told.stderr).contains("illegal attempt"),
            "{way}: {told:?}"
        );
        assert_eq!(place.succeeds(ROOT, "check y.rrd"), "y.rrd: ok\n", "{way}");
        assert!(fs::read(&y).expect("bytes") == complete, "{way}");
        for name in [x, y] {
            let _ = fs::remove_file(name);
        }
    }
}

#[test]
fn what_root_leaves_unfinished_or_open_keeps_nobody_from_a_file() {
    if !have(&["strace"]) {
        return;
    }
    let Some(place) = Place::of_root() else { return };
    place.create_wide("x.rrd");
    chown(place.path("x.rrd"), Some(OWNER), Some(OWNER)).expect("root may");
    set_mode(&place.path("x.rrd"), 0o640);
    place.killed_update("x.rrd", 1);
    assert_eq!(place.succeeds(OWNER, "last x.rrd"), "1000000010\n");
    place.succeeds(OWNER, &format!("update x.rrd {}", wide(2)));
    // A session that keeps the file open.
    let mut session = place.command(ROOT, "-");
    let mut session = session.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut input = session.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(session.stdout.take().expect("a pipe")).lines();
    for number in [3, 5, 7] {
        writeln!(input, "update x.rrd {}", wide(number)).expect("it reads");
        let answer = answers.next().expect("an answer").expect("text");
        assert!(answer.starts_with("OK"), "{number}: {answer}");
        assert_eq!(place.succeeds(OWNER, "check x.rrd"), "x.rrd: ok\n");
        let last = format!("{}\n", 1_000_000_000 + number * 10);
        assert_eq!(place.succeeds(OWNER, "last x.rrd"), last);
        place.succeeds(OWNER, &format!("update x.rrd {}", wide(number + 1)));
    }
    drop(input);
    assert!(session.wait().expect("it ends").success());
    assert_eq!(place.names(), ["x.rrd"]);
}

#[test]
fn nobody_can_plant_a_record_for_a_file_that_is_not_theirs() {
    let Some(place) = Place::of_root() else { return };
    place.create_wide("w.rrd");
    place.succeeds(ROOT, &format!("update w.rrd {}", wide(1)));
    let before = fs::read(place.path("w.rrd")).expect("bytes");
    set_mode(place.0.path(), 0o1777);
    let planted = place.path(".w.rrd.journal");
    fs::write(&planted, b"RRDREDO1 and more").expect("written");
    chown(&planted, Some(NOBODY), Some(NOBODY)).expect("root may");
    let told = place.succeeds(ROOT, "check w.rrd");
    assert_eq!(
        told,
        "w.rrd: '.w.rrd.journal' is the journal of an earlier version and not read any more\n"
    );
    let refused = place.output(ROOT, "check --finish-sidecar w.rrd");
    let words = "'.w.rrd.journal' does not belong to the owner of the database: remove it";
    assert!(String::from_utf8_lossy(&refused.stderr).contains(words), "{refused:?}");
    assert_eq!(refused.status.code(), Some(1));
    assert!(fs::read(place.path("w.rrd")).expect("bytes") == before);
    place.succeeds(ROOT, &format!("update w.rrd {}", wide(2)));
    assert!(planted.exists(), "nobody reads it, and nobody removes it");
}

#[test]
fn names_as_long_as_the_file_system_takes_work_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let succeeds = |words: &[&str]| {
        let output = run(program(RRD, folder.path()).args(words));
        assert!(output.status.success(), "{words:?}: {output:?}");
    };
    for length in [247, 250, 254, 255] {
        let name = format!("{}.rrd", "n".repeat(length - 4));
        let other = format!("{}.xml", "m".repeat(length - 4));
        let picture = format!("{}.png", "p".repeat(length - 4));
        let start = ["--start", "1000000000", "--step", "10", "DS:a:GAUGE:20:U:U"];
        succeeds(&[&["create", &name][..], &start, &["RRA:AVERAGE:0.5:1:10"]].concat());
        succeeds(&["update", &name, "1000000010:1", "1000000030:2", "1000000100:3"]);
        succeeds(&["updatev", &name, "1000000110:1", "1000000150:2"]);
        succeeds(&["dump", &name, &other]);
        succeeds(&["restore", "-f", &other, &name]);
        succeeds(&["tune", &name, "-h", "a:30"]);
        succeeds(&["tune", &name, "DS:b:GAUGE:20:U:U"]);
        succeeds(&["resize", &name, "0", "GROW", "3"]);
        succeeds(&["convert", "-f", &name, &other]);
        succeeds(&["graph", &picture, "-s", "1000000000", "-e", "1000000050", "LINE1:1#ff0000"]);
        for command in ["check", "info", "last", "lastupdate", "first"] {
            succeeds(&[command, &name]);
        }
        succeeds(&["fetch", &name, "AVERAGE", "-s", "1000000000", "-e", "1000000050"]);
    }
}

#[test]
fn an_update_on_a_full_disk_goes_on_as_rrdtool_does() {
    let Some(place) = Place::of_root() else { return };
    place.create_wide("x.rrd");
    let Some(disk) = SmallDisk::mount(place.path("disk"), "size=256k") else { return };
    let disk = disk.path();
    fs::copy(place.path("x.rrd"), disk.join("x.rrd")).expect("a copy");
    let mut filler = fs::File::create(disk.join("filler")).expect("a file");
    while filler.write_all(&[1; 512]).is_ok() {}
    let update = |name: &str, words: &[&str]| {
        run(program(place.path(name), disk).args(["update", "x.rrd"]).args(words))
    };
    let told = update("rrd", &[&wide(1)]);
    let synced = update("rrd", &["--sync", &wide(2)]);
    let silent = update("rrdtool", &[&wide(3)]);
    let gap = update("rrdtool", &[&wide(15), &wide(17)]);
    let last = run(program(place.path("rrd"), disk).args(["last", "x.rrd"]));
    let length = fs::metadata(disk.join("x.rrd")).expect("a file").len();
    assert!(told.status.success(), "{told:?}");
    assert_eq!(
        String::from_utf8_lossy(&told.stderr),
        "x.rrd: there is no space for a redo record: written as RRDtool does, a kill would have \
         damaged it\n"
    );
    assert_eq!(synced.status.code(), Some(1), "{synced:?}");
    assert!(String::from_utf8_lossy(&synced.stderr).contains("No space left on device"));
    for output in [silent, gap] {
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert_eq!(String::from_utf8_lossy(&last.stdout), "1000000170\n");
    assert_eq!(length, fs::metadata(place.path("x.rrd")).expect("a file").len());
}

#[test]
fn a_limit_on_the_size_of_files_ends_no_update() {
    let folder = tempfile::tempdir().expect("a folder");
    let limited = |name: &str, line: &str| {
        // Between the pages of the head, and below the rows.
        let script = format!("ulimit -f 12; exec {name} {line}");
        let output = run(program("sh", folder.path()).args(["-c", &script]));
        assert!(output.status.success(), "{line}: {output:?}");
    };
    let create = |name: &str| {
        let sources = (0..30).map(|source| format!("DS:s{source}:GAUGE:20:U:U"));
        let mut create = program(RRD, folder.path());
        create.args(["create", name, "--start", "1000000000", "--step", "10"]).args(sources);
        let archives = ["RRA:AVERAGE:0.5:1:20", "RRA:MAX:0.5:2:20", "RRA:LAST:0.5:3:20"];
        assert!(run(create.args(archives)).status.success());
    };
    create("free.rrd");
    create("limited.rrd");
    for numbers in [&[1][..], &[2, 3, 4], &[30]] {
        let readings = numbers.iter().map(|number| format!(" {}", wide(*number)));
        let readings = readings.collect::<String>();
        limited(RRD, &format!("update limited.rrd{readings}"));
        let mut update = program(RRD, folder.path());
        update.args(["update", "free.rrd"]).args(readings.trim().split(' '));
        assert!(run(&mut update).status.success());
    }
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("bytes");
    assert!(bytes("free.rrd") == bytes("limited.rrd"));
    if have(&["rrdtool"]) {
        limited("rrdtool", &format!("update limited.rrd {}", wide(31)));
        limited(RRD, &format!("update free.rrd {}", wide(31)));
        assert!(bytes("free.rrd") == bytes("limited.rrd"));
    }
    // What does not exist yet is refused, without a signal and without half a file.
    let script = format!("ulimit -f 12; exec {RRD} restore - new.rrd");
    let mut dump = program(RRD, folder.path());
    let dump = run(dump.args(["dump", "free.rrd"])).stdout;
    let mut restore = program("sh", folder.path());
    restore.args(["-c", &script]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut restore = restore.spawn().expect("it starts");
    restore.stdin.take().expect("a pipe").write_all(&dump).expect("it reads");
    let output = restore.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("File too large"), "{output:?}");
    assert!(!folder.path().join("new.rrd").exists());
}

#[test]
fn rrdtool_ignores_and_keeps_what_a_session_has_behind_the_rows() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sources = (0..30).map(|source| format!("DS:s{source}:GAUGE:20:U:U"));
    let mut create = program(RRD, folder.path());
    create.args(["create", "x.rrd", "--start", "1000000000", "--step", "10"]).args(sources);
    assert!(run(create.args(["RRA:AVERAGE:0.5:1:20", "RRA:MAX:0.5:2:20"])).status.success());
    let mut session = program(RRD, folder.path());
    let mut session =
        session.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = session.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(session.stdout.take().expect("a pipe")).lines();
    let mut update = |number: u32| {
        writeln!(input, "update x.rrd {}", wide(number)).expect("it reads");
        assert!(answers.next().expect("an answer").expect("text").starts_with("OK"), "{number}");
    };
    let rrdtool = |words: &[&str]| {
        let output = run(program("rrdtool", folder.path()).args(words));
        assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for number in [1, 3, 5, 7] {
        update(number);
        rrdtool(&["update", "x.rrd", &wide(number + 1)]);
        assert_eq!(rrdtool(&["last", "x.rrd"]).trim(), (1_000_000_010 + number * 10).to_string());
        rrdtool(&["info", "x.rrd"]);
        assert!(rrdtool(&["dump", "x.rrd"]).ends_with("</rrd>\n"));
        rrdtool(&["tune", "x.rrd", "-h", "s0:30"]);
    }
    update(9);
    drop(input);
    assert!(session.wait().expect("it ends").success());
}
