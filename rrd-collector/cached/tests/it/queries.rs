//! The same questions about the same files, asked of the original and of ours.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::programs::{Client, ORIGINAL, Running, Setup, have, ours, program, succeed};
use crate::programs::{following, temporary_folder};

/// A daemon with files of its own, whose answers name its base folder `/BASE`.
struct Side {
    base: String,
    client: Client,
    _daemon: Running,
    _folder: tempfile::TempDir,
}

impl Side {
    fn start(program: &str, files: &Path) -> Self {
        let folder = temporary_folder();
        let setup = Setup::new(program, folder.path()).with(&["-w", "3600", "-f", "7200"]);
        let base = setup.base();
        succeed(std::process::Command::new("cp").arg("-a").arg(files.join(".")).arg(&base));
        symlink(base.join("a.rrd"), base.join("link.rrd")).expect("a link");
        symlink(base.join("sub"), base.join("sublink")).expect("a link");
        let daemon = setup.start();
        let client = setup.connect();
        let base = base.display().to_string();
        Self { base, client, _daemon: daemon, _folder: folder }
    }

    /// The bytes of the answer to a line, whatever number of lines it announces.
    fn ask(&mut self, line: &str) -> Vec<u8> {
        let line = line.replace("/BASE", &self.base);
        self.client.send(format!("{line}\nPING\n").as_bytes()).expect("it takes lines");
        let mut answer = self.client.until(b"0 PONG\n").expect("an answer");
        answer.truncate(answer.len() - b"0 PONG\n".len());
        replaced(&answer, self.base.as_bytes(), b"/BASE")
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut left, mut out) = (text, Vec::new());
    while let Some(at) = left.windows(from.len()).position(|part| part == from) {
        out.extend_from_slice(&left[..at]);
        out.extend_from_slice(to);
        left = &left[at + from.len()..];
    }
    out.extend_from_slice(left);
    out
}

/// What is compared of an answer: the names of LIST in any order, the place of the newest row of
/// a new file, which is random, not at all.
fn comparable(line: &str, answer: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = answer.split_inclusive(|byte| *byte == b'\n').collect();
    if line.starts_with("LIST") {
        lines[1..].sort_unstable();
    } else if line.starts_with("INFO") {
        lines.retain(|line| !line.windows(9).any(|part| part == b".cur_row "));
    }
    lines.concat()
}

/// The files of both: two archives of one function, others, a forecast, and what is no database.
fn files(folder: &Path) {
    let create = |name: &str, definitions: &str| {
        let words = format!("create {name} --start 1000000000 --step 10 {definitions}");
        succeed(program("rrdtool", folder).args(words.split(' ')));
    };
    fs::create_dir_all(folder.join("sub/deep")).expect("folders");
    create("a.rrd", "DS:x:GAUGE:20:U:U DS:y:COUNTER:20:0:U RRA:AVERAGE:0.5:1:20 RRA:MAX:0.5:6:10");
    create("sub/c.rrd", "DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:20");
    create(
        "m.rrd",
        "DS:x:GAUGE:20:U:U DS:y:COUNTER:30:0:U DS:z:DERIVE:25:U:U DS:w:COMPUTE:x,2,* \
         RRA:AVERAGE:0.5:1:50 RRA:AVERAGE:0.5:6:40 RRA:MAX:0.5:6:20 RRA:LAST:0.1:12:10 \
         RRA:HWPREDICT:60:0.1:0.0035:12",
    );
    fs::write(folder.join("junk.rrd"), "no database, but long enough to have a head\n".repeat(50))
        .expect("a file");
    fs::write(folder.join("empty.rrd"), "").expect("a file");
    fs::write(folder.join("text.txt"), "text").expect("a file");
}

