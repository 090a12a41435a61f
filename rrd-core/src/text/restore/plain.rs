//! Reads rows in exactly the form that `dump` writes, without the XML reader: they are most of a
//! dump, and this takes a quarter of the time. Everything else is left to `document`.

use crate::number::{UNKNOWN, scan_plain};

/// Parses the complete rows at the beginning of `text`, each with `width` values, which are
/// appended to `values`. Returns the number of rows and the bytes consumed, including white space
/// and comments before them.
pub(super) fn rows(text: &[u8], width: usize, values: &mut Vec<f64>) -> (u64, usize) {
    let (mut count, mut rest) = (0, text);
    loop {
        let before = values.len();
        let Some(behind) = row(rest, width, values) else {
            values.truncate(before);
            return (count, text.len() - rest.len());
        };
        count += 1;
        rest = behind;
    }
}

fn row<'a>(text: &'a [u8], width: usize, values: &mut Vec<f64>) -> Option<&'a [u8]> {
    let mut rest = text.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b"<!--") {
        rest = after_comment(comment)?.trim_ascii_start();
    }
    rest = rest.strip_prefix(b"<row>")?;
    for _ in 0..width {
        rest = rest.strip_prefix(b"<v>")?;
        let value;
        (value, rest) = match rest.strip_prefix(b"NaN") {
            Some(rest) => (UNKNOWN, rest),
            None => scan_plain(rest)?,
        };
        rest = rest.strip_prefix(b"</v>")?;
        values.push(value);
    }
    rest.strip_prefix(b"</row>")
}

fn after_comment(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let end = text.iter().position(|&byte| byte == b'>')?;
        let (comment, rest) = (text.get(..end)?, text.get(end + 1..)?);
        if comment.ends_with(b"--") {
            return Some(rest);
        }
        // If another `>` separates the parts of `-->`, the comment has not ended yet.
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, width: usize) -> (u64, String, Vec<f64>) {
        let mut values = Vec::new();
        let (count, used) = rows(text.as_bytes(), width, &mut values);
        (count, text[used..].to_owned(), values)
    }

    #[test]
    fn rows_as_dumped_are_read_one_after_the_other() {
        let text = "\n\t<!-- 2001 / 1 --> <row><v>1.5000000000e+00</v><v>-2.0000000000e+02</v></row>\n\
                    <row><v>0.0000000000e+00</v><v>5.0000000000e-01</v></row></database>";
        let values = vec![1.5, -200.0, 0.0, 0.5];
        assert_eq!(read(text, 2), (2, "</database>".to_owned(), values));
    }

    #[test]
    fn what_is_not_whole_or_not_plain_is_left() {
        for text in [
            "<row><v>1.0000000000e+00</v>",
            "<row><v>1.0000000000e+0",
            "<!-- a comment without an end <row><v>1.0000000000e+00</v></row>",
            "<!-- cut --",
            "<row><v> 1.0000000000e+00</v></row>",
            "<row><v>inf</v></row>",
            "<row ><v>1.0000000000e+00</v></row>",
            "<ROW><v>1.0000000000e+00</v></ROW>",
            "<row><v>1.0000000000e+00</v><v>1.0000000000e+00</v></row>",
            "<row></row>",
        ] {
            assert_eq!(read(text, 1), (0, text.to_owned(), Vec::new()));
        }
    }
}
