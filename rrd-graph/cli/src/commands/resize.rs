//! `rrd resize`: a copy of a file with more or fewer rows in one archive.

use std::ffi::OsString;
use std::path::Path;

use rrd_core::{Resize, ResizeError, RrdReader};

use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse, text};
use crate::leading_number::leading_integer;
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "resize",
    about: "make a copy, resize.rrd, with more or fewer rows in one archive",
    usage: &["resize FILE N GROW|SHRINK ROWS"],
    options: Vec::new,
    operands: &[
        Operand::Database,
        Operand::Other,
        Operand::Words(&["GROW", "SHRINK"]),
        Operand::Other,
    ],
    manual: include_str!("../../manual/resize.md"),
    related: &["tune"],
    run,
};

/// The name of the copy.
const COPY: &str = "resize.rrd";

fn run(arguments: &[OsString], _context: &mut Context<'_>) -> Outcome {
    if arguments.first().is_some_and(|file| file == COPY) {
        return Err(WrongUse("resize.rrd is a reserved name").into());
    }
    let [file, archive, direction, rows] = arguments else {
        return Err(WrongUse("wrong number of parameters").into());
    };
    let resize = match direction.to_str() {
        Some("GROW") => Resize::Grow,
        Some("SHRINK") => Resize::Shrink,
        _ => return Err(WrongUse("I can only GROW or SHRINK").into()),
    };
    let rows = match u64::try_from(leading_integer(text(rows)?)) {
        Ok(rows) if rows > 0 => rows,
        _ => return Err(WrongUse("Please grow or shrink with at least 1 row").into()),
    };
    let reader = RrdReader::open(Path::new(file))?;
    // A negative number is not an archive, either.
    let archive = usize::try_from(leading_integer(text(archive)?))
        .map_err(|_| ResizeError::NoArchive { archive: usize::MAX })?;
    resize(rows).write(&reader, archive, COPY)?;
    Ok(())
}
