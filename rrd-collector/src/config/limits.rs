//! The limits on the files of the data folder: keys outside all sections, and the section `[caps]`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::bytes::Bytes;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::{described_kinds, kinds};
use crate::store::budget::FileLimits;

pub(super) const KEYS: [&str; 4] = ["disk", "forget_after", "remove_after", "caps"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    disk: Option<String>,
    forget_after: Option<String>,
    remove_after: Option<String>,
    #[serde(default)]
    caps: BTreeMap<Spanned<String>, NonZeroUsize>,
}

/// Takes the keys of limits out of a file.
pub(super) fn take<'a>(file: &mut DeTable<'a>) -> SectionValue<'a> {
    let taken = KEYS.into_iter().filter_map(|key| file.remove_entry(key)).collect();
    Spanned::new(0..0, DeValue::Table(taken))
}

impl FileLimits {
    /// Adds what a file says; missing settings keep their value.
    pub(super) fn read<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let table: Table = reader.parse(value)?;
        if let Some(text) = table.disk {
            let parsed = text.parse::<Bytes>();
            self.disk = Some(parsed.map_err(|error| reader.error("disk", error))?);
        }
        if let Some(text) = table.forget_after {
            self.forget_after = reader.span("forget_after", &text)?;
        }
        if let Some(text) = table.remove_after {
            self.remove_after = Some(reader.span("remove_after", &text)?);
        }
        let known: Vec<&str> = kinds().map(|kind| &*kind.name).chain(described_kinds()).collect();
        for (kind, cap) in table.caps {
            if !known.contains(&&**kind.get_ref()) {
                let name = format!("caps.{}", kind.get_ref());
                return Err(reader.unknown(kind.span().start, &name, &known));
            }
            self.caps.insert(kind.into_inner(), cap.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::fault::chain;
    use crate::section::{Environment, SectionFile};

    fn read(text: &str) -> Result<FileLimits, String> {
        let environment = Environment { variable: &|_| None, credentials: None };
        let file = SectionFile::new(Path::new("x.toml"), text, &environment);
        let (mut limits, mut errors) = (FileLimits::default(), Vec::new());
        let value = take(&mut file.tables().unwrap());
        file.read("", value, &mut errors, |reader, value| limits.read(reader, value));
        errors.first().map_or(Ok(limits), |error| Err(chain(error)))
    }

    #[test]
    fn files_stay_for_ever_unless_the_configuration_says_otherwise() {
        let limits = read("step = \"1s\"\n").unwrap();
        let days = Duration::from_secs(30 * 86_400);
        assert_eq!((limits.disk, limits.remove_after, limits.forget_after), (None, None, days));
        let text = "disk = \"2GB\"\nforget_after = \"1d\"\nremove_after = \"1y\"\n\
                    [caps]\nunit = 50\ncollectd = 2000\n";
        let limits = read(text).unwrap();
        assert_eq!(limits.disk, Some(Bytes(2_000_000_000)));
        assert_eq!(limits.forget_after, Duration::from_secs(86_400));
        assert_eq!(limits.remove_after, Some(Duration::from_secs(365 * 86_400)));
        assert_eq!(
            (limits.cap("unit"), limits.cap("collectd"), limits.cap("disk")),
            (50, 2000, 500)
        );
    }

    #[test]
    fn limits_that_make_no_sense_are_refused_with_what_is_expected() {
        for (text, part) in [
            ("disk = \"2\"\n", "x.toml:1: disk: invalid size \"2\": expected a number and B, KB"),
            (
                "remove_after = \"0d\"\n",
                "x.toml:1: remove_after: invalid duration \"0d\": expected 1s",
            ),
            (
                "[caps]\nunits = 5\n",
                "x.toml:2: unknown key or section \"caps.units\": expected one of cpu",
            ),
            ("[caps]\nunit = 0\n", "expected a nonzero"),
            ("caps = 5\n", "expected a map"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
