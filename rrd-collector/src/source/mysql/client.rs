//! A minimal client for `MySQL`'s protocol: log in, query, read a table of text. The queries and
//! their meaning are in the parent module.
//!
//! Source: "Client/Server Protocol" in the documentation of `MySQL` and `MariaDB`.

use std::io;

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::account::{Account, MysqlError};
use crate::net::endpoint::{Endpoint, Stream};

/// Limit on the size of a packet; the status of a server takes some ten thousand bytes, that of
/// `InnoDB` at most a million.
const MAX_PACKET: usize = 4 << 20;
/// Limit on the rows and columns of a table.
const MAX_ROWS: usize = 10_000;
const MAX_COLUMNS: u64 = 256;

/// `CLIENT_LONG_PASSWORD`, `PROTOCOL_41`, `SECURE_CONNECTION`, `PLUGIN_AUTH`.
const CAPABILITIES: u32 = 0x1 | 0x200 | 0x8000 | 0x8_0000;
/// utf8 in every version.
const UTF8: u8 = 33;
const NATIVE: &str = "mysql_native_password";
const CACHING_SHA2: &str = "caching_sha2_password";

/// A table from the server: the names of the columns, and rows of text; `None` for NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A connection to a server.
pub(super) struct Client {
    stream: Box<dyn Stream>,
    address: Endpoint,
    sequence: u8,
}

impl Client {
    /// Connects and logs in.
    pub(super) async fn log_in(account: &Account) -> Result<Self, MysqlError> {
        let address = account.address.clone();
        let stream = account.address.connect().await;
        let stream = stream.map_err(|source| MysqlError::Io { address, source })?;
        Self::over(stream, account).await
    }

    /// Logs in over a stream.
    pub(super) async fn over(
        stream: Box<dyn Stream>,
        account: &Account,
    ) -> Result<Self, MysqlError> {
        let mut client = Self { stream, address: account.address.clone(), sequence: 0 };
        client.handshake(account).await?;
        Ok(client)
    }

    async fn handshake(&mut self, account: &Account) -> Result<(), MysqlError> {
        let packet = self.receive().await?;
        let greeting =
            Greeting::parse(&packet).ok_or_else(|| self.protocol_error("the greeting"))?;
        let method = if greeting.method == CACHING_SHA2 { CACHING_SHA2 } else { NATIVE };
        let proof = prove(method, &account.password, &greeting.nonce);
        let mut answer = Vec::new();
        answer.extend_from_slice(&CAPABILITIES.to_le_bytes());
        answer.extend_from_slice(&(1_u32 << 24).to_le_bytes());
        answer.push(UTF8);
        answer.extend_from_slice(&[0; 23]);
        answer.extend_from_slice(account.user.as_bytes());
        answer.push(0);
        answer.push(u8::try_from(proof.len()).unwrap_or(0));
        answer.extend_from_slice(&proof);
        answer.extend_from_slice(method.as_bytes());
        answer.push(0);
        self.send(&answer).await?;
        self.prove_until_let_in(account).await
    }

    /// Answers the server's requests until the login succeeds.
    async fn prove_until_let_in(&mut self, account: &Account) -> Result<(), MysqlError> {
        // A server that continues to ask is not a MySQL server.
        for _ in 0..4 {
            let packet = self.receive().await?;
            match packet.split_first() {
                Some((0x00, _)) => return Ok(()),
                // Another method, with a new nonce.
                Some((0xfe, rest)) => {
                    let (method, rest) =
                        terminated(rest).ok_or_else(|| self.protocol_error("a method"))?;
                    let nonce = rest.strip_suffix(&[0]).unwrap_or(rest);
                    if method != NATIVE && method != CACHING_SHA2 {
                        let help = "let it in by mysql_native_password, caching_sha2_password or unix_socket";
                        return Err(MysqlError::Method {
                            address: self.address.clone(),
                            method,
                            help,
                        });
                    }
                    let proof = prove(&method, &account.password, nonce);
                    self.send(&proof).await?;
                }
                // The server has cached the password: success is next.
                Some((0x01, [0x03])) => {}
                Some((0x01, [0x04])) => {
                    if let Endpoint::Network(_) = self.address {
                        let (method, address) = (CACHING_SHA2.to_owned(), self.address.clone());
                        let help = "the first time it wants the password itself: ask at its socket, where nobody listens";
                        return Err(MysqlError::Method { address, method, help });
                    }
                    let mut password = account.password.clone().into_bytes();
                    password.push(0);
                    self.send(&password).await?;
                }
                _ => return Err(self.protocol_error("the answer to the password")),
            }
        }
        Err(self.protocol_error("no end of questions"))
    }

