//! Actions for a change of state: a log line, a program, a webhook. One at a time, each with a
//! deadline.

use std::rc::Rc;
use std::time::Duration;

use thiserror::Error;

use super::notice::Notice;
use super::settings::AlertSettings;
use super::state::Status;
use crate::net::http::FetchError;
use crate::net::page::Page;
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
    #[error("{program}: {status}{}{complaint}", if complaint.is_empty() { "" } else { ": " })]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The first line of its error output.
        complaint: String,
    },
    /// The webhook could not be called.
    #[error("webhook")]
    Webhook(#[source] FetchError),
}

/// Performs all configured actions and returns the errors.
pub async fn act(
    notice: &Notice,
    host: &str,
    config: &AlertSettings,
    guard: &Rc<Guard>,
) -> Vec<ActionError> {
    match notice.transition.to {
        Status::Ok => log::info!("{notice}"),
        Status::Warning => log::warn!("{notice}"),
        Status::Critical => log::error!("{notice}"),
    }
    let mut errors = Vec::new();
    if let Some((program, arguments)) = config.command.split_first() {
        let program = program_of(program, arguments, notice, host);
        let called = run_program(&program, &notice.json(host), config.deadline, guard).await;
        errors.extend(called.err());
    }
    if let Some(page) = &config.webhook {
        let called = call_webhook(page, &notice.json(host), config.deadline, &PAUSES).await;
        errors.extend(called.map_err(ActionError::Webhook).err());
    }
    errors
}

/// Calls a webhook. If it does not answer, or is temporarily unavailable, it is retried after each
/// of the pauses; a refusal is final.
async fn call_webhook(
    page: &Page,
    json: &str,
    limit: Duration,
    pauses: &[Duration],
) -> Result<(), FetchError> {
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

fn program_of(file: &str, arguments: &[String], notice: &Notice, host: &str) -> Program {
    let mut program = Program::new(file, arguments);
    program.environment = notice.environment(host).into_iter().collect();
    program
}

async fn run_program(
    program: &Program,
    json: &str,
    deadline: Duration,
    guard: &Rc<Guard>,
) -> Result<(), ActionError> {
    let limits = Limits { deadline, output: MAX_OUTPUT };
    let output = run(program, guard, json.as_bytes(), limits).await?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = output.errors.lines().next().unwrap_or("").to_owned();
    Err(ActionError::Failed { program: program.name(), status: output.status, complaint })
}

#[cfg(test)]
mod tests {
    use super::super::state::Transition;
    use super::*;

    fn notice() -> Notice {
        Notice {
            rule: "steal".to_owned(),
            target: "filesystem:\"/my disk\".used_share".parse().unwrap(),
            value: 12.5,
            unit: "%",
            transition: Transition {
                from: Status::Ok,
                to: Status::Warning,
                at: 1_800_000_000,
                value: 0.125,
            },
        }
    }

    async fn run_file(file: &str, arguments: &[&str]) -> Result<(), ActionError> {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let program = program_of(file, &arguments, &notice(), "web1");
        let (limit, guard) = (Duration::from_millis(500), Rc::new(Guard::none()));
        run_program(&program, &notice().json("web1"), limit, &guard).await
    }

    async fn run_shell(script: &str) -> Result<(), ActionError> {
        run_file("/bin/sh", &["-c", script]).await
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
            "{\"at\":1800000000,\"from\":\"ok\",\"host\":\"web1\",\"instance\":\"/my disk\",\"kind\":\"filesystem\",\
             \"metric\":\"used_share\",\"rule\":\"steal\",\"target\":\"filesystem:\\\"/my disk\\\".used_share\",\
             \"to\":\"warning\",\"unit\":\"%\",\"value\":12.5}\nsteal warning 12.5\n\
             filesystem /my disk used_share\nfilesystem:\"/my disk\".used_share\n"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_program_that_fails_or_takes_too_long_is_reported() {
        let error = run_shell("echo no >&2; exit 3").await.unwrap_err();
        assert_eq!(error.to_string(), "/bin/sh: exit status: 3: no");
        let error = run_shell("exec sleep 10").await.unwrap_err();
        assert!(matches!(error, ActionError::Child(ChildError::Deadline { .. })));
        let missing = run_file("/nonexistent", &[]).await;
        assert!(matches!(missing, Err(ActionError::Child(ChildError::Run { .. }))));
    }

    /// A server that answers with these statuses in turn; counts the calls and records their
    /// content.
    async fn called(statuses: &'static [u16]) -> (Result<(), FetchError>, Vec<String>) {
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
        let result = call_webhook(&page, "{}", Duration::from_secs(5), &pauses).await;
        (result, server.await.unwrap())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_failing_webhook_is_called_three_times_at_most_and_one_that_refuses_once() {
        let (result, heard) = called(&[503, 200]).await;
        assert!(result.is_ok());
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

    #[test]
    fn a_line_says_what_changed_and_how_far() {
        assert_eq!(
            notice().to_string(),
            "steal: filesystem:\"/my disk\".used_share is warning, was ok: 12.500 %"
        );
        let never = Notice { value: f64::INFINITY, unit: "h", ..notice() };
        assert_eq!(
            never.to_string(),
            "steal: filesystem:\"/my disk\".used_share is warning, was ok: never"
        );
        let unknown = Notice { value: f64::NAN, unit: "", ..notice() };
        assert_eq!(
            unknown.to_string(),
            "steal: filesystem:\"/my disk\".used_share is warning, was ok: no data"
        );
    }
}
