//! The table of a kind with many instances, with small charts.

use hyper::StatusCode;

use super::super::address::QueryError;
use super::super::page::{Table, TableChoice};
use super::super::response::{Answer, plain, refused, respond};
use super::super::span::Shown;
use super::asked::Asked;
use super::unknown::no_kind;

/// The table of the kind that the address names.
pub(in super::super) fn table(asked: &Asked<'_>) -> Answer {
    let Asked { site, name: kind, query, now, .. } = asked;
    // A copy, so that nobody waits for it while rows are read.
    let catalog = site.shared.catalog().clone();
    if !catalog.has(kind) {
        return plain(StatusCode::NOT_FOUND, no_kind(kind, &catalog));
    }
    let parse = || -> Result<(Shown, TableChoice), QueryError> {
        Ok((site.shown(query, *now)?, TableChoice::of(query, &catalog)?))
    };
    match parse() {
        Ok((shown, choice)) => {
            let mut html = String::new();
            Table::new(kind, &catalog, &choice, *now).write(
                &mut html,
                &shown,
                Some(&site.archives),
            );
            respond("text/html; charset=utf-8", html)
        }
        Err(error) => refused(&error),
    }
}
