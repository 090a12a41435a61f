//! Tables as XML in the form of `rrdtool xport`.

use std::io::{self, Write};

use rrd_core::Timestamp;
use rrd_core::number::dumped;

use super::{Column, Export, RowTimes, Rule, Table};
use crate::xml::escape_once;

/// The XML of `xport`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xml {
    /// Whether rows include their time.
    pub times: RowTimes,
    /// The names of value elements.
    pub cells: Cells,
}

/// The names of value elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// All `v`.
    #[default]
    Uniform,
    /// `v0`, `v1`, ...
    Numbered,
}

impl Export for Xml {
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let texts =
            table.notes.prints.iter().chain(table.notes.legend.iter().map(|(_, text)| text));
        let titles = table.columns.iter().map(Column::title);
        let mut texts = texts.map(String::as_str).chain(titles);
        // RRDtool's encoding declaration is correct only for ASCII text.
        let encoding = if texts.all(str::is_ascii) { "ISO-8859-1" } else { "UTF-8" };
        writeln!(out, "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\n<xport>\n  <meta>")?;
        writeln!(out, "    <start>{}</start>", escape_once(&table.moment(table.first_end())))?;
        writeln!(out, "    <end>{}</end>", escape_once(&table.moment(table.end)))?;
        writeln!(out, "    <step>{}</step>", table.step.seconds())?;
        writeln!(out, "    <rows>{}</rows>", table.row_count())?;
        writeln!(out, "    <columns>{}</columns>\n    <legend>", table.columns.len())?;
        for column in &table.columns {
            writeln!(out, "      <entry>{}</entry>", escape_once(column.title()))?;
        }
        writeln!(out, "    </legend>")?;
        notes(table, out)?;
        writeln!(out, "  </meta>\n  <data>")?;
        for start in table.row_starts() {
            write!(out, "    <row>")?;
            if self.times == RowTimes::Included {
                write!(out, "<t>{}</t>", escape_once(&table.row_end(start)))?;
            }
            for (index, column) in table.columns.iter().enumerate() {
                let value = dumped(column.rows.at(Timestamp::from_seconds(start)));
                match self.cells {
                    Cells::Uniform => write!(out, "<v>{value}</v>")?,
                    Cells::Numbered => write!(out, "<v{index}>{value}</v{index}>")?,
                }
            }
            writeln!(out, "</row>")?;
        }
        writeln!(out, "  </data>\n</xport>")
    }
}

fn notes(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let notes = &table.notes;
    let prints = notes.prints.iter().map(|text| ("print", text.clone()));
    group(out, "prints", prints)?;
    group(out, "gprints", notes.legend.iter().cloned())?;
    let rules = notes.rules.iter().map(|rule| match *rule {
        Rule::Value(value) => ("hrule", dumped(value).to_string()),
        Rule::Moment(moment) => ("vrule", table.moment(moment)),
    });
    group(out, "rules", rules)
}

fn group(
    out: &mut dyn Write,
    name: &str,
    texts: impl Iterator<Item = (&'static str, String)>,
) -> io::Result<()> {
    let mut texts = texts.peekable();
    if texts.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "    <{name}>")?;
    for (kind, text) in texts {
        writeln!(out, "        <{kind}>{}</{kind}>", escape_once(&text))?;
    }
    writeln!(out, "    </{name}>")
}
