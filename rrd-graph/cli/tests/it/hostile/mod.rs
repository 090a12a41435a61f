//! Hostile input to the built tool: mutated databases, mutated dumps, mutated command lines. Many
//! are run per process, in remote mode with 1 GiB of address space. No signal, no panic, no wait
//! above 5 s, no answer above 64 MiB (but a fetch of many rows), and no command may accept an
//! impossible file.

mod commands;
mod files;
mod session;

use std::collections::BTreeMap;

use files::{Mutant, is_possible};
use session::{Answer, Session};

/// A folder in memory if the system has one: some ten thousand files are created and synced, and
/// the speed of a disk is irrelevant here.
fn scratch() -> tempfile::TempDir {
    const ENOUGH: u64 = 256 << 20;
    let memory = "/dev/shm";
    match rustix::fs::statvfs(memory) {
        Ok(room) if room.f_bavail * room.f_frsize >= ENOUGH => tempfile::tempdir_in(memory),
        _ => tempfile::tempdir(),
    }
    .unwrap()
}

/// A small random number generator (xorshift), so that every run tries the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap().max(1);
        usize::try_from(self.roll() % end).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Commands that only read; `F` is replaced by the file.
const READING: &[&str] = &[
    "info F",
    "dump F",
    "fetch F AVERAGE -s 1000000000 -e 1000000600",
    "fetch F MAX -s 999990000 -e 1000000600 -r 120",
    "fetch F HWPREDICT -s 1000000000 -e 1000000600",
    "first F",
    "first F --rraindex 1",
    "last F",
    "lastupdate F",
    "xport -s 1000000000 -e 1000000600 DEF:x=F:a:AVERAGE DEF:y=F:b:MAX CDEF:z=x,y,+,PREV(x),x,600,TREND,+ XPORT:z",
    "xport -s 1000000000 -e 1000000600 DEF:x=F:a:AVERAGE XPORT:x",
    "graph - -s 1000000000 -e 1000000600 -a SVG DEF:x=F:a:AVERAGE VDEF:m=x,95,PERCENT LINE1:x#f00:x GPRINT:m:%lf",
];

/// Commands that change a file or create one from it; `W` is replaced by a copy that may be
/// changed.
const WRITING: &[&str] = &[
    "update W N:1:2:3",
    "update W 1000000700:7",
    "update W -t a 1000000760:7 1000009990:U",
    "create new.rrd --start 1000000600 --step 60 --source W DS:a:GAUGE:900:U:U RRA:AVERAGE:0.5:1:5",
    "create new.rrd --template W --start 1000000600 RRA:MAX:0.5:1:5",
    "tune W --heartbeat a:900 --minimum a:0 --maximum a:U --data-source-rename a:z",
    "tune W --alpha 0.2 --beta 0.1 --gamma 0.1 --deltapos 3 --failure-threshold 5 --aberrant-reset a",
    "tune W DEL:a RRA:AVERAGE:0.5:2:5",
    "tune W DS:new:GAUGE:900:U:U RRA#0:+3",
    "resize W 0 GROW 5",
    "resize W 0 SHRINK 3",
    "convert W new.rrd",
];

#[test]
fn mutated_files_are_read_rightly_or_refused_by_every_command() {
    let mutants = files::mutants();
    assert!(mutants.len() >= 2000, "{}", mutants.len());
    let folder = scratch();
    let (mut refused, mut accepted) = (0, 0);
    for batch in mutants.chunks(60) {
        let mut session = Session::in_folder(folder.path());
        for (number, mutant) in batch.iter().enumerate() {
            let read = format!("r{number}.rrd");
            session.file(&read, &mutant.bytes);
            for command in READING {
                session.line(number, &command.replace('F', &read));
            }
            for (copy, command) in WRITING.iter().enumerate() {
                // Every command gets the original file; afterwards the file is inspected.
                let write = format!("w{number}-{copy}.rrd");
                session.file(&write, &mutant.bytes);
                session.line(number, &command.replace('W', &write));
                session.line(number, &format!("info {write}"));
            }
        }
        for (number, answers) in session.run() {
            let mutant = &batch[number];
            check_answers(mutant, &answers);
            if is_possible(&mutant.bytes) { accepted += 1 } else { refused += 1 }
        }
    }
    // A generator whose files are all valid or all invalid would prove little.
    assert!(refused > 500 && accepted > 500, "{refused} impossible, {accepted} possible");
}

fn check_answers(mutant: &Mutant, answers: &[Answer]) {
    if !is_possible(&mutant.bytes) {
        for answer in answers {
            assert!(answer.error.is_some(), "{}: {} succeeded", mutant.story, answer.command);
        }
    }
    let info = &answers[0];
    if info.error.is_some() {
        for answer in answers {
            assert!(
                answer.error.is_some(),
                "{}: {} succeeded, info failed: {:?}",
                mutant.story,
                answer.command,
                info.error
            );
        }
    } else {
        assert_eq!(answers[1].error, None, "{}: info but no dump", mutant.story);
        for pair in answers[READING.len()..].chunks(2) {
            assert_eq!(
                pair[1].error, None,
                "{}: {} spoiled the file",
                mutant.story, pair[0].command
            );
        }
    }
}

#[test]
fn mutated_dumps_make_a_whole_file_or_none() {
    let folder = scratch();
    let mut counts = BTreeMap::new();
    for batch in files::mutated_dumps().chunks(60) {
        let mut session = Session::in_folder(folder.path());
        for (number, dump) in batch.iter().enumerate() {
            session.file(&format!("d{number}.xml"), dump);
            session.line(number, &format!("restore d{number}.xml d{number}.rrd -f"));
            session.line(number, &format!("info d{number}.rrd"));
            session.line(number, &format!("dump d{number}.rrd"));
            session.remove(&format!("d{number}.rrd"));
        }
        for (number, answers) in session.run() {
            let [restore, info, dump] = &answers[..] else { panic!("three answers") };
            let text = String::from_utf8_lossy(&batch[number]);
            assert_eq!(restore.error.is_none(), info.error.is_none(), "{:?}: {text}", info.error);
            assert_eq!(restore.error.is_none(), dump.error.is_none(), "{:?}: {text}", dump.error);
            *counts.entry(restore.error.is_none()).or_insert(0) += 1;
        }
    }
    assert!(counts[&true] >= 50 && counts[&false] >= 50, "{counts:?}");
}

#[test]
fn mutated_command_lines_are_answered_in_time_and_measure() {
    let folder = scratch();
    let lines = commands::mutants();
    assert!(lines.len() >= 2000, "{}", lines.len());
    let mut failed = 0;
    for batch in lines.chunks(100) {
        let mut session = Session::in_folder(folder.path());
        for file in files::wholes(60) {
            session.file(&format!("{}.rrd", file.name), &file.bytes);
        }
        for (number, line) in batch.iter().enumerate() {
            session.line(number, line);
        }
        for (_, answers) in session.run() {
            failed += answers.iter().filter(|answer| answer.error.is_some()).count();
        }
    }
    assert!(failed > 500 && failed + 200 < lines.len(), "{failed} of {} failed", lines.len());
}
