//! A minimal client for `PostgreSQL`'s protocol: log in, query, read a table of text. Every answer
//! is bounded. The queries and their meaning are in `queries` and `answer`.
//!
//! Source: "Frontend/Backend Protocol" in the documentation of `PostgreSQL`.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

use super::account::{Account, PostgresError};
use super::scram::Login;
use crate::net::endpoint::{Endpoint, Stream};

/// Limit on the size of a message and of a table.
const MAX_MESSAGE: usize = 1 << 20;
/// Limit on the messages of one answer.
const MAX_MESSAGES: usize = 10_000;
const PROTOCOL: i32 = 196_608;
const SSL_REQUEST: i32 = 80_877_103;
const SCRAM: &str = "SCRAM-SHA-256";

/// A table from the server: the names of the columns, and rows of text; `None` for NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

/// A connection to a server.
pub(super) struct Client {
    stream: BufReader<Box<dyn Stream>>,
    address: Endpoint,
    /// The main version, such as 15; of 9.6 it is 9.
    pub(super) version: u32,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Client {
    /// Connects and logs in.
    pub(super) async fn log_in(account: &Account) -> Result<Self, PostgresError> {
        let address = || account.address.clone();
        let io = |source| PostgresError::Io { address: address(), source };
        let mut stream = account.address.connect().await.map_err(io)?;
        let has_tls = account.trust.is_some() && account.address.host().is_some();
        if has_tls {
            let request = [8_i32.to_be_bytes(), SSL_REQUEST.to_be_bytes()].concat();
            stream.write_all(&request).await.map_err(io)?;
            // One byte, so that nothing that was sent before TLS is taken for a part of it.
            if stream.read_u8().await.map_err(io)? != b'S' {
                return Err(PostgresError::NoTls { address: address() });
            }
            let secure = account.address.secure(stream, account.trust.as_ref()).await;
            stream = secure.map_err(|source| PostgresError::Tls { address: address(), source })?;
        }
        Self::over(stream, account, has_tls).await
    }

    /// Logs in over a stream.
    pub(super) async fn over(
        stream: Box<dyn Stream>,
        account: &Account,
        has_tls: bool,
    ) -> Result<Self, PostgresError> {
        let address = account.address.clone();
        let mut client = Self { stream: BufReader::new(stream), address, version: 0 };
        let mut startup = PROTOCOL.to_be_bytes().to_vec();
        for (name, value) in [
            ("user", &*account.user),
            ("database", &*account.database),
            ("application_name", "rrd-collector"),
        ] {
            startup.extend_from_slice(name.as_bytes());
            startup.push(0);
            startup.extend_from_slice(value.as_bytes());
            startup.push(0);
        }
        startup.push(0);
        client.send(None, &startup).await?;
        client.prove_until_let_in(account, has_tls).await?;
        client.await_ready().await?;
        Ok(client)
    }

    /// Answers the server's requests until the login succeeds.
    async fn prove_until_let_in(
        &mut self,
        account: &Account,
        has_tls: bool,
    ) -> Result<(), PostgresError> {
        let mut scram = None;
        // A server that continues to ask is not one of PostgreSQL.
        for _ in 0..8 {
            let (kind, body) = self.receive().await?;
            if kind != b'R' {
                return Err(self.protocol("the answer to the login"));
            }
            let (method, rest) = number(&body).ok_or_else(|| self.protocol("a method"))?;
            match method {
                0 => return Ok(()),
                3 if has_tls || account.address.host().is_none() => {
                    let password = [account.password.as_bytes(), &[0]].concat();
                    self.send(Some(b'p'), &password).await?;
                }
                3 => return Err(self.method("password", "it would be sent in the clear: use TLS")),
                10 if rest.split(|byte| *byte == 0).any(|name| name == SCRAM.as_bytes()) => {
                    if account.password.is_empty() {
                        return Err(self.method("a password", "set `password`"));
                    }
                    let mut nonce = [0; 18];
                    let filled = SystemRandom::new().fill(&mut nonce);
                    filled.map_err(|_| self.method(SCRAM, "there are no random numbers"))?;
                    let login = Login::new(&account.password, BASE64_STANDARD.encode(nonce));
                    let first = login.first();
                    let length = i32::try_from(first.len()).unwrap_or(0);
                    let mut answer = [SCRAM.as_bytes(), &[0]].concat();
                    answer.extend_from_slice(&length.to_be_bytes());
                    answer.extend_from_slice(first.as_bytes());
                    self.send(Some(b'p'), &answer).await?;
                    scram = Some((login, String::new()));
                }
                11 => {
                    let (login, expected) =
                        scram.as_mut().ok_or_else(|| self.protocol("the order of the login"))?;
                    let proof = login.prove(&String::from_utf8_lossy(rest));
                    let proof = proof.ok_or_else(|| self.protocol("the login by SCRAM"))?;
                    self.send(Some(b'p'), proof.message.as_bytes()).await?;
                    *expected = proof.expected;
                }
                12 => {
                    let answer = String::from_utf8_lossy(rest);
                    let is_known = scram.as_ref().is_some_and(|(_, expected)| {
                        !expected.is_empty() && answer.split(',').any(|part| part == expected)
                    });
                    if !is_known {
                        return Err(PostgresError::Stranger { address: self.address.clone() });
                    }
                }
                5 => {
                    let help = "set password_encryption = 'scram-sha-256' there and the user's password again";
                    return Err(self.method("md5", help));
                }
                other => {
                    let help = "let it in by peer, scram-sha-256, or password over TLS";
                    return Err(self.method(&format!("method {other}"), help));
                }
            }
        }
        Err(self.protocol("no end of questions"))
    }

    /// Reads until the server waits for a query.
    async fn await_ready(&mut self) -> Result<(), PostgresError> {
        for _ in 0..MAX_MESSAGES {
            let (kind, body) = self.receive().await?;
            match kind {
                b'Z' => return Ok(()),
                b'S' => {
                    let mut texts = body.split(|byte| *byte == 0);
                    if texts.next() == Some(b"server_version") {
                        let version = String::from_utf8_lossy(texts.next().unwrap_or_default());
                        let digits = version.split(|c: char| !c.is_ascii_digit()).next();
                        self.version = digits.and_then(|text| text.parse().ok()).unwrap_or(0);
                    }
                }
                b'K' | b'N' => {}
                _ => return Err(self.protocol("the end of the login")),
            }
        }
        Err(self.protocol("no end of the login"))
    }

    /// Sends a query and reads its result.
    pub(super) async fn ask(&mut self, question: &str) -> Result<Table, PostgresError> {
        self.send(Some(b'Q'), &[question.as_bytes(), &[0]].concat()).await?;
        let mut table = Table::default();
        let (mut budget, mut refusal) = (MAX_MESSAGE, None);
        for _ in 0..MAX_MESSAGES {
            let (kind, body) = match self.receive().await {
                Ok(message) => message,
                // The connection lasts, unless the server closes it.
                Err(error @ PostgresError::Refused { .. }) if refusal.is_none() => {
                    refusal = Some(error);
                    continue;
                }
                Err(error) => return Err(refusal.unwrap_or(error)),
            };
            let rest = budget.checked_sub(body.len());
            budget = rest.ok_or_else(|| self.protocol("too large a table"))?;
            match kind {
                b'Z' => return refusal.map_or(Ok(table), Err),
                b'T' => {
                    table.columns = columns(&body).ok_or_else(|| self.protocol("the columns"))?;
                }
                b'D' => table.rows.push(row(&body).ok_or_else(|| self.protocol("a row"))?),
                b'C' | b'I' | b'N' | b'S' | b'A' => {}
                _ => return Err(self.protocol("the type of a message")),
            }
        }
        Err(self.protocol("too many rows"))
    }

    async fn send(&mut self, kind: Option<u8>, body: &[u8]) -> Result<(), PostgresError> {
        let length = i32::try_from(body.len() + 4);
        let length = length.map_err(|_| self.protocol("too long a question"))?;
        let mut message: Vec<u8> = kind.into_iter().collect();
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message).await.map_err(|source| self.broken(source))
    }

