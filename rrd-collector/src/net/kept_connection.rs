//! A connection to a server that is kept from one request to the next.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::{Request, Response, StatusCode, Uri};
use tokio::task::JoinSet;

use super::http::FetchError;
use super::page::{Page, Transport};

/// Limit on what is read of an answer. A connection whose answer is longer is not used again.
const MAX_ANSWER: usize = 4096;

/// A page, and the connection to its server.
#[derive(Debug)]
pub struct KeptConnection {
    page: Page,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// What moves the bytes; it ends with the connection.
    task: JoinSet<()>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// The first bytes of its content.
    pub content: Vec<u8>,
}

impl KeptConnection {
    /// A connection that begins with the first request.
    pub fn new(page: Page) -> Self {
        Self { page, open: None }
    }

    /// Posts a message with these headers in addition to those of the page. If the server leads to
    /// another path of its own (307 or 308), the message goes there, too.
    ///
    /// A request that is dropped before it ends closes the connection.
    ///
    /// # Errors
    ///
    /// [`FetchError`], if there is no answer. A kept connection that breaks is replaced first, so
    /// that a message may arrive twice.
    pub async fn post(
        &mut self,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
    ) -> Result<Answer, FetchError> {
        let answer = self.post_to(None, headers, body.clone()).await?;
        match self.page.moved_to(&answer) {
            Some(path) => self.post_to(Some(&path), headers, body).await,
            None => Ok(answer),
        }
    }

    async fn post_to(
        &mut self,
        path: Option<&str>,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
    ) -> Result<Answer, FetchError> {
        // The server may have closed it since its last answer.
        if let Some(open) = self.open.take() {
            let request = self.page.post_request(path, headers, body.clone())?;
            if let Ok(answer) = self.converse(open, request).await {
                return Ok(answer);
            }
        }
        let request = self.page.post_request(path, headers, body)?;
        let (sender, connection) = self.page.connect().await?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            let _ = connection.await;
        });
        self.converse(Open { sender, task }, request).await
    }

    async fn converse(
        &mut self,
        mut open: Open,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, FetchError> {
        open.sender.ready().await?;
        let mut response = open.sender.send_request(request).await?;
        let (content, is_complete) = content(&mut response).await;
        if is_complete && !open.task.is_empty() {
            self.open = Some(open);
        }
        let (head, _) = response.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, content })
    }
}

impl Page {
    fn post_request(
        &self,
        path: Option<&str>,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, FetchError> {
        let mut request = self.head(Request::post(self.target(path.unwrap_or(&self.path))));
        for (name, value) in self.headers.iter().chain(headers) {
            request = request.header(name, value);
        }
        request.body(Full::new(body)).map_err(|error| FetchError::Body(Box::new(error)))
    }

    /// The path that an answer leads to, if it is one of the same server and the method stays.
    fn moved_to(&self, answer: &Answer) -> Option<String> {
        let is_same_method = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT]
            .contains(&answer.status);
        let location: Uri = answer.headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
        let is_here = match (location.scheme_str(), location.authority(), &self.transport) {
            (None, None, _) => true,
            (Some(scheme), Some(authority), Transport::Network { host, port, trust }) => {
                let (usual_scheme, usual_port) =
                    if trust.is_some() { ("https", 443) } else { ("http", 80) };
                scheme == usual_scheme
                    && authority.host().eq_ignore_ascii_case(host)
                    && authority.port_u16().unwrap_or(usual_port) == *port
            }
            _ => false,
        };
        let path = location.path_and_query()?.as_str();
        let is_path = path.starts_with('/') && !path.starts_with("//");
        (is_same_method && is_here && is_path).then(|| path.to_owned())
    }
}

/// The beginning of the content, and whether that is all of it.
async fn content(response: &mut Response<Incoming>) -> (Vec<u8>, bool) {
    let mut content = Vec::new();
    while let Some(frame) = response.frame().await {
        // What is missing of an answer does not change its status.
        let Ok(frame) = frame else { return (content, false) };
        let Some(part) = frame.data_ref() else { continue };
        let room = MAX_ANSWER.saturating_sub(content.len());
        content.extend(part.iter().take(room));
        if part.len() > room {
            return (content, false);
        }
    }
    (content, true)
}
