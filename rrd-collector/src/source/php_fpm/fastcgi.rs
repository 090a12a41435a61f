//! A minimal client for `FastCGI`: one GET request without a body, and its bounded answer.
//!
//! Source: the `FastCGI` specification, version 1.0; "The Common Gateway Interface", RFC 3875.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net::endpoint::{Endpoint, Stream};

/// Limit on the size of an answer; the status of a pool has some hundred bytes, with all its
/// processes some ten thousand.
const MAX_ANSWER: usize = 1 << 20;

const VERSION: u8 = 1;
const BEGIN_REQUEST: u8 = 1;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
/// The only request of a connection.
const REQUEST: u8 = 1;
/// The role of a program that makes the answer.
const RESPONDER: u8 = 1;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FastCgiError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The answer took too long: with all processes busy, this request waits too.
    #[error("no answer from {address} within {} s; are all processes busy?", limit.as_secs_f64())]
    Timeout {
        /// Where.
        address: Endpoint,
        /// The time limit.
        limit: Duration,
    },
    /// The program has no such page.
    #[error("{address} answers {status:?} for {path}: is that its pm.status_path?")]
    Status {
        /// Where.
        address: Endpoint,
        /// The path requested.
        path: String,
        /// The status.
        status: String,
    },
    /// The program does not take the request.
    #[error("{address} refuses the request (protocol status {code})")]
    Refused {
        /// Where.
        address: Endpoint,
        /// The number of the reason.
        code: u8,
    },
    /// The data received do not follow the protocol.
    #[error("{address} does not speak FastCGI: {problem}")]
    Protocol {
        /// Where.
        address: Endpoint,
        /// The error.
        problem: &'static str,
    },
}

/// The body of the page at `path`, which may have a query.
///
/// # Errors
///
/// [`FastCgiError`], after `limit` at the latest.
pub(super) async fn fetch(
    address: &Endpoint,
    path: &str,
    limit: Duration,
) -> Result<String, FastCgiError> {
    let conversation = async {
        let stream = address.connect().await;
        let stream =
            stream.map_err(|source| FastCgiError::Io { address: address.clone(), source })?;
        Client { stream, address }.get(path).await
    };
    let timeout = || FastCgiError::Timeout { address: address.clone(), limit };
    tokio::time::timeout(limit, conversation).await.unwrap_or_else(|_| Err(timeout()))
}

struct Client<'a> {
    stream: Box<dyn Stream>,
    address: &'a Endpoint,
}

impl Client<'_> {
    async fn get(mut self, path: &str) -> Result<String, FastCgiError> {
        let Some(request) = request(path) else {
            return Err(self.protocol("too long a path"));
        };
        self.stream.write_all(&request).await.map_err(|source| self.broken(source))?;
        let mut output = Vec::new();
        loop {
            let (kind, content) = self.record().await?;
            match kind {
                STDOUT if output.len() + content.len() > MAX_ANSWER => {
                    return Err(self.protocol("too long an answer"));
                }
                STDOUT => output.extend_from_slice(&content),
                STDERR => {}
                END_REQUEST => match content.get(4) {
                    Some(0) => break,
                    Some(code) => {
                        return Err(FastCgiError::Refused {
                            address: self.address.clone(),
                            code: *code,
                        });
                    }
                    None => return Err(self.protocol("the end of the answer")),
                },
                _ => return Err(self.protocol("the type of a record")),
            }
        }
        let (status, body) = parts(&String::from_utf8_lossy(&output))
            .ok_or_else(|| self.protocol("an answer without headers"))?;
        match status {
            Some(status) if !status.starts_with("200") => Err(FastCgiError::Status {
                address: self.address.clone(),
                path: path.to_owned(),
                status: status.chars().take(100).collect(),
            }),
            _ => Ok(body),
        }
    }

    /// The type of the next record and its content, which has at most 65,535 bytes.
    async fn record(&mut self) -> Result<(u8, Vec<u8>), FastCgiError> {
        let mut head = [0; 8];
        self.stream.read_exact(&mut head).await.map_err(|source| self.broken(source))?;
        let [version, kind, _, request, high, low, padding, _] = head;
        if version != VERSION || request != REQUEST {
            return Err(self.protocol("the head of a record"));
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let mut content = vec![0; length + usize::from(padding)];
        self.stream.read_exact(&mut content).await.map_err(|source| self.broken(source))?;
        content.truncate(length);
        Ok((kind, content))
    }

    fn broken(&self, source: io::Error) -> FastCgiError {
        FastCgiError::Io { address: self.address.clone(), source }
    }

    fn protocol(&self, problem: &'static str) -> FastCgiError {
        FastCgiError::Protocol { address: self.address.clone(), problem }
    }
}

