//! The types of collectd: the values of a type, and their meaning. Its own list is read if it is
//! installed.
//!
//! Source: types.db(5).

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::source::meter::{Meter, MeterKind};

/// The types that are known.
#[derive(Clone, Debug)]
pub struct Types {
    types: BTreeMap<String, Vec<Source>>,
}

/// One value of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The name, such as `value` or `rx`.
    pub name: String,
    kind: MeterKind,
    least: f64,
    most: f64,
}

impl Source {
    /// A new meter for it.
    pub fn meter(&self) -> Meter {
        Meter { kind: self.kind, least: self.least, most: self.most, before: None }
    }

    /// Whether its readings are counters.
    pub fn is_counter(&self) -> bool {
        self.kind != MeterKind::Gauge
    }
}

impl Default for Types {
    /// Built-in types, named after their meaning.
    fn default() -> Self {
        let mut types = Self { types: BTreeMap::new() };
        types.parse(
            "gauge value:GAUGE:U:U\nderive value:DERIVE:0:U\ncounter value:COUNTER:U:U\nabsolute value:ABSOLUTE:0:U\n",
        );
        types
    }
}

impl Types {
    /// The built-in types and those of files; a missing file adds none.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn read<'a>(files: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        let mut types = Self::default();
        for file in files {
            match fs::read_to_string(file) {
                Ok(text) => types.parse(&text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(types)
    }

    /// Adds lines of the form `name source:KIND:least:most, ...`; others are skipped.
    pub fn parse(&mut self, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let Some((name, rest)) = line.split_once(char::is_whitespace) else { continue };
            let separators = |c: char| c == ',' || c.is_whitespace();
            let parts = rest.split(separators).filter(|part| !part.is_empty());
            if let Some(sources) = parts.map(source).collect::<Option<Vec<_>>>()
                && !sources.is_empty()
            {
                self.types.insert(name.to_owned(), sources);
            }
        }
    }

    /// The values of a type.
    pub fn find(&self, name: &str) -> Option<&[Source]> {
        self.types.get(name).map(Vec::as_slice)
    }
}

fn source(text: &str) -> Option<Source> {
    let mut parts = text.split(':');
    let (name, kind, least, most) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let limit = |text: &str| if text == "U" { Some(f64::NAN) } else { text.parse().ok() };
    Some(Source {
        name: name.to_owned(),
        kind: MeterKind::parse(kind)?,
        least: limit(least)?,
        most: limit(most)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_values_with_kinds_and_limits() {
        let mut types = Types::default();
        types.parse("# comment\nif_octets\trx:DERIVE:0:U, tx:DERIVE:0:U\nwrong value:ODD:0:U\npercent value:GAUGE:0:100.1\n");
        let octets = types.find("if_octets").unwrap();
        assert_eq!(octets.iter().map(|source| &*source.name).collect::<Vec<_>>(), ["rx", "tx"]);
        assert!(octets[0].is_counter() && octets[0].least == 0.0 && octets[0].most.is_nan());
        assert_eq!(types.find("percent").unwrap()[0].most, 100.1);
        assert!(types.find("wrong").is_none() && types.find("gauge").is_some());
    }
}
