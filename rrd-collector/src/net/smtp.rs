//! Hands one mail to a server over SMTP: with a deadline, limits on what the server says, and
//! errors that tell whether a later attempt may succeed.
//!
//! Sources: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 4616 (PLAIN).

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::tls::Trust;

/// Limit on the length of a line of the server.
const MAX_LINE: u64 = 2000;
/// Limit on the lines of one reply.
const MAX_LINES: usize = 100;
/// Limit on the text of a reply in messages.
const MAX_TEXT: usize = 300;

/// A server that accepts mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The user.
    pub login: Option<Login>,
}

/// How a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for servers on this machine.
    None,
    /// By TLS that begins after a command.
    StartTls(Trust),
    /// By TLS from the first byte on.
    Implicit(Trust),
}

/// A user with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    /// The name of this host.
    pub host: &'a str,
    /// The address of the sender.
    pub from: &'a str,
    /// The address of the recipient.
    pub to: &'a str,
    /// Head and body, with lines that end with CR and LF.
    pub message: &'a [u8],
}

/// Who refused a mail, and so what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server or the way to it: no mail passes now.
    Server,
    /// This mail, but it may pass later.
    Temporary,
    /// This mail, for ever.
    Permanent,
}

/// Why a mail was not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// The connection failed.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The server's certificate is not trusted, or it does not use TLS.
    #[error("no TLS (`ca` names a file of certificates to accept, `tls` when TLS begins)")]
    Tls(#[source] io::Error),
    /// The server does not offer TLS.
    #[error("the server does not offer STARTTLS: is `tls = \"implicit\"` right?")]
    NoStartTls,
    /// The server said something before TLS began that would be taken for an answer.
    #[error("the server sent more than its answer before TLS began")]
    EarlyBytes,
    /// The server offers no known way to log in.
    #[error("the server does not offer AUTH PLAIN or LOGIN: it offers {offered:?}")]
    NoLogin {
        /// What it offers.
        offered: String,
    },
    /// The server took too long.
    #[error("the mail was not accepted within {} s", limit.as_secs())]
    Timeout {
        /// The time limit.
        limit: Duration,
    },
    /// The connection broke.
    #[error("connection lost")]
    Broken(#[from] io::Error),
    /// The server does not speak SMTP.
    #[error("unexpected answer {line:?}: expected SMTP; check server, port and tls")]
    NoReply {
        /// The beginning of its line.
        line: String,
    },
    /// The server's answer has no end.
    #[error("the server's answer is longer than {MAX_LINES} lines of {MAX_LINE} bytes")]
    TooLong,
    /// The server refused.
    #[error("the server answered {command} with {code} {text}")]
    Refused {
        /// The command.
        command: &'static str,
        /// The code of its reply.
        code: u16,
        /// The text of its reply.
        text: String,
    },
}

impl SmtpError {
    /// What failed. Only a refusal of the recipient or the content concerns one mail: with another
    /// password or sender the same mail may pass.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Refused { command: "RCPT" | "DATA" | "the mail", code: 500.., .. } => {
                Failure::Permanent
            }
            Self::Refused { command: "RCPT" | "DATA" | "the mail", .. } => Failure::Temporary,
            _ => Failure::Server,
        }
    }
}

/// Whether a server is on this machine.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl MailServer {
    /// Its name and port, as messages and the queue name it.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands over a mail; returns what the server said.
    ///
    /// # Errors
    ///
    /// [`SmtpError`], after `limit` at the latest.
    pub async fn send(&self, mail: Mail<'_>, limit: Duration) -> Result<String, SmtpError> {
        let sent = tokio::time::timeout(limit, self.converse(mail)).await;
        sent.unwrap_or(Err(SmtpError::Timeout { limit }))
    }

    async fn converse(&self, mail: Mail<'_>) -> Result<String, SmtpError> {
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream = stream.map_err(SmtpError::Connect)?;
        match &self.security {
            Security::None => self.send_over(stream, mail).await,
            Security::Implicit(trust) => {
                let stream = trust.connect(&self.host, stream).await.map_err(SmtpError::Tls)?;
                self.send_over(stream, mail).await
            }
            Security::StartTls(trust) => {
                let mut conversation = Conversation::new(stream);
                conversation.greeting().await?;
                let offers = conversation.hello(mail.host).await?;
                if !offers.iter().any(|offer| offer.eq_ignore_ascii_case("STARTTLS")) {
                    return Err(SmtpError::NoStartTls);
                }
                conversation.command("STARTTLS", "STARTTLS", 220).await?;
                let stream = conversation.into_stream()?;
                let stream = trust.connect(&self.host, stream).await.map_err(SmtpError::Tls)?;
                self.hand_over(Conversation::new(stream), mail).await
            }
        }
    }

    /// The conversation over a stream that needs no further protection; public for fuzzing.
    #[doc(hidden)]
    pub async fn send_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        mail: Mail<'_>,
    ) -> Result<String, SmtpError> {
        let mut conversation = Conversation::new(stream);
        conversation.greeting().await?;
        self.hand_over(conversation, mail).await
    }

    /// The conversation after the greeting, and after TLS began.
    async fn hand_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut conversation: Conversation<S>,
        mail: Mail<'_>,
    ) -> Result<String, SmtpError> {
        let offers = conversation.hello(mail.host).await?;
        if let Some(login) = &self.login {
            conversation.log_in(login, &offers).await?;
        }
        conversation.command("MAIL", &format!("MAIL FROM:<{}>", mail.from), 250).await?;
        conversation.command("RCPT", &format!("RCPT TO:<{}>", mail.to), 250).await?;
        conversation.command("DATA", "DATA", 354).await?;
        conversation.stream.write_all(&with_stuffed_dots(mail.message)).await?;
        let said = conversation.command("the mail", ".", 250).await?;
        // The mail is accepted, whatever becomes of the connection.
        let _ = conversation.say("QUIT").await;
        Ok(said)
    }
}

