//! Files, folders and users drawn at random, also on a full disk: what RRDtool does with them, our
//! program does too, and files stay whose they were. Needs root, who can be any user.
//!
//! `RRD_SEED` and `RRD_TRIALS` draw other scenes, and more.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{RRD, copy_program, have, is_root, program, set_mode};

const ROOT: u32 = 0;
const OWNER: u32 = 33;
const NOBODY: u32 = 65_534;
const USERS: [u32; 3] = [ROOT, OWNER, NOBODY];
/// Trials with space on the disk; without there are a third as many.
const TRIALS: u64 = 120;
const SEED: u64 = 7;

/// Numbers of a fixed sequence.
struct Chance(u64);

impl Chance {
    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = usize::try_from(self.0 >> 33).expect("31 bits");
        choices[number % choices.len()]
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Nothing,
    File,
    HardLink,
    Link {
        owner: u32,
    },
    LinkToNothing {
        owner: u32,
    },
    /// Another file is mounted on it.
    Mounted,
}

/// What a command finds.
#[derive(Clone, Copy, Debug)]
struct Scene {
    user: u32,
    kind: Kind,
    owner: u32,
    group: u32,
    mode: u32,
    folder_owner: u32,
    folder_group: u32,
    folder_mode: u32,
    target_folder_mode: u32,
    full: bool,
    /// Letters of the file's name.
    name: usize,
    command: &'static [&'static str],
}

/// The command lines; `OUT` is the file. Those of remote mode are its input.
const COMMANDS: [&[&str]; 21] = [
    &["create", "OUT", "DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"],
    &["create", "OUT", "DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"],
    &["restore", "-f", "x.xml", "OUT"],
    &["restore", "x.xml", "OUT"],
    &["dump", "x.rrd", "OUT"],
    &["graph", "OUT", "-s", "1000000000", "-e", "1000000050", "LINE1:1#ff0000"],
    &["tune", "OUT", "DS:b:GAUGE:20:U:U"],
    &["tune", "OUT", "-h", "a:30"],
    &["resize", "OUT", "0", "GROW", "3"],
    &["update", "OUT", "1000000010:1"],
    &["update", "OUT", "1000000010:1", "1000000020:2", "1000000030:3"],
    &["update", "OUT", "1000000500:1"],
    &["updatev", "OUT", "1000000010:1", "1000000055:2"],
    &["fetch", "OUT", "AVERAGE", "-s", "1000000000", "-e", "1000000050"],
    &["info", "OUT"],
    &["last", "OUT"],
    &["dump", "OUT"],
    &["xport", "-s", "1000000000", "-e", "1000000050", "DEF:a=OUT:a:AVERAGE", "XPORT:a"],
    &[
        "graph",
        "-",
        "-s",
        "1000000000",
        "-e",
        "1000000050",
        "DEF:a=OUT:a:AVERAGE",
        "PRINT:a:MAX:%lf",
    ],
    &["-", "update OUT 1000000010:1\nlast OUT\n"],
    &["-", "update OUT 1000000010:1\nupdate OUT 1000000300:2\ntune OUT -h a:30\nlast OUT\n"],
];

/// What of the file `OUT` a command leaves as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// Everything.
    Read,
    /// The file, whose bytes are the same after both programs.
    Changed,
    /// Owner, mode and all names.
    Rewritten,
    /// Owner and mode; other names keep the old file.
    Replaced,
}

impl Scene {
    fn drawn(chance: &mut Chance, full: bool) -> Self {
        let owner = chance.of(&USERS);
        let links = [Kind::Link { owner }, Kind::LinkToNothing { owner }];
        let kinds = [
            Kind::Nothing,
            Kind::File,
            Kind::File,
            Kind::HardLink,
            links[0],
            links[1],
            Kind::Mounted,
        ];
        Self {
            user: chance.of(&[ROOT, NOBODY, NOBODY, OWNER]),
            kind: chance.of(&kinds[..if full { 4 } else { 7 }]),
            owner: chance.of(&USERS),
            group: chance.of(&USERS),
            mode: chance.of(&[0o644, 0o666, 0o600, 0o640, 0o660, 0o444, 0o222, 0o664]),
            folder_owner: chance.of(&USERS),
            folder_group: chance.of(&USERS),
            folder_mode: chance.of(&[0o755, 0o777, 0o1777, 0o775, 0o333, 0o555, 0o733]),
            target_folder_mode: chance.of(&[0o755, 0o777, 0o1777]),
            full,
            name: chance.of(&[3, 3, 3, 247, 251, 255]),
            command: chance.of(&COMMANDS),
        }
    }