/// Values with fractions, gaps and extremes.
fn updates() -> Vec<String> {
    let mut lines = vec!["UPDATE a.rrd 1000000010:1:7 1000000020:2:14 1000000030:3:21".to_owned()];
    let values = ["1.5", "U", "-2e-12", "1e300", "0", "123456.789", "-0.000000001", "3", "7e22"];
    for number in 1..=400_u32 {
        if number % 37 < 3 {
            continue;
        }
        let second = 1_000_000_000 + number * 10 - number % 3;
        let fraction = if number % 5 == 0 { ".25" } else { "" };
        let value = values[number as usize % values.len()];
        let count = number * 1000 + number % 7;
        lines.push(format!("UPDATE m.rrd {second}{fraction}:{value}:{count}:{}", 9000 - number));
    }
    // The original answers INFO and FIRST from the file.
    lines.extend(["FLUSH a.rrd", "FLUSH m.rrd"].map(str::to_owned));
    lines
}

fn fetches() -> Vec<String> {
    let functions = ["AVERAGE", "MAX", "LAST", "MIN", "HWPREDICT", "SEASONAL", "FAILURES"];
    let kinds = functions.map(|function| ("FETCH", function)).into_iter();
    let kinds = kinds.chain([("FETCHBIN", "AVERAGE"), ("FETCHBIN", "LAST")]);
    let mut lines = Vec::new();
    for (command, function) in kinds {
        for start in ["999999000", "1000003003", "1000003590", "1000004001"] {
            for end in ["1000003999", "1000004200"] {
                for columns in ["", " z", " w x"] {
                    lines.push(format!("{command} m.rrd {function} {start} {end}{columns}"));
                }
            }
        }
    }
    lines
}

