//! Child processes: each has a deadline, limited output, its own environment and its own process
//! group.
//!
//! Nothing of a child outlives its time: when its leader ends, when the deadline passes, when it
//! prints too much, or when its output is no longer awaited, the whole group is killed. Children
//! also die with the daemon, even if that is killed: see `guard`.

mod guard;
mod program;
mod run_as;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use thiserror::Error;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, timeout, timeout_at};

pub use guard::{Guard, guard};
pub use program::{ProgramError, check_program};
pub use run_as::{RunAs, RunAsError};

/// Search path for programs.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Limit on the stored error output of a child: its end is kept.
const MAX_ERRORS: usize = 4 << 10;
/// Limit on the output that is repeated in messages.
const MAX_PRINTED: usize = 2 << 10;
/// Time limit for reading the remaining output of a child that has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file; one without `/` is searched in [`PATH`].
    pub file: OsString,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment besides `PATH`: that of the daemon is not inherited.
    pub environment: Vec<(String, String)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// The user it runs as; `None` for the daemon's own.
    pub run_as: Option<RunAs>,
}

/// Limits on time and output of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may run.
    pub deadline: Duration,
    /// How many bytes it may print.
    pub output: usize,
}

/// The result of a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub text: String,
    /// The end of its error output.
    pub errors: String,
    /// How it ended.
    pub status: ExitStatus,
}

/// Why a child has no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChildError {
    /// The program cannot be run.
    #[error("{program}: cannot be run")]
    Run {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program took too long and was ended.
    #[error(
        "{program}: ended after {} s{}{printed}",
        limit.as_secs(),
        if printed.is_empty() { "" } else { ": " }
    )]
    Deadline {
        /// The program.
        program: String,
        /// The time limit.
        limit: Duration,
        /// The end of what it had printed.
        printed: String,
    },
    /// The program printed too much and was ended.
    #[error("{program}: ended after printing {limit} bytes")]
    Flood {
        /// The program.
        program: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Output {
    /// The end of what it printed, for messages: of its standard output, then of its error output.
    pub fn last_printed(&self) -> String {
        last_printed(self.text.as_bytes(), self.errors.as_bytes())
    }
}

/// The last two KiB of both outputs.
fn last_printed(text: &[u8], errors: &[u8]) -> String {
    let [text, errors] = [text, errors].map(<[u8]>::trim_ascii);
    let all = [text, errors].join(&b"\n"[..]);
    let all = all.trim_ascii();
    let end = all.get(all.len().saturating_sub(MAX_PRINTED)..).unwrap_or_default();
    String::from_utf8_lossy(end).into_owned()
}

impl Program {
    /// A program with its arguments, without any environment except `PATH`.
    pub fn new(file: impl AsRef<OsStr>, arguments: &[String]) -> Self {
        Self {
            file: file.as_ref().to_owned(),
            arguments: arguments.to_vec(),
            environment: Vec::new(),
            folder: PathBuf::from("/"),
            run_as: None,
        }
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        self.file.to_string_lossy().into_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", PATH)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .process_group(0);
        if let Some(whom) = self.run_as {
            command.uid(whom.user).gid(whom.group);
        }
        command
    }

    fn cannot(&self, source: io::Error) -> ChildError {
        ChildError::Run { program: self.name(), source }
    }
}

/// A running child with its whole process group.
pub struct Running {
    // Before the child, so that it is killed while the leader is not reaped yet.
    group: Group,
    child: Child,
    /// Its standard output.
    pub output: Option<ChildStdout>,
    /// Its error output.
    pub errors: Option<ChildStderr>,
}

/// A process group, which is ended when the value is dropped.
struct Group {
    id: Option<Pid>,
    guard: Rc<Guard>,
    /// Whether it is asked to end before it is killed.
    gently: bool,
}

impl Group {
    fn kill(&mut self) {
        if let Some(id) = self.id.take() {
            // The leader is not reaped yet, so the number still refers to this group. A group that
            // has already ended is fine.
            let _ = kill_process_group(id, Signal::KILL);
            self.guard.forget(id);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        match self.id {
            Some(id)
                if self.gently
                    && kill_process_group(id, Signal::TERM).is_ok()
                    && self.guard.end(id) =>
            {
                // The guard does the rest.
                self.id = None;
            }
            _ => self.kill(),
        }
    }
}

impl Running {
    /// Starts a long-running program without input. When the value is dropped, it is asked to end,
    /// and killed after two seconds.
    ///
    /// # Errors
    ///
    /// [`ChildError::Run`] if it cannot be executed, or not as this user.
    pub fn start(program: &Program, guard: &Rc<Guard>) -> Result<Self, ChildError> {
        Self::start_with(program, guard, Stdio::null(), true)
    }

    fn start_with(
        program: &Program,
        guard: &Rc<Guard>,
        input: Stdio,
        gently: bool,
    ) -> Result<Self, ChildError> {
        guard.prepare();
        let mut child = program
            .command()
            .kill_on_drop(!gently)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| program.cannot(source))?;
        let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            guard.remember(id);
        }
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        Ok(Self { group: Group { id, guard: guard.clone(), gently }, child, output, errors })
    }

    /// Waits for the leader to end, then ends the rest of its group.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn end(&mut self) -> io::Result<ExitStatus> {
        if let Some(id) = self.group.id {
            let handle = pidfd_open(id, PidfdFlags::NONBLOCK)?;
            #[expect(
                deprecated,
                reason = "what is unsound about it cannot be with an OwnedFd, which is its descriptor"
            )]
            let handle = AsyncFd::new(handle)?;
            let _ = handle.readable().await?;
        }
        self.group.kill();
        self.child.wait().await
    }
}