    /// The name of the file.
    fn out(&self) -> String {
        "o".repeat(self.name)
    }

    /// The words of the command, and its input.
    fn words(&self) -> (Vec<String>, String) {
        let out = format!("folder/{}", self.out());
        let mut words: Vec<_> = self.command.iter().map(|word| word.replace("OUT", &out)).collect();
        let input = if words[0] == "-" { words.pop().unwrap_or_default() } else { String::new() };
        (words, input)
    }

    /// Whether a replacement could not have the owner and group of the old file.
    fn asks_for_writing_in_place(&self) -> bool {
        let own = [self.owner, self.group] == [self.user, self.user];
        self.user != ROOT && !own && self.may_write()
    }

    /// Whether the user may write the file.
    fn may_write(&self) -> bool {
        let bit = match self.user {
            ROOT => return true,
            user if user == self.owner => 0o200,
            user if user == self.group => 0o020,
            _ => 0o002,
        };
        self.mode & bit != 0
    }

    fn outcome(&self) -> Outcome {
        match self.command {
            ["create", ..] => Outcome::Replaced,
            ["tune", _, structure] if structure.starts_with("DS:") => Outcome::Replaced,
            ["restore", ..] | ["dump", _, _] => Outcome::Rewritten,
            ["graph", file, ..] if *file != "-" => Outcome::Rewritten,
            ["update" | "updatev" | "tune" | "-", ..] => Outcome::Changed,
            _ => Outcome::Read,
        }
    }

    fn set(&self, base: &Path) {
        let [folder, target_folder] = ["folder", "targets"].map(|name| base.join(name));
        let (out, target) = (folder.join(self.out()), target_folder.join("out"));
        let elsewhere = matches!(self.kind, Kind::Link { .. } | Kind::Mounted);
        let file = if elsewhere { &target } else { &out };
        if elsewhere || matches!(self.kind, Kind::File | Kind::HardLink) {
            if self.command[0] == "dump" && self.command.len() == 3 {
                // Over a database we alone refuse to write one.
                fs::write(file, "old").expect("written");
            } else {
                fs::copy(base.join("x.rrd"), file).expect("a copy");
            }
            chown(file, Some(self.owner), Some(self.group)).expect("root may");
            set_mode(file, self.mode);
        }
        match self.kind {
            Kind::HardLink => fs::hard_link(&out, folder.join("other")).expect("a link"),
            Kind::Link { owner } | Kind::LinkToNothing { owner } => {
                symlink("../targets/out", &out).expect("a link");
                lchown(&out, Some(owner), None).expect("root may");
            }
            Kind::Mounted => {
                fs::write(&out, "").expect("written");
                let mut mount = Command::new("mount");
                let status = mount.arg("--bind").args([&target, &out]).status();
                assert!(status.is_ok_and(|status| status.success()), "mounted before");
            }
            Kind::Nothing | Kind::File => {}
        }
        chown(&folder, Some(self.folder_owner), Some(self.folder_group)).expect("root may");
        set_mode(&folder, self.folder_mode);
        set_mode(&target_folder, self.target_folder_mode);
        if self.full {
            let mut filler = fs::File::create(folder.join("filler")).expect("a file");
            while filler.write_all(&[1; 512]).is_ok() {}
        }
    }

