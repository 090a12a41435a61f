//! Command lines with the answers of rrdcached 1.7.2, and with ours.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use rrd_core::LogSync;

use super::table::OPTIONS;
use super::{Accounts, CommandLine, Request, User, usage};
use crate::daemon::status::StatusFormat;
use crate::grammar::Verb;
use crate::write_back::WriteBackOptions;

/// A user and a group, and nobody else.
struct Two;

impl Accounts for Two {
    fn user(&self, name: &str) -> Option<User> {
        (name == "librenms").then(|| User { name: name.to_owned(), uid: 990, gid: 991 })
    }

    fn group(&self, name: &str) -> Option<u32> {
        ["librenms", "991"].contains(&name).then_some(991)
    }
}

/// Words are separated by blanks; `''` is an empty one.
fn parse(line: &str) -> CommandLine {
    let words = line.split(' ').filter(|word| !word.is_empty());
    let words: Vec<OsString> = words.map(|word| word.replace("''", "").into()).collect();
    super::parse(&words, &Two)
}

/// The lines on standard error and the status of a command line that ends at once.
fn ended(line: &str) -> (String, u8) {
    let parsed = parse(line);
    let Request::End(status) = parsed.request else { panic!("{line:?} serves: {parsed:?}") };
    (parsed.notes.join("\n"), status)
}

const NOT_POSITIVE: &str = "value must be (suffixed) positive number";

#[test]
fn wrong_values_have_the_texts_and_statuses_of_rrdcached() {
    let unknown = |name: &str| {
        format!(
            "read_options: Adding permission \"{name}\" to socket failed. Most likely, this permission doesn't exist. Check your command line."
        )
    };
    for (line, text, status) in [
        ("-w 0", "Invalid write interval 0: value must be positive", 2),
        ("-w -1", &format!("Invalid write interval -1: {NOT_POSITIVE}"), 2),
        ("-z x", &format!("Invalid write jitter x: {NOT_POSITIVE}"), 2),
        ("-z 1.5", "Invalid write jitter 1.5: value has trailing garbage", 2),
        ("-f x", &format!("Invalid flush interval x: {NOT_POSITIVE}"), 3),
        ("-f 0", "Invalid flush interval 0: value must be positive", 3),
        ("-t 0", "Invalid thread count: -t 0", 1),
        ("-t x", "Invalid thread count: -t x", 1),
        ("-t -2", "Invalid thread count: -t -2", 1),
        ("-a 0", "Invalid allocation size: 0", 10),
        ("-a x", "Invalid allocation size: x", 10),
        ("-m 8", "read_options: Invalid file mode \"8\".", 5),
        ("-m 99999", "read_options: Invalid file mode \"99999\".", 5),
        ("-s nosuch", "read_options: couldn't map \"nosuch\" to a group, Sorry", 5),
        ("-s 12345", "read_options: couldn't map \"12345\" to a group, Sorry", 5),
        ("-G nosuch", "read_options: couldn't map \"nosuch\" to a group, Sorry", 5),
        ("-U nosuch", "read_options: couldn't map \"nosuch\" to a user, Sorry", 5),
        ("-P FOO", &unknown("FOO"), 4),
        ("-P FLUSH,FOO", &unknown("FOO"), 4),
        ("-P -l /proc/x", &unknown("-l"), 4),
        ("-b /", "Invalid base directory: /", 4),
        ("-b //", "Invalid base directory: //", 4),
    ] {
        assert_eq!(ended(line), (text.to_owned(), status), "{line}");
    }
}

#[test]
fn options_that_do_not_exist_are_told_with_the_usage_and_status_0() {
    for (line, text) in [
        ("-x", "invalid option -- 'x'"),
        ("--foo", "invalid option -- 'foo'"),
        ("--=x", "invalid option -- '=x'"),
        ("-w", "option requires an argument -- 'w'"),
        ("-xgh", "invalid option -- 'x'"),
        ("--also", "option requires argument -- 'also'"),
        ("--drain=now", "option takes no arguments -- 'drain'"),
    ] {
        let parsed = parse(line);
        assert_eq!((parsed.notes, parsed.request), (vec![text.to_owned()], Request::End(0)));
        assert!(parsed.prints_usage, "{line}");
    }
}

