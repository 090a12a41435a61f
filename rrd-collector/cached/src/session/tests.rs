//! Lines and their answers, over a store in a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::mem;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{CreateOptions, Heartbeat, Schema, Step, StoreOptions, Timestamp};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::{Next, Session};
use crate::grammar::Permissions;
use crate::server::{Server, ServerOptions};
use crate::write_back::WriteBackOptions;

/// A connection to a server with the file `a.rrd`: a GAUGE and a COUNTER, from 1000000000 on.
struct Talk {
    folder: TempDir,
    runtime: Runtime,
    session: Session,
}

impl Talk {
    fn begin(permissions: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = ServerOptions::new(folder.path());
        options.confined = true;
        let write_back = WriteBackOptions {
            delay: Duration::from_secs(3600),
            jitter: Duration::ZERO,
            interval: Duration::from_secs(7200),
        };
        let server = Server::open(options, write_back, StoreOptions::new()).expect("a store");
        let heartbeat = Heartbeat::from_seconds(20);
        let schema = Schema::builder(Step::from_seconds(10).expect("a step"))
            .gauge("x", heartbeat)
            .counter("y", heartbeat)
            .average(0.5, 1, 20)
            .build()
            .expect("a definition");
        let start = Timestamp::from_seconds(1_000_000_000);
        let options = CreateOptions::new();
        server.store.create("a.rrd", &schema, start, options).expect("a new file");
        let permissions = Permissions::parse(permissions).expect("commands");
        let session = Session::new(Arc::new(server), Arc::new(permissions));
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        Self { folder, runtime, session }
    }

    /// The answer to a line of any bytes.
    fn say_bytes(&mut self, line: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.runtime.block_on(self.session.line(line, &mut out));
        out
    }

    /// The answer to a line, with the folder as `/BASE`.
    fn say(&mut self, line: &str) -> String {
        let mut out = Vec::new();
        let next = self.runtime.block_on(self.session.line(line.as_bytes(), &mut out));
        let text = String::from_utf8(out).expect("answers in UTF-8");
        let text = text.replace(&self.folder.path().display().to_string(), "/BASE");
        match next {
            Next::Continue => text,
            Next::Close => text + "closed",
            Next::Rows(mut rows) => {
                let mut rest = Vec::new();
                while rows.push_piece(&mut rest) {}
                text + &String::from_utf8(rest).expect("lines")
            }
            Next::Stream(_) => text + "streamed",
        }
    }

    fn is_said(&mut self, talk: &[(&str, &str)]) {
        for (line, answer) in talk {
            assert_eq!(self.say(line), *answer, "{line}");
        }
    }
}

#[test]
fn unknown_words_come_before_permissions_and_these_before_the_place() {
    Talk::begin("BATCH PING").is_said(&[
        ("NOPE x", "-1 Unknown command: NOPE\n"),
        ("", "-1 Unknown command: \n"),
        (" PING", "-1 Unknown command: \n"),
        ("Stats", "-1 Permission denied.\n"),
        ("wrote a.rrd", "-1 Permission denied.\n"),
        (".", "-1 Can't use '.' here.\n"),
        ("PI\\ng", "0 PONG\n"),
        ("QUIT", "closed"),
    ]);
}

#[test]
fn a_bad_value_is_refused_when_it_is_sent_and_costs_only_itself() {
    Talk::begin("").is_said(&[
        ("UPDATE a.rrd 1000000010:1:10", "0 errors, enqueued 1 value(s).\n"),
        (
            "UPDATE a.rrd 1000000020:oops",
            "-1 RRD Error: /BASE/a.rrd: expected 2 data source readings (got 1) from 1000000020\n",
        ),
        (
            "UPDATE a.rrd 1000000020:2:20 1000000025:1:2:3 1000000030.5:3.50:30",
            "-1 RRD Error: /BASE/a.rrd: found extra data on update argument: 3\n",
        ),
        (
            "UPDATE a.rrd 1000000040:4:4.5",
            "-1 RRD Error: /BASE/a.rrd: not a simple unsigned integer: '4.5'\n",
        ),
        ("UPDATE a.rrd 1000000040:4:40", "0 errors, enqueued 1 value(s).\n"),
        (
            "PENDING a.rrd",
            "4 updates pending\n1000000010:1:10\n1000000020:2:20\n1000000030.5:3.50:30\n\
             1000000040:4:40\n",
        ),
    ]);
}