    /// Links that we do not follow although RRDtool follows or replaces them: those of strangers,
    /// and those to what cannot be written, which RRDtool's `create` replaces by a file.
    fn has_a_link_of_its_own_rule(&self) -> bool {
        match self.kind {
            _ if matches!(self.outcome(), Outcome::Read | Outcome::Changed) => false,
            Kind::LinkToNothing { owner } => {
                ![ROOT, self.user].contains(&owner) || self.command[0] == "create"
            }
            Kind::Link { owner } => {
                ![ROOT, self.user, self.owner].contains(&owner) || self.command[0] == "create"
            }
            _ => false,
        }
    }
}

/// What a program left.
#[derive(Debug, Default, PartialEq)]
struct After {
    succeeds: bool,
    output: Vec<u8>,
    /// Whether the name is a link, and owner, group and mode of its file.
    file: Option<(bool, u32, u32, u32)>,
    bytes: Vec<u8>,
    /// Whether the second name is one of the same file.
    linked: Option<bool>,
}

/// A folder with the same files for each program.
struct Place(PathBuf);

impl Place {
    fn new(base: &Path) -> Self {
        for name in ["folder", "targets"] {
            fs::create_dir_all(base.join(name)).expect("a folder");
        }
        set_mode(base, 0o777);
        Self(base.to_owned())
    }

    /// One whose folder has little space.
    fn with_small_disk(base: &Path) -> Self {
        let place = Self::new(base);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(base.join("folder"));
        assert!(mount.status().is_ok_and(|status| status.success()), "mounted before");
        place
    }