    /// Sends a query and reads its result.
    pub(super) async fn ask(&mut self, question: &str) -> Result<Table, MysqlError> {
        self.sequence = 0;
        let mut packet = vec![0x03];
        packet.extend_from_slice(question.as_bytes());
        self.send(&packet).await?;
        let first = self.receive().await?;
        let columns =
            length(&mut &*first).ok_or_else(|| self.protocol_error("the number of columns"))?;
        if columns > MAX_COLUMNS {
            return Err(self.protocol_error("too many columns"));
        }
        let mut table = Table::default();
        for _ in 0..columns {
            let packet = self.receive().await?;
            table
                .columns
                .push(column_name(&packet).ok_or_else(|| self.protocol_error("a column"))?);
        }
        if columns == 0 {
            return Ok(table);
        }
        if !is_end(&self.receive().await?) {
            return Err(self.protocol_error("the end of the columns"));
        }
        let mut budget = MAX_PACKET;
        loop {
            let packet = self.receive().await?;
            if is_end(&packet) {
                return Ok(table);
            }
            budget = budget
                .checked_sub(packet.len())
                .ok_or_else(|| self.protocol_error("too large a table"))?;
            let mut rest = &*packet;
            let row: Option<Vec<_>> = (0..columns).map(|_| cell(&mut rest)).collect();
            table.rows.push(row.ok_or_else(|| self.protocol_error("a row"))?);
            if table.rows.len() > MAX_ROWS {
                return Err(self.protocol_error("too many rows"));
            }
        }
    }

    /// Closes the connection.
    pub(super) async fn leave(mut self) {
        self.sequence = 0;
        // Best effort: all answers have been received.
        let _ = self.send(&[0x01]).await;
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), MysqlError> {
        let length = u32::try_from(payload.len()).ok().filter(|length| *length < 1 << 24);
        let length = length.ok_or_else(|| self.protocol_error("too long a question"))?;
        let mut packet = length.to_le_bytes()[..3].to_vec();
        packet.push(self.sequence);
        packet.extend_from_slice(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.stream.write_all(&packet).await.map_err(|source| self.connection_error(source))
    }

    /// The next packet; an error packet becomes an error.
    async fn receive(&mut self) -> Result<Vec<u8>, MysqlError> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await.map_err(|source| self.connection_error(source))?;
        let [a, b, c, sequence] = head;
        let length = usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap_or(usize::MAX);
        if length > MAX_PACKET {
            return Err(self.protocol_error("too long a packet"));
        }
        self.sequence = sequence.wrapping_add(1);
        let mut packet = Vec::new();
        // Memory grows with the data received, not with the announced length.
        let wanted = u64::try_from(length).unwrap_or(0);
        let read = (&mut self.stream).take(wanted).read_to_end(&mut packet).await;
        if read.map_err(|source| self.connection_error(source))? < length {
            return Err(self.connection_error(io::ErrorKind::UnexpectedEof.into()));
        }
        match packet.split_first() {
            Some((0xff, rest)) => Err(self.refused(rest)),
            _ => Ok(packet),
        }
    }

    fn refused(&self, rest: &[u8]) -> MysqlError {
        let (code, text) = rest.split_at_checked(2).unwrap_or((&[0, 0], rest));
        let code = u16::from_le_bytes([code[0], code[1]]);
        // `#` and a five-letter class may precede the message.
        let words = text.strip_prefix(b"#").and_then(|text| text.get(5..)).unwrap_or(text);
        let message = String::from_utf8_lossy(words).chars().take(300).collect();
        MysqlError::Refused { address: self.address.clone(), code, message }
    }

    fn protocol_error(&self, problem: &'static str) -> MysqlError {
        MysqlError::Protocol { address: self.address.clone(), problem }
    }

    fn connection_error(&self, source: io::Error) -> MysqlError {
        MysqlError::Io { address: self.address.clone(), source }
    }
}

/// The server's first packet.
#[derive(Debug, PartialEq, Eq)]
struct Greeting {
    nonce: Vec<u8>,
    method: String,
}

