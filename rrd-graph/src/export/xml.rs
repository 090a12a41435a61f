//! Tables as XML, in the shape of `rrdtool xport`.

use std::borrow::Cow;
use std::io::{self, Write};

use rrd_core::number::dumped;

use super::{Export, RowTimes, Rule, Table};

/// The XML of `xport`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xml {
    /// Whether rows say when they were.
    pub times: RowTimes,
    /// How the elements of values are called.
    pub cells: Cells,
}

/// How the elements of values are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// All `v`.
    #[default]
    Alike,
    /// `v0`, `v1`, ...
    Numbered,
}

impl Export for Xml {
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let texts =
            table.notes.prints.iter().chain(table.notes.legend.iter().map(|(_, text)| text));
        let mut texts = texts.chain(table.columns.iter().map(|column| &column.legend));
        // The name that RRDtool writes is right for plain English only.
        let encoding = if texts.all(|text| text.is_ascii()) { "ISO-8859-1" } else { "UTF-8" };
        writeln!(out, "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\n<xport>\n  <meta>")?;
        writeln!(out, "    <start>{}</start>", escape(&table.moment(table.first_end())))?;
        writeln!(out, "    <end>{}</end>", escape(&table.moment(table.end)))?;
        writeln!(out, "    <step>{}</step>", table.step.seconds())?;
        writeln!(out, "    <rows>{}</rows>", table.row_count())?;
        writeln!(out, "    <columns>{}</columns>\n    <legend>", table.columns.len())?;
        for column in &table.columns {
            writeln!(out, "      <entry>{}</entry>", escape(&column.legend))?;
        }
        writeln!(out, "    </legend>")?;
        notes(table, out)?;
        writeln!(out, "  </meta>\n  <data>")?;
        for start in table.row_starts() {
            write!(out, "    <row>")?;
            if self.times == RowTimes::Shown {
                write!(out, "<t>{}</t>", escape(&table.row_end(start)))?;
            }
            for (place, column) in table.columns.iter().enumerate() {
                let value = dumped(column.rows.at(start));
                match self.cells {
                    Cells::Alike => write!(out, "<v>{value}</v>")?,
                    Cells::Numbered => write!(out, "<v{place}>{value}</v{place}>")?,
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
        writeln!(out, "        <{kind}>{}</{kind}>", escape(&text))?;
    }
    writeln!(out, "    </{name}>")
}

/// A text that XML takes as it is meant. What its author escaped already stays.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) && text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '&' if !is_reference(text.get(at + 1..).unwrap_or_default()) => {
                escaped.push_str("&amp;");
            }
            character if is_legal(character) => escaped.push(character),
            _ => escaped.push('\u{fffd}'),
        }
    }
    Cow::Owned(escaped)
}

/// Whether XML allows a character at all.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether what follows an ampersand makes it a reference: `amp;`, `#38;`, `#x26;`.
fn is_reference(rest: &str) -> bool {
    let Some((name, _)) = rest.split_once(';') else { return false };
    let code = match name.strip_prefix('#') {
        None => return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
        Some(code) => match code.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => code.parse(),
        },
    };
    !name.contains('+') && code.ok().and_then(char::from_u32).is_some_and(is_legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_once() {
        for (text, escaped) in [
            ("in & out", "in &amp; out"),
            ("a<b>&c", "a&lt;b>&amp;c"),
            ("R&amp;D", "R&amp;D"),
            ("&#176;C &#xb0;", "&#176;C &#xb0;"),
            ("&#0;&#x;&nbsp;&;", "&amp;#0;&amp;#x;&amp;nbsp;&amp;;"),
            ("a\u{1}b", "a\u{fffd}b"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }
}
