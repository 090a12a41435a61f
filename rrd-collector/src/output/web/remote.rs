//! Requests of remote read: the one path that takes a body.

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::response::{Answer, plain, respond};
use super::sending::Content;
use crate::fault::chain;
use crate::output::remote::read::{ReadAnswer, ReadError, RemoteRead};

/// The path.
const PATH: &str = "/api/v1/read";
/// Limit on the bytes of a body. What cannot be compressed grows by a sixth.
const MAX_BODY: usize = 128 << 10;

/// Whether a request has the path.
pub(super) fn is_at(request: &Request<Incoming>) -> bool {
    request.uri().path() == PATH
}

/// The body of a request, or why it is not read.
pub(super) async fn body(request: Request<Incoming>) -> Result<Vec<u8>, Answer> {
    match Limited::new(request.into_body(), MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => {
            let text = format!("body too long: expected at most {MAX_BODY} bytes\n");
            Err(plain(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        Err(_) => Err(plain(StatusCode::BAD_REQUEST, "the body is not complete\n")),
    }
}

/// The answer to a request with this body; `None` if too many are waiting.
pub(super) async fn answer(reader: &RemoteRead, body: Vec<u8>) -> Option<Response<Content>> {
    let refused = |status, error: &ReadError| {
        Some(plain(status, format!("{}\n", chain(error))).map(Content::Whole))
    };
    match reader.answer(body).await {
        Ok(ReadAnswer::Samples(message)) => {
            let mut answer = respond("application/x-protobuf", message);
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("snappy"));
            Some(answer.map(Content::Whole))
        }
        Ok(ReadAnswer::Chunks(frames)) => {
            let kind = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
            Some(respond(kind, Bytes::new()).map(|_| Content::Frames(frames)))
        }
        Err(ReadError::Busy) => None,
        Err(error @ ReadError::Failed) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error),
    }
}
