//! What is done about a change: a line of log, a program, an address. One at a time, each with a deadline.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::Status;
use super::watch::Notice;
use crate::config::AlertConfig;
use crate::probe::fetch::{FetchError, Page};

/// How long is waited before an address is told once more, and once more again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Why nothing came of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ActionError {
    /// The program cannot be run.
    #[error("{program}: cannot be run")]
    Run {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program took too long and was ended.
    #[error("{program}: ended after {} s", limit.as_secs())]
    Deadline {
        /// The program.
        program: String,
        /// How long it had.
        limit: Duration,
    },
    /// The program failed.
    #[error("{program}: {status}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The address could not be told.
    #[error("webhook")]
    Webhook(#[source] FetchError),
}

/// A notice as the program and the address get it.
pub fn json(notice: &Notice, host: &str) -> String {
    let value = notice.value.is_finite().then_some(notice.value);
    serde_json::json!({
        "host": host,
        "rule": notice.rule,
        "target": notice.target,
        "from": notice.transition.from.name(),
        "to": notice.transition.to.name(),
        "at": notice.transition.at,
        "value": value,
        "unit": notice.unit,
    })
    .to_string()
}

/// A notice as a line for people.
pub fn line(notice: &Notice) -> String {
    let value = if notice.value.is_nan() {
        "no data".to_owned()
    } else {
        format!("{:.3} {}", notice.value, notice.unit).trim_end().to_owned()
    };
    let Notice { rule, target, transition, .. } = notice;
    format!("{rule}: {target} is {}, was {}: {value}", transition.to, transition.from)
}

/// Does everything that is configured, and gives what went wrong.
pub async fn act(notice: &Notice, host: &str, config: &AlertConfig) -> Vec<ActionError> {
    match notice.transition.to {
        Status::Ok => log::info!("{}", line(notice)),
        Status::Warning => log::warn!("{}", line(notice)),
        Status::Critical => log::error!("{}", line(notice)),
    }
    let mut errors = Vec::new();
    if let Some((program, arguments)) = config.command.split_first() {
        errors.extend(run(program, arguments, notice, host, config.deadline).await.err());
    }
    if let Some(page) = &config.webhook {
        let told = tell(page, &json(notice, host), config.deadline, &PAUSES).await;
        errors.extend(told.map_err(ActionError::Webhook).err());
    }
    errors
}

/// Tells an address. One that does not answer, or not now, is told again after each of the pauses; a refusal stands.
async fn tell(
    page: &Page,
    json: &str,
    limit: Duration,
    pauses: &[Duration],
) -> Result<(), FetchError> {
    let mut pauses = pauses.iter();
    loop {
        let told = page.post(json.to_owned(), limit).await;
        let passes = match &told {
            Err(FetchError::Status { status }) => status.is_server_error() || *status == 429,
            Err(
                FetchError::Connect { .. } | FetchError::Timeout { .. } | FetchError::Broken(_),
            ) => true,
            _ => false,
        };
        match pauses.next().filter(|_| passes) {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => return told,
        }
    }
}

async fn run(
    program: &str,
    arguments: &[String],
    notice: &Notice,
    host: &str,
    limit: Duration,
) -> Result<(), ActionError> {
    let cannot = |source| ActionError::Run { program: program.to_owned(), source };
    let mut child = Command::new(program)
        .args(arguments)
        .env("RRD_HOST", host)
        .env("RRD_RULE", &notice.rule)
        .env("RRD_TARGET", &notice.target)
        .env("RRD_FROM", notice.transition.from.name())
        .env("RRD_TO", notice.transition.to.name())
        .env("RRD_AT", notice.transition.at.to_string())
        .env("RRD_VALUE", notice.value.to_string())
        .env("RRD_UNIT", notice.unit)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(cannot)?;
    let input = child.stdin.take();
    let text = json(notice, host);
    let work = async {
        if let Some(mut input) = input {
            // A program that does not read is free to.
            let _ = input.write_all(text.as_bytes()).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(ActionError::Failed { program: program.to_owned(), status }),
        Ok(Err(source)) => Err(cannot(source)),
        Err(_) => Err(ActionError::Deadline { program: program.to_owned(), limit }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Transition;
    use super::*;

    fn notice() -> Notice {
        Notice {
            rule: "steal".to_owned(),
            target: "cpu.steal".to_owned(),
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

    async fn run_shell(script: &str) -> Result<(), ActionError> {
        let arguments = ["-c".to_owned(), script.to_owned()];
        run("/bin/sh", &arguments, &notice(), "web1", Duration::from_millis(500)).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_program_gets_the_change_in_its_environment_and_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told");
        let script = format!("(cat; echo; echo $RRD_RULE $RRD_TO $RRD_VALUE) > {}", file.display());
        run_shell(&script).await.unwrap();
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            "{\"at\":1800000000,\"from\":\"ok\",\"host\":\"web1\",\"rule\":\"steal\",\"target\":\"cpu.steal\",\
            \"to\":\"warning\",\"unit\":\"%\",\"value\":12.5}\nsteal warning 12.5\n"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_program_that_fails_or_lasts_is_told_of() {
        let error = run_shell("exit 3").await.unwrap_err();
        assert_eq!(error.to_string(), "/bin/sh: exit status: 3");
        let error = run_shell("exec sleep 10").await.unwrap_err();
        assert!(matches!(error, ActionError::Deadline { .. }));
        let missing = run("/nonexistent", &[], &notice(), "web1", Duration::from_secs(1)).await;
        assert!(matches!(missing, Err(ActionError::Run { .. })));
    }

    /// An address that answers with these statuses in turn; how often it was told, and what with.
    async fn told(statuses: &'static [u16]) -> (Result<(), FetchError>, Vec<String>) {
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
        let result = tell(&page, "{}", Duration::from_secs(5), &pauses).await;
        (result, server.await.unwrap())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_address_that_fails_is_told_three_times_at_most_and_one_that_refuses_once() {
        let (result, heard) = told(&[503, 200]).await;
        assert!(result.is_ok());
        assert_eq!(heard.len(), 2);
        assert!(heard[0].starts_with("POST /alert HTTP/1.1\r\n"), "{}", heard[0]);
        assert!(heard[0].ends_with("\r\n\r\n{}"), "{}", heard[0]);
        let (result, _) = told(&[500, 502, 503]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 503));
        let (result, heard) = told(&[404]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 404));
        assert_eq!(heard.len(), 1);
        let (result, _) = told(&[302]).await;
        assert!(matches!(result, Err(FetchError::Status { status }) if status == 302));
    }

    #[test]
    fn a_line_says_what_changed_and_how_far() {
        assert_eq!(line(&notice()), "steal: cpu.steal is warning, was ok: 12.500 %");
    }
}
