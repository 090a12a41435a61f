//! Parts shared by all answers: the request and the headers.

use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::super::address::{Query, QueryError};
use super::super::site::Site;
use crate::store::archives::ArchiveError;

/// An answer.
pub(in super::super) type Answer = Response<Bytes>;

/// A request.
pub(in super::super) struct Asked<'a> {
    /// The data of the page.
    pub(in super::super) site: &'a Site,
    /// The end of the path, where that names a picture.
    pub(in super::super) name: &'a str,
    /// The query of the address.
    pub(in super::super) query: &'a Query,
    /// The types that the client accepts.
    pub(in super::super) accept: &'a str,
    /// Seconds since 1970.
    pub(in super::super) now: i64,
}

/// The status for rows that are not available.
pub(super) fn status_of(error: &ArchiveError) -> StatusCode {
    match error {
        ArchiveError::Missing { .. } => StatusCode::NOT_FOUND,
        error if error.asks_too_much() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) fn respond(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
        ),
    );
    response
}

pub(super) fn respond_json(value: &serde_json::Value) -> Answer {
    respond("application/json", value.to_string())
}

pub(in super::super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = respond("text/plain; charset=utf-8", text);
    *response.status_mut() = status;
    response
}

/// An answer to a client who should ask again soon.
pub(in super::super) fn later(status: StatusCode, text: &'static str) -> Answer {
    let mut response = plain(status, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer to a query that asks for nothing that exists.
pub(in super::super) fn refused(error: &QueryError) -> Answer {
    plain(StatusCode::BAD_REQUEST, format!("{error}\n"))
}