/// Runs a program to completion, with `input` as its standard input.
///
/// # Errors
///
/// [`ChildError`]; nothing of the program is running then. A program that fails is not an error:
/// see [`Output::status`].
pub async fn run(
    program: &Program,
    guard: &Rc<Guard>,
    input: &[u8],
    limits: Limits,
) -> Result<Output, ChildError> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut running = Running::start_with(program, guard, stdin, false)?;
    let deadline = Instant::now() + limits.deadline;
    let late = |text: &[u8], errors: &[u8]| ChildError::Deadline {
        program: program.name(),
        limit: limits.deadline,
        printed: last_printed(text, errors),
    };
    let (pipe, output, errors) =
        (running.child.stdin.take(), running.output.take(), running.errors.take());
    let feeding = async {
        if let Some(mut pipe) = pipe {
            // A program need not read its input.
            let _ = pipe.write_all(input).await;
        }
    };
    let (mut text, mut complaints) = (Vec::new(), Vec::new());
    let mut flooded = false;
    let status = {
        // Output is read until the pipe closes, is too long, or the program has ended.
        let reading = async {
            let all = tokio::join!(
                feeding,
                read(output, &mut text, limits.output),
                read_on(errors, &mut complaints, MAX_ERRORS)
            );
            flooded = !all.1;
        };
        tokio::pin!(reading);
        let ended = timeout_at(deadline, async {
            tokio::select! {
                () = &mut reading => None,
                status = running.end() => Some(status),
            }
        });
        match ended.await {
            // The remaining output is in the pipe; another process may keep it open forever.
            Ok(Some(status)) => {
                let _ = timeout(LAST_WORDS, &mut reading).await;
                Some(Some(status))
            }
            Ok(None) => Some(None),
            Err(_) => None,
        }
    };
    let status = status.ok_or_else(|| late(&text, &complaints))?;
    if flooded {
        return Err(ChildError::Flood { program: program.name(), limit: limits.output });
    }
    let status = if let Some(status) = status {
        status
    } else {
        let ended = timeout_at(deadline, running.end()).await;
        ended.map_err(|_| late(&text, &complaints))?
    };
    let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let status = status.map_err(|source| program.cannot(source))?;
    Ok(Output { text: lossy(text), errors: lossy(complaints), status })
}

/// Reads to the end; `false` if there are more than `most` bytes.
async fn read(pipe: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, most: usize) -> bool {
    let Some(pipe) = pipe else { return true };
    // One more byte shows whether there is more.
    let limit = u64::try_from(most).map_or(u64::MAX, |most| most.saturating_add(1));
    // A broken pipe counts as its end.
    let _ = pipe.take(limit).read_to_end(into).await;
    into.len() <= most
}

/// Reads to the end and keeps the last `most` bytes.
async fn read_on(pipe: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, most: usize) {
    let Some(mut pipe) = pipe else { return };
    let mut portion = [0; 1024];
    while let Ok(length @ 1..) = pipe.read(&mut portion).await {
        into.extend_from_slice(portion.get(..length).unwrap_or_default());
        into.drain(..into.len().saturating_sub(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { deadline: Duration::from_secs(60), output: 1000 };

    async fn shell(script: &str, limits: Limits) -> Result<Output, ChildError> {
        let program = Program::new("sh", &["-c".to_owned(), script.to_owned()]);
        run(&program, &Rc::new(Guard::none()), b"input", limits).await
    }

    /// Whether a process stays alive; a killed one may take a moment to die.
    async fn is_alive(id: &str) -> bool {
        for _ in 0..3000 {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
            if stat.map_or(true, |stat| stat.contains(") Z")) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_child_reads_its_input_and_has_an_environment_of_its_own() {
        let output = shell("cat; env | sort; echo trouble >&2; exit 3", LIMITS).await.unwrap();
        assert_eq!(output.text, format!("inputPATH={PATH}\nPWD=/\n"));
        assert_eq!((&*output.errors, output.status.code()), ("trouble\n", Some(3)));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_child_that_lasts_is_ended_with_its_own_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grandchild");
        let script = format!("sleep 600 & echo $! > {}; wait", file.display());
        let error = shell(&script, Limits { deadline: Duration::from_secs(2), ..LIMITS });
        assert_eq!(error.await.unwrap_err().to_string(), "sh: ended after 2 s");
        assert!(!is_alive(&std::fs::read_to_string(file).unwrap()).await);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_a_child_leaves_behind_ends_with_it() {
        let output = shell("sleep 600 & echo $!", LIMITS).await.unwrap();
        assert!(!is_alive(&output.text).await, "{}", output.text);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_child_that_floods_is_ended() {
        let error = shell("yes", LIMITS).await.unwrap_err();
        assert_eq!(error.to_string(), "sh: ended after printing 1000 bytes");
        let output = shell("yes trouble | head -c 1000000 >&2; echo done", LIMITS).await.unwrap();
        assert_eq!((&*output.text, output.errors.len()), ("done\n", MAX_ERRORS));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_no_program_is_reported() {
        let program = Program::new("/nonexistent/program", &[]);
        let error = run(&program, &Rc::new(Guard::none()), b"", LIMITS).await.unwrap_err();
        assert_eq!(
            crate::fault::chain(&error),
            "/nonexistent/program: cannot be run: No such file or directory (os error 2)"
        );
    }
}
