//! The conversation with a server of NUT: which UPSes it has, and the variables of each. Every
//! answer is bounded.
//!
//! Sources: RFC 9271, section 4; the answers of upsd 2.8.0.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::variables::{Variables, words};
use crate::net::endpoint::{Endpoint, Stream};

/// Limit on all bytes of an answer; those of a UPS with many outlets are some thousand.
const MAX_ANSWER: usize = 64 << 10;
/// Limit on one line.
const MAX_LINE: u64 = 2048;
/// The most UPSes of a server.
const MOST: usize = 64;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NutError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("no answer from {address} within {} s", limit.as_secs_f64())]
    Timeout {
        /// Where.
        address: Endpoint,
        /// The time limit.
        limit: Duration,
    },
    /// The server refuses.
    #[error("{address} refuses {command}: {message}")]
    Refused {
        /// Where.
        address: Endpoint,
        /// What it was asked.
        command: String,
        /// The server's message.
        message: String,
    },
    /// It has lost a UPS, or does not know the state of it.
    #[error("{address}: no values of the UPS {ups}: {message}")]
    Lost {
        /// Where.
        address: Endpoint,
        /// The UPS.
        ups: String,
        /// The server's message.
        message: String,
    },
    /// The data received do not follow the protocol.
    #[error("{address} does not speak the protocol of NUT: {problem}")]
    Protocol {
        /// Where.
        address: Endpoint,
        /// The error.
        problem: &'static str,
    },
}

/// What a server says of one UPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its name.
    pub(super) ups: String,
    /// Its variables, or why there are none.
    pub(super) outcome: Result<Variables, String>,
}

impl Said {
    /// These variables of a UPS.
    pub(super) fn of(ups: &str, variables: Variables) -> Self {
        Self { ups: ups.to_owned(), outcome: Ok(variables) }
    }

    /// The variables, if there are any.
    pub(super) fn variables(&self) -> Option<&Variables> {
        self.outcome.as_ref().ok()
    }

    /// The error for a UPS without variables.
    pub(super) fn check(&self, address: &Endpoint) -> Result<(), NutError> {
        let lost = |message: &String| NutError::Lost {
            address: address.clone(),
            ups: self.ups.clone(),
            message: message.clone(),
        };
        self.outcome.as_ref().map(|_| ()).map_err(lost)
    }
}

/// What a server says of all its UPSes.
///
/// # Errors
///
/// [`NutError`], after `limit` at the latest.
pub(super) async fn fetch(address: &Endpoint, limit: Duration) -> Result<Vec<Said>, NutError> {
    tokio::time::timeout(limit, converse(address))
        .await
        .unwrap_or_else(|_| Err(NutError::Timeout { address: address.clone(), limit }))
}

async fn converse(address: &Endpoint) -> Result<Vec<Said>, NutError> {
    let stream = address.connect().await;
    let stream = stream.map_err(|source| NutError::Io { address: address.clone(), source })?;
    let mut client = Client { stream: BufReader::new(stream), address };
    let command = "UPS".to_owned();
    let list = client.list(&command).await?.map_err(|message| NutError::Refused {
        address: address.clone(),
        command: format!("LIST {command}"),
        message,
    })?;
    let mut said = Vec::new();
    for ups in names(&list) {
        let outcome = client.list(&format!("VAR {ups}")).await?;
        said.push(Said { outcome: outcome.map(|text| Variables::parse(&ups, &text)), ups });
    }
    // Best effort: the answers have been received, and the server closes anyway.
    let _ = client.stream.write_all(b"LOGOUT\n").await;
    Ok(said)
}

/// The names of UPSes in lines `UPS name "description"`. A name of several words could not be asked
/// for.
fn names(list: &str) -> Vec<String> {
    let names = list.lines().filter_map(|line| match words(line)?.as_slice() {
        [kind, name, _] if kind == "UPS" && is_name(name) => Some(name.clone()),
        _ => None,
    });
    names.take(MOST).collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| !letter.is_ascii_graphic() || letter == '"')
}

