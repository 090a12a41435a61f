//! The rows that `FETCH` and `FETCHBIN` answer with: which are asked for, and their bytes piece by
//! piece.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::number::{push_whole, scientific};
use rrd_core::{ConsolidationFunction, FetchRequest, Series, TimeRange, Timestamp};

use super::failure;
use crate::grammar::{Answer, Arguments, Digits, Verb, leading_integer};
use crate::names;
use crate::server::Server;

/// A piece of an answer ends when it has at least this many bytes.
const PIECE: usize = 64 << 10;

/// Up to this many values are read and written by the thread of the connection: less than a
/// millisecond.
const SMALL: usize = 8 << 10;

/// The part of a request that has the default: the last day.
const DAY: i64 = 24 * 60 * 60;

/// How rows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A line for each row.
    Lines,
    /// The bytes of each data source.
    Binary,
}

/// How much a thread may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Little: other connections wait for the thread.
    Small,
    /// All that the archive has.
    Any,
}

/// Rows that are ready to be sent. In memory are those that the archive has in the range; the
/// answer is made from them piece by piece.
#[derive(Debug)]
pub(crate) struct Rows {
    series: Series,
    /// The data sources that are sent, by their index.
    columns: Vec<usize>,
    form: Form,
    has_begun: bool,
    /// The next column of a binary answer.
    column: usize,
    /// The next row.
    row: usize,
}

/// The rows that a command asks for; `None` if that takes longer than `amount` permits.
///
/// # Errors
///
/// The answer that says why there are none.
pub(super) fn find(
    server: &Server,
    verb: Verb,
    arguments: &Arguments<'_>,
    form: Form,
    amount: Amount,
) -> Result<Option<Rows>, Answer> {
    let [name, function, times @ ..] = arguments else { return Err(Answer::usage(verb)) };
    let path = server.checked(name)?;
    let (range, columns) = range(times, Timestamp::now().seconds())?;
    let function = named(function)?;
    let request = FetchRequest::new(function, range);
    let found = match amount {
        Amount::Small => server.store.fetch_at_most(names::path(name), &request, SMALL),
        Amount::Any => server.store.fetch(names::path(name), &request).map(Some),
    };
    let refused = |error| failure::answer(server, "rrd_fetch_r failed: ", &path, error);
    let Some(series) = found.map_err(refused)? else { return Ok(None) };
    let end = i128::from(range.end.seconds());
    let step = i128::from(series.step().seconds());
    if end - end.rem_euclid(step) + step < i128::from(series.start().seconds()) {
        // What RRDtool says of a range that ends before it starts.
        return Err(Answer::failure("rrd_fetch_r failed: malloc fetch data area"));
    }
    let columns = selected(&series, columns, &path)?;
    Ok(Some(Rows { series, columns, form, has_begun: false, column: 0, row: 0 }))
}

/// The range that is asked for, and the names of columns after it.
fn range<'a, T: AsRef<[u8]>>(
    words: &'a [T],
    now: i64,
) -> Result<(TimeRange, impl Iterator<Item = &'a [u8]>), Answer> {
    let time = |word: Option<&'a T>, which: &str, default: i64| {
        let Some(word) = word.map(AsRef::as_ref) else { return Ok(default) };
        match leading_integer(word, Digits::Prefixed) {
            Some(time) if time <= 0 => Ok(now.saturating_add(time)),
            Some(time) => Ok(time),
            None => {
                let text = [b"Cannot parse ", which.as_bytes(), b" time `", word].concat();
                let end = b"': Only simple integers are allowed.";
                Err(Answer::failure([text.as_slice(), end].concat()))
            }
        }
    };
    let start = time(words.first(), "start", now - DAY)?;
    let end = time(words.get(1), "end", now)?;
    // Empty words come from blanks at the end of a line.
    let columns = words.iter().skip(2).map(AsRef::as_ref).filter(|name| !name.is_empty());
    Ok((TimeRange::from_seconds(start, end), columns))
}

fn named(function: &[u8]) -> Result<ConsolidationFunction, Answer> {
    let known = std::str::from_utf8(function).ok().and_then(|name| name.parse().ok());
    known.ok_or_else(|| {
        let text = b"rrd_fetch_r failed: unknown consolidation function '";
        Answer::failure([text, function, b"'"].concat())
    })
}

