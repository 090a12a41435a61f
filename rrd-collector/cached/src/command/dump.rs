//! `DUMP`.

use std::sync::Arc;

use crate::grammar::{Answer, Arguments, Verb, Writing};
use crate::server::Server;

/// What writes the text of a database, or why there is none.
pub(crate) fn dump(server: &Arc<Server>, arguments: &Arguments<'_>) -> Result<Writing, Answer> {
    let _ = (server, arguments);
    Err(Answer::usage(Verb::Dump))
}