    /// The type and content of the next message; that of an error becomes an error.
    async fn receive(&mut self) -> Result<(u8, Vec<u8>), PostgresError> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).await.map_err(|source| self.broken(source))?;
        let [kind, a, b, c, d] = head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let length = length.checked_sub(4).filter(|length| *length <= MAX_MESSAGE);
        let length = length.ok_or_else(|| self.protocol("the length of a message"))?;
        let mut body = Vec::new();
        // Memory grows with the data received, not with the announced length.
        let wanted = u64::try_from(length).unwrap_or(0);
        let read = (&mut self.stream).take(wanted).read_to_end(&mut body).await;
        if read.map_err(|source| self.broken(source))? < length {
            return Err(self.broken(io::ErrorKind::UnexpectedEof.into()));
        }
        if kind == b'E' { Err(self.refused(&body)) } else { Ok((kind, body)) }
    }

    fn refused(&self, body: &[u8]) -> PostgresError {
        let field = |code: u8| {
            let mut fields = body.split(|byte| *byte == 0);
            let field = fields.find_map(|field| field.strip_prefix(&[code]));
            String::from_utf8_lossy(field.unwrap_or_default()).chars().take(300).collect::<String>()
        };
        let (address, code, message) = (self.address.clone(), field(b'C'), field(b'M'));
        if message.starts_with("Peer ") {
            PostgresError::Peer { address, message }
        } else {
            PostgresError::Refused { address, code, message }
        }
    }

    fn method(&self, method: &str, help: &'static str) -> PostgresError {
        let (address, method) = (self.address.clone(), method.to_owned());
        PostgresError::Method { address, method, help }
    }

    fn broken(&self, source: io::Error) -> PostgresError {
        PostgresError::Io { address: self.address.clone(), source }
    }

    fn protocol(&self, problem: &'static str) -> PostgresError {
        PostgresError::Protocol { address: self.address.clone(), problem }
    }
}

