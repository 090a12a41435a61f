//! One request to a page, with all that a check of it wants to know: the time of each part, the
//! status, and the certificates, also those that were refused.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::StatusCode;
use tokio::time::Instant;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::http::FetchError;
use super::page::Page;
use super::tls::Shown;

/// What happened, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Time to find the address of the server and to connect to it.
    pub connect: Option<Duration>,
    /// Time to agree on encryption; `None` without TLS.
    pub tls: Option<Duration>,
    /// Time from the request to the head of the answer.
    pub first_byte: Option<Duration>,
    /// Time of everything, until the end of the answer or a failure.
    pub took: Duration,
    /// The status of the answer.
    pub status: Option<StatusCode>,
    /// Bytes of the content.
    pub bytes: u64,
    /// The certificates that the server showed, its own first.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Page {
    /// Visits the page: any status is an answer. `take` gets the content part by part, of which
    /// there may be at most this many bytes.
    ///
    /// The result is why there is no complete answer; what came until then is in the visit.
    pub async fn visit(
        &self,
        limit: Duration,
        most: u64,
        take: &mut dyn FnMut(&[u8]),
    ) -> (Visit, Result<(), FetchError>) {
        let mut visit = Visit::default();
        let shown = Shown::default();
        let begin = Instant::now();
        let conversation = self.go(&mut visit, &shown, most, take);
        let outcome = tokio::time::timeout(limit, conversation).await;
        let outcome = outcome.unwrap_or(Err(FetchError::Timeout { limit }));
        visit.took = begin.elapsed();
        visit.certificates = shown.take();
        (visit, outcome)
    }

    async fn go(
        &self,
        visit: &mut Visit,
        shown: &Shown,
        most: u64,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), FetchError> {
        let begin = Instant::now();
        let stream = self.reach().await?;
        visit.connect = Some(begin.elapsed());
        let begin = Instant::now();
        let stream = self.secure(stream, Some(shown)).await?;
        visit.tls = self.is_secure().then(|| begin.elapsed());
        let (mut sender, connection) = Self::handshake(stream).await?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let begin = Instant::now();
            let mut response = sender.send_request(self.request()?).await?;
            visit.first_byte = Some(begin.elapsed());
            visit.status = Some(response.status());
            while let Some(frame) = response.frame().await {
                let frame = frame?;
                let Some(part) = frame.data_ref() else { continue };
                visit.bytes = visit.bytes.saturating_add(part.len() as u64);
                if visit.bytes > most {
                    return Err(FetchError::TooLarge { most });
                }
                take(part);
            }
            Ok(())
        }
        .await;
        connection.abort();
        answer
    }
}
