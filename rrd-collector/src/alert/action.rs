//! Actions for a change of state: a log line, a program, a webhook. One at a time, each with a
//! deadline.

use std::process::ExitStatus;
use std::rc::Rc;
use std::time::Duration;

use hyper::StatusCode;
use jiff::tz::TimeZone;
use thiserror::Error;

use super::notice::Notice;
use super::settings::AlertSettings;
use super::state::Status;
use crate::fault::chain;
use crate::net::http::FetchError;
use crate::net::page::Page;
use crate::net::smtp::SmtpError;
use crate::process::child::{ChildError, Guard, Limits, Program, run};

/// Pauses before a webhook is retried for the first and second time.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Limit on the output of the program, which is not used.
const MAX_OUTPUT: usize = 1 << 20;

/// Why an action failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ActionError {
    /// The program cannot be run, took too long or printed too much.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The program failed.
    #[error("{program}: {}", ended(*status, printed))]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: ExitStatus,
        /// The end of its output.
        printed: String,
    },
    /// The mail was not accepted.
    #[error("{server}")]
    Mail {
        /// Host and port of the server.
        server: String,
        /// What went wrong.
        source: SmtpError,
    },
    /// The webhook could not be called.
    #[error(transparent)]
    Webhook(#[from] FetchError),
}

/// What came of an action.
#[derive(Debug)]
pub struct Outcome {
    /// The action.
    pub action: String,
    /// What it achieved, for people.
    pub result: Result<String, ActionError>,
}

impl Outcome {
    /// The outcome in a line.
    pub fn line(&self) -> String {
        match &self.result {
            Ok(text) => format!("{}: {text}", self.action),
            Err(error) => format!("{}: failed: {}", self.action, chain(error)),
        }
    }
}

/// Performs all configured actions, one after the other.
pub async fn act(
    notice: &Notice,
    host: &str,
    config: &AlertSettings,
    guard: &Rc<Guard>,
) -> Vec<Outcome> {
    let zone = TimeZone::system();
    let line = notice.line(&zone);
    let level = match notice.transition.to {
        Status::Ok => log::Level::Info,
        Status::Warning => log::Level::Warn,
        Status::Critical => log::Level::Error,
    };
    log::log!(level, "{line}");
    let mut outcomes = vec![Outcome { action: "log".to_owned(), result: Ok(line) }];
    if let Some((file, arguments)) = config.command.split_first() {
        let mut program = Program::new(file, arguments);
        program.environment = notice.environment(host, &zone);
        let result = run_program(&program, &notice.json(host, &zone), config.deadline, guard).await;
        outcomes.push(Outcome { action: "command".to_owned(), result });
    }
    if let Some(page) = &config.webhook {
        let called = call_webhook(page, &notice.json(host, &zone), config.deadline, &PAUSES).await;
        let result = called.map(|status| format!("{}: {status}", page.address()));
        let result = result.map_err(ActionError::from);
        outcomes.push(Outcome { action: "webhook".to_owned(), result });
    }
    outcomes
}

/// Calls a webhook. If it does not answer, or is temporarily unavailable, it is retried after each
/// of the pauses; a refusal is final.
async fn call_webhook(
    page: &Page,
    json: &str,
    limit: Duration,
    pauses: &[Duration],
) -> Result<StatusCode, FetchError> {
    let mut pauses = pauses.iter();
    loop {
        let called = page.post(json.to_owned(), limit).await;
        let passes = match &called {
            Err(FetchError::Status { status }) => status.is_server_error() || *status == 429,
            Err(
                FetchError::Connect { .. } | FetchError::Timeout { .. } | FetchError::Broken(_),
            ) => true,
            _ => false,
        };
        match pauses.next().filter(|_| passes) {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => return called,
        }
    }
}

async fn run_program(
    program: &Program,
    json: &str,
    deadline: Duration,
    guard: &Rc<Guard>,
) -> Result<String, ActionError> {
    let limits = Limits { deadline, output: MAX_OUTPUT };
    let output = run(program, guard, json.as_bytes(), limits).await?;
    let (program, status, printed) = (program.name(), output.status, output.last_printed());
    if status.success() {
        Ok(format!("{program}: {}", ended(status, &printed)))
    } else {
        Err(ActionError::Failed { program, status, printed })
    }
}

/// The end of a program in words.
fn ended(status: ExitStatus, printed: &str) -> String {
    if printed.is_empty() { status.to_string() } else { format!("{status}: {printed}") }
}

#[cfg(test)]
mod tests {
    use super::super::rule::{NamedRule, Rule};
    use super::super::state::Transition;
    use super::*;

