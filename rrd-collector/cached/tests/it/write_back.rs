//! Files that cannot be written for a while: locked, on a full or read-only disk, moved away. Each
//! costs an error of its own, and no value.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rrd_core::RrdReader;
use rustix::fs::{FlockOperation, fcntl_lock};

use crate::durability::{ROWS, START, create};
use crate::programs::{Setup, ours, temporary_folder, wait_until};

/// Files are only written on request.
const SLOW: [&str; 4] = ["-w", "3600", "-f", "7200"];

fn update(file: &str, second: i64) -> String {
    format!("UPDATE {file} {}:{second}", START + second)
}

const ACCEPTED: [&str; 1] = ["0 errors, enqueued 1 value(s)."];

/// The second of the last value in a file itself.
fn written(path: &Path) -> i64 {
    RrdReader::open(path).unwrap().last_update().seconds() - START
}

/// A lock as RRDtool takes it, on behalf of this process.
fn lock(path: &Path) -> File {
    let file = File::options().read(true).write(true).open(path).unwrap();
    fcntl_lock(&file, FlockOperation::LockExclusive).unwrap();
    file
}

#[test]
fn a_locked_file_takes_values_and_delays_no_other_file() {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(&SLOW);
    let [a, b] = ["a.rrd", "b.rrd"].map(|name| setup.base().join(name));
    create(&a);
    create(&b);
    let _server = setup.start();
    let mut client = setup.connect();
    assert_eq!(client.ask(&update("a.rrd", 1)), ACCEPTED);
    let lock = lock(&a);
    let mut waiting = setup.connect();
    waiting.send(b"FLUSH a.rrd\n").unwrap();
    for second in 1..=5 {
        assert_eq!(client.ask(&update("a.rrd", second + 1)), ACCEPTED);
        assert_eq!(client.ask(&update("b.rrd", second)), ACCEPTED);
        let flushed = format!("0 Successfully flushed {}.", b.display());
        assert_eq!(client.ask("FLUSH b.rrd"), [flushed]);
        assert_eq!(written(&b), second);
    }
    assert_eq!(waiting.line().unwrap(), "-1 RRD Error: could not lock RRD");
    let errors = client.ask("STATS ERRORS");
    assert_eq!((errors.len(), &*errors[0]), (2, "1 Errors follow"));
    assert!(errors[1].contains(" could\\ not\\ lock\\ RRD"), "{errors:?}");
    drop(lock);
    let flushed = format!("0 Successfully flushed {}.", a.display());
    assert_eq!(client.ask("FLUSH a.rrd"), [flushed]);
    assert_eq!(written(&a), 6);
    assert_eq!(client.ask("STATS ERRORS"), ["0 Errors follow"]);
}