    fn run(&self, scene: &Scene, name: &str) -> After {
        let mut command = program("setpriv", &self.0);
        let user = scene.user;
        command.args([format!("--reuid={user}"), format!("--regid={user}")]);
        let (words, input) = scene.words();
        command.arg("--clear-groups").arg(name).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("setpriv starts");
        // A program that fails does not read it.
        drop(child.stdin.take().expect("a pipe").write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("it ends");
        let mut after = After { succeeds: output.status.success(), ..After::default() };
        after.output = output.stdout;
        let out = self.0.join("folder").join(scene.out());
        if let (Ok(name), Ok(file)) = (out.symlink_metadata(), out.metadata()) {
            let mode = file.mode() & 0o7777;
            after.file = Some((name.is_symlink(), file.uid(), file.gid(), mode));
            let other = self.0.join("folder/other").metadata();
            after.linked = other.ok().map(|other| other.ino() == file.ino());
        }
        after.bytes = fs::read(&out).unwrap_or_default();
        // RRDtool reports success of some files that it has not written, or not to their end.
        after.succeeds &= match scene.command {
            ["create", ..] => {
                let old = fs::read(self.0.join("x.rrd")).expect("a file");
                after.bytes.len() == old.len() && after.bytes != old
            }
            ["dump", _, _] => after.bytes.ends_with(b"</rrd>\n"),
            ["-", ..] => !after.output.windows(6).any(|part| part == b"ERROR:"),
            ["graph", file, ..] if *file != "-" => after.bytes.starts_with(b"\x89PNG"),
            ["resize", ..] => self.0.join("resize.rrd").exists(),
            _ => true,
        };
        after
    }

    /// Temporary files that were left.
    fn leftovers(&self) -> usize {
        let folders = ["", "folder", "targets"].map(|name| self.0.join(name));
        let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
        let hidden = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
        entries.filter(|entry| hidden(entry.as_ref().expect("an entry"))).count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let folder = self.0.join("folder");
        for name in [3, 247, 251, 255].map(|length| "o".repeat(length)) {
            if folder.join(&name).exists() {
                let mut unmount = Command::new("umount");
                let _ = unmount.arg("-l").arg(folder.join(name)).stderr(Stdio::null()).status();
            }
        }
        let _ = Command::new("umount").arg("-l").arg(folder).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What our program does differently from what RRDtool's users expect, if RRDtool succeeds.
fn difference(scene: &Scene, theirs: &After, ours: &After) -> Option<&'static str> {
    if !ours.succeeds {
        return Some("it fails");
    }
    let outcome = scene.outcome();
    let expected = match scene.kind {
        Kind::Nothing | Kind::LinkToNothing { .. } => theirs.file,
        // It can be replaced, but neither be written nor given to its owner.
        _ if outcome == Outcome::Replaced && !scene.may_write() => theirs.file,
        Kind::Link { .. } => Some((true, scene.owner, scene.group, scene.mode)),
        _ => Some((false, scene.owner, scene.group, scene.mode)),
    };
    if ours.file != expected {
        return Some("it leaves another owner, mode or link");
    }
    let cut = outcome == Outcome::Replaced && !scene.asks_for_writing_in_place();
    let either = outcome == Outcome::Replaced && scene.full;
    if scene.kind == Kind::HardLink && !either && ours.linked != Some(!cut) {
        return Some("it treats the second name in another way");
    }
    // Pictures and times of remote mode differ, and our `updatev` gives each row its own time.
    let compared = !matches!(scene.command, ["graph" | "-" | "updatev", ..]);
    if compared && ours.output != theirs.output {
        return Some("it prints something else");
    }
    let same_bytes = matches!(outcome, Outcome::Read | Outcome::Changed);
    (same_bytes && ours.bytes != theirs.bytes).then_some("the file has other bytes")
}

/// A number set for this run.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn what_rrdtool_may_do_with_any_owners_modes_links_and_disks_succeeds() {
    if !have(&["rrdtool"]) {
        return;
    }
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    set_mode(folder.path(), 0o755);
    let ours = folder.path().join("rrd");
    copy_program(RRD, &ours);
    let ours = ours.to_str().expect("a name");
    let rrd = |arguments: &[&str]| {
        assert!(program(RRD, folder.path()).args(arguments).status().expect("it starts").success());
    };
    let start = ["--start", "1000000000", "--step", "10", "DS:a:GAUGE:20:U:U"];
    rrd(&[&["create", "x.rrd"][..], &start, &["RRA:AVERAGE:0.5:1:10"]].concat());
    rrd(&["dump", "x.rrd", "x.xml"]);
    let base = folder.path().join("place");
    if !may_mount(&base) {
        assert!(std::env::var_os("CI").is_none(), "the right to mount is needed");
        println!("left out: needs the right to mount");
        return;
    }
    let mut chance = Chance(setting("RRD_SEED", SEED));
    let trials = setting("RRD_TRIALS", TRIALS);
    let (mut both, mut own_rule, mut only_ours, mut different) = (0, 0, 0, Vec::new());
    for trial in 0..trials + trials / 3 {
        let full = trial >= trials;
        let scene = Scene::drawn(&mut chance, full);
        let run = |name: &str| {
            let place = if full { Place::with_small_disk(&base) } else { Place::new(&base) };
            for name in ["x.rrd", "x.xml"] {
                fs::copy(folder.path().join(name), base.join(name)).expect("a copy");
            }
            scene.set(&base);
            let after = place.run(&scene, name);
            (after, place.leftovers())
        };
        let (theirs, _) = run("rrdtool");
        let (ours, leftovers) = run(ours);
        if leftovers > 0 {
            different.push(format!("it leaves temporary files: {scene:?}"));
        }
        match (theirs.succeeds, ours.succeeds) {
            (true, _) if scene.has_a_link_of_its_own_rule() => own_rule += 1,
            (true, _) => {
                both += 1;
                if let Some(difference) = difference(&scene, &theirs, &ours) {
                    different.push(format!(
                        "{difference}: {scene:?}\n {:?}, {:?}",
                        theirs.file, ours.file
                    ));
                }
            }
            (false, true) => only_ours += 1,
            (false, false) => {}
        }
    }
    println!("{both} succeed, {only_ours} only ours, {own_rule} follow a rule of our own");
    assert_eq!(different, [""; 0], "{}", different.join("\n"));
    assert!(both > trials / 4, "only {both} scenes in which RRDtool succeeds");
}

/// Whether this user may mount a file system.
fn may_mount(base: &Path) -> bool {
    let _place = Place::new(base);
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(base.join("folder"));
    mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