/// A number of four bytes, and the rest.
fn number(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*number), rest))
}

/// The number of columns, and the rest.
fn count(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest))
}

/// The names in a description of rows: each is followed by 18 bytes about its type.
fn columns(body: &[u8]) -> Option<Vec<String>> {
    let (columns, mut rest) = count(body)?;
    let column = |_| {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (name, after) = rest.split_at_checked(end)?;
        rest = after.get(1 + 18..)?;
        Some(String::from_utf8_lossy(name).into_owned())
    };
    (0..columns).map(column).collect()
}

/// The cells of a row; a negative length is NULL.
fn row(body: &[u8]) -> Option<Vec<Option<String>>> {
    let (cells, mut rest) = count(body)?;
    let cell = |_| {
        let (length, after) = number(rest)?;
        let Ok(length) = usize::try_from(length) else {
            rest = after;
            return Some(None);
        };
        let (text, after) = after.split_at_checked(length)?;
        rest = after;
        Some(Some(String::from_utf8_lossy(text).into_owned()))
    };
    (0..cells).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_and_rows_end_where_they_end() {
        let mut body = b"\0\x02one\0".to_vec();
        body.extend_from_slice(&[7; 18]);
        body.extend_from_slice(b"two\0");
        body.extend_from_slice(&[7; 18]);
        assert_eq!(columns(&body).unwrap(), ["one", "two"]);
        let cells = b"\0\x03\0\0\0\x02hi\xff\xff\xff\xff\0\0\0\0";
        assert_eq!(row(cells).unwrap(), [Some("hi".to_owned()), None, Some(String::new())]);
        for end in 0..body.len() {
            assert_eq!(columns(&body[..end]), None, "{end}");
        }
        for end in 0..cells.len() {
            assert_eq!(row(&cells[..end]), None, "{end}");
        }
        assert_eq!(columns(b"\xff\xff"), None);
        assert_eq!(row(b"\0\x01\x7f\xff\xff\xffx"), None);
    }
}
