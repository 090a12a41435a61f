//! Splits a line of remote mode into words: at blanks, with quotation marks.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::failure::WrongUse;

/// The words of the last line. Their memory is reused.
#[derive(Default)]
pub(super) struct Words {
    words: Vec<OsString>,
    count: usize,
}

impl Words {
    /// Splits a line. Surrounding control characters and blanks are removed; `"` and `'` quote up
    /// to the next one of the same kind; there are no escapes.
    pub(super) fn split(&mut self, line: &[u8]) -> Result<&[OsString], WrongUse> {
        self.count = 0;
        let mut within = false;
        let mut rest = trim(line);
        while let [byte, behind @ ..] = rest {
            match *byte {
                b' ' => {
                    within = false;
                    rest = behind;
                }
                mark @ (b'"' | b'\'') => {
                    let end = behind.iter().position(|&byte| byte == mark);
                    let end = end.ok_or(WrongUse("creating arguments"))?;
                    self.push(within, &behind[..end]);
                    within = true;
                    rest = &behind[end + 1..];
                }
                _ => {
                    // All bytes that end a run are among the lowest values; other low values just
                    // begin the next run.
                    let low = |&byte: &u8| byte <= b'\'';
                    let end = behind.iter().position(low).map_or(rest.len(), |at| at + 1);
                    self.push(within, &rest[..end]);
                    within = true;
                    rest = &rest[end..];
                }
            }
        }
        Ok(self.words.get(..self.count).unwrap_or_default())
    }

    /// Appends to the last word, or begins another one.
    fn push(&mut self, within: bool, text: &[u8]) {
        if !within {
            self.count += 1;
            match self.words.get_mut(self.count - 1) {
                Some(word) => word.clear(),
                None => self.words.push(OsString::new()),
            }
        }
        if let Some(word) = self.words.get_mut(self.count - 1) {
            word.push(OsStr::from_bytes(text));
        }
    }
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
        let mut words = Words::default();
        words.split(b"quite another 'line'")?;
        let words = words.split(line.as_bytes())?;
        Ok(words.iter().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn a_line_splits_at_blanks_and_loses_its_margins() {
        assert_eq!(texts("\t last  a.rrd \r\n").unwrap(), ["last", "a.rrd"]);
        assert_eq!(texts("last\ta.rrd").unwrap(), ["last\ta.rrd"]);
        assert_eq!(texts(" \n").unwrap(), [""; 0]);
        assert_eq!(texts("a!b #c $%&d").unwrap(), ["a!b", "#c", "$%&d"]);
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
