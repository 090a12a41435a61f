//! Files that a command replaces: whose they stay, which links are followed, what is written in
//! place, and what is never replaced. Most of it needs root, who can be any user.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::fs::{CWD, FileType, Mode, XattrFlags};

use crate::program::{RRD, copy_program, have, is_root, program, set_mode};
use crate::small_disk::SmallDisk;

/// Users without rights: one who runs commands, and one to whom files belong.
const NOBODY: u32 = 65_534;
const OWNER: u32 = 33;

const SHAPE: [&str; 2] = ["DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"];

/// A folder that every user may enter, with the program, a database `x.rrd` and its dump `x.xml`.
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
        set_mode(place.0.path(), 0o755);
        place.create("x.rrd");
        place.succeeds(&["dump", "x.rrd", "x.xml"]);
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn create(&self, name: &str) {
        let arguments = ["create", name, "--start", "1000000000", "--step", "10"];
        self.succeeds(&[&arguments[..], &SHAPE[..]].concat());
    }

    fn command(&self, name: impl AsRef<OsStr>) -> Command {
        program(name, self.0.path())
    }

    /// Runs a command as root.
    fn root(&self, arguments: &[&str]) -> Output {
        self.command(self.path("rrd")).args(arguments).output().expect("it starts")
    }

    /// Runs a command as a user without rights.
    fn nobody(&self, arguments: &[&str]) -> Output {
        let mut command = self.command("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(self.path("rrd"));
        command.args(arguments).output().expect("setpriv starts")
    }

    fn succeeds(&self, arguments: &[&str]) {
        let output = self.root(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Temporary files that were left.
    fn leftovers(&self) -> usize {
        let entries = fs::read_dir(self.0.path()).expect("a folder");
        let hidden = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
        entries.filter(|entry| hidden(entry.as_ref().expect("an entry"))).count()
    }
}

/// Owner, group, mode.
fn rights(path: &Path) -> (u32, u32, u32) {
    let metadata = path.metadata().expect("a file");
    (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The commands that write over the file `out`; those that replace it come first.
fn writers() -> Vec<Vec<&'static str>> {
    let span = ["-s", "1000000000", "-e", "1000000050"];
    let graph = [&["graph", "out"][..], &span, &["DEF:a=x.rrd:a:AVERAGE", "LINE1:a#ff0000"]];
    vec![
        [&["create", "out"][..], &SHAPE].concat(),
        vec!["convert", "-f", "x.rrd", "out"],
        vec!["copy", "-f", "x.rrd", "out"],
        vec!["tune", "out", "RRA#0:+5"],
        vec!["restore", "-f", "x.xml", "out"],
        vec!["dump", "-f", "x.rrd", "out"],
        graph.concat(),
    ]
}

/// How many of them replace the file.
const REPLACING: usize = 4;

/// An access control list as the kernel stores it: the owner, one other user, the group, the mask,
/// everybody else.
fn access_list() -> Vec<u8> {
    const NO_ID: u32 = u32::MAX;
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in
        [(1, 6, NO_ID), (2, 4, NOBODY), (4, 4, NO_ID), (0x10, 4, NO_ID), (0x20, 0, NO_ID)]
    {
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend(u16::to_le_bytes(rights));
        bytes.extend(u32::to_le_bytes(id));
    }
    bytes
}

#[test]
fn a_replaced_file_keeps_owner_group_mode_and_attributes() {
    let Some(place) = Place::of_root() else { return };
    let out = place.path("out");
    for arguments in writers() {
        let _ = fs::remove_file(&out);
        fs::copy(place.path("x.rrd"), &out).expect("a copy");
        set_mode(&out, 0o640);
        chown(&out, Some(OWNER), Some(OWNER)).expect("root may");
        let attributes =
            [("user.note", b"kept".to_vec()), ("system.posix_acl_access", access_list())];
        // Not every file system has them.
        let kept = attributes.into_iter().filter(|(name, value)| {
            rustix::fs::setxattr(&out, *name, value, XattrFlags::empty()).is_ok()
        });
        let kept: Vec<_> = kept.collect();
        let before = out.metadata().expect("a file").ino();
        place.succeeds(&arguments);
        assert_eq!(rights(&out), (OWNER, OWNER, 0o640), "{arguments:?}");
        assert_ne!(out.metadata().expect("a file").ino(), before, "{arguments:?}");
        for (name, value) in kept {
            let mut found = vec![0; 100];
            let length = rustix::fs::getxattr(&out, name, &mut found).expect("an attribute");
            assert_eq!(found[..length], value, "{arguments:?}: {name}");
        }
    }
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn hard_links_stay_or_are_cut_as_with_rrdtool() {
    let Some(place) = Place::of_root() else { return };
    let (out, other) = (place.path("out"), place.path("other"));
    for (number, arguments) in writers().iter().enumerate() {
        let _ = (fs::remove_file(&out), fs::remove_file(&other));
        fs::copy(place.path("x.rrd"), &out).expect("a copy");
        fs::hard_link(&out, &other).expect("a link");
        place.succeeds(arguments);
        let linked = out.metadata().unwrap().ino() == other.metadata().unwrap().ino();
        assert_eq!(linked, number >= REPLACING, "{arguments:?}");
        if linked {
            assert_eq!(fs::read(&out).unwrap(), fs::read(&other).unwrap());
        } else {
            assert_eq!(fs::read(&other).unwrap(), fs::read(place.path("x.rrd")).unwrap());
        }
    }
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn a_link_of_a_stranger_is_refused_with_both_names() {
    let Some(place) = Place::of_root() else { return };
    let (out, target) = (place.path("out"), place.path("target"));
    for arguments in writers() {
        if arguments[0] == "tune" {
            continue;
        }
        for (link_owner, target_owner, followed) in
            [(OWNER, 0, false), (OWNER, OWNER, true), (0, OWNER, true), (OWNER, NOBODY, false)]
        {
            let _ = fs::remove_file(&out);
            fs::write(&target, "old").expect("written");
            chown(&target, Some(target_owner), None).expect("root may");
            symlink("target", &out).expect("a link");
            std::os::unix::fs::lchown(&out, Some(link_owner), None).expect("root may");
            let output = place.root(&arguments);
            let story = format!("{arguments:?}, {link_owner} to {target_owner}: {output:?}");
            assert!(out.symlink_metadata().unwrap().is_symlink(), "{story}");
            assert_eq!(fs::read(&target).unwrap() != b"old", followed, "{story}");
            if followed {
                assert!(output.status.success(), "{story}");
                assert_eq!(rights(&target).0, target_owner, "{story}");
            } else {
                let refusal = refusal(&output);
                assert!(refusal.contains("'out' to 'target'"), "{story}");
            }
        }
    }
    // A link of a stranger to nothing does not choose where a file of root is created.
    fs::remove_file(&target).expect("removed");
    refusal(&place.root(&["dump", "x.rrd", "out"]));
    assert!(!target.exists());
}

#[test]
fn devices_pipes_and_descriptors_are_written_and_stay() {
    let Some(place) = Place::of_root() else { return };
    let out = place.path("out");
    let null = Mode::from_raw_mode(0o666);
    rustix::fs::mknodat(CWD, &out, FileType::CharacterDevice, null, rustix::fs::makedev(1, 3))
        .expect("root may");
    for arguments in writers() {
        // Those that read the file again need one.
        if !["tune", "copy"].contains(&arguments[0]) {
            place.succeeds(&arguments);
        }
        assert!(out.symlink_metadata().unwrap().file_type().is_char_device(), "{arguments:?}");
    }
    // Standard output is continued where it is, and keeps what is there.
    let dump = fs::read(place.path("x.xml")).unwrap();
    for target in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        let _ = symlink("/dev/stdout", place.path("link"));
        let log = place.path("log");
        let mut file = File::create(&log).unwrap();
        file.write_all(b"before\n").unwrap();
        let mut command = place.command(place.path("rrd"));
        let status = command.args(["dump", "x.rrd", target]).stdout(file).status().unwrap();
        assert!(status.success(), "{target}");
        let mut expected = b"before\n".to_vec();
        expected.extend(&dump);
        assert!(fs::read(&log).unwrap() == expected, "{target}");
        assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink());
    }
    // Any descriptor of whoever starts the command, but none of our own.
    let line = "\"$0\" dump x.rrd /dev/fd/7 7>seven; \"$0\" create /dev/fd/7 DS:a:GAUGE:20:U:U \
        RRA:AVERAGE:0.5:1:10 7>>seven; \"$0\" dump x.rrd /dev/fd/3 2>/dev/null";
    let output = place.command("sh").args(["-c", line]).arg(place.path("rrd")).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let seven = fs::read(place.path("seven")).unwrap();
    assert!(seven.starts_with(&dump), "the dump, then a database");
    assert!(seven[dump.len()..].starts_with(b"RRD\0"));
    // A pipe with a name.
    let pipe = place.path("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o622), 0).unwrap();
    set_mode(&pipe, 0o622);
    let mut reader = place.command("cat").arg("pipe").stdout(Stdio::piped()).spawn().unwrap();
    assert!(place.nobody(&["dump", "x.rrd", "pipe"]).status.success());
    let mut read = Vec::new();
    reader.stdout.take().unwrap().read_to_end(&mut read).unwrap();
    reader.wait().unwrap();
    assert!(read == dump && pipe.symlink_metadata().unwrap().file_type().is_fifo());
    assert_eq!(place.leftovers(), 0);
}

#[test]
fn a_pipe_of_a_stranger_in_a_folder_for_everybody_is_refused() {
    let Some(place) = Place::of_root() else { return };
    let folder = place.path("open");
    fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o1777);
    let pipe = folder.join("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    set_mode(&pipe, 0o666);
    chown(&pipe, Some(OWNER), None).unwrap();
    for output in [
        place.root(&["dump", "x.rrd", "open/pipe"]),
        place.nobody(&["restore", "-f", "x.xml", "open/pipe"]),
    ] {
        assert!(refusal(&output).contains("'open/pipe'"), "{output:?}");
    }
    assert!(pipe.symlink_metadata().unwrap().file_type().is_fifo());
}

/// Whether a command wrote over `file`, which had another content before.
fn is_written(file: &Path) -> bool {
    !fs::read(file).expect("a file").starts_with(b"old")
}

#[test]
fn a_file_is_written_in_place_where_it_cannot_be_replaced() {
    let Some(place) = Place::of_root() else { return };
    for (story, folder_mode, file_mode, owner) in [
        ("a folder that others own", 0o755, 0o666, OWNER),
        ("a folder for everybody, somebody else's file", 0o1777, 0o666, OWNER),
        ("a folder for everybody, somebody else's file of this group", 0o777, 0o660, OWNER),
        ("a folder that cannot be listed, one's own file", 0o333, 0o600, NOBODY),
        ("a file that may be written but not read", 0o755, 0o222, OWNER),
    ] {
        let folder = place.path("folder");
        fs::create_dir(&folder).unwrap();
        let out = folder.join("out");
        set_mode(&folder, folder_mode);
        for arguments in writers() {
            if arguments[0] == "tune" {
                continue;
            }
            // A kernel may keep even root from opening another's file here to create it.
            let _ = fs::remove_file(&out);
            fs::write(&out, "old".repeat(10_000)).unwrap();
            chown(&out, Some(owner), Some(NOBODY)).unwrap();
            set_mode(&out, file_mode);
            let arguments: Vec<&str> = arguments
                .iter()
                .map(|word| if *word == "out" { "folder/out" } else { word })
                .collect();
            let output = place.nobody(&arguments);
            assert!(output.status.success(), "{story}, {arguments:?}: {output:?}");
            assert!(is_written(&out), "{story}, {arguments:?}");
            assert_eq!(rights(&out), (owner, NOBODY, file_mode), "{story}, {arguments:?}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{story}, {arguments:?}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
    // What RRDtool may not write, we may not, either.
    fs::write(place.path("out"), "old").unwrap();
    for arguments in &writers()[REPLACING..] {
        refusal(&place.nobody(arguments));
    }
    assert!(!is_written(&place.path("out")));
}

#[test]
fn a_structure_is_changed_in_place_by_whoever_may_only_write_the_file() {
    let Some(place) = Place::of_root() else { return };
    chown(place.path("x.rrd"), Some(OWNER), None).unwrap();
    set_mode(&place.path("x.rrd"), 0o666);
    let output = place.nobody(&["tune", "x.rrd", "RRA#0:+5"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(rights(&place.path("x.rrd")).0, OWNER);
    let info = String::from_utf8(place.root(&["info", "x.rrd"]).stdout).unwrap();
    assert!(info.contains("rra[0].rows = 15\n"), "{info}");
    place.succeeds(&["check", "x.rrd"]);
}

#[test]
fn a_file_mounted_alone_is_written_in_place() {
    let Some(place) = Place::of_root() else { return };
    fs::write(place.path("inside"), "old").unwrap();
    fs::write(place.path("out"), "old").unwrap();
    for arguments in writers() {
        let line = "mount --bind inside out && exec ./rrd \"$@\"";
        let mut command = place.command("unshare");
        command.args(["-m", "sh", "-c", line, "sh"]).args(&arguments);
        let output = command.output().expect("unshare starts");
        if String::from_utf8_lossy(&output.stderr).contains("mount") {
            assert!(std::env::var_os("CI").is_none(), "the right to mount is needed");
            println!("left out: no right to mount a file");
            return;
        }
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert!(is_written(&place.path("inside")), "{arguments:?}");
        assert_eq!(fs::read(place.path("out")).unwrap(), b"old", "{arguments:?}");
        assert_eq!(place.leftovers(), 0, "{arguments:?}");
        if arguments[0] != "copy" {
            fs::write(place.path("inside"), "old").unwrap();
        }
    }
}

#[test]
fn a_disk_that_is_too_small_is_not_filled_first() {
    let Some(place) = Place::of_root() else { return };
    let Some(disk) = SmallDisk::mount(place.path("disk"), "size=64m") else { return };
    fs::copy(place.path("x.rrd"), disk.path().join("x.rrd")).unwrap();
    let before = fs::read(disk.path().join("x.rrd")).unwrap();
    let huge = "RRA:AVERAGE:0.5:1:1000000000000";
    for arguments in [
        &["create", "disk/new.rrd", SHAPE[0], huge][..],
        &["create", "disk/x.rrd", SHAPE[0], huge],
        &["tune", "disk/x.rrd", "RRA#0:=1000000000000"],
        &["tune", "disk/x.rrd", huge],
    ] {
        let mut strace = place.command("strace");
        strace.args(["-f", "-qq", "-e", "trace=write,pwrite64", "-o", "calls"]);
        if !have(&["strace"]) {
            return;
        }
        let output = strace.arg(place.path("rrd")).args(arguments).output().unwrap();
        assert!(refusal(&output).contains("No space left on device"), "{output:?}");
        let calls = fs::read_to_string(place.path("calls")).unwrap();
        assert!(!calls.contains("pwrite64"), "{arguments:?}: {calls}");
        let names = fs::read_dir(disk.path()).unwrap().count();
        assert!(
            names == 1 && fs::read(disk.path().join("x.rrd")).unwrap() == before,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_full_disk_takes_a_file_in_place_of_one_as_long() {
    let Some(place) = Place::of_root() else { return };
    let Some(disk) = SmallDisk::mount(place.path("disk"), "size=256k") else { return };
    let out = disk.path().join("out");
    fs::write(&out, "old".repeat(10_000)).unwrap();
    let mut filler = File::create(disk.path().join("filler")).unwrap();
    while filler.write_all(&[1; 512]).is_ok() {}
    for arguments in writers() {
        let arguments: Vec<&str> =
            arguments.iter().map(|word| if *word == "out" { "disk/out" } else { word }).collect();
        place.succeeds(&arguments);
        assert!(is_written(&out), "{arguments:?}");
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 2, "{arguments:?}");
        if arguments[0] == "copy" {
            continue;
        }
        // The blocks that the shorter file gave back must not be there for the next one.
        fs::remove_file(disk.path().join("filler")).unwrap();
        fs::write(&out, "old".repeat(10_000)).unwrap();
        let mut filler = File::create(disk.path().join("filler")).unwrap();
        while filler.write_all(&[1; 512]).is_ok() {}
    }
    // What does not fit leaves the old content.
    let before = fs::read(&out).unwrap();
    let huge = [&["create", "disk/out", SHAPE[0]][..], &["RRA:AVERAGE:0.5:1:100000"]].concat();
    assert!(refusal(&place.root(&huge)).contains("No space left on device"));
    assert!(fs::read(&out).unwrap() == before);
}

#[test]
fn a_leftover_of_a_killed_command_is_removed_by_the_next_one() {
    if !have(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rrd = |arguments: &[&str]| {
        let output = crate::program::rrd(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    let create = ["create", "x.rrd", "--start", "1000000000", "--step", "10", SHAPE[0], SHAPE[1]];
    rrd(&create);
    let count = || fs::read_dir(folder).unwrap().count();
    let mut strace = program("strace", folder);
    strace.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "inject=rename,renameat,renameat2:signal=KILL",
    ]);
    let killed = strace.arg(RRD).args(create).output().unwrap();
    assert!(!killed.status.success());
    assert_eq!(count(), 2, "a temporary file is left");
    rrd(&create);
    assert_eq!(count(), 1);
    // Where names for nameless files are forbidden, a file gets a temporary name.
    for errno in ["EPERM", "EACCES"] {
        let inject = format!("inject=linkat:error={errno}");
        for name in ["x.rrd", "new.rrd"] {
            let _ = fs::remove_file(folder.join("new.rrd"));
            let mut strace = program("strace", folder);
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject, RRD, "create", name]);
            let output = strace.args(SHAPE).output().unwrap();
            assert!(output.status.success(), "{errno}: {output:?}");
        }
        assert_eq!(count(), 2);
    }
}

#[test]
fn a_long_name_is_written_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for length in [200, 247, 255] {
        let name = format!("{}.rrd", "n".repeat(length - 4));
        let create = ["create", &name, "--start", "1000000000", "--step", "10", SHAPE[0], SHAPE[1]];
        let xml = format!("{}.xml", "n".repeat(length - 4));
        for arguments in [
            &create[..],
            &create,
            &["tune", &name, "RRA#0:+5"],
            &["dump", &name, &xml],
            &["restore", "-f", &xml, &name],
            &["convert", "-f", &name, &xml],
            &["copy", "-f", &name, &xml],
        ] {
            let output = crate::program::rrd(folder).args(arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    }
    // A path that is too long for any file is an error.
    let deep = "d/".repeat(2040);
    let mut create = crate::program::rrd(folder);
    let output = create.args(["create", &format!("{deep}x.rrd")]).args(SHAPE).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_dump_over_a_database_is_refused_unless_it_is_forced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rrd = |arguments: &[&str]| crate::program::rrd(folder).args(arguments).output().unwrap();
    for name in ["a.rrd", "b.rrd"] {
        assert!(rrd(&[&["create", name][..], &SHAPE].concat()).status.success());
    }
    let before = fs::read(folder.join("b.rrd")).unwrap();
    let refused = refusal(&rrd(&["dump", "a.rrd", "b.rrd"]));
    assert_eq!(
        refused,
        "ERROR: 'b.rrd' is an RRD file: name another output, or use --force-overwrite\n"
    );
    assert!(fs::read(folder.join("b.rrd")).unwrap() == before);
    assert!(rrd(&["dump", "-f", "a.rrd", "b.rrd"]).status.success());
    assert!(fs::read(folder.join("b.rrd")).unwrap().starts_with(b"<?xml"));
}

#[test]
fn remote_mode_lives_within_64_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shape = SHAPE.join(" ");
    let create = |file: u32| format!("create {file}.rrd --start 1000000000 --step 10 {shape}\n");
    let mut lines: String = (0..100).map(create).collect();
    for second in [10, 20] {
        lines.extend((0..100).map(|file| format!("update {file}.rrd 10000000{second}:1\n")));
        lines += "graph x.png -s 1000000000 -e 1000000050 DEF:a=1.rrd:a:AVERAGE LINE1:a#ff0000\n";
    }
    fs::write(folder.join("lines"), &lines).unwrap();
    let mut shell = program("sh", folder);
    // Some of the 64 are taken by whoever starts the program.
    let line = "ulimit -n 64; exec \"$0\" - <lines 7</dev/null 8</dev/null 9</dev/null";
    let output = shell.args(["-c", line, RRD]).output().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    assert!(!answers.contains("ERROR"), "{answers}");
    assert_eq!(answers.matches("OK u:").count(), 302);
}

#[test]
fn a_copy_has_the_bytes_of_a_file_and_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rrd = |arguments: &[&str]| crate::program::rrd(folder).args(arguments).output().unwrap();
    assert!(rrd(&[&["create", "x.rrd"][..], &SHAPE].concat()).status.success());
    let bytes = || fs::read(folder.join("x.rrd")).unwrap();
    let copied = rrd(&["copy", "x.rrd", "copy.rrd"]);
    assert!(copied.status.success() && copied.stdout.is_empty());
    assert!(fs::read(folder.join("copy.rrd")).unwrap() == bytes());
    assert_eq!(
        refusal(&rrd(&["copy", "x.rrd", "copy.rrd"])),
        "ERROR: creating 'copy.rrd': File exists\n"
    );
    assert_eq!(
        refusal(&rrd(&["copy", "-f", "x.rrd", "x.rrd"])),
        "ERROR: 'x.rrd' cannot be copied onto itself: name another output\n"
    );
    assert_eq!(
        refusal(&rrd(&["copy", "x.rrd"])),
        "ERROR: Usage: rrd copy [--force-overwrite|-f] FILE COPY\n"
    );
    assert!(refusal(&rrd(&["copy", "x.rrd", "/dev/null"])).contains("File exists"));
    assert!(refusal(&rrd(&["copy", "-f", "x.rrd", "/dev/null"])).contains("not a regular file"));
}