/// Lines with the same answers.
const SAME: &str = "\
LAST a.rrd
LAST a.rrd x
LAST sub/c.rrd
LAST nope.rrd
LAST junk.rrd
LAST empty.rrd
LAST sub
LAST ../x
LAST /etc/passwd
LAST
LAST /BASE/a.rrd
last a.rrd
FIRST a.rrd 0
FIRST a.rrd 1
FIRST a.rrd 2
FIRST a.rrd -1
FIRST a.rrd abc
FIRST a.rrd 1x
FIRST a.rrd +1
FIRST a.rrd 0x1
FIRST a.rrd 0 7 8
FIRST a.rrd -1x
FIRST m.rrd 0
FIRST m.rrd 1
FIRST m.rrd 3
FIRST m.rrd 4
FIRST m.rrd 6
FIRST m.rrd 99
FIRST nope.rrd 0
FIRST sub 0
FIRST ../x 0
FIRST
INFO a.rrd
INFO m.rrd
INFO a.rrd x y
INFO /BASE/a.rrd
INFO sub/c.rrd
INFO nope.rrd
INFO junk.rrd
INFO empty.rrd
INFO sub
INFO ../x
INFO /
INFO
FETCH a.rrd AVERAGE 1000000000 1000000060
FETCH a.rrd AVERAGE 0x3b9aca00 1000000020
FETCH a.rrd AVERAGE +1000000000 1000000020
FETCH a.rrd AVERAGE 1000000000.5 1000000020
FETCH a.rrd AVERAGE 1000000000x 1000000020y
FETCH a.rrd AVERAGE x1000000000 1000000020y
FETCH a.rrd AVERAGE  1000000020
FETCH a.rrd AVERAGE 1000000000  x
FETCH a.rrd AVERAGE 1000000000 1000000020  x
FETCH a.rrd AVERAGE 1000000000 1000000020 x  y
FETCH a.rrd AVERAGE 1000000000 1000000020 x  y z
FETCH a.rrd AVERAGE 1000000000 1000000020 x x
FETCH a.rrd AVERAGE 1000000000 1000000020 y x y
FETCH a.rrd AVERAGE 99999999999999999999 1000000020
FETCH a.rrd AVERAGE 010 20
FETCH a.rrd AVERAGE 100 120
FETCH a.rrd AVERAGE 999999990 1000000005
FETCH a.rrd AVERAGE 1000000020 1000000020
FETCH a.rrd AVERAGE 1000000020 1000000015
FETCH a.rrd AVERAGE 1000000020 1000000005
FETCH a.rrd AVERAGE 1000000020 900000005
FETCH a.rrd AVERAGE 4000000000 4000000100
FETCH a.rrd AVERAGE abc
FETCH a.rrd AVERAGE 1000000000 xyz
FETCH a.rrd average 1000000000 1000000020
FETCH a.rrd NOPE 1000000000 1000000020
FETCH a.rrd  1000000000 1000000020
FETCH a.rrd HWPREDICT 1000000000 1000000020
FETCH a.rrd
FETCH
FETCH nope.rrd AVERAGE
FETCH nope.rrd NOPE
FETCH nope.rrd AVERAGE abc
FETCH sub AVERAGE
FETCH junk.rrd AVERAGE
FETCH empty.rrd AVERAGE
FETCH ../x AVERAGE
FETCH ../x AVERAGE abc
FETCH link.rrd AVERAGE 1000000000 1000000020
FETCHBIN a.rrd AVERAGE 1000000000 1000000020 y
FETCHBIN a.rrd AVERAGE 1000000000 1000000020 y y
FETCHBIN a.rrd AVERAGE 1000000020 1000000015
FETCHBIN nope.rrd AVERAGE
FETCHBIN a.rrd AVERAGE abc
FETCHBIN a.rrd
FETCHBIN
LIST
LIST /
LIST //
LIST /./
LIST / x
LIST sub
LIST recursive /
LIST RECURSIVE
LIST /sub
LIST /sub/
LIST /sublink
LIST RECURSIVE /sub
LIST RECURSIVE /a.rrd
LIST /a.rrd
LIST /a.rrd/
LIST /text.txt
LIST /nope
LIST RECURSIVE /nope
LIST /..
LIST /../
LIST /sub/../sub
CREATE
CREATE n.rrd
CREATE n.rrd DS:a:GAUGE:20:U:U
CREATE n.rrd RRA:AVERAGE:0.5:1:5
CREATE n.rrd -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n.rrd -O -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n.rrd -O
INFO n.rrd
CREATE n2.rrd -s 010 -b 1000000007 DS:a:GAUGE:20:U:U DS:b:COMPUTE:a,1,+ RRA:AVERAGE:0.5:1:5
INFO n2.rrd
CREATE n3.rrd -s 5m -b 0001000000000 DS:a:GAUGE:20:U:U RRA:HWPREDICT:60:0.1:0.0035:12
INFO n3.rrd
CREATE n4.rrd -s -5 -b 1000000000x DS:a:DDERIVE:20:U:U RRA:MIN:0.5:1:5
CREATE n5.rrd -b 315359999 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd -b 0x3b9aca00 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd -b abc DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd -b
CREATE n5.rrd -s
CREATE n5.rrd -t
CREATE n5.rrd -r
CREATE n5.rrd -x
CREATE n5.rrd --step 5 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd  DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5 junk
CREATE n5.rrd DS:a:NOPE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:20:U:U DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:x:U:U RRA:AVERAGE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:20:5:1 RRA:AVERAGE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:20:U:U RRA:NOPE:0.5:1:5
CREATE n5.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:2:1:5
CREATE n5.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:0:5
CREATE n5.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1
CREATE n5.rrd DS:a:COMPUTE:b,1,+ RRA:AVERAGE:0.5:1:5
CREATE new/er/n.rrd -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
LIST RECURSIVE /new
CREATE a.rrd/n.rrd -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE no/ -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE ../n.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE /elsewhere/n.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE a\\ b.rrd -b 1000000000 DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
INFO a\\ b.rrd
CREATE t.rrd -t m.rrd
INFO t.rrd
CREATE t.rrd -t /BASE/n2.rrd -s 20 -b 1000000100
INFO t.rrd
CREATE t.rrd -t nope.rrd
CREATE t.rrd -t junk.rrd
CREATE t.rrd -t sub
CREATE t.rrd -r nope.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE t.rrd -r junk.rrd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE t.rrd -r sub DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5
CREATE r.rrd -r m.rrd -s 10 DS:x:GAUGE:20:U:U DS:q=y:GAUGE:20:U:U RRA:AVERAGE:0.5:3:30
INFO r.rrd
FETCH r.rrd AVERAGE 1000003000 1000004000
CREATE r.rrd -r /BASE/m.rrd -r a.rrd -t a.rrd
FETCH r.rrd AVERAGE 1000003900 1000004000
UPDATE n.rrd 1000000300:5
UPDATE n.rrd 1000000600:6
FETCH n.rrd AVERAGE 1000000000 1000000600
INFO n.rrd
LIST /
";

