//! A program that runs for a measurement: its CPU time and its memory.

use std::error::Error;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A program that is stopped when the value is dropped.
#[derive(Debug)]
pub struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        // Nothing more to report.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Run {
    /// Starts a program without input and output.
    ///
    /// # Errors
    ///
    /// It cannot be started, or ends within a second.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = Self(quiet.spawn()?);
        sleep(Duration::from_secs(1));
        match run.0.try_wait()? {
            None => Ok(run),
            Some(status) => Err(format!("ended at once: {status}").into()),
        }
    }

    /// CPU seconds that its threads have used: all of them, or those of this name. This is what the
    /// scheduler counted, in nanoseconds.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn cpu(&self, thread: Option<&str>) -> Outcome<f64> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            let task = task?.path();
            if let Some(name) = thread
                && fs::read_to_string(task.join("comm"))?.trim_end() != name
            {
                continue;
            }
            let text = fs::read_to_string(task.join("schedstat"))?;
            nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
    }

    /// Megabytes that it uses, with its part of the pages that programs share.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn memory(&self) -> Outcome<f64> {
        self.megabytes("smaps_rollup", "Pss:")
    }

    /// The most megabytes that it had.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn peak_memory(&self) -> Outcome<f64> {
        self.megabytes("status", "VmHWM:")
    }

    /// Megabytes from a line `NAME: NUMBER kB` of one of its files.
    fn megabytes(&self, file: &str, name: &str) -> Outcome<f64> {
        let text = fs::read_to_string(format!("/proc/{}/{file}", self.0.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }
}
