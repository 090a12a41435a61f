//! The client of caching daemons. What Debian's rrdcached is asked here was asked with RRDtool's
//! library before: what the program prints is the same.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::c_program::{CProgram, run, text};
use crate::scripted_daemon::{self, Reply};

/// What the program prints for these calls.
fn calls(program: &CProgram, calls: &[&str]) -> Vec<String> {
    let output = run(program.command().args(calls));
    let printed = text(&output.stdout);
    // Also not by a signal: that of a closed pipe would end a program that does not handle it.
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    printed.lines().map(str::to_owned).collect()
}

/// A running rrdcached that writes only when it is asked to, with files below `base`.
struct Rrdcached(Child);

impl Drop for Rrdcached {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Rrdcached {
    fn start(folder: &Path) -> Option<Self> {
        let found = Command::new("sh").args(["-c", "command -v rrdcached"]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "rrdcached is not installed");
            println!("not run: rrdcached is not installed");
            return None;
        }
        let folder = folder.canonicalize().unwrap();
        let child = Command::new("rrdcached")
            .args(["-g", "-w", "3600", "-f", "7200", "-l"])
            .arg(format!("unix:{}", folder.join("socket").display()))
            .arg("-b")
            .arg(folder.join("base"))
            .arg("-p")
            .arg(folder.join("pid"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self(child);
        let until = Instant::now() + Duration::from_secs(120);
        while std::os::unix::net::UnixStream::connect(folder.join("socket")).is_err() {
            assert!(Instant::now() < until, "rrdcached does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Some(daemon)
    }
}

#[test]
fn rrdcached_is_asked_as_by_rrdtools_library() {
    let program = CProgram::of("client.c");
    let Some(_daemon) = Rrdcached::start(&program.folder()) else { return };
    let told = calls(
        &program,
        &[
            "connect unix:socket",
            "is unix:socket",
            "is socket",
            "is NULL",
            "any",
            "create base/a.rrd 10 1000000000 0 DS:x:GAUGE:20:U:U DS:y:COUNTER:20:0:U RRA:LAST:0.5:1:4",
            "create base/a.rrd 10 1000000000 1 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:4",
            "create base/b.rrd 0 0 0 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:4",
            "create base/c.rrd 0 -1 0 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:4",
            "create2 base/d.rrd 0 -1 0 NULL base/none.rrd",
            "update base/a.rrd 1000000010:1:2",
            "update base/a.rrd 1000000010:1:2",
            "update base/a.rrd",
            "update base/a.rrd 1000000020:2:4 1000000035:2:4",
            "last base/a.rrd",
            "first base/a.rrd 0",
            "first base/a.rrd 7",
            "flush base/a.rrd",
            "flush base/none.rrd",
            "forget base/none.rrd",
            "fetch base/a.rrd LAST 1000000000 1000000025",
            "fetch base/a.rrd NOPE 1000000000 1000000025",
            "fetch base/a.rrd LAST 1000000035 1000000025",
            "update base/c.rrd N:1",
            "update base/c.rrd N",
            "flush_if_daemon NULL base/a.rrd",
            "flush_if_daemon unix:socket base/a.rrd",
            "flush_if_daemon unix:socket base/none.rrd",
            "flush_if_daemon unix:other base/a.rrd",
            "any",
            "update base/a.rrd 1:2",
            "disconnect",
            "disconnect",
        ],
    );
    let base = program.folder().canonicalize().unwrap().join("base");
    let base = base.display();
    let expected = [
        "connect: 0 ''",
        "is: 1 ''",
        "is: 0 ''",
        "is: 0 ''",
        "any: 1 ''",
        "create: 0 ''",
        &format!(
            "create: -1 'rrdcached@unix:socket: RRD Error: creating '{base}/a.rrd': File exists'"
        ),
        "create: -1 'rrdcached@unix:socket: The first entry must be after 1980.'",
        "create: 0 ''",
        "create2: -1 'rrdcached@unix:socket: RRD Error: Cannot open template RRD base/none.rrd'",
        "update: 0 ''",
        "update: -1 'rrdcached@unix:socket: illegal attempt to update using time \
         1000000010.000000 when last update time is 1000000010.000000 (minimum one second step)'",
        "update: -1 'rrdcached@unix:socket: No values updated.'",
        "update: 0 ''",
        "last: 1000000030 ''",
        "first: 999999970 ''",
        "first: -1 'rrdcached@unix:socket: RRD Error: invalid rraindex number'",
        "flush: 0 ''",
        &format!("flush: -1 'rrdcached@unix:socket: No such file: {base}/none.rrd.'"),
        "forget: -1 'rrdcached@unix:socket: No such file or directory'",
        "fetch: 0 ''",
        "  1000000000 to 1000000030 by 10, 2 sources",
        "  x  y",
        "  1 -nan",
        "  2 0.2",
        "  2 0",
        "fetch: -1 'rrdcached@unix:socket: rrd_fetch_r failed: unknown consolidation function 'NOPE''",
        "  1000000000 to 1000000025 by 7, 77 sources",
        "fetch: -1 'rrdc_fetch: Malformed start and end times: start = 1000000030; \
         end = 1000000030;'",
        "  1000000035 to 1000000025 by 7, 77 sources",
        "update: 0 ''",
        "update: -1 'rrdcached@unix:socket: Cannot find timestamp in 'N'!'",
        "flush_if_daemon: 0 ''",
        "flush_if_daemon: 0 ''",
        &format!("flush_if_daemon: -1 'rrdcached@unix:socket: No such file: {base}/none.rrd.'"),
        "flush_if_daemon: 0 'Unable to connect to rrdcached: No such file or directory'",
        "any: 0 ''",
        "update: -1 ''",
        "disconnect: 0 ''",
        "disconnect: 0 ''",
    ];
    assert_eq!(told, expected);
}

#[test]
fn infos_statistics_and_lists_have_their_values_and_types() {
    let program = CProgram::of("client.c");
    let socket = program.folder().join("socket");
    scripted_daemon::at_socket(&socket, |request| {
        Reply::text(match request.split(' ').next() {
            Some("INFO") => {
                "5 Info\nfilename 2 /a b.rrd\nds[x].max 0 NaN\nstep 1 300\n\
                 return_value 3 -5\nrra[0].xff 0 5.0000000000e-01\n"
            }
            Some("STATS") => {
                "4 Statistics follow\nQueueLength: 3\nUpdatesReceived: 18446744073709551615\n\
                 Something: new\nTreeDepth: 0\n"
            }
            Some("LIST") => "2 RRDs\na.rrd\nsub/b c.rrd\n",
            _ => "0 fine\n",
        })
    });
    let told =
        calls(&program, &["connect unix:socket", "info /a.rrd", "stats", "list 1 /", "ping"]);
    let expected = [
        "connect: 0 ''",
        "info: 1 ''",
        "  filename STR /a b.rrd",
        "  ds[x].max VAL -nan",
        "  step CNT 300",
        "  return_value INT -5",
        "  rra[0].xff VAL 0.5",
        "stats: 0 ''",
        "  QueueLength gauge 3",
        "  UpdatesReceived counter 18446744073709551615",
        "  TreeDepth gauge 0",
        "list: 1 ''",
        "a.rrd",
        "sub/b c.rrd",
        "ping: 0 ''",
    ];
    assert_eq!(told, expected);
}

#[test]
fn requests_are_lines_that_the_daemon_understands() {
    let program = CProgram::of("client.c");
    let socket = program.folder().join("socket");
    let requests = scripted_daemon::at_socket(&socket, |request| {
        Reply::text(match request.split(' ').next() {
            Some("FETCH") => "3 Success\nStep: 10\nDSName: a\n10: 1\n",
            _ => "0 fine\n",
        })
    });
    let shape = "DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:4";
    let long = format!("/a.rrd {}", vec!["1000000000:123456789"; 60].join(" "));
    let told = calls(
        &program,
        &[
            "env RRDCACHED_ADDRESS unix:socket",
            "connect NULL",
            "connect unix:socket",
            "is NULL",
            r"create /back\slash.rrd 0 -5 0 DS:x",
            "create2 /a.rrd 300 1000000000 1 /from.rrd /like.rrd DS:y",
            "create_r /no/folder.rrd 10 1000000000 DS:x:GAUGE:20:U:U RRA:LAST:0.5:1:4",
            &format!("create_r made.rrd 10 1000000000 {shape}"),
            &format!("rrd_create also.rrd -d unix:socket -b 1000000000 -s 10 {shape}"),
            "env RRDCACHED_ADDRESS",
            &format!("rrd_create here.rrd --start 1000000000 {shape}"),
            "flushall",
            "flushall_if_daemon NULL",
            "flushall_if_daemon unix:socket",
            "list 0 /sub",
            "list 1 /",
            "fetch /a.rrd MAX -5 7",
            "fetch /a.rrd MAX 5 0",
            &format!("update {long}"),
            "rrd_flushcached -d unix:socket /a.rrd /b.rrd",
            "update /a.rrd 1:2\n3",
        ],
    );
    let folder = program.folder().canonicalize().unwrap();
    let folder = folder.display();
    let expected = [
        r"CREATE /back\\slash.rrd -s 0 DS:x",
        "CREATE /a.rrd -b 1000000000 -s 300 -O -r /from.rrd -t /like.rrd DS:y",
        &format!("FORGET {folder}/made.rrd"),
        &format!("CREATE {folder}/also.rrd -b 1000000000 -s 10 {shape}"),
        &format!("FORGET {folder}/here.rrd"),
        "FLUSHALL",
        "FLUSHALL",
        "LIST /sub",
        "LIST RECURSIVE /",
        "FETCH /a.rrd MAX",
        "FETCH /a.rrd MAX 5",
        &format!("UPDATE {long}"),
        "FLUSH /a.rrd",
        "FLUSH /b.rrd",
    ];
    assert_eq!(requests.connections(), 1, "{told:?}");
    assert_eq!(requests.take(), expected, "{told:?}");
    let refused = "update: -1 ''1:2\n3' contains a line break, which the protocol of rrdcached \
                   does not allow'";
    assert!(told.join("\n").ends_with(refused), "{told:?}");
}

#[test]
fn a_remote_daemon_gets_names_below_the_folder_that_the_environment_names() {
    let program = CProgram::of("client.c");
    let (address, requests) = scripted_daemon::at_port(|_| Reply::text("0 1000000000\n"));
    let told = calls(
        &program,
        &[
            &format!("connect {address}"),
            "flush a.rrd",
            "flush /base/a.rrd",
            "env RRDCACHED_STRIPPATH /base",
            "flush /base/sub/a.rrd",
            &format!("rrd_last --daemon {address} /base/b.rrd"),
            "env RRDCACHED_STRIPPATH ",
            "last /base/a.rrd",
            "descriptors",
        ],
    );
    let expected = [
        "connect: 0 ''",
        "flush: 0 ''",
        "flush: -1 'absolute path names not allowed when talking to a remote daemon'",
        "flush: 0 ''",
        "rrd_last: 1000000000 ''",
        "last: -1 'absolute path names not allowed when talking to a remote daemon'",
        "descriptors: 1, inherited 0",
    ];
    assert_eq!(told, expected);
    assert_eq!(requests.connections(), 1);
    assert_eq!(requests.take(), ["FLUSH a.rrd", "FLUSH sub/a.rrd", "LAST b.rrd"]);
}

#[test]
fn a_daemon_that_goes_away_ends_the_connection_and_not_the_program() {
    let program = CProgram::of("client.c");
    let socket = program.folder().join("socket");
    let requests = scripted_daemon::at_socket(&socket, |request| match request {
        "FLUSH /end.rrd" => Reply::End,
        "FLUSH /twice.rrd" => Reply::text("-1 No.\n-1 No.\n"),
        "FORGET /lines.rrd" => Reply::text("2 lines\none\ntwo\n"),
        _ => Reply::text("0 1000000000\n"),
    });
    let told = calls(
        &program,
        &[
            "connect unix:socket",
            "flush /end.rrd",
            "any",
            "flush /a.rrd",
            "connect unix:socket",
            "connect unix:socket",
            "last /a.rrd",
            "flush /twice.rrd",
            "last /a.rrd",
            "forget /lines.rrd",
            "last /a.rrd",
            "descriptors",
            "connect unix:none",
            "any",
            "descriptors",
            "connect [::1",
            "rrd_flushcached",
            "rrd_flushcached --daemon unix:none /a.rrd",
            "rrd_update --daemon unix:none /a.rrd 1000000000:1",
        ],
    );
    let expected = [
        "connect: 0 ''",
        "flush: -1 'rrdcached@unix:socket: connection lost: unexpected end of file'",
        "any: 0 ''",
        "flush: -1 ''",
        "connect: 0 ''",
        "connect: 0 ''",
        "last: 1000000000 ''",
        "flush: -1 'rrdcached@unix:socket: No.'",
        // Of the second refusal, nobody takes notice.
        "last: 1000000000 ''",
        "forget: 0 ''",
        "last: 1000000000 ''",
        "descriptors: 1, inherited 0",
        "connect: 2 'Unable to connect to rrdcached: No such file or directory'",
        "any: 0 ''",
        "descriptors: 0, inherited 0",
        "connect: -1 'Unable to connect to rrdcached: malformed address: [::1'",
        "rrd_flushcached: -1 'Usage: rrdtool rrd_flushcached [--daemon|-d <addr>] <file> [<file> ...]'",
        "rrd_flushcached: 2 'Unable to connect to rrdcached: No such file or directory'",
        "rrd_update: -1 'Unable to connect to rrdcached: No such file or directory'",
    ];
    assert_eq!(told, expected);
    assert_eq!(requests.connections(), 3);
}

#[test]
fn a_daemon_that_is_killed_between_calls_is_an_error_and_the_next_is_connected_to() {
    let program = CProgram::of("client.c");
    let folder = program.folder();
    let Some(daemon) = Rrdcached::start(&folder) else { return };
    let mut command = program.command();
    command.args(["connect unix:socket", "flushall", "wait", "is unix:socket", "flushall", "any"]);
    command.args(["flushall", "wait", "connect unix:socket", "flushall", "wait"]);
    command.args(["connect unix:socket", "flushall"]);
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (running.stdin.take().unwrap(), running.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output)).map(Result::unwrap);
    let mut until_waiting = || lines.by_ref().take_while(|line| line != "waiting").collect();
    let mut go = || std::io::Write::write_all(&mut input, b"\n").unwrap();

    let told: Vec<String> = until_waiting();
    assert_eq!(told, ["connect: 0 ''", "flushall: 0 ''"]);
    drop(daemon);
    go();
    let told: Vec<String> = until_waiting();
    let lost = told[1].strip_prefix("flushall: -1 'rrdcached@unix:socket: connection lost: ");
    assert!(lost.is_some(), "{told:?}");
    assert_eq!([&*told[0], &*told[2], &*told[3]], ["is: 1 ''", "any: 0 ''", "flushall: -1 ''"]);

    let daemon = Rrdcached::start(&folder);
    go();
    let told: Vec<String> = until_waiting();
    assert_eq!(told, ["connect: 0 ''", "flushall: 0 ''"]);

    // Another daemon at the same socket: `connect` finds that the first has gone.
    drop(daemon);
    let _daemon = Rrdcached::start(&folder);
    go();
    let told: Vec<String> = until_waiting();
    assert_eq!(told, ["connect: 0 ''", "flushall: 0 ''"]);
    assert!(running.wait().unwrap().success());
}

#[test]
fn clients_of_a_programs_own_have_their_own_connections() {
    let program = CProgram::of("client.c");
    let first = scripted_daemon::at_socket(&program.folder().join("first"), |_| {
        Reply::text("0 1000000000\n")
    });
    let second = scripted_daemon::at_socket(&program.folder().join("second"), |request| {
        Reply::text(match request.split(' ').next() {
            Some("STATS") => "1 Statistics follow\nTreeDepth: 5\n",
            Some("LIST") => "1 RRDs\na.rrd\n",
            Some("INFO") => "1 Info\nstep 1 300\n",
            Some("FETCH") => "4 Success\nStart: 10\nStep: 10\nDSName: a b\n20: 1 -nan\n",
            _ => "0 1500000000\n",
        })
    });
    let told = calls(
        &program,
        &[
            "own:address",
            "own:ping",
            "own:new unix:none",
            "own:new NULL",
            "own:is",
            "own:address",
            "own:ping",
            "connect unix:first",
            "own:connect unix:second",
            "own:address",
            "own:ping",
            "own:last /a.rrd",
            "last /a.rrd",
            "own:first /a.rrd 3",
            "own:update /a.rrd 1000000000:1",
            "own:flush /a.rrd",
            "own:forget /a.rrd",
            "own:flushall",
            "own:create /a.rrd 300 -1 0 DS:x",
            "own:create2 /a.rrd 300 -1 0 /b.rrd NULL",
            "own:info /a.rrd",
            "own:list 0 /",
            "own:stats",
            "own:fetch /a.rrd MAX 10 20",
            "descriptors",
            "own:disconnect",
            "own:is",
            "own:address",
            "own:destroy",
            "any",
            "descriptors",
        ],
    );
    let expected = [
        "own:address: NULL",
        "own:ping: -1 'missing client'",
        "own:new: 0 'Unable to connect to rrdcached: No such file or directory'",
        "own:new: 1 ''",
        "own:is: 0 ''",
        "own:address: NULL",
        "own:ping: -1 ''",
        "connect: 0 ''",
        "own:connect: 0 ''",
        "own:address: unix:second",
        "own:ping: 0 ''",
        "own:last: 1500000000 ''",
        "last: 1000000000 ''",
        "own:first: 1500000000 ''",
        "own:update: 0 ''",
        "own:flush: 0 ''",
        "own:forget: 0 ''",
        "own:flushall: 0 ''",
        "own:create: 0 ''",
        "own:create2: 0 ''",
        "own:info: 1 ''",
        "  step CNT 300",
        "own:list: 1 ''",
        "a.rrd",
        "own:stats: 0 ''",
        "  TreeDepth gauge 5",
        "own:fetch: 0 ''",
        "  10 to 20 by 10, 2 sources",
        "  a  b",
        "  1 -nan",
        "descriptors: 2, inherited 0",
        "own:disconnect: 0 ''",
        "own:is: 0 ''",
        "own:address: NULL",
        "any: 1 ''",
        "descriptors: 1, inherited 0",
    ];
    assert_eq!(told, expected);
    assert_eq!(first.take(), ["LAST /a.rrd"]);
    assert_eq!(second.connections(), 1);
}

#[test]
fn answers_without_end_or_sense_are_errors_that_take_no_memory() {
    let program = CProgram::of("client.c");
    let socket = program.folder().join("socket");
    scripted_daemon::at_socket(&socket, |request| {
        let head = "9223372036854775807 Success\nFlushVersion: 1\nStart: 0\nEnd: 9\nStep: 1\n\
                    DSCount: 1\nDSName: a\n";
        match request {
            "FETCH /0 MAX" => Reply::Endless("0", "0"),
            "FETCH /1 MAX" => Reply::Endless("9223372036854775807 Success\n", "x"),
            "FETCH /2 MAX" => Reply::Endless(head, "10: 1.0e+00\n"),
            "FETCH /3 MAX" => Reply::text("18446744073709551616 Success\n"),
            "FETCH /4 MAX" => Reply::text("3 Success\nStep: 1\nDSName: a\n10: 1 2\n"),
            "FETCH /5 MAX" => Reply::text("2 Success\nStep: 0\n"),
            "FETCH /6 MAX" => Reply::text("1 Success\nStart: 5\n"),
            "INFO /1" => Reply::text("1 Info\nstep 9 5\n"),
            "INFO /2" => Reply::text("1 Info\nstep 1 many\n"),
            "LAST /0" => Reply::Endless("0 ", "1"),
            "LAST /1" => Reply::text("0 soon\n"),
            "STATS" => Reply::text("1 Statistics follow\nTreeDepth: deep\n"),
            _ => Reply::Answer(b"\xff\xfe\0\n".to_vec()),
        }
    });
    let questions = [
        "fetch /0 MAX 0 0",
        "fetch /1 MAX 0 0",
        "fetch /2 MAX 0 0",
        "fetch /3 MAX 0 0",
        "fetch /4 MAX 0 0",
        "fetch /5 MAX 0 0",
        "fetch /6 MAX 0 0",
        "info /1",
        "info /2",
        "last /0",
        "last /1",
        "stats",
        "update /a.rrd 1:1",
    ];
    let lines: Vec<_> =
        questions.iter().flat_map(|question| ["connect unix:socket", *question]).collect();
    // Endless answers are read up to 128 MiB.
    let limited = "ulimit -v 600000; exec \"$0\" \"$@\"";
    let mut command = crate::c_program::with_library("sh", &program.folder());
    command.args(["-c", limited]).arg(program.command().get_program()).args(&lines);
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
    let told: Vec<_> = text(&output.stdout)
        .lines()
        .filter(|line| !line.starts_with("connect: 0") && !line.starts_with("  "))
        .map(|line| {
            let line = line.replace("rrdcached@unix:socket: ", "");
            line.chars().take(60).collect::<String>()
        })
        .collect();
    let expected = [
        "fetch: -1 'answer not understood: '0000000000000000000000000",
        "fetch: -1 'answer not understood: 'xxxxxxxxxxxxxxxxxxxxxxxxx",
        "fetch: -1 'answer not understood: 'more than 134217728 bytes",
        "fetch: -1 'answer not understood: '18446744073709551616 Succ",
        "fetch: -1 'answer not understood: '10: 1 2''",
        "fetch: -1 'answer not understood: 'Step: 0''",
        "fetch: -1 'answer not understood: 'no Step''",
        "info: 0 'answer not understood: 'step 9 5''",
        "info: 0 'answer of rrdcached not understood: step is many'",
        "last: -1 'answer not understood: '0 1111111111111111111111111",
        "last: -1 'answer not understood: 'soon''",
        "stats: -1 'answer not understood: 'TreeDepth: deep''",
        "update: -1 'answer not understood: '\u{fffd}\u{fffd}'",
    ];
    let expected: Vec<String> =
        expected.iter().map(|line| line.chars().take(60).collect()).collect();
    assert_eq!(told, expected);
}

#[test]
fn threads_share_a_connection_and_forked_processes_have_their_own() {
    let program = CProgram::of("shared_connection.c");
    let socket = program.folder().join("socket");
    let requests = scripted_daemon::at_socket(&socket, |request| {
        let number = request.strip_prefix("LAST /").and_then(|name| name.strip_suffix(".rrd"));
        Reply::text(&format!("0 {}\n", number.unwrap_or("-1")))
    });
    let output = run(program.command().arg("unix:socket"));
    let told = text(&output.stdout);
    let expected = "threads: 0 wrong ''\na child: 0\na child: 0\na child: 0\na child: 0\n\
                    its parent: 0 wrong, connected 1\nafterwards: -1\n";
    assert_eq!(told, expected, "{output:?}");
    // The parent's and those of the four children.
    assert_eq!(requests.connections(), 5);
    assert_eq!(requests.take().len(), 8 * 500 * 5 + 500);
}