#[test]
fn most_errors_let_the_options_after_them_decide() {
    let interval = format!("Invalid write interval x: {NOT_POSITIVE}");
    assert_eq!(ended("-h"), (String::new(), 1));
    assert_eq!(ended("--help"), (String::new(), 1));
    assert_eq!(ended("-h -w x"), (interval.clone(), 2));
    assert_eq!(ended("-w x -h"), (interval.clone(), 1));
    assert_eq!(ended("-x -w x"), (format!("invalid option -- 'x'\n{interval}"), 2));
    assert_eq!(ended("-w x -b / -h"), (format!("{interval}\nInvalid base directory: /"), 4));
    assert_eq!(ended("-t x -w x"), ("Invalid thread count: -t x".to_owned(), 1));
    // A list of commands makes good again what was wrong before it.
    assert_eq!(parse("-w x -P FLUSH").request, Request::Serve);
    assert_eq!(parse("-P FOO,FLUSH").request, Request::Serve);
}

#[test]
fn combinations_without_sense_are_told_and_go_on() {
    let flush = "WARNING: flush interval (-f) should be at least 2x write interval (-w) !";
    let delay = "WARNING: write delay (-z) should NOT be larger than write interval (-w) !";
    let base = "WARNING: -B does not make sense without -b!";
    let folders = "WARNING: -R does not make sense without -B!";
    let manual = "  Consult the rrdcached documentation";
    let notes = |line: &str| {
        let parsed = parse(line);
        assert_eq!(parsed.request, Request::Serve);
        parsed.notes
    };
    assert_eq!(notes("-z 5 -w 1 -f 1 -B -R"), [flush, delay, base, manual]);
    assert_eq!(notes("-R"), [folders, manual]);
    assert_eq!(notes("-w 1800"), Vec::<String>::new());
    assert_eq!(notes("-w 1801"), [flush]);
    assert_eq!(notes("-V x"), ["Unrecognized log level 'x'; falling back to default LOG_ERR."]);
}

#[test]
fn the_command_line_of_librenms_is_taken() {
    let line = "-w 1800 -z 1800 -f 3600 -s librenms -U librenms -G librenms -B -R -j /var/tmp \
                -l unix:/run/rrdcached.sock -t 4 -F -b /opt/librenms/rrd/";
    let CommandLine { request, options, notes, .. } = parse(line);
    assert_eq!((request, notes), (Request::Serve, Vec::new()));
    let hours = |hours: f64| Duration::from_secs_f64(hours * 3600.0);
    let WriteBackOptions { delay, jitter, interval } = options.write_back;
    assert_eq!([delay, jitter, interval], [hours(0.5), hours(0.5), hours(1.0)]);
    assert!(options.is_confined && options.makes_folders && options.writes_at_end);
    assert!(options.overwrites && !options.stays_in_foreground);
    assert_eq!(options.base, Some("/opt/librenms/rrd/".into()));
    assert_eq!(options.journal, Some("/var/tmp".into()));
    assert_eq!(options.pid_file, PathBuf::from("/var/run/rrdcached.pid"));
    assert_eq!(options.user.map(|user| user.uid), Some(990));
    assert_eq!(options.group, Some(991));
    let [socket] = &options.sockets[..] else { panic!("{:?}", options.sockets) };
    assert_eq!(socket.address.to_string(), "unix:/run/rrdcached.sock");
    assert_eq!((socket.file.group, socket.file.mode), (Some(991), None));
}

