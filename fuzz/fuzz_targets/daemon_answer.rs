//! Answers of rrdcached to its client. The first byte selects the request; the whole answer is sent
//! before the request.
#![no_main]

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use libfuzzer_sys::fuzz_target;
use rrd_cli::ask_over;

fuzz_target!(|data: &[u8]| {
    let Some((question, answer)) = data.split_first() else { return };
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    // There is no reader yet: more than the socket's buffer would block forever.
    theirs.write_all(&answer[..answer.len().min(32 << 10)]).expect("room in the socket");
    theirs.shutdown(Shutdown::Write).expect("a connected socket");
    if let Err(error) = ask_over(ours, *question) {
        assert!(error.len() < 2 * data.len() + 4096, "a flood of an error");
    }
});
