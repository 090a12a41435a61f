//! An answer: its type and its headers.

use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::address::QueryError;

/// An answer.
pub(super) type Answer = Response<Bytes>;

pub(super) fn respond(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'",
        ),
    );
    response
}

pub(super) fn respond_json(value: &serde_json::Value) -> Answer {
    respond("application/json", value.to_string())
}

pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = respond("text/plain; charset=utf-8", text);
    *response.status_mut() = status;
    response
}

/// An answer to a client who should ask again soon.
pub(super) fn later(status: StatusCode, text: &'static str) -> Answer {
    let mut response = plain(status, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer to a query that asks for nothing that exists.
pub(super) fn refused(error: &QueryError) -> Answer {
    plain(StatusCode::BAD_REQUEST, format!("{error}\n"))
}
