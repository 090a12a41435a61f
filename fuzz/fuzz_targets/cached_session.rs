//! Lines of a client of the server in rrdcached's place. Each answer must have as many lines as it
//! says.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_cached::{Server, ServerOptions, WriteBackOptions, converse};
use rrd_core::StoreOptions;

const FILE: &[u8] = include_bytes!("../journal_base.rrd");

static BASE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-cached-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a place to write");
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
    converse(&SERVER, b"RESUMEALL\nFORGET x.rrd\n").expect("a conversation");
    let answers = converse(&SERVER, data);
    for entry in fs::read_dir(&*BASE).expect("the base folder").flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let verbs = data.to_ascii_lowercase();
    let contains = |word: &[u8]| verbs.windows(word.len()).any(|part| part == word);
    // Escapes may hide a verb. DUMP has no status line, and FETCHBIN has lines with bytes.
    if contains(b"\\") || contains(b"dump") || contains(b"fetchbin") {
        return;
    }
    let answers = answers.expect("a conversation");
    let answers = answers.strip_suffix(b"\n").unwrap_or_default();
    if answers.is_empty() {
        return;
    }
    let mut lines = answers.split(|byte| *byte == b'\n');
    while let Some(status) = lines.next() {
        let count = status.split(|byte| *byte == b' ').next().unwrap_or_default();
        let count: i64 = std::str::from_utf8(count).expect("digits").parse().expect("a count");
        for _ in 0..count.max(0) {
            assert!(lines.next().is_some(), "an answer with too few lines");
        }
    }
});