/// A reply of the server.
struct Reply {
    code: u16,
    lines: Vec<String>,
}

struct Conversation<S> {
    stream: BufReader<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// The stream, if all that was received has been read.
    fn into_stream(self) -> Result<S, SmtpError> {
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(SmtpError::EarlyBytes)
        }
    }

    async fn greeting(&mut self) -> Result<(), SmtpError> {
        let reply = self.reply().await?;
        expect("the connection", &reply, 220)
    }

    /// Introduces this host; returns what the server offers.
    async fn hello(&mut self, host: &str) -> Result<Vec<String>, SmtpError> {
        self.say(&format!("EHLO {}", domain(host))).await?;
        let reply = self.reply().await?;
        expect("EHLO", &reply, 250)?;
        Ok(reply.lines)
    }

    async fn log_in(&mut self, login: &Login, offers: &[String]) -> Result<(), SmtpError> {
        let words = |line: &String| line.to_ascii_uppercase().replace('=', " ");
        let offered = offers.iter().map(words).find(|line| line.starts_with("AUTH "));
        let offered = offered.unwrap_or_default();
        let has = |name| offered.split_whitespace().any(|word| word == name);
        let Login { user, password } = login;
        if has("PLAIN") {
            let secret = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            self.command("AUTH", &format!("AUTH PLAIN {secret}"), 235).await?;
        } else if has("LOGIN") {
            self.command("AUTH", "AUTH LOGIN", 334).await?;
            self.command("AUTH", &BASE64_STANDARD.encode(user), 334).await?;
            self.command("AUTH", &BASE64_STANDARD.encode(password), 235).await?;
        } else {
            let offered = offered.chars().take(MAX_TEXT).collect();
            return Err(SmtpError::NoLogin { offered });
        }
        Ok(())
    }

    async fn command(
        &mut self,
        name: &'static str,
        line: &str,
        expected: u16,
    ) -> Result<String, SmtpError> {
        self.say(line).await?;
        let reply = self.reply().await?;
        expect(name, &reply, expected)?;
        Ok(format!("{} {}", reply.code, text(&reply)))
    }

    async fn say(&mut self, line: &str) -> Result<(), SmtpError> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        Ok(())
    }

    async fn reply(&mut self) -> Result<Reply, SmtpError> {
        let mut lines = Vec::new();
        while lines.len() < MAX_LINES {
            let mut line = Vec::new();
            let length = (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line).await?;
            if line.last() != Some(&b'\n') {
                return Err(if u64::try_from(length) == Ok(MAX_LINE) {
                    SmtpError::TooLong
                } else {
                    io::Error::from(io::ErrorKind::UnexpectedEof).into()
                });
            }
            let line = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            let no_reply = || SmtpError::NoReply { line: line.chars().take(80).collect() };
            let (code, rest) = line.split_at_checked(3).ok_or_else(no_reply)?;
            let code = code.parse().ok().filter(|code| (200..600).contains(code));
            let code: u16 = code.ok_or_else(no_reply)?;
            let (is_last, rest) = match rest.strip_prefix('-') {
                Some(rest) => (false, rest),
                None => (true, rest.strip_prefix(' ').unwrap_or(rest)),
            };
            lines.push(rest.to_owned());
            if is_last {
                return Ok(Reply { code, lines });
            }
        }
        Err(SmtpError::TooLong)
    }
}

fn expect(command: &'static str, reply: &Reply, expected: u16) -> Result<(), SmtpError> {
    // 251 and 252 are answers to RCPT that accept, too.
    if reply.code == expected || (expected == 250 && matches!(reply.code, 251 | 252)) {
        return Ok(());
    }
    Err(SmtpError::Refused { command, code: reply.code, text: text(reply) })
}

/// The text of a reply in one line.
fn text(reply: &Reply) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    reply.lines.join(" ").chars().map(visible).take(MAX_TEXT).collect()
}

/// The name of this host as SMTP allows it.
fn domain(host: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name: String = host.chars().filter(allowed).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// A message in which a line that begins with a dot does not end it.
fn with_stuffed_dots(message: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(message.len() + 2);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    if !stuffed.ends_with(b"\r\n") {
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed
}

#[cfg(test)]
mod tests;
