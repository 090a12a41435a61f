//! What the program needs of the machine it runs on.

use std::process::Command;

#[test]
fn the_program_needs_no_shared_library_but_those_of_the_c_library() {
    let program = env!("CARGO_BIN_EXE_rrd-collector");
    let Ok(listing) = Command::new("readelf").args(["--dynamic", program]).output() else {
        assert!(std::env::var_os("CI").is_none(), "readelf is not installed");
        return;
    };
    let listing = String::from_utf8(listing.stdout).expect("text");
    let needed = listing
        .lines()
        .filter_map(|line| line.split_once("(NEEDED)")?.1.split_once('[')?.1.strip_suffix(']'));
    let foreign = needed
        .filter(|name| {
            !["libc.so.", "libm.so.", "ld-linux"].iter().any(|own| name.starts_with(own))
        })
        .collect::<Vec<_>>();
    assert_eq!(foreign, [""; 0]);
}
