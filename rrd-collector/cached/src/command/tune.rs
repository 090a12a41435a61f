//! `TUNE`.

use crate::grammar::{Answer, Arguments, Verb};
use crate::server::Server;

pub(crate) fn tune(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let _ = (server, arguments);
    Answer::usage(Verb::Tune)
}
