//! Files, folders and users drawn at random, also on a full disk: what RRDtool does with them, our
//! program does too. Needs root, who can be any user.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{RRD, have, program};

const ROOT: u32 = 0;
const OWNER: u32 = 33;
const NOBODY: u32 = 65_534;
const USERS: [u32; 3] = [ROOT, OWNER, NOBODY];
/// Trials with space on the disk, and without.
const TRIALS: [usize; 2] = [120, 40];

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
    Link { owner: u32 },
    LinkToNothing { owner: u32 },
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
    command: &'static [&'static str],
}

const COMMANDS: [&[&str]; 8] = [
    &["create", "folder/out", "DS:a:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:10"],
    &["restore", "-f", "x.xml", "folder/out"],
    &["dump", "x.rrd", "folder/out"],
    &["graph", "folder/out", "-s", "1000000000", "-e", "1000000050", "LINE1:1#ff0000"],
    &["tune", "folder/out", "DS:b:GAUGE:20:U:U"],
    &["tune", "folder/out", "-h", "a:30"],
    &["resize", "folder/out", "0", "GROW", "3"],
    &["update", "folder/out", "1000000010:1"],
];

impl Scene {
    fn drawn(chance: &mut Chance, full: bool) -> Self {
        let owner = chance.of(&USERS);
        let links = [Kind::Link { owner }, Kind::LinkToNothing { owner }];
        let kinds = [Kind::Nothing, Kind::File, Kind::File, Kind::HardLink, links[0], links[1]];
        Self {
            user: chance.of(&[ROOT, NOBODY]),
            kind: chance.of(&kinds[..if full { 4 } else { 6 }]),
            owner: chance.of(&USERS),
            group: chance.of(&USERS),
            mode: chance.of(&[0o644, 0o666, 0o600, 0o640, 0o660, 0o444, 0o222, 0o664]),
            folder_owner: chance.of(&USERS),
            folder_group: chance.of(&USERS),
            folder_mode: chance.of(&[0o755, 0o777, 0o1777, 0o775, 0o333, 0o555, 0o733]),
            target_folder_mode: chance.of(&[0o755, 0o777, 0o1777]),
            full,
            command: chance.of(&COMMANDS),
        }
    }

    fn set(&self, base: &Path) {
        let [folder, target_folder] = ["folder", "targets"].map(|name| base.join(name));
        let (out, target) = (folder.join("out"), target_folder.join("out"));
        let file = if matches!(self.kind, Kind::Link { .. }) { &target } else { &out };
        if matches!(self.kind, Kind::File | Kind::HardLink | Kind::Link { .. }) {
            if self.command[0] == "dump" {
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

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("root may");
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

    /// `None` if this user may not mount anything.
    fn with_small_disk(base: &Path) -> Option<Self> {
        let place = Self::new(base);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(base.join("folder"));
        mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success()).then_some(place)
    }

    /// Whether a command succeeds and has done what it should.
    fn succeeds(&self, scene: &Scene, name: &str) -> bool {
        let mut command = program("setpriv", &self.0);
        let user = scene.user;
        command.args([format!("--reuid={user}"), format!("--regid={user}")]);
        command.arg("--clear-groups").arg(name).args(scene.command);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let succeeds = status.expect("setpriv starts").success();
        // RRDtool reports success of some files that it has not written, or not to their end.
        let out = fs::read(self.0.join("folder/out")).unwrap_or_default();
        succeeds
            && match scene.command[0] {
                "create" => {
                    let old = fs::read(self.0.join("x.rrd")).expect("a file");
                    out.len() == old.len() && out != old
                }
                "dump" => out.ends_with(b"</rrd>\n"),
                _ => true,
            }
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
        let _ = Command::new("umount").arg(self.0.join("folder")).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_rrdtool_may_do_with_any_owners_modes_links_and_disks_succeeds() {
    if !have(&["rrdtool"]) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "the rights of root are needed");
        println!("left out: needs the rights of root");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    set_mode(folder.path(), 0o755);
    let ours = folder.path().join("rrd");
    fs::copy(RRD, &ours).expect("a copy of the program");
    let rrd = |arguments: &[&str]| {
        assert!(program(RRD, folder.path()).args(arguments).status().expect("it starts").success());
    };
    let start = ["--start", "1000000000", "--step", "10", "DS:a:GAUGE:20:U:U"];
    rrd(&[&["create", "x.rrd"][..], &start, &["RRA:AVERAGE:0.5:1:10"]].concat());
    rrd(&["dump", "x.rrd", "x.xml"]);
    let base = folder.path().join("place");
    let mut chance = Chance(7);
    let mut both = 0;
    for (full, trials) in [(false, TRIALS[0]), (true, TRIALS[1])] {
        for _ in 0..trials {
            let scene = Scene::drawn(&mut chance, full);
            let succeeds = |name: &str| {
                let place = if full {
                    let Some(place) = Place::with_small_disk(&base) else {
                        assert!(std::env::var_os("CI").is_none(), "the right to mount is needed");
                        return false;
                    };
                    place
                } else {
                    Place::new(&base)
                };
                for name in ["x.rrd", "x.xml"] {
                    fs::copy(folder.path().join(name), base.join(name)).expect("a copy");
                }
                scene.set(&base);
                let succeeds = place.succeeds(&scene, name);
                if name != "rrdtool" {
                    assert_eq!(place.leftovers(), 0, "{scene:?}");
                }
                succeeds
            };
            if succeeds("rrdtool") && !scene.has_a_link_of_its_own_rule() {
                assert!(succeeds(ours.to_str().expect("a name")), "{scene:?}");
                both += 1;
            }
        }
    }
    assert!(both > TRIALS[0] / 4, "only {both} scenes in which RRDtool succeeds");
}
