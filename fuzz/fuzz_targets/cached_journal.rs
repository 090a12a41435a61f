//! A file of rrdcached's journal, taken over twice: the second time must add nothing.
#![no_main]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_cached::{Server, ServerOptions, WriteBackOptions, converse};
use rrd_core::StoreOptions;

const FILE: &[u8] = include_bytes!("../journal_base.rrd");
const NAME: &str = "rrd.journal.1560695230.925170";

static BASE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-journal-{}", std::process::id()));
    fs::create_dir_all(folder.join("journal")).expect("a place to write");
    folder
});

static SERVER: LazyLock<Arc<Server>> = LazyLock::new(|| {
    let hour = Duration::from_secs(3600);
    let write_back = WriteBackOptions { delay: hour, jitter: Duration::ZERO, interval: hour };
    let mut options = ServerOptions::new(&*BASE);
    options.confined = true;
    let store = StoreOptions::new().segment_size(64 << 10);
    Arc::new(Server::open(options, write_back, store).expect("a server starts"))
});

fuzz_target!(|data: &[u8]| {
    fs::write(BASE.join("x.rrd"), FILE).expect("a place to write");
    converse(&SERVER, b"FORGET x.rrd\n").expect("a conversation");
    let folder = BASE.join("journal");
    let take_over = || {
        fs::write(folder.join(NAME), data).expect("a place to write");
        fs::set_permissions(folder.join(NAME), Permissions::from_mode(0o644)).expect("its mode");
        SERVER.take_over_journal(&folder).expect("a journal that can be read")
    };
    let first = take_over();
    assert_eq!(first.files, 1);
    let second = take_over();
    assert_eq!(second.accepted, 0, "{first:?}");
    // A value that the file does not take may be late, too, the second time.
    assert!(second.present >= first.accepted + first.present, "{first:?} {second:?}");
});
