//! A filesystem whose server does not answer: one of FUSE without a program.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::programs::{Collector, configure, has, installed, wait_until};

/// Mounts a filesystem that no program serves, and runs the command after it.
const MOUNT: &str = r#"
import ctypes, os, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
os.set_inheritable(fuse, True)
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"hung", sys.argv[1].encode(), b"fuse.hung", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[2], sys.argv[2:])
"#;

#[test]
fn a_filesystem_that_does_not_answer_is_reported_and_delays_no_other() {
    if !has("unshare") || !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("hung");
    fs::create_dir(&place).unwrap();
    let mounted = |command: &Command| {
        let mut unshare = installed("unshare");
        unshare.args(["--map-root-user", "--mount", "python3", "-c", MOUNT]);
        unshare.arg(&place).arg(command.get_program()).args(command.get_args());
        unshare
    };
    let trial = mounted(&Command::new("/bin/true")).output().unwrap();
    if !trial.status.success() {
        println!("not run: {}", String::from_utf8_lossy(&trial.stderr));
        return;
    }
    // Without the first process the mounts of the collector itself are read.
    let proc = folder.path().join("proc");
    fs::create_dir(&proc).unwrap();
    symlink("/proc/self", proc.join("self")).unwrap();
    let config = format!(
        "procfs = \"{}\"\n[probe.filesystem]\nstep = \"1s\"\nalso = [\"*/hung\"]\n",
        proc.display()
    );
    let file = configure(folder.path(), &config);
    let mut command = Collector::command(&folder.path().join("data"));
    command.args(["--listen", "127.0.0.1:0", "--config"]).arg(file);
    let collector = Collector::started(&mut mounted(&command));
    let value = |metric: &str, place: &str| {
        let start = format!("rrd_filesystem_{metric}{{name=\"{place}\"}} ");
        let (_, metrics) = collector.get("/metrics");
        metrics.lines().find_map(|line| line.strip_prefix(&start)?.parse::<f64>().ok())
    };
    let place = place.to_str().unwrap();
    wait_until("the filesystem is stuck", || value("stuck", place) == Some(1.0));
    wait_until("the root is sampled", || value("used_bytes", "/").is_some_and(|used| used > 0.0));
    assert_eq!((value("stuck", "/"), value("used_bytes", place)), (Some(0.0), None));
    let task = format!("/proc/{}/task", collector.id());
    let threads = fs::read_dir(task).unwrap().filter(|thread| {
        let name = thread.as_ref().unwrap().path().join("comm");
        fs::read_to_string(name).is_ok_and(|name| name.trim() == "statvfs")
    });
    assert_eq!(threads.count(), 2);
    collector.stop();
}
