//! One run of the tool in remote mode, with limits, and its answers.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{RRD, program};

/// KiB of address space.
const ADDRESS_SPACE: u64 = 1 << 20;
/// Limit on the bytes of all answers of a session. A fetch may print more: it is stopped there.
const MAX_OUTPUT: u64 = 64 << 20;
/// Limit on the KiB of memory of a fetch that prints that much.
const MAX_FETCH: u64 = 200 << 10;
/// Limit on the time of the CPU for one command, in hundredths of a second.
const MAX_COMMAND: u64 = 500;
/// Limit for all commands of a session: a machine that runs other tests is slow.
const MAX_SESSION: Duration = Duration::from_secs(240);

/// Commands for one process; each belongs to a number that the caller gave.
pub(super) struct Session {
    folder: PathBuf,
    commands: Vec<(usize, String)>,
}

/// The outcome of one command.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) command: String,
    /// The text after `ERROR: `.
    pub(super) error: Option<String>,
}

impl Session {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), commands: Vec::new() }
    }

    /// Writes a file to the folder, before the first command.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.join(name), bytes).unwrap();
    }

    /// Removes a file, before the first command.
    pub(super) fn remove(&mut self, name: &str) {
        let _ = fs::remove_file(self.folder.join(name));
    }

    pub(super) fn line(&mut self, number: usize, command: &str) {
        self.commands.push((number, command.to_owned()));
    }

    /// Runs all commands and returns the answers by number.
    pub(super) fn run(mut self) -> Vec<(usize, Vec<Answer>)> {
        let mut answers: Vec<(usize, Answer)> = Vec::new();
        while !self.commands.is_empty() {
            let found = self.run_to_a_long_fetch();
            let numbers = self.commands.drain(..found.len()).map(|(number, _)| number);
            answers.extend(numbers.zip(found));
        }
        let mut by_number: Vec<(usize, Vec<Answer>)> = Vec::new();
        for (number, answer) in answers {
            match by_number.last_mut() {
                Some((last, answers)) if *last == number => answers.push(answer),
                _ => by_number.push((number, vec![answer])),
            }
        }
        by_number
    }

    /// Runs the commands up to the first fetch that prints more than the limit.
    fn run_to_a_long_fetch(&self) -> Vec<Answer> {
        let (script, out, errors) =
            (self.folder.join("script"), self.folder.join("out"), self.folder.join("errors"));
        let mut input = File::create(&script).unwrap();
        for (_, command) in &self.commands {
            writeln!(input, "{command}").unwrap();
        }
        let mut child = program("sh", &self.folder)
            .args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" -")])
            .arg(RRD)
            .stdin(Stdio::from(File::open(&script).unwrap()))
            .stdout(Stdio::from(File::create(&out).unwrap()))
            .stderr(Stdio::from(File::create(&errors).unwrap()))
            .spawn()
            .unwrap();
        let started = Instant::now();
        let mut memory = None;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            let size = fs::metadata(&out).unwrap().len();
            if started.elapsed() > MAX_SESSION || size > MAX_OUTPUT {
                memory = resident(child.id());
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let size = fs::metadata(&out).unwrap().len();
        let mut answers = self.answers(&fs::read(&out).unwrap());
        let errors = fs::read_to_string(&errors).unwrap_or_default();
        let next = self.commands.get(answers.len()).map(|(_, command)| command);
        if let Some(command) = next.filter(|command| command.starts_with("\"fetch\""))
            && size > MAX_OUTPUT
        {
            assert!(memory.is_none_or(|memory| memory < MAX_FETCH), "{memory:?} KiB in {command}");
            answers.push(Answer { command: command.clone(), error: None });
            return answers;
        }
        assert!(size <= MAX_OUTPUT, "flooded by {next:?}");
        let status = status.unwrap_or_else(|| panic!("hangs in {next:?}"));
        assert_eq!(status.signal(), None, "killed in {next:?}: {errors}");
        assert!(!errors.contains("panicked"), "{next:?}: {errors}");
        assert_eq!(status.code(), Some(0), "ended in {next:?}: {errors}");
        assert_eq!(answers.len(), self.commands.len(), "no answer to {next:?}: {errors}");
        answers
    }

    /// Splits the output at the lines that end an answer, within the time limit.
    fn answers(&self, output: &[u8]) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        let mut clock = 0;
        let mut since_clock = 0;
        for line in output.split(|&byte| byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let error = line.strip_prefix("ERROR: ");
            // A picture does not end with a newline.
            let ended = line.rsplit_once("OK u:").filter(|_| error.is_none());
            let used = ended.and_then(|(_, rest)| rest.split_once(" s:"));
            if error.is_none() && used.is_none() {
                continue;
            }
            let command = self.commands.get(answers.len()).map_or("", |(_, command)| command);
            since_clock += 1;
            if let Some((used, _)) = used {
                let now: u64 = used.replace('.', "").parse().unwrap();
                assert!(now - clock <= MAX_COMMAND * since_clock, "{command} took too long");
                (clock, since_clock) = (now, 0);
            }
            let error = error.map(str::to_owned);
            answers.push(Answer { command: command.to_owned(), error });
        }
        answers
    }
}

/// The KiB of memory of a process that runs.
fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
