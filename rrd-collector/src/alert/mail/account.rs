//! One `[[alerts.mail]]` section: a server, a sender and recipients.

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use lettre::Address;
use lettre::address::AddressError;
use lettre::message::Mailbox;
use serde::Deserialize;
use thiserror::Error;

use super::letter::Letter;
use crate::net::smtp::{Login, Mail, MailServer, Security, SmtpError, is_loopback};
use crate::net::tls::Trust;
use crate::section::{ConfigError, SectionReader};

/// Who gets mails, and through which server.
#[derive(Clone, Debug, PartialEq)]
pub struct MailAccount {
    /// The recipients; each gets a mail of its own.
    pub to: Vec<Mailbox>,
    /// The sender.
    pub from: Mailbox,
    /// The server.
    pub server: MailServer,
}

/// Why a section is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MailError {
    /// Not an address.
    #[error("invalid address {text:?}: {why}; expected e.g. ops@example.org")]
    Address {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody gets the mails.
    #[error("expected at least one address")]
    NoRecipient,
    /// No name of a server.
    #[error("invalid server {text:?}: expected a name or an address, e.g. mail.example.org")]
    Server {
        /// The text.
        text: String,
    },
    /// Not a way to protect a connection.
    #[error("invalid tls {text:?}: expected starttls, implicit or none")]
    Tls {
        /// The text.
        text: String,
    },
    /// Mails would be sent in the clear.
    #[error(
        "no TLS with {server}: mails and passwords would be sent in the clear; write \"starttls\" or \
         \"implicit\", or use a server on this host"
    )]
    Clear {
        /// The server.
        server: String,
    },
    /// A file of certificates without TLS.
    #[error("ca requires tls")]
    NoTls,
    /// A user without a password, or a password without a user.
    #[error("user and password_file are given together or not at all")]
    UserWithoutPassword,
    /// The password cannot be read.
    #[error("{path}: cannot be read: {why}")]
    Password {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The password file has no password.
    #[error("{path}: expected a password in the first line")]
    NoPassword {
        /// The file.
        path: String,
    },
}

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct MailTable {
    to: Recipients,
    from: String,
    server: String,
    port: Option<u16>,
    tls: Option<String>,
    user: Option<String>,
    password_file: Option<String>,
    ca: Option<String>,
}

/// Limit on what is read of a file with a password.
const MAX_PASSWORD: u64 = 4096;
/// Time limit for one mail: servers may let a stranger wait before they answer.
const DEADLINE: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected an address or a list of addresses")]
enum Recipients {
    One(String),
    Several(Vec<String>),
}

impl Recipients {
    fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }
}

impl MailAccount {
    /// The recipient with this address.
    pub fn recipient(&self, address: &str) -> Option<&Mailbox> {
        self.to.iter().find(|to| to.email.to_string() == address)
    }

    /// Hands a letter to the server for one recipient; returns what the server said.
    ///
    /// # Errors
    ///
    /// [`SmtpError`], after a minute at the latest.
    pub async fn deliver(
        &self,
        to: &Mailbox,
        letter: &Letter,
        host: &str,
    ) -> Result<String, SmtpError> {
        let message = letter.message(&self.from, to);
        let (from, to) = (self.from.email.to_string(), to.email.to_string());
        self.server.send(Mail { host, from: &from, to: &to, message: &message }, DEADLINE).await
    }

    /// The account of a section that begins at this byte of the file.
    pub(in super::super) fn read(
        reader: SectionReader<'_>,
        at: usize,
        table: &MailTable,
    ) -> Result<Self, ConfigError> {
        let wrong =
            |key: &str, error: MailError| reader.error_at(at, &format!("alerts.mail.{key}"), error);
        let mailbox = |key: &str, text: &str| {
            let text = reader.expand(&format!("alerts.mail.{key}"), text)?;
            address(&text).map_err(|error| wrong(key, error))
        };
        let to = table.to.texts().iter().map(|text| mailbox("to", text));
        let to = to.collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(wrong("to", MailError::NoRecipient));
        }
        let from = mailbox("from", &table.from)?;
        let host = reader.expand("alerts.mail.server", &table.server)?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        if host.is_empty() || !host.chars().all(is_part) {
            return Err(wrong("server", MailError::Server { text: host }));
        }
        let (security, usual_port) = security(&reader, at, &host, table)?;
        let login = match (&table.user, &table.password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => {
                let user = reader.expand("alerts.mail.user", user)?;
                let path = reader.expand("alerts.mail.password_file", file)?;
                let password = password(path).map_err(|error| wrong("password_file", error))?;
                Some(Login { user, password })
            }
            _ => return Err(wrong("user", MailError::UserWithoutPassword)),
        };
        let port = table.port.unwrap_or(usual_port);
        Ok(Self { to, from, server: MailServer { host, port, security, login } })
    }
}

/// How the server is reached, and its usual port.
fn security(
    reader: &SectionReader<'_>,
    at: usize,
    host: &str,
    table: &MailTable,
) -> Result<(Security, u16), ConfigError> {
    let wrong = |key: &str, source: Box<dyn std::error::Error + Send + Sync>| {
        reader.error_at(at, &format!("alerts.mail.{key}"), source)
    };
    let trust = || match &table.ca {
        None => Ok(Trust::system()),
        Some(file) => {
            let file = reader.expand("alerts.mail.ca", file)?;
            Trust::only(file.as_ref()).map_err(|error| wrong("ca", error.into()))
        }
    };
    let usual = match (table.port, is_loopback(host)) {
        (Some(465), _) => "implicit",
        (_, true) if table.ca.is_none() => "none",
        _ => "starttls",
    };
    match table.tls.as_deref().unwrap_or(usual) {
        "starttls" => Ok((Security::StartTls(trust()?), 587)),
        "implicit" => Ok((Security::Implicit(trust()?), 465)),
        "none" if !is_loopback(host) => {
            Err(wrong("tls", MailError::Clear { server: host.to_owned() }.into()))
        }
        "none" if table.ca.is_some() => Err(wrong("ca", MailError::NoTls.into())),
        "none" => Ok((Security::None, 25)),
        text => Err(wrong("tls", MailError::Tls { text: text.to_owned() }.into())),
    }
}

/// An address, with or without a name. Other letters than ASCII's need an extension that few
/// servers have.
fn address(text: &str) -> Result<Mailbox, MailError> {
    let invalid = |why: &str| MailError::Address { text: text.to_owned(), why: why.to_owned() };
    let mailbox = if text.contains('<') {
        text.parse()
    } else {
        text.parse().map(|address: Address| address.into())
    };
    let mailbox: Mailbox =
        mailbox.map_err(|error: AddressError| invalid(&error.to_string().to_lowercase()))?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    if !mailbox.email.to_string().chars().all(plain) {
        return Err(invalid("other letters than those of ASCII (write a domain as xn--...)"));
    }
    Ok(mailbox)
}

/// The first line of a file.
fn password(path: String) -> Result<String, MailError> {
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_PASSWORD).read_to_string(&mut text));
    if let Err(error) = read {
        return Err(MailError::Password { path, why: error.to_string() });
    }
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() || password.contains(char::is_control) {
        return Err(MailError::NoPassword { path });
    }
    Ok(password.to_owned())
}