#[test]
fn a_value_that_is_not_later_ends_its_line() {
    Talk::begin("").is_said(&[
        (
            "UPDATE a.rrd 1000000010.25:1:1 1000000010.25:1:1 1000000020:1:1",
            "-1 illegal attempt to update using time 1000000010.250000 when last update time is \
             1000000010.250000 (minimum one second step)\n",
        ),
        (
            "UPDATE a.rrd 1000000011:1:1 N:1:1 1000000020:1:1",
            "-1 Cannot find timestamp in 'N:1:1'!\n",
        ),
        ("PENDING a.rrd", "2 updates pending\n1000000010.25:1:1\n1000000011:1:1\n"),
    ]);
}

#[test]
fn a_line_may_have_more_values_than_are_applied_at_once() {
    let mut talk = Talk::begin("");
    let values = |numbers: RangeInclusive<u32>| {
        let value = |n| format!("{}:{}:{n}", 1_000_000_000 + n, if n == 1000 { "x" } else { "1" });
        numbers.map(value).collect::<Vec<_>>().join(" ")
    };
    let line = format!("UPDATE a.rrd {}", values(1..=700));
    talk.is_said(&[(&line, "0 errors, enqueued 700 value(s).\n")]);
    let line = format!("UPDATE a.rrd {}", values(701..=1400));
    let refused = "-1 RRD Error: /BASE/a.rrd: Function update_pdp_prep, case DST_GAUGE - Cannot \
                   convert 'x' to float\n";
    talk.is_said(&[(&line, refused)]);
    assert!(talk.say("PENDING a.rrd").starts_with("1399 updates pending\n"));
    assert!(talk.say("STATS").contains("\nUpdatesFailed: 1\n"));
}

#[test]
fn the_errors_of_a_batch_have_the_numbers_of_their_lines() {
    let mut talk = Talk::begin("");
    talk.is_said(&[
        ("BATCH", "0 Go ahead.  End with dot '.' on its own line.\n"),
        ("UPDATE a.rrd 1000000010:1:1", ""),
        ("PING", ""),
    ]);
    let mut out = Vec::new();
    assert!(matches!(talk.session.line_too_long(&mut out), Next::Continue));
    assert_eq!(out, b"");
    talk.is_said(&[
        ("UPDATE a.rrd 1000000010:1:1 1000000011:1:1", ""),
        ("UPDATE nope.rrd 1:1", ""),
        (
            ".",
            "4 errors\n2 Can't use 'PING' here.\n3 line too long\n4 illegal attempt to update \
             using time 1000000010.000000 when last update time is 1000000010.000000 (minimum one \
             second step)\n5 No such file: /BASE/nope.rrd\n",
        ),
        ("PING", "0 PONG\n"),
        ("BATCH", "0 Go ahead.  End with dot '.' on its own line.\n"),
        ("QUIT", "closed"),
    ]);
}

#[test]
fn batches_of_nothing_but_errors_are_closed_before_they_fill_the_memory() {
    let mut talk = Talk::begin("");
    let line = "x".repeat(1 << 20);
    let mut errors_until_closed = || {
        talk.say("BATCH");
        let errors = (0..64).take_while(|_| talk.say(&line).is_empty()).count();
        let (server, permissions) = (talk.session.server.clone(), talk.session.permissions.clone());
        (errors, mem::replace(&mut talk.session, Session::new(server, permissions)))
    };
    // One may have 16 MiB, and all together 64, beside 8 KiB each.
    let (errors, sessions): (Vec<_>, Vec<_>) = (0..6).map(|_| errors_until_closed()).unzip();
    assert_eq!(errors, [15, 15, 15, 15, 4, 0]);
    drop(sessions);
    assert_eq!(errors_until_closed().0, 15);
}