/// Lines with other answers, and why.
const OTHER: [(&str, &str, &str); 12] = [
    ("LAST r.rrd", "0 1000003999\n", "the original rounds the time down to a step"),
    (
        "LIST RECURSIVE /",
        "14 RRDs\na b.rrd\na.rrd\nempty.rrd\njunk.rrd\nlink.rrd\nm.rrd\nn.rrd\nn2.rrd\nn3.rrd\n\
         n4.rrd\nnew/er/n.rrd\nr.rrd\nsub/c.rrd\nt.rrd\n",
        "a folder is listed once, although links lead to it, and sorted",
    ),
    ("LAST m.rrd", "0 1000003999\n", "the original rounds the time down to a step"),
    ("FIRST a.rrd", "0 999999840\n", "the manual says that the number is optional"),
    (
        "FIRST a.rrd 4294967295",
        "-1 RRD Error: invalid rraindex number\n",
        "the original keeps 32 bits of the number",
    ),
    (
        "FETCH a.rrd AVERAGE 1000000000 1000000020 q",
        "-1 field q not found in /BASE/a.rrd\n",
        "the original prints freed memory",
    ),
    (
        "CREATE sub DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5",
        "-1 RRD Error: Cannot rename temporary file to final file!\n",
        "the original says that it has made the file",
    ),
    (
        "CREATE t.rrd -t ../x",
        "-1 /BASE/../x: Permission denied\n",
        "-B does not hold for templates of the original",
    ),
    (
        "CREATE t.rrd -r /etc/passwd DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:5",
        "-1 /etc/passwd: Permission denied\n",
        "-B does not hold for sources of the original",
    ),
    ("LIST /*", "-1 List /BASE/*: No such file or directory\n", "wild cards mean nothing"),
    ("TUNE a.rrd", "-1 Usage: TUNE <filename> [options]\n", "1.7 has no TUNE"),
    ("DUMP", "-1 Usage: DUMP <filename> [-h none|xsd|dtd]\n", "1.7 has no DUMP"),
];

#[test]
fn hundreds_of_questions_have_the_answers_of_the_original() {
    if !have(&["rrdtool", ORIGINAL]) {
        return;
    }
    let folder = temporary_folder();
    files(folder.path());
    let mut original = Side::start(ORIGINAL, folder.path());
    let mut ours = Side::start(&ours(), folder.path());
    let same = SAME.lines().map(str::to_owned);
    let mut other = Vec::new();
    for line in updates().into_iter().chain(fetches()).chain(same) {
        let [theirs, own] =
            [&mut original, &mut ours].map(|side| comparable(&line, &side.ask(&line)));
        if own != theirs {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            other.push(format!("> {line}\noriginal: {}ours: {}", text(&theirs), text(&own)));
        }
    }
    assert!(other.is_empty(), "{}", other.concat());
    for (line, answer, reason) in OTHER {
        assert_eq!(String::from_utf8(ours.ask(line)).expect("text"), answer, "{line}");
        assert_ne!(original.ask(line), answer.as_bytes(), "{line}: not any more: {reason}");
    }
    // Times that count from now, whose rows depend on the clock.
    for line in ["FETCH a.rrd AVERAGE -100", "FETCH a.rrd AVERAGE -200 -100", "FETCH a.rrd MAX"] {
        let [theirs, own] = [&mut original, &mut ours].map(|side| {
            let answer = side.ask(line);
            following(&String::from_utf8_lossy(&answer))
        });
        assert_eq!(own, theirs, "{line}");
    }
}