/// The indices of the columns; of all data sources if none are named.
fn selected<'a>(
    series: &Series,
    names: impl Iterator<Item = &'a [u8]>,
    path: &Path,
) -> Result<Vec<usize>, Answer> {
    let count = series.names().len();
    let mut columns = Vec::with_capacity(count);
    for name in names {
        if columns.len() == count {
            return Err(Answer::failure("too many fields given - duplicates!"));
        }
        let Some(column) = series.names().iter().position(|known| known.as_bytes() == name) else {
            let path = path.as_os_str().as_bytes();
            return Err(Answer::failure([b"field ", name, b" not found in ", path].concat()));
        };
        if columns.contains(&column) {
            return Err(Answer::failure([b"field ", name, b" already used"].concat()));
        }
        columns.push(column);
    }
    if columns.is_empty() {
        columns.extend(0..count);
    }
    Ok(columns)
}

impl Rows {
    /// Appends the next piece of the answer; whether there is more.
    pub(crate) fn push_piece(&mut self, out: &mut Vec<u8>) -> bool {
        let full = out.len().saturating_add(PIECE);
        if !self.has_begun {
            self.has_begun = true;
            self.push_head(out);
        }
        match self.form {
            Form::Lines => self.push_lines(out, full),
            Form::Binary => self.push_columns(out, full),
        }
    }

    fn push_head(&self, out: &mut Vec<u8>) {
        let Self { series, columns, form, .. } = self;
        let count = match form {
            Form::Lines => 6_usize.saturating_add(series.len()),
            Form::Binary => 5 + columns.len(),
        };
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "{count} Success\nFlushVersion: 1\nStart: {}\nEnd: {}\nStep: {}\nDSCount: {}\n",
            series.start(),
            series.end(),
            series.step().seconds(),
            columns.len()
        );
        if *form == Form::Lines {
            out.extend_from_slice(b"DSName:");
            for name in columns.iter().filter_map(|column| series.names().get(*column)) {
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
            }
            out.push(b'\n');
        }
    }

    /// The values of a row; `None` if the archive does not have it.
    fn values(&self, row: usize) -> Option<&[f64]> {
        let width = self.series.names().len();
        let start = row.checked_sub(self.series.before())?.checked_mul(width)?;
        self.series.kept().get(start..start.checked_add(width)?)
    }

    fn push_lines(&mut self, out: &mut Vec<u8>, full: usize) -> bool {
        let (rows, step) = (self.series.len(), self.series.step().seconds());
        // The range has been checked: its end is a time.
        let length = step.saturating_mul(u64::try_from(self.row).unwrap_or(u64::MAX));
        let mut end = self.series.start().seconds().saturating_add_unsigned(length);
        while self.row < rows && out.len() < full {
            end = end.saturating_add_unsigned(step);
            push_time(end, out);
            match self.values(self.row) {
                Some(values) => {
                    for value in self.columns.iter().filter_map(|column| values.get(*column)) {
                        out.push(b' ');
                        scientific(*value, 17).push_to(out);
                    }
                }
                None => self.columns.iter().for_each(|_| out.extend_from_slice(b" -nan")),
            }
            out.push(b'\n');
            self.row += 1;
        }
        self.row < rows
    }

    fn push_columns(&mut self, out: &mut Vec<u8>, full: usize) -> bool {
        let rows = self.series.len();
        while let Some(&column) = self.columns.get(self.column) {
            if self.row == 0 {
                let name = self.series.names().get(column).map_or("", String::as_str);
                let order = if cfg!(target_endian = "little") { "LITTLE" } else { "BIG" };
                let _ = writeln!(out, "DSName-{name}: BinaryData {rows} 8 {order}");
            }
            while self.row < rows {
                if out.len() >= full {
                    return true;
                }
                let value = self.values(self.row).and_then(|values| values.get(column));
                out.extend_from_slice(&value.unwrap_or(&rrd_core::UNKNOWN).to_ne_bytes());
                self.row += 1;
            }
            out.push(b'\n');
            self.row = 0;
            self.column += 1;
        }
        false
    }
}

