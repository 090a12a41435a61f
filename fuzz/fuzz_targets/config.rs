//! The configuration of the daemon. Files that it refers to do not exist.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use rrd_collector::config::{Config, load};
use rrd_collector::section::Environment;

fuzz_target!(|data: &[u8]| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = folder.join(format!("rrd-fuzz-config-{}.toml", std::process::id()));
    std::fs::write(&path, data).expect("a place to write");
    let mut config = Config::new("/nonexistent".into());
    let variable = |name: &str| (name == "X").then(|| "10.0.0.1:80".to_owned());
    let environment = Environment { variable: &variable, credentials: None };
    if let Err(errors) = load(&path, &mut config, &environment) {
        assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty()));
    }
});