/// The answers of 1.9, which 1.7 does not have.
#[test]
fn a_file_is_tuned_with_the_values_that_were_not_in_it_and_dumped_as_by_rrdtool() {
    if !have(&["rrdtool"]) {
        return;
    }
    let folder = temporary_folder();
    files(folder.path());
    let mut ours = Side::start(&ours(), folder.path());
    let usage = "-1 Usage: TUNE <filename> [options]\n";
    let rows = "1000000010: 5.00000000000000000e+00\n1000000020: 6.00000000000000000e+00\n";
    let fetched = format!(
        "8 Success\nFlushVersion: 1\nStart: 1000000000\nEnd: 1000000020\nStep: 10\nDSCount: 1\n\
         DSName: x\n{rows}"
    );
    let fetched = fetched.as_str();
    for (line, answer) in [
        ("TUNE", usage),
        ("TUNE a.rrd", usage),
        ("UPDATE sub/c.rrd 1000000010:5", "0 errors, enqueued 1 value(s).\n"),
        ("TUNE sub/c.rrd 4 tune -h x:55 sub/c.rrd", "0 Success\n"),
        // The file is the first name, whichever the words have.
        ("TUNE sub/c.rrd 4 tune -a x:9 /etc/passwd", "0 Success\n"),
        ("TUNE sub/c.rrd 3 tune sub/c.rrd RRA#0:+20", "0 Success\n"),
        ("UPDATE sub/c.rrd 1000000020:6", "0 errors, enqueued 1 value(s).\n"),
        ("PENDING sub/c.rrd", "1 updates pending\n1000000020:6\n"),
        ("FETCH sub/c.rrd AVERAGE 1000000000 1000000019", fetched),
        ("TUNE sub/c.rrd 4 tune -h zz:55 c.rrd", "-1 Got error unknown data source name 'zz'\n"),
        ("TUNE sub/c.rrd -1", "-1 Invalid argument count specified (-1)\n"),
        ("TUNE sub/c.rrd 5 tune -h x:5 c.rrd", "-1 Invalid argument count specified (5)\n"),
        ("TUNE sub/c.rrd x", "0 Success\n"),
        ("TUNE ../x 1 tune", "-1 /BASE/../x: Permission denied\n"),
        (
            "TUNE zz.rrd 4 tune -h a:5 zz.rrd",
            "-1 Got error opening '/BASE/zz.rrd': No such file or directory\n",
        ),
        ("DUMP zz.rrd", "-1 zz.rrd: failed to stat: No such file or directory\n"),
        ("DUMP ../x", "-1 /BASE/../x: Permission denied\n"),
        ("FORGET sub/c.rrd", "0 Gone!\n"),
    ] {
        // The value must be in the file before it is dumped.
        if line.starts_with("FORGET") {
            let flushed = "0 Successfully flushed /BASE/sub/c.rrd.\n";
            assert_eq!(ours.ask("FLUSH sub/c.rrd"), flushed.as_bytes());
        }
        assert_eq!(String::from_utf8(ours.ask(line)).expect("text"), answer, "{line}");
    }
    let info = String::from_utf8(ours.ask("INFO sub/c.rrd")).expect("text");
    for line in ["ds[x].minimal_heartbeat 1 55", "ds[x].max 0 9.0000000000e+00", "rra[0].rows 1 40"]
    {
        assert!(info.lines().any(|other| other == line), "{line}: {info}");
    }
    let updated = "0 errors, enqueued 1 value(s).\n";
    assert_eq!(ours.ask("UPDATE sub/c.rrd 1000000030:7"), updated.as_bytes());
    ours.client.send(b"DUMP sub/c.rrd none\n").expect("it takes lines");
    let dump = ours.client.until(b"</rrd>\n").expect("the text ends");
    assert!(ours.client.line().is_err(), "the connection is closed");
    let by_rrdtool = succeed(program("rrdtool", Path::new(&ours.base)).args(["dump", "sub/c.rrd"]));
    assert_eq!(String::from_utf8(dump).expect("text"), by_rrdtool);
}