struct Client<'a> {
    stream: BufReader<Box<dyn Stream>>,
    address: &'a Endpoint,
}

impl Client<'_> {
    /// The lines of a list, or why the server does not give it.
    async fn list(&mut self, what: &str) -> Result<Result<String, String>, NutError> {
        let io = |source| NutError::Io { address: self.address.clone(), source };
        self.stream.write_all(format!("LIST {what}\n").as_bytes()).await.map_err(io)?;
        let first = self.line().await?;
        if let Some(message) = first.strip_prefix("ERR ") {
            return Ok(Err(message.to_owned()));
        }
        if first != format!("BEGIN LIST {what}") {
            return Err(self.protocol("a list does not begin"));
        }
        let end = format!("END LIST {what}");
        let mut text = String::new();
        loop {
            let line = self.line().await?;
            if line == end {
                return Ok(Ok(text));
            }
            text.push_str(&line);
            text.push('\n');
            if text.len() > MAX_ANSWER {
                return Err(self.protocol("a list does not end"));
            }
        }
    }

    /// The next line, without its end.
    async fn line(&mut self) -> Result<String, NutError> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line).await;
        read.map_err(|source| NutError::Io { address: self.address.clone(), source })?;
        if line.pop() != Some(b'\n') {
            return Err(self.protocol("a line does not end"));
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn protocol(&self, problem: &'static str) -> NutError {
        NutError::Protocol { address: self.address.clone(), problem }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A list that does not go on.
    const SILENT: &[u8] = b"BEGIN LIST UPS\n";

    /// What is made of these bytes of a server, whatever it is asked.
    async fn answer(bytes: &'static [u8]) -> Result<Vec<Said>, NutError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Endpoint::parse(&listener.local_addr().unwrap().to_string());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        let is_silent = bytes == SILENT;
        let limit = Duration::from_millis(if is_silent { 500 } else { 60_000 });
        let answer = fetch(&address, limit).await;
        server.abort();
        answer
    }

    #[tokio::test(flavor = "current_thread")]
    async fn lists_refusals_other_servers_and_silence_are_told_apart() {
        let said = answer(
            b"BEGIN LIST UPS\nUPS a \"Rack 1\"\nUPS b \"\"\nUPS \"c d\" \"\"\nEND LIST UPS\n\
              BEGIN LIST VAR a\nVAR a ups.load \"5\"\nEND LIST VAR a\nERR DATA-STALE\n",
        );
        let said = said.await.unwrap();
        let variables = Variables::parse("a", "VAR a ups.load \"5\"");
        let lost = Said { ups: "b".to_owned(), outcome: Err("DATA-STALE".to_owned()) };
        assert_eq!(said, [Said::of("a", variables), lost]);
        let refused = answer(b"ERR ACCESS-DENIED\n").await;
        assert!(
            matches!(refused, Err(NutError::Refused { message, .. }) if message == "ACCESS-DENIED")
        );
        let other = answer(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        assert!(matches!(other, Err(NutError::Protocol { problem: "a list does not begin", .. })));
        let silent = answer(SILENT).await;
        assert!(matches!(silent, Err(NutError::Timeout { .. })));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn lines_and_lists_without_end_are_cut_off() {
        const LINE: &[u8] = &[b'x'; 5000];
        let endless = answer(LINE).await;
        assert!(matches!(endless, Err(NutError::Protocol { problem: "a line does not end", .. })));
        let mut list = b"BEGIN LIST UPS\n".to_vec();
        list.extend(b"UPS a \"\"\n".repeat(10_000));
        let endless = answer(list.leak()).await;
        assert!(matches!(endless, Err(NutError::Protocol { problem: "a list does not end", .. })));
    }

    #[test]
    fn names_that_could_not_be_asked_for_are_left_out() {
        assert!(is_name("apc-1.rack_2"));
        assert!(!is_name("") && !is_name("a\nLOGOUT") && !is_name("a b") && !is_name("\"a"));
        let many = "UPS a \"\"\n".repeat(100);
        assert_eq!(names(&many).len(), MOST);
    }
}
