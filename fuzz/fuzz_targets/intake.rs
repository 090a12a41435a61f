//! What other programs hand over and what servers answer, as text: every source reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::source::SOURCES;
use rrd_graph::export::tree::{self, TreeKind};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for source in SOURCES {
        (source.fuzz)(text);
    }
    name_file(text);
});

/// The name of a file in the first line, of its data source in the second, in a tree with the rest
/// as its `datafile`.
fn name_file(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let [place, source, datafile] = [(); 3].map(|()| lines.next().unwrap_or_default());
    for kind in [TreeKind::Collectd, TreeKind::Munin, TreeKind::Plain] {
        let series = tree::fuzz(kind, datafile.as_bytes(), place.as_ref(), source);
        let labels = series.labels();
        for name in labels.iter().map(|(name, _)| &**name).chain([series.name()]) {
            assert!(name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{name:?}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name:?}");
            assert!(!name.starts_with("__"), "{name:?}");
        }
        assert!(labels.windows(2).all(|pair| pair[0].0 < pair[1].0), "{labels:?}");
    }
}
