//! `rrd xport`: series as XML or JSON.

use std::ffi::OsString;

use rrd_graph::cdef::Clock;
use rrd_graph::data::{Missing, Window};
use rrd_graph::evaluate::evaluate;
use rrd_graph::export::{Cells, ColumnsOf, Export, Json, RowTimes, Table, Xml};
use rrd_graph::statement::{self, StatementContext};
use rrd_graph::texts::{TextSettings, texts};
use rrd_graph::window;

use crate::cached_databases::{CachedDatabases, Unreachable};
use crate::context::{Command, Context};
use crate::failure::{Outcome, WrongUse, text};
use crate::leading_number::leading_decimal;
use crate::options::{Rule, Word, words};

pub(crate) const COMMAND: Command = Command {
    name: "xport",
    about: "series as XML or JSON",
    synopsis: &[
        "xport [--start|-s TIME] [--end|-e TIME] [--maxrows|-m ROWS] [--step SECONDS]",
        "[--enumds] [--json] [--showtime|-t] [--daemon|-d ADDRESS]",
        "[DEF:NAME=FILE:SOURCE:CF] [CDEF:NAME=RPN] [XPORT:NAME:LEGEND]",
    ],
    run,
};

#[derive(Clone, Copy)]
enum Means {
    Start,
    End,
    MaxRows,
    Step,
    Numbered,
    Json,
    ShowTime,
    Daemon,
}

const RULES: [Rule<Means>; 8] = [
    Rule::value(Some('s'), "start", Means::Start),
    Rule::value(Some('e'), "end", Means::End),
    Rule::value(Some('m'), "maxrows", Means::MaxRows),
    Rule::value(None, "step", Means::Step),
    Rule::flag(None, "enumds", Means::Numbered),
    Rule::flag(None, "json", Means::Json),
    Rule::flag(Some('t'), "showtime", Means::ShowTime),
    Rule::value(Some('d'), "daemon", Means::Daemon),
];

/// The rows of a table where no option says how many.
const ROWS: u32 = 400;
/// The least that `--maxrows` takes.
const LEAST_ROWS: u32 = 10;

#[derive(Debug, thiserror::Error)]
enum XportRefusal {
    #[error("maxrows below 10 rows")]
    MaxRows,
    #[error("You cannot specify --daemon more than once.")]
    DaemonTwice,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut start = window::parse_start("end-24h")?;
    let mut end = window::parse_end("now")?;
    let (mut rows, mut step, mut json) = (ROWS, 0, false);
    let mut xml = Xml::default();
    let mut address = None;
    let mut elements = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(Means::Start, value) => start = window::parse_start(text(value)?)?,
            Word::Option(Means::End, value) => end = window::parse_end(text(value)?)?,
            Word::Option(Means::MaxRows, value) => {
                let wanted = u32::try_from(leading_decimal(text(value)?)).ok();
                let wanted = wanted.filter(|rows| *rows >= LEAST_ROWS);
                rows = wanted.ok_or(XportRefusal::MaxRows)?;
            }
            Word::Option(Means::Step, value) => {
                step = leading_decimal(text(value)?).max(0).unsigned_abs();
            }
            Word::Option(Means::Numbered, _) => xml.cells = Cells::Numbered,
            Word::Option(Means::Json, _) => json = true,
            Word::Option(Means::ShowTime, _) => xml.times = RowTimes::Included,
            Word::Option(Means::Daemon, _) if address.is_some() => {
                return Err(XportRefusal::DaemonTwice.into());
            }
            Word::Option(Means::Daemon, value) => address = Some(value),
            Word::Positional(value) => elements.push(text(value)?),
        }
    }
    let (now, zone) = (context.world.now(), context.world.zone());
    let range = window::resolve(&start, &end, now, zone)?;
    if elements.is_empty() {
        return Err(WrongUse("can't make an xport without contents").into());
    }
    let statements = statement::parse(&elements, StatementContext { range, now, zone })?;
    let databases = CachedDatabases::new(context.world, address, Unreachable::Refused);
    let window = Window::new(range, rows, step);
    let clock = Clock { now, zone, first_weekday: context.world.first_weekday() };
    let evaluated = evaluate(&statements, window, &databases, Missing::Refused, clock)?;
    let texts = texts(&statements, &evaluated, TextSettings { base: 1000.0, zone, now })?;
    let table = Table::new(&statements, &evaluated, &texts, ColumnsOf::Exports, None)?;
    let format: &dyn Export = if json { &Json { times: xml.times } } else { &xml };
    format.export(&table, &mut context.out)?;
    Ok(())
}
