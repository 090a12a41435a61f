//! The words of one line of remote mode: split at blanks, with quotes.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::cli::failure::WrongUse;

/// Splits a line. Control characters and blanks around it are cut; `"` and `'` quote until their like; nothing escapes.
pub(super) fn split(line: &[u8]) -> Result<Vec<OsString>, WrongUse> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    for &byte in trim(line) {
        match (quote, byte) {
            (Some(mark), _) if byte == mark => quote = None,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (None, b' ') => words.extend(word.take().map(OsString::from_vec)),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if quote.is_some() {
        return Err(WrongUse("creating arguments"));
    }
    words.extend(word.map(OsString::from_vec));
    Ok(words)
}

fn trim(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|&byte| byte > b' ').unwrap_or(line.len());
    let end = line.iter().rposition(|&byte| byte > b' ').map_or(start, |last| last + 1);
    &line[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Result<Vec<String>, WrongUse> {
        let words = split(line.as_bytes())?;
        Ok(words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn a_line_splits_at_blanks_and_loses_its_margins() {
        assert_eq!(texts("\t last  a.rrd \r\n").unwrap(), ["last", "a.rrd"]);
        assert_eq!(texts("last\ta.rrd").unwrap(), ["last\ta.rrd"]);
        assert_eq!(texts(" \n").unwrap(), [""; 0]);
    }

    #[test]
    fn quotes_may_be_anywhere_and_hold_the_other_kind() {
        assert_eq!(texts("last a\".r r\"d 'x\"y' ''").unwrap(), ["last", "a.r rd", "x\"y", ""]);
        assert_eq!(texts(r"last a\.rrd").unwrap(), ["last", r"a\.rrd"]);
    }

    #[test]
    fn a_quote_that_stays_open_is_refused() {
        assert_eq!(texts("last \"a.rrd"), Err(WrongUse("creating arguments")));
    }
}