#[test]
fn group_mode_and_commands_hold_for_the_sockets_that_follow() {
    let line = "-l /a -P FETCH -m 0660 -l /b -s 991 -l /c -m 600 -P '' -l :1 -L";
    let CommandLine { options, notes, .. } = parse(line);
    let sockets: Vec<_> = options
        .sockets
        .iter()
        .map(|it| (it.address.to_string(), it.file.mode, it.file.group))
        .collect();
    let expected = [
        ("unix:/a", None, None),
        ("unix:/b", Some(0o660), None),
        ("unix:/c", Some(0o660), Some(991)),
        (":1", Some(0o600), Some(991)),
        (":42217", Some(0o600), Some(991)),
    ];
    assert_eq!(sockets, expected.map(|(name, mode, group)| (name.to_owned(), mode, group)));
    let allow = options.sockets.iter().map(|socket| socket.permissions.allows(Verb::Update));
    assert_eq!(allow.collect::<Vec<_>>(), [true, false, false, true, true]);
    assert_eq!(
        notes,
        [
            "WARNING: -P also restricts unix:/c, which has no -P of its own; give it one, -P '' to allow everything"
        ]
    );
    assert!(options.handed_over.allows(Verb::Update));
}

#[test]
fn without_an_address_there_is_one_socket_and_the_last_options_hold_for_it() {
    let CommandLine { options, notes, .. } = parse("-m 0660 -P FLUSH");
    let [socket] = &options.sockets[..] else { panic!("{:?}", options.sockets) };
    assert_eq!(socket.address.to_string(), "unix:/tmp/rrdcached.sock");
    assert_eq!(socket.file.mode, Some(0o660));
    assert!(!socket.permissions.allows(Verb::Update));
    // Sockets that are handed over have the list that comes first.
    assert!(!options.handed_over.allows(Verb::Update));
    assert!(!options.names_sockets);
    assert_eq!(notes, Vec::<String>::new());
    assert!(parse("-l /a").options.names_sockets);
}

#[test]
fn our_own_options_name_the_value_and_what_is_expected() {
    for (line, text) in [
        (
            "--sync now",
            "invalid sync \"now\": expected never, each or a duration of 1s to 1h, e.g. 10s (--sync)",
        ),
        ("--journal-size 1", "invalid size \"1\" (--journal-size): expected 64K to 2G, e.g. 32M"),
        (
            "--allow 10.0.0.0/8,x",
            "invalid network \"x\" (--allow): expected e.g. 10.0.0.0/8 or 192.0.2.7",
        ),
        ("--status=xml", "invalid format \"xml\" (--status): expected text or prometheus"),
    ] {
        // Nothing after them makes them good.
        assert_eq!(ended(&format!("{line} -P FLUSH")), (text.to_owned(), 2));
    }
    let options = parse("--sync=each --journal-size 64M --also /x --also /y --allow ::1").options;
    assert_eq!(options.sync, LogSync::Each);
    assert_eq!(options.journal_size, Some(64 << 20));
    assert_eq!(options.also, [PathBuf::from("/x"), PathBuf::from("/y")]);
    assert_eq!(options.networks.map(|networks| networks.len()), Some(1));
    assert_eq!(parse("").options.sync, LogSync::Every(Duration::from_secs(10)));
    assert_eq!(parse("--status").request, Request::Status(StatusFormat::Text));
    assert_eq!(parse("--status=prometheus").request, Request::Status(StatusFormat::Prometheus));
    assert_eq!(parse("--drain").request, Request::Drain);
    assert_eq!(parse("--version").request, Request::Version);
}

#[test]
fn the_usage_names_every_option_in_lines_that_fit() {
    let text = usage();
    for row in OPTIONS {
        let description = &row.description;
        let name = match description.short {
            Some(letter) => format!("\n  -{letter}"),
            None => format!("\n  --{}", description.long),
        };
        assert!(text.contains(&name), "{name}");
    }
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

proptest! {
    #[test]
    fn any_words_are_read_and_a_daemon_that_serves_has_a_socket(
        words in prop::collection::vec("(-[a-zA-Z]|--[a-z=]{0,8}|[ -~]{0,6}|\u{fe}|/)", 0..8),
    ) {
        let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        let parsed = super::parse(&words, &Two);
        prop_assert!(parsed.request != Request::Serve || !parsed.options.sockets.is_empty());
    }
}
