//! Reads on after an error, so that all errors of a file are found: the wrong key is left out and
//! the section is read again.

use toml::Spanned;
use toml::de::DeValue;

use super::file::{MAX_ERRORS, SectionFile};
use super::{ConfigError, SectionReader, SectionValue};

impl SectionFile<'_> {
    /// Reads a section, or one table of a list of sections. If a key is wrong, also reads the
    /// section without it. Adds all errors to `errors`.
    pub fn read<T>(
        &self,
        name: &str,
        mut value: SectionValue<'_>,
        errors: &mut Vec<ConfigError>,
        mut read: impl for<'b> FnMut(SectionReader<'b>, SectionValue<'b>) -> Result<T, ConfigError>,
    ) -> Option<T> {
        let mut is_first = true;
        loop {
            let reader = SectionReader { file: self, written: &value, section: name };
            let error = match read(reader, value.clone()) {
                Ok(section) => return Some(section),
                Err(error) => error,
            };
            let is_left_out = error.is_of_key() && leave_out(value.get_mut(), error.byte());
            // Without a key, others may be missing or not fit: that is no error of its own.
            if is_first || is_left_out {
                errors.push(error);
            }
            if !is_left_out || errors.len() >= MAX_ERRORS {
                return None;
            }
            is_first = false;
        }
    }

    /// The tables of a section that may be repeated (`is_list`) or not. One that is written the
    /// other way is an error, and read nevertheless.
    pub fn parts<'b>(
        &self,
        name: &str,
        is_list: bool,
        value: SectionValue<'b>,
        errors: &mut Vec<ConfigError>,
    ) -> Vec<SectionValue<'b>> {
        let place = self.place(value.span().start);
        let (one, several) = (format!("[{name}]"), format!("[[{name}]]"));
        let brackets = |written: &str, expected: &str| ConfigError::Brackets {
            path: self.path.to_owned(),
            place,
            written: written.to_owned(),
            expected: expected.to_owned(),
        };
        let is_table = |value: &SectionValue<'_>| value.get_ref().is_table();
        if is_table(&value) && is_list {
            errors.push(brackets(&one, &several));
        }
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(array) if array.iter().all(is_table) => {
                if !is_list {
                    errors.push(brackets(&several, &one));
                }
                array.into_iter().collect()
            }
            value => vec![Spanned::new(span, value)],
        }
    }
}

/// Removes the key that is at this byte or has the value there. Returns whether there is one.
fn leave_out(value: &mut DeValue<'_>, byte: usize) -> bool {
    let table = match value {
        DeValue::Table(table) => table,
        DeValue::Array(array) => {
            return array.iter_mut().any(|value| leave_out(value.get_mut(), byte));
        }
        _ => return false,
    };
    if table.iter_mut().any(|(_, value)| leave_out(value.get_mut(), byte)) {
        return true;
    }
    let wrong = table.iter().find(|(key, value)| {
        let is_value = !value.get_ref().is_table() && value.span().contains(&byte);
        is_value || key.span().contains(&byte)
    });
    let Some(key) = wrong.map(|(key, _)| key.clone()) else { return false };
    table.remove(&key).is_some()
}
