//! A trial of an endpoint: whether it can be reached and takes what is sent, and if not, what to
//! do. Receivers take an empty message with nothing in it, and store nothing.

use std::io;

use hyper::StatusCode;
use prost::Message;
use thiserror::Error;

use super::endpoint::{Endpoint, Protocol};
use super::outcome::{Outcome, SendError};
use super::settings::RemoteWrite;
use crate::fault::chain;
use crate::net::http::FetchError;
use crate::output::remote::wire::v1::WriteRequest;
use crate::output::remote::wire::{compress, v2};

/// Why an endpoint does not take samples.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}: {advice}")]
pub struct TrialError {
    /// What happened.
    pub problem: String,
    /// What to do.
    pub advice: &'static str,
}

impl RemoteWrite {
    /// Sends an empty message as samples would be sent, and returns the version that is taken.
    ///
    /// # Errors
    ///
    /// [`TrialError`], after the time limit of the endpoint for each version that is tried.
    pub async fn try_out(&self) -> Result<Protocol, TrialError> {
        let mut endpoint = Endpoint::new(self.page.clone(), self.timeout);
        if let Some(protocol) = self.protocol {
            return send_nothing(&mut endpoint, protocol).await.map(|()| protocol);
        }
        match send_nothing(&mut endpoint, Protocol::V2).await {
            Ok(()) => Ok(Protocol::V2),
            Err(_) => send_nothing(&mut endpoint, Protocol::V1).await.map(|()| Protocol::V1),
        }
    }
}

async fn send_nothing(endpoint: &mut Endpoint, protocol: Protocol) -> Result<(), TrialError> {
    let nothing = WriteRequest::default();
    let message = match protocol {
        Protocol::V1 => nothing.encode_to_vec(),
        Protocol::V2 => v2::Request::from(&nothing).encode_to_vec(),
    };
    let outcome = endpoint.send(compress(&message).into(), protocol).await;
    let (problem, advice) = match outcome {
        Outcome::Done { written: None } if protocol == Protocol::V2 => (
            "the answer does not say what was written".to_owned(),
            "it does not take version 2.0; set version to \"1.0\" or \"auto\"",
        ),
        Outcome::Done { .. } => return Ok(()),
        Outcome::Retry { status, text, .. } => (
            answered(status, &text),
            "it can be reached and takes nothing at present; look at its log",
        ),
        Outcome::Refused { status, text } => (answered(status, &text), advice_on(status)),
        Outcome::Failed(error) => (chain(&error), advice_on_failure(&error)),
    };
    Err(TrialError { problem, advice })
}

fn answered(status: StatusCode, text: &str) -> String {
    if text.is_empty() {
        format!("answered {status}")
    } else {
        format!("answered {status}: {text}")
    }
}

fn advice_on(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check user and password, or bearer, and what they may do there"
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "it takes another version; set version to \"1.0\", \"2.0\" or \"auto\""
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => {
            "check the path in url: /api/v1/write, for InfluxDB /api/v1/prom/write?db=NAME with a \
             database that exists; Prometheus needs --web.enable-remote-write-receiver"
        }
        _ if status.is_redirection() => "set url to the new address",
        _ => "check url and headers",
    }
}

fn advice_on_failure(error: &SendError) -> &'static str {
    match error {
        SendError::Timeout { .. } => "is it busy, or does a firewall drop what is sent there?",
        SendError::Connection(FetchError::Tls { source, .. }) => {
            if is_certificate_required(source) {
                "it asks for a certificate; set certificate and key"
            } else {
                "check ca, the name in url, and that the port speaks TLS"
            }
        }
        SendError::Connection(FetchError::Connect { source, .. }) => match source.kind() {
            io::ErrorKind::ConnectionRefused => "is it running, and is the port right?",
            io::ErrorKind::NotFound => "is it running, and is the path of the socket right?",
            // The resolver's errors are no errors of the system.
            _ if source.raw_os_error().is_none() => "check the name in url",
            _ => "is there a route, and does a firewall let it through?",
        },
        SendError::Connection(FetchError::Proxy { .. }) => "check proxy",
        SendError::Connection(_) => "does the port speak HTTP, and TLS only with https?",
    }
}

fn is_certificate_required(error: &io::Error) -> bool {
    error.to_string().contains("CertificateRequired")
}

#[cfg(test)]
mod tests;
