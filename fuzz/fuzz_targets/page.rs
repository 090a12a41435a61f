//! Pages with tags, as a template is cut: its pieces make the page again.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert_eq!(rrd_cli::page_pieces(data).concat(), data);
});