#[test]
fn files_are_flushed_suspended_and_forgotten() {
    Talk::begin("").is_said(&[
        ("FLUSH a.rrd", "0 Nothing to flush: /BASE/a.rrd.\n"),
        ("FLUSH nope.rrd", "-1 No such file: /BASE/nope.rrd.\n"),
        ("SUSPEND a.rrd", "-1 /BASE/a.rrd - No such file or directory\n"),
        ("SUSPEND", "-1 Usage: SUSPEND <filename>\n"),
        ("FORGET a.rrd", "-1 No such file or directory\n"),
        ("UPDATE a.rrd 1000000010:1:10", "0 errors, enqueued 1 value(s).\n"),
        ("SUSPEND ./a.rrd", "0 /BASE/./a.rrd suspended\n"),
        ("FLUSH a.rrd", "0 Successfully flushed /BASE/a.rrd.\n"),
        ("PENDING a.rrd", "1 updates pending\n1000000010:1:10\n"),
        ("RESUMEALL", "0 1 rrds resumed\n"),
        ("FLUSH a.rrd", "0 Successfully flushed /BASE/a.rrd.\n"),
        ("PENDING ./a.rrd", "0 updates pending\n"),
        ("UPDATE a.rrd 1000000020:1:10", "0 errors, enqueued 1 value(s).\n"),
        ("FORGET a.rrd", "0 Gone!\n"),
        ("FORGET a.rrd", "-1 No such file or directory\n"),
        ("PENDING a.rrd", "0 updates pending\n"),
        ("UPDATE a.rrd 1000000020:2:20", "0 errors, enqueued 1 value(s).\n"),
        ("QUEUE x", "0 in queue.\n"),
        ("FLUSHALL", "0 Started flush.\n"),
    ]);
}

#[test]
fn names_outside_the_base_are_refused_with_the_path_as_typed() {
    Talk::begin("").is_said(&[
        ("UPDATE ../a.rrd 1:1", "-1 /BASE/../a.rrd: Permission denied\n"),
        ("UPDATE /etc/passwd 1:1", "-1 /etc/passwd: Permission denied\n"),
        ("FLUSH sub/../a.rrd", "-1 /BASE/sub/../a.rrd: Permission denied\n"),
        ("FORGET /a.rrd", "-1 /a.rrd: Permission denied\n"),
        ("PENDING ../a.rrd", "0 updates pending\n"),
        ("SUSPEND ../a.rrd", "-1 /BASE/../a.rrd - No such file or directory\n"),
        ("UPDATE  a.rrd", "-1 Not a regular file: /BASE/\n"),
    ]);
}

#[test]
fn names_that_are_not_utf_8_are_answered_as_they_are() {
    let mut talk = Talk::begin("");
    let base = talk.folder.path().to_owned();
    let name = b"\xff\xe4.rrd";
    let path = [base.as_os_str().as_bytes(), b"/", name].concat();
    let line = [b"UPDATE ", &name[..], b" 1000000010:1:1"].concat();
    let missing = [b"-1 No such file: ", &path[..], b"\n"].concat();
    assert_eq!(talk.say_bytes(&line), missing);
    fs::copy(base.join("a.rrd"), Path::new(OsStr::from_bytes(&path))).expect("a copy");
    assert_eq!(talk.say_bytes(&line), b"0 errors, enqueued 1 value(s).\n");
    let flushed = [b"0 Successfully flushed ", &path[..], b".\n"].concat();
    assert_eq!(talk.say_bytes(&[b"FLUSH ", &name[..]].concat()), flushed);
    let last = talk.say_bytes(&[b"LAST ", &path[..]].concat());
    assert_eq!(last, b"0 1000000010\n");
}
