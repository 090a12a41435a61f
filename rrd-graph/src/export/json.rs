//! Tables as JSON in the form of `rrdtool xport --json`.

use std::io::{self, Write};

use rrd_core::Timestamp;
use rrd_core::number::dumped;

use super::{Export, RowTimes, Rule, Table};

/// The JSON of `xport --json`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json {
    /// Whether rows include their time.
    pub times: RowTimes,
}

impl Export for Json {
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let moment = |moment: i64| match &table.times {
            Some(_) => quoted(&table.moment(moment)),
            None => moment.to_string(),
        };
        writeln!(out, "{{ \"about\": \"RRDtool graph JSON output\",\n  \"meta\": {{")?;
        writeln!(out, "    \"start\": {},", moment(table.first_end()))?;
        writeln!(out, "    \"end\": {},", moment(table.end))?;
        writeln!(out, "    \"step\": {},\n    \"legend\": [", table.step.seconds())?;
        let legends = table.columns.iter().map(|column| quoted(column.title()));
        list(out, "      ", legends)?;
        writeln!(out, "          ]")?;
        notes(table, out)?;
        writeln!(out, "     }},\n  \"data\": [")?;
        let rows = table.row_starts().map(|start| self.row(table, start));
        list(out, "    ", rows)?;
        writeln!(out, "  ]\n}}")
    }
}

impl Json {
    fn row(self, table: &Table, start: i64) -> String {
        let mut text = String::from("[ ");
        if self.times == RowTimes::Included {
            text.push_str(&quoted(&table.row_end(start)));
            text.push(',');
        }
        for (index, column) in table.columns.iter().enumerate() {
            let value = column.rows.at(Timestamp::from_seconds(start));
            text.push_str(if index == 0 { "" } else { ", " });
            if value.is_finite() {
                text.push_str(&dumped(value).to_string());
            } else {
                text.push_str("null");
            }
        }
        text.push_str(" ]");
        text
    }
}

fn notes(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let notes = &table.notes;
    let prints = notes.prints.iter().map(|text| object("print", text));
    group(out, "prints", prints)?;
    group(out, "gprints", notes.legend.iter().map(|(kind, text)| object(kind, text)))?;
    let rules = notes.rules.iter().map(|rule| match *rule {
        Rule::Value(value) => object("hrule", &dumped(value).to_string()),
        Rule::Moment(moment) => object("vrule", &table.moment(moment)),
    });
    group(out, "rules", rules)
}

fn group(
    out: &mut dyn Write,
    name: &str,
    objects: impl ExactSizeIterator<Item = String>,
) -> io::Result<()> {
    if objects.len() == 0 {
        return Ok(());
    }
    writeln!(out, "    ,\"{name}\": [")?;
    list(out, "        ", objects)?;
    writeln!(out, "        ]")
}

/// Items separated by commas, one per line.
fn list(out: &mut dyn Write, indent: &str, items: impl Iterator<Item = String>) -> io::Result<()> {
    let mut items = items.peekable();
    while let Some(item) = items.next() {
        let comma = if items.peek().is_some() { "," } else { "" };
        writeln!(out, "{indent}{item}{comma}")?;
    }
    Ok(())
}

fn object(name: &str, text: &str) -> String {
    format!("{{ \"{name}\": {} }}", quoted(text))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
