//! `FETCH`.

use super::rows::{Amount, Form, Rows, find};
use crate::grammar::{Answer, Arguments, Verb};
use crate::server::Server;

/// The rows of a range as lines; `None` if reading them takes longer than `amount` permits.
pub(crate) fn fetch(
    server: &Server,
    arguments: &Arguments<'_>,
    amount: Amount,
) -> Result<Option<Rows>, Answer> {
    find(server, Verb::Fetch, arguments, Form::Lines, amount)
}
