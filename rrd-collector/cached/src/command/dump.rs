//! `DUMP`.

use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

use rrd_core::{Dump, DumpError, RrdReader, TimeZone};

use super::failure::failure;
use super::file;
use crate::grammar::{Answer, Arguments, Verb, Writing};
use crate::names;
use crate::server::Server;

/// What writes the text of a database, or why there is none. It always has the header with the
/// document type, whichever is asked for, as in rrdcached. The values of the file are written to it
/// first, unless it is suspended.
pub(crate) fn dump(server: &Arc<Server>, arguments: &Arguments<'_>) -> Result<Writing, Answer> {
    let [name, ..] = arguments else { return Err(Answer::usage(Verb::Dump)) };
    let path = server.checked(name)?;
    if let Err(error) = fs::metadata(&path) {
        let reason = rrd_cli::rrdtool_words(&error);
        return Err(Answer::failure([&**name, b": failed to stat: ", reason.as_bytes()].concat()));
    }
    file::bring_up_to_date(server, name, &path)?;
    let reader =
        server.store.reader(names::path(name)).map_err(|error| failure(server, &path, error))?;
    Ok(Box::new(move |out: &mut dyn Write| write(&reader, out)))
}

fn write(reader: &RrdReader, out: &mut dyn Write) -> io::Result<()> {
    match Dump::of(reader).zone(TimeZone::system()).write_to(out) {
        Ok(()) => Ok(()),
        Err(DumpError::Write(error)) => Err(error),
        // The client sees that the text has no end.
        Err(error) => {
            log::error!("{}", rrd_cli::rrdtool_words(&error));
            Err(io::Error::other(error))
        }
    }
}