    fn notice() -> Notice {
        let words = r#"average over 5m of filesystem:"/my disk".used_share > 10"#;
        let rule = NamedRule { name: "full".to_owned(), rule: Rule::parse(words).unwrap() };
        let (from, to) = (Status::Ok, Status::Warning);
        let (from_since, at) = (1_799_999_000, 1_800_000_000);
        let transition = Transition { from, from_since, to, at, value: 0.125 };
        Notice { target: rule.rule.target.clone(), rule, value: 12.5, transition }
    }

    async fn run_file(
        file: &str,
        arguments: &[&str],
        limit: Duration,
    ) -> Result<String, ActionError> {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let mut program = Program::new(file, &arguments);
        program.environment = notice().environment("web1", &TimeZone::UTC);
        let guard = Rc::new(Guard::none());
        run_program(&program, &notice().json("web1", &TimeZone::UTC), limit, &guard).await
    }

    async fn run_shell(script: &str) -> Result<String, ActionError> {
        run_file("/bin/sh", &["-c", script], Duration::from_secs(60)).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_program_gets_the_change_in_its_environment_and_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("called");
        let script = format!(
            "(cat; echo; echo $RRD_RULE $RRD_TO $RRD_VALUE; echo $RRD_KIND $RRD_INSTANCE $RRD_METRIC; \
             echo $RRD_TARGET) > {}",
            file.display()
        );
        run_shell(&script).await.unwrap();
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            "{\"aggregate\":\"average\",\"at\":1800000000,\"direction\":\"above\",\"from\":\"ok\",\
             \"from_since\":1799999000,\"host\":\"web1\",\"instance\":\"/my disk\",\
             \"kind\":\"filesystem\",\"metric\":\"used_share\",\"rule\":\"full\",\"since\":1800000000,\
             \"summary\":\"filesystem:\\\"/my disk\\\".used_share averages 12.5 % over 5 min \
             (warning above 10 %) since 08:00\",\
             \"target\":\"filesystem:\\\"/my disk\\\".used_share\",\"threshold\":10.0,\
             \"to\":\"warning\",\"unit\":\"%\",\"value\":12.5,\"window\":300}\nfull warning 12.5\n\
             filesystem /my disk used_share\nfilesystem:\"/my disk\".used_share\n"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_program_that_fails_or_takes_too_long_is_reported() {
        let error = run_shell("echo no >&2; exit 3").await.unwrap_err();
        assert_eq!(error.to_string(), "/bin/sh: exit status: 3: no");
        let script = "echo begun; echo slow >&2; exec sleep 600";
        let error = run_file("/bin/sh", &["-c", script], Duration::from_secs(2)).await.unwrap_err();
        assert_eq!(error.to_string(), "/bin/sh: ended after 2 s: begun\nslow");
        let missing = run_file("/nonexistent", &[], Duration::from_secs(60)).await;
        assert!(matches!(missing, Err(ActionError::Child(ChildError::Run { .. }))));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_end_of_what_a_program_printed_is_shown() {
        assert_eq!(run_shell("echo sent").await.unwrap(), "/bin/sh: exit status: 0: sent");
        assert_eq!(run_shell(":").await.unwrap(), "/bin/sh: exit status: 0");
        let script = "head -c 300000 /dev/zero | tr '\\0' x >&2; echo last words >&2; exit 1";
        let error = run_shell(script).await.unwrap_err().to_string();
        let printed = error.strip_prefix("/bin/sh: exit status: 1: ").unwrap();
        assert!(printed.starts_with("xxx") && printed.ends_with("xlast words"), "{printed}");
        assert_eq!(printed.len(), 2048);
    }

    /// A server that answers with these statuses in turn; counts the calls and records their
    /// content.
    async fn called(statuses: &'static [u16]) -> (Result<StatusCode, FetchError>, Vec<String>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let page =
            Page::parse(&format!("http://{}/alert", listener.local_addr().unwrap())).unwrap();
        let server = tokio::spawn(async move {
            let mut heard = Vec::new();
            for status in statuses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                heard.push(String::from_utf8_lossy(&request[..read]).into_owned());
                let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            heard
        });
        let pauses = [Duration::from_millis(10); 2];
        let result = call_webhook(&page, "{}", Duration::from_secs(60), &pauses).await;
        (result, server.await.unwrap())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_failing_webhook_is_called_three_times_at_most_and_one_that_refuses_once() {
        let (result, heard) = called(&[503, 200]).await;
        assert_eq!(result.unwrap(), StatusCode::OK);
        assert_eq!(heard.len(), 2);
        assert!(heard[0].starts_with("POST /alert HTTP/1.1\r\n"), "{}", heard[0]);
        assert!(heard[0].ends_with("\r\n\r\n{}"), "{}", heard[0]);
        let (result, _) = called(&[500, 502, 503]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 503));
        let (result, heard) = called(&[404]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 404));
        assert_eq!(heard.len(), 1);
        let (result, _) = called(&[302]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 302));
    }
}
