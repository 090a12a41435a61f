//! Commands that ask a malicious caching daemon: endless lines, unlimited counts, nonsensical
//! answers. Each ends with an error in bounded time and memory.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::{RRD, program, run};

/// Limit for one command: a machine that runs other tests is slow, but waiting for the end of an
/// endless answer would take five minutes.
const MAX_COMMAND: Duration = Duration::from_secs(240);

/// Answers one request with `begin` followed by `again` forever, or not at all if `again` is empty.
fn serve(listener: &UnixListener, begin: &[u8], again: &[u8]) {
    let (mut stream, _) = listener.accept().expect("a client");
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    reader.read_line(&mut request).expect("a request");
    let mut going_on = stream.write_all(begin).is_ok() && !again.is_empty();
    let again = again.repeat((1 << 16) / again.len().max(1) + 1);
    while going_on {
        going_on = stream.write_all(&again).is_ok();
    }
}

/// The output of a command for a daemon with these answers, within limits of memory and time.
fn ask(folder: &Path, line: &str, begin: &[u8], again: &[u8]) -> String {
    let socket = folder.join("socket");
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).expect("a socket");
    let begun = Instant::now();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| serve(&listener, begin, again));
        let limited = format!("ulimit -v 600000; exec \"$0\" {line} -d unix:socket");
        run(program("sh", folder).args(["-c", &limited, RRD]))
    });
    assert!(begun.elapsed() < MAX_COMMAND, "{line}: {:?}", begun.elapsed());
    assert!(output.stdout.len() < 64 << 20, "{line}: flooded");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{line}: {error}");
    assert!(error.starts_with("ERROR: ") && error.len() < 2_000, "{line}: {error}");
    error.replace("rrdcached@unix:socket: ", "")
}

#[test]
fn answers_without_end_are_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fetch = "fetch x.rrd AVERAGE -s 1000000000 -e 1000000600";
    let head = b"9223372036854775807 Success\nFlushVersion: 1\nStart: 0\nEnd: 9\nStep: 1\nDSCount: 1\nDSName: a\n";
    for (line, begin, again, wanted) in [
        (fetch, &b"0"[..], &b"0"[..], "answer not understood: '000"),
        (fetch, b"9223372036854775807 Success\n", b"x", "answer not understood: 'xxx"),
        (
            fetch,
            b"9223372036854775807 Success\n",
            b"FlushVersion: 1\n",
            "answer not understood: 'more than",
        ),
        (fetch, head, b"10: 1.0e+00\n", "answer not understood: 'more than"),
        ("list /", b"9223372036854775807 RRDs\n", b"\n", "answer not understood: 'more than"),
        ("info x.rrd", b"9223372036854775807 Info\n", b"a 2 b\n", "answer not understood: "),
        ("last x.rrd", b"0 ", b"1", "answer not understood: '0 111"),
        ("first x.rrd", b"-1 ", b"n", "answer not understood: '-1 nnn"),
    ] {
        let error = ask(folder, line, begin, again);
        assert!(error.starts_with(&format!("ERROR: {wanted}")), "{line}: {error}");
    }
}

#[test]
fn answers_that_make_no_sense_are_reported_by_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fetch = "fetch x.rrd AVERAGE -s 1000000000 -e 1000000600";
    for (line, answer, wanted) in [
        (fetch, &b""[..], "connection lost: "),
        (fetch, b"\n", "answer not understood: ''"),
        (
            fetch,
            b"18446744073709551616 Success\n",
            "answer not understood: '18446744073709551616 Success'",
        ),
        (fetch, b"HTTP/1.1 200 OK\r\n", "answer not understood: 'HTTP/1.1 200 OK"),
        (fetch, b"\xff\xfe\0\n", "answer not understood: "),
        (fetch, b"-1 No such file: x.rrd\n", "No such file: x.rrd"),
        (fetch, b"2 Success\nStart: 0\n", "connection lost: "),
        (fetch, b"0 Success\n", "answer not understood: 'no Step'"),
        (fetch, b"1 Success\nStep: 0\n", "answer not understood: 'Step: 0'"),
        (fetch, b"1 Success\nStep: -1\n", "answer not understood: 'Step: -1'"),
        (fetch, b"2 Success\nStep: 1\n10: 1 2\n", "answer not understood: '10: 1 2'"),
        // The command first requests a flush, and this daemon is gone by then.
        ("info x.rrd", b"1 Info\nnonsense\n", ""),
        ("last x.rrd", b"0 soon\n", "answer not understood: 'soon'"),
        ("flushcached x.rrd", b"x\n", "Flushing of file \"x.rrd\" failed: "),
        ("update x.rrd 1000000000:1", b"-1 \n", ""),
    ] {
        let error = ask(folder, line, answer, b"");
        assert!(error.starts_with(&format!("ERROR: {wanted}")), "{line}: {error}");
    }
}