/// The records of a request; `None` if the path is too long for one.
fn request(path: &str) -> Option<Vec<u8>> {
    let (script, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parameters = Vec::new();
    for (name, value) in [
        ("SCRIPT_NAME", script),
        ("SCRIPT_FILENAME", script),
        ("REQUEST_URI", path),
        ("QUERY_STRING", query),
        ("REQUEST_METHOD", "GET"),
    ] {
        for text in [name, value] {
            let length = u32::try_from(text.len()).ok()?;
            match u8::try_from(length).ok().filter(|length| *length < 128) {
                Some(length) => parameters.push(length),
                None => parameters.extend_from_slice(&(length | 1 << 31).to_be_bytes()),
            }
        }
        parameters.extend_from_slice(name.as_bytes());
        parameters.extend_from_slice(value.as_bytes());
    }
    let mut request = Vec::new();
    let mut add = |kind: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).ok()?.to_be_bytes();
        request.extend_from_slice(&[VERSION, kind, 0, REQUEST, high, low, 0, 0]);
        request.extend_from_slice(content);
        Some(())
    };
    add(BEGIN_REQUEST, &[0, RESPONDER, 0, 0, 0, 0, 0, 0])?;
    add(PARAMS, &parameters)?;
    add(PARAMS, &[])?;
    add(STDIN, &[])?;
    Some(request)
}

/// The value of the header `Status`, and the body; `None` without an end of the headers.
fn parts(output: &str) -> Option<(Option<String>, String)> {
    let mut rest = output;
    let mut status = None;
    loop {
        let (line, after) = rest.split_once('\n')?;
        let line = line.trim_end_matches('\r');
        rest = after;
        match line.split_once(':') {
            None if line.is_empty() => return Some((status, rest.to_owned())),
            Some((name, value)) if name.eq_ignore_ascii_case("status") => {
                status = Some(value.trim().to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_four_records_with_the_query_apart() {
        let request = request("/s?json").unwrap();
        let parameters =
            b"\x0b\x02SCRIPT_NAME/s\x0f\x02SCRIPT_FILENAME/s\x0b\x07REQUEST_URI/s?json\
            \x0c\x04QUERY_STRINGjson\x0e\x03REQUEST_METHODGET";
        let mut expected = b"\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0\x01\x04\0\x01\0".to_vec();
        expected.push(u8::try_from(parameters.len()).unwrap());
        expected.extend_from_slice(b"\0\0");
        expected.extend_from_slice(parameters);
        expected.extend_from_slice(b"\x01\x04\0\x01\0\0\0\0\x01\x05\0\x01\0\0\0\0");
        assert_eq!(request, expected);
    }

    #[test]
    fn long_paths_have_long_lengths_and_endless_ones_are_refused() {
        let long = request(&"x".repeat(200)).unwrap();
        assert!(long.windows(5).any(|bytes| bytes == [0x0b, 0x80, 0, 0, 200]));
        assert_eq!(request(&"x".repeat(70_000)), None);
    }

    #[test]
    fn an_answer_has_headers_and_a_body() {
        let body = |text: &str| Some((None, text.to_owned()));
        assert_eq!(parts("Content-Type: a\r\n\r\n{}"), body("{}"));
        assert_eq!(parts("\nwell"), body("well"));
        assert_eq!(parts("Content-Type: a\r\n"), None);
        let missing = "Status: 404 Not Found\r\nX: y\r\n\r\nFile not found.\n";
        let expected = (Some("404 Not Found".to_owned()), "File not found.\n".to_owned());
        assert_eq!(parts(missing), Some(expected));
    }
}
