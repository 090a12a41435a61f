//! A list of permissions of a socket.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_cached::{Permissions, Verb};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(list) = Permissions::parse(text) else { return };
    assert!(list.allows(Verb::Help) && list.allows(Verb::Quit));
    assert_eq!(list.allows(Verb::Dot), list.allows(Verb::Batch));
});