#[test]
fn a_file_that_stays_locked_uses_its_share_of_the_journal_and_no_more() {
    let folder = temporary_folder();
    let options = ["-w", "3600", "-f", "7200", "--journal-size", "128k"];
    let setup = Setup::new(&ours(), folder.path()).with(&options);
    let [a, b] = ["a.rrd", "b.rrd"].map(|name| setup.base().join(name));
    create(&a);
    create(&b);
    let server = setup.start();
    let mut client = setup.connect();
    assert_eq!(client.ask(&update("a.rrd", 1)), ACCEPTED);
    let lock = lock(&a);
    assert_eq!(client.ask("FLUSH a.rrd"), ["-1 RRD Error: could not lock RRD"]);
    let (mut accepted, mut refused) = (1, None);
    for second in 2..20_000 {
        let answer = client.ask(&update("a.rrd", second));
        if answer == ACCEPTED {
            accepted = second;
        } else {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the journal is limited");
    assert!(refused[0].contains("used its share of the journal"), "{refused:?}");
    for second in 1..=2000 {
        assert_eq!(client.ask(&update("b.rrd", second)), ACCEPTED, "{second}");
    }
    drop(lock);
    client.ask("FLUSHALL");
    wait_until("the file is written", || written(&a) == accepted && written(&b) == 2000);
    assert!(server.end("TERM").success());
}

#[test]
fn values_of_a_file_that_has_gone_are_counted_and_it_is_used_again_when_it_is_back() {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(&SLOW);
    let (sub, away) = (setup.base().join("sub"), setup.folder.join("away"));
    fs::create_dir(&sub).unwrap();
    let file = sub.join("a.rrd");
    create(&file);
    let _server = setup.start();
    let mut client = setup.connect();
    assert_eq!(client.ask(&update("sub/a.rrd", 1)), ACCEPTED);
    fs::rename(&sub, &away).unwrap();
    let answer = client.ask("FLUSH sub/a.rrd");
    assert!(answer[0].starts_with("-1 "), "{answer:?}");
    assert!(client.ask("STATS").contains(&"DataSetsFailed: 1".to_owned()));
    fs::rename(&away, &sub).unwrap();
    assert_eq!(client.ask(&update("sub/a.rrd", 2)), ACCEPTED);
    let flushed = format!("0 Successfully flushed {}.", file.display());
    assert_eq!(client.ask("FLUSH sub/a.rrd"), [flushed]);
    assert_eq!(written(&file), 2);
}

/// A file system of a few megabytes for the base folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: PathBuf) -> Option<Self> {
        let disk = Self(folder);
        let mounted = disk.mount_with(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"]);
        if !mounted {
            assert!(std::env::var_os("CI").is_none(), "the right to mount is needed");
            println!("not run: no right to mount a small file system");
        }
        mounted.then_some(disk)
    }

    fn mount_with(&self, options: &[&str]) -> bool {
        let mut mount = Command::new("mount");
        let status = mount.args(options).arg(&self.0).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_or_read_only_disk_is_an_answer_and_costs_no_value() {
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(&SLOW);
    let Some(disk) = SmallDisk::mount(setup.base()) else { return };
    let [whole, sparse] = ["whole.rrd", "sparse.rrd"].map(|name| setup.base().join(name));
    create(&whole);
    // Its rows are a hole.
    let bytes = fs::read(&whole).unwrap();
    let hole = File::create(&sparse).unwrap();
    (&hole).write_all(&bytes[..bytes.len() - 8 * usize::try_from(ROWS).unwrap()]).unwrap();
    hole.set_len(bytes.len().try_into().unwrap()).unwrap();
    drop(hole);
    let mut filler = File::create(setup.base().join("filler")).unwrap();
    while filler.write_all(&[1; 512]).is_ok() {}
    drop(filler);

    let _server = setup.start();
    let mut client = setup.connect();
    let names = ["whole.rrd", "sparse.rrd"];
    for name in names {
        for second in 1..=5 {
            assert_eq!(client.ask(&update(name, second)), ACCEPTED);
        }
    }
    let done = |path: &Path| [format!("0 Successfully flushed {}.", path.display())];
    assert_eq!(client.ask("FLUSH whole.rrd"), done(&whole));
    let answer = client.ask("FLUSH sparse.rrd");
    assert!(answer[0].ends_with("No space left on device"), "{answer:?}");
    fs::remove_file(setup.base().join("filler")).unwrap();
    assert_eq!(client.ask("FLUSH sparse.rrd"), done(&sparse));
    assert_eq!((written(&whole), written(&sparse)), (5, 5));

    for name in names {
        assert_eq!(client.ask(&update(name, 6)), ACCEPTED);
    }
    assert!(disk.mount_with(&["-o", "remount,ro"]));
    for name in names {
        let answer = client.ask(&format!("FLUSH {name}"));
        assert!(answer[0].ends_with("Read-only file system"), "{answer:?}");
        // What could not be written is never acknowledged.
        let answer = client.ask(&update(name, 7));
        assert!(answer[0].ends_with("Read-only file system"), "{answer:?}");
    }
    assert!(disk.mount_with(&["-o", "remount,rw"]));
    for (name, path) in [("whole.rrd", &whole), ("sparse.rrd", &sparse)] {
        assert_eq!(client.ask(&format!("FLUSH {name}")), done(path));
        assert_eq!(written(path), 6);
    }
    assert_eq!(client.ask("STATS ERRORS"), ["0 Errors follow"]);
}
