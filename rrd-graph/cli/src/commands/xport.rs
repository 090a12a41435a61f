//! `rrd xport`: series as XML or JSON.

use std::ffi::OsString;
use std::io::{self, Write};

use rrd_core::Step;
use rrd_core::at_style::TimeSpec;
use rrd_graph::data::{Missing, Window};
use rrd_graph::evaluate::evaluate;
use rrd_graph::export::{Cells, ColumnsOf, Export, Json, RowTimes, Table, Xml};
use rrd_graph::statement::{self, StatementContext};
use rrd_graph::texts::{TextSettings, texts};
use rrd_graph::window;
use rrd_graph::{Clock, Codeset};

use crate::cached_databases::{CachedDatabases, Unreachable};
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::leading_number::leading_decimal;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;

pub(crate) const COMMAND: Command = Command {
    name: "xport",
    about: "print series as XML or JSON",
    usage: &["xport [OPTION]... [DEF:NAME=FILE:SOURCE:CF] [CDEF:NAME=RPN] [XPORT:NAME:LEGEND]"],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Beginnings(&["DEF:", "CDEF:", "VDEF:", "XPORT:"])],
    manual: include_str!("../../manual/xport.md"),
    related: &["graph", "fetch", "export"],
    run,
};

struct XportOptions {
    start: TimeSpec,
    end: TimeSpec,
    rows: u32,
    /// Seconds; 0 leaves the choice to the rows.
    step: u64,
    xml: Xml,
    json: bool,
    daemon: Option<OsString>,
}

const OPTIONS: &[OptionSpec<XportOptions>] = &[
    OptionSpec::start(|xport, time| {
        xport.start = window::parse_start(text(time)?)?;
        Ok(())
    }),
    OptionSpec::end(|xport, time| {
        xport.end = window::parse_end(text(time)?)?;
        Ok(())
    }),
    OptionSpec::value(
        Some('m'),
        "maxrows",
        "ROWS",
        "The most rows, 400 by default, at least 10.",
        |xport, rows| {
            let rows = u32::try_from(leading_decimal(text(rows)?)).ok();
            let rows = rows.filter(|rows| *rows >= LEAST_ROWS);
            xport.rows = rows.ok_or(XportRefusal::MaxRows)?;
            Ok(())
        },
    ),
    OptionSpec::value(None, "step", "SECONDS", "The least length of a row.", |xport, length| {
        xport.step = leading_decimal(text(length)?).max(0).unsigned_abs();
        Ok(())
    }),
    OptionSpec::flag(None, "enumds", "Number the columns of the XML.", |xport, _| {
        xport.xml.cells = Cells::Numbered;
        Ok(())
    }),
    OptionSpec::json(|xport, _| {
        xport.json = true;
        Ok(())
    }),
    OptionSpec::flag(Some('t'), "showtime", "Write the time of each row.", |xport, _| {
        xport.xml.times = RowTimes::Included;
        Ok(())
    }),
    OptionSpec::daemon(|xport, address| match xport.daemon.replace(address.to_owned()) {
        None => Ok(()),
        Some(_) => Err(XportRefusal::DaemonTwice.into()),
    }),
];

/// The default number of rows.
const ROWS: u32 = 400;
/// The smallest value of `--maxrows`.
const LEAST_ROWS: u32 = 10;

#[derive(Debug, thiserror::Error)]
enum XportRefusal {
    #[error("maxrows below 10 rows")]
    MaxRows,
    #[error("You cannot specify --daemon more than once.")]
    DaemonTwice,
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    find(arguments, context)?.print(&mut context.out)?;
    Ok(())
}

/// The answer of `xport`: series as a table.
pub struct XportAnswer {
    table: Table,
    codeset: Codeset,
    xml: Xml,
    json: bool,
}

impl XportAnswer {
    /// The rows.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Prints the document that the command line asks for.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let format: &dyn Export =
            if self.json { &Json { times: self.xml.times } } else { &self.xml };
        format.export(&self.table, out)
    }

    /// The legend of each column, in the codeset of the command line.
    pub fn legends(&self) -> impl ExactSizeIterator<Item = Vec<u8>> {
        self.table.legends().map(|legend| self.codeset.encode(legend).into_owned())
    }
}

/// The table of a command line.
pub(crate) fn find(arguments: &[OsString], context: &Context<'_>) -> Result<XportAnswer, Failure> {
    let mut options = XportOptions {
        start: window::parse_start("end-24h")?,
        end: window::parse_end("now")?,
        rows: ROWS,
        step: 0,
        xml: Xml::default(),
        json: false,
        daemon: None,
    };
    let elements = options::parse(arguments, OPTIONS, &mut options)?;
    let XportOptions { start, end, rows, step, xml, json, daemon } = options;
    let (now, zone) = (context.environment.now(), context.environment.zone());
    let range = window::resolve(&start, &end, now, zone)?;
    if elements.is_empty() {
        return Err(WrongUse("can't make an xport without contents").into());
    }
    let codeset = context.environment.codeset();
    let statements = statement::parse(&elements, StatementContext { range, now, zone, codeset })?;
    let databases = CachedDatabases::new(context, daemon.as_deref(), Unreachable::Refused);
    let window = Window::new(range, rows, Step::from_seconds(step));
    let locale = context.environment.time_locale();
    let clock = Clock { now, zone, first_weekday: locale.first_weekday() };
    let evaluated = evaluate(&statements, window, &databases, Missing::Refused, clock)?;
    let settings = TextSettings { base: 1000.0, zone, locale, now };
    let texts = texts(&statements, &evaluated, settings)?;
    let table = Table::new(&statements, &evaluated, &texts, ColumnsOf::Exports, None)?;
    let codeset = codeset.of_answer(arguments);
    Ok(XportAnswer { table, codeset, xml, json })
}