impl Greeting {
    fn parse(packet: &[u8]) -> Option<Self> {
        let rest = packet.strip_prefix(&[10])?;
        let (_version, rest) = terminated(rest)?;
        let (_id, rest) = rest.split_at_checked(4)?;
        let (first, rest) = rest.split_at_checked(8)?;
        // A zero, capabilities, character set, status, capabilities, the length of the nonce, ten
        // zeros.
        let (fixed, rest) = rest.split_at_checked(1 + 2 + 1 + 2 + 2 + 1 + 10)?;
        let length = usize::from(*fixed.get(8)?).saturating_sub(8).max(13);
        let (second, rest) = rest.split_at_checked(length.min(rest.len()))?;
        let mut nonce = first.to_vec();
        nonce.extend_from_slice(second.strip_suffix(&[0]).unwrap_or(second));
        let method = terminated(rest)
            .map_or_else(|| String::from_utf8_lossy(rest).into_owned(), |(method, _)| method);
        Some(Self { nonce, method })
    }
}

/// The proof that we know the password, without sending it.
fn prove(method: &str, password: &str, nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let (algorithm, nonce_first) = match method {
        NATIVE => (&SHA1_FOR_LEGACY_USE_ONLY, true),
        _ => (&SHA256, false),
    };
    let hash = |parts: &[&[u8]]| {
        let mut context = Context::new(algorithm);
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    };
    let once = hash(&[password.as_bytes()]);
    let twice = hash(&[&once]);
    let mask = if nonce_first { hash(&[nonce, &twice]) } else { hash(&[&twice, nonce]) };
    once.iter().zip(&mask).map(|(one, other)| one ^ other).collect()
}

/// The text up to a zero byte, and the rest.
fn terminated(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (text, rest) = bytes.split_at_checked(end)?;
    Some((String::from_utf8_lossy(text).into_owned(), rest.get(1..)?))
}

/// A length-encoded integer.
fn length(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first()?;
    let width = match first {
        0..=0xfa => {
            *rest = after;
            return Some(u64::from(*first));
        }
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        _ => return None,
    };
    let (number, after) = after.split_at_checked(width)?;
    *rest = after;
    let mut bytes = [0; 8];
    bytes.get_mut(..width)?.copy_from_slice(number);
    Some(u64::from_le_bytes(bytes))
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(length(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// A cell of a row.
#[expect(clippy::option_option, reason = "a missing cell, and one that is NULL")]
fn cell(rest: &mut &[u8]) -> Option<Option<String>> {
    if let Some(after) = rest.strip_prefix(&[0xfb]) {
        *rest = after;
        return Some(None);
    }
    text(rest).map(Some)
}

/// The name of a column follows its catalogue, its schema and two tables.
fn column_name(packet: &[u8]) -> Option<String> {
    let mut rest = packet;
    (0..5).map(|_| text(&mut rest)).last()?
}

fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_has_a_nonce_in_two_parts_and_a_method() {
        let mut packet = b"\x0a10.11.6-MariaDB\0\x01\0\0\0abcdefgh\0".to_vec();
        packet.extend_from_slice(b"\xfe\xf7\x2d\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0");
        packet.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
        let greeting = Greeting::parse(&packet).unwrap();
        assert_eq!(greeting.nonce, b"abcdefghijklmnopqrst");
        assert_eq!(greeting.method, NATIVE);
        for end in 0..40 {
            assert_eq!(Greeting::parse(&packet[..end]), None, "{end}");
        }
    }

    #[test]
    fn proofs_are_those_of_the_documentation() {
        let hex = |bytes: Vec<u8>| {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
        };
        let nonce = b"abcdefghijklmnopqrst";
        assert_eq!(hex(prove(NATIVE, "secret", nonce)), "8817c50fa779daef010ee7577825b0847df9842e");
        assert_eq!(
            hex(prove(CACHING_SHA2, "secret", nonce)),
            "c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809"
        );
        assert!(prove(NATIVE, "", nonce).is_empty());
    }

    #[test]
    fn packed_numbers_and_texts_end_where_they_end() {
        let mut rest = &b"\xfc\x01\x02\x05hello\xfb\x09short"[..];
        assert_eq!(length(&mut rest), Some(0x0201));
        assert_eq!(cell(&mut rest), Some(Some("hello".to_owned())));
        assert_eq!(cell(&mut rest), Some(None));
        assert_eq!(cell(&mut rest), None);
        assert_eq!(length(&mut &b"\xff"[..]), None);
        assert_eq!(length(&mut &b"\xfe\x01"[..]), None);
    }
}
