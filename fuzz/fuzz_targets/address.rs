//! Requests to the page: the first line is a path, the second its query. Only `load` has an
//! archive. No raster pictures.
#![no_main]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use rrd_collector::Host;
use rrd_collector::output::live::Shared;
use rrd_collector::output::web::Site;
use rrd_collector::source::host::LOAD;
use rrd_collector::store::archives::Archives;
use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

const BEGIN: i64 = 1_600_000_000;
/// The longest answer: 20,000 rows, or a picture of them.
const MOST: u64 = 16 << 20;

fn site() -> Site {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-address-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a place to write");
    let step = Step::from_seconds(1).expect("not zero");
    let mut schema = Schema::builder(step);
    for metric in LOAD.metrics.iter() {
        schema = schema.gauge(&metric.name, Heartbeat::from_seconds(5));
    }
    let schema = schema.average(0.5, 1, 300).average(0.5, 60, 100).build().expect("a schema");
    let file = folder.join("load.rrd");
    let shared = Shared::default();
    let _ = std::fs::remove_file(&file);
    let mut rrd = Rrd::create(&file, &schema, Timestamp::from_seconds(BEGIN)).expect("a file");
    for second in 1..400 {
        let at = Timestamp::from_seconds(BEGIN + second);
        let values = vec![1.5; LOAD.metrics.len()];
        shared.catalog().put(at, step, &LOAD, "", &values);
        rrd.update(&Sample::new(at, values)).expect("a sample");
    }
    Site {
        files: Host::at("/nonexistent"),
        shared: Arc::new(shared),
        ..Site::new("web1".parse().expect("a name"), Archives::Folder(folder))
    }
}

fuzz_target!(|data: &[u8]| {
    static SITE: OnceLock<Site> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, query) = text.split_once('\n').unwrap_or((text, ""));
    // Characters that HTTP allows.
    let is_legal = text.bytes().all(|byte| byte > b' ' && byte != 0x7f || byte == b'\n');
    if !is_legal || path.ends_with(".png") {
        return;
    }
    let (status, length) = SITE.get_or_init(site).get(path, query);
    assert!(length < MOST, "{length} bytes");
    // No request may cause a server error.
    assert!(status < 500 || path == "/-/ready", "{status}");
});