/// The end of a row, at least ten characters wide, and a colon.
fn push_time(seconds: i64, out: &mut Vec<u8>) {
    if (0..1_000_000_000).contains(&seconds) {
        let _ = write!(out, "{seconds:>10}:");
    } else {
        push_whole(seconds, out);
        out.push(b':');
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::Step;

    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn read(words: &[&str]) -> Result<(i64, i64, Vec<String>), String> {
        match range(words, NOW) {
            Ok((range, columns)) => {
                let columns = columns.map(|name| String::from_utf8_lossy(name).into_owned());
                Ok((range.start.seconds(), range.end.seconds(), columns.collect()))
            }
            Err(answer) => {
                let mut text = Vec::new();
                answer.write_to(&mut text);
                Err(String::from_utf8(text).unwrap())
            }
        }
    }

    #[test]
    fn a_range_is_the_last_day_unless_times_are_given() {
        assert_eq!(read(&[]), Ok((NOW - 86_400, NOW, vec![])));
        assert_eq!(read(&["-100"]), Ok((NOW - 100, NOW, vec![])));
        assert_eq!(read(&["7", "0"]), Ok((7, NOW, vec![])));
        assert_eq!(
            read(&["0x10", "020", "x", "", "y"]),
            Ok((16, 16, vec!["x".into(), "y".into()]))
        );
    }

    #[test]
    fn a_time_that_is_no_integer_is_refused() {
        let refused = "-1 Cannot parse start time `abc': Only simple integers are allowed.\n";
        assert_eq!(read(&["abc"]), Err(refused.to_owned()));
        let refused = "-1 Cannot parse end time `': Only simple integers are allowed.\n";
        assert_eq!(read(&["1", ""]), Err(refused.to_owned()));
    }

    fn rows(form: Form, columns: Vec<usize>) -> Rows {
        let start = Timestamp::from_seconds(999_999_970);
        let step = Step::from_seconds(10).unwrap();
        let series = Series::new(start, step, ["x", "y"], vec![1.0, 0.7, f64::INFINITY, -0.0]);
        let series = series.surrounded(1, 1);
        Rows { series, columns, form, has_begun: false, column: 0, row: 0 }
    }

    #[test]
    fn lines_have_the_selected_columns_and_unknown_rows_around_the_archive() {
        let mut out = Vec::new();
        assert!(!rows(Form::Lines, vec![1, 0]).push_piece(&mut out));
        let text = "10 Success\nFlushVersion: 1\nStart: 999999960\nEnd: 1000000000\nStep: 10\n\
            DSCount: 2\nDSName: y x\n\
            \x20999999970: -nan -nan\n\
            \x20999999980: 6.99999999999999956e-01 1.00000000000000000e+00\n\
            \x20999999990: -0.00000000000000000e+00 inf\n\
            1000000000: -nan -nan\n";
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }

    #[test]
    fn binary_columns_follow_their_headers() {
        let mut out = Vec::new();
        assert!(!rows(Form::Binary, vec![1]).push_piece(&mut out));
        let mut expected = b"6 Success\nFlushVersion: 1\nStart: 999999960\nEnd: 1000000000\n\
            Step: 10\nDSCount: 1\nDSName-y: BinaryData 4 8 LITTLE\n"
            .to_vec();
        for value in [rrd_core::UNKNOWN, 0.7, -0.0, rrd_core::UNKNOWN] {
            expected.extend(value.to_ne_bytes());
        }
        expected.push(b'\n');
        assert_eq!(out, expected);
    }

    #[test]
    fn an_answer_of_any_length_is_the_same_in_pieces() {
        for form in [Form::Lines, Form::Binary] {
            let make = || {
                let start = Timestamp::from_seconds(0);
                let values = (0..30_000).map(f64::from).collect();
                let series = Series::new(start, Step::SECOND, ["x", "y"], values);
                let series = series.surrounded(5000, 100_000);
                Rows { series, columns: vec![1, 0], form, has_begun: false, column: 0, row: 0 }
            };
            let mut whole = Vec::new();
            let mut rows = make();
            while rows.push_piece(&mut whole) {}
            let (mut pieces, mut most, mut rows) = (Vec::new(), 0, make());
            loop {
                let mut piece = Vec::new();
                let more = rows.push_piece(&mut piece);
                most = most.max(piece.len());
                pieces.extend(piece);
                if !more {
                    break;
                }
            }
            assert!(most < PIECE + 100, "{most}");
            assert_eq!(whole, pieces);
        }
    }
}
