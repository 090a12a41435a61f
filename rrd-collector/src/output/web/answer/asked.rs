//! A request as all answers see it, and the status of what the databases refuse.

use hyper::StatusCode;

use super::super::address::Query;
use super::super::client::Client;
use super::super::site::Site;
use crate::store::archives::ArchiveError;

/// A request.
pub(in super::super) struct Asked<'a> {
    /// The data of the page.
    pub(in super::super) site: &'a Site,
    /// The end of the path, where that names a picture.
    pub(in super::super) name: &'a str,
    /// The query of the address.
    pub(in super::super) query: &'a Query,
    /// What the client takes.
    pub(in super::super) client: &'a Client,
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
