//! The answer to FETCH: a head of named lines, then a line a row.

use super::DaemonError;
use super::connection::Connection;

/// Rows of a range.
#[derive(Debug, PartialEq)]
pub(crate) struct Fetched {
    /// The time before the first row, a multiple of the step.
    pub(crate) start: i64,
    /// The time of the last row.
    pub(crate) end: i64,
    /// Seconds from row to row, at least 1.
    pub(crate) step: u64,
    /// The data sources.
    pub(crate) names: Vec<String>,
    /// Row by row, one value a data source.
    pub(crate) values: Vec<f64>,
}

/// Reads the lines behind the status.
pub(super) fn read(connection: &mut Connection, lines: usize) -> Result<Fetched, DaemonError> {
    let mut fetched = Fetched { start: 0, end: 0, step: 0, names: Vec::new(), values: Vec::new() };
    for _ in 0..lines {
        let line = connection.line()?;
        take(&mut fetched, &line).ok_or_else(|| connection.puzzled(&line))?;
    }
    if fetched.step == 0 { Err(connection.puzzled("no Step")) } else { Ok(fetched) }
}

/// Adds what one line says; `None` if that makes no sense.
fn take(fetched: &mut Fetched, line: &str) -> Option<()> {
    let (key, rest) = line.split_once(':')?;
    let rest = rest.trim();
    match key {
        "FlushVersion" | "DSCount" => {}
        "Start" => fetched.start = rest.parse().ok()?,
        "End" => fetched.end = rest.parse().ok()?,
        "Step" => fetched.step = rest.parse().ok()?,
        "DSName" => fetched.names = rest.split_ascii_whitespace().map(str::to_owned).collect(),
        time => {
            let _: i64 = time.parse().ok()?;
            let before = fetched.values.len();
            for value in rest.split_ascii_whitespace() {
                fetched.values.push(number(value)?);
            }
            if fetched.values.len() - before != fetched.names.len() {
                return None;
            }
        }
    }
    Some(())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "-nan" => Some(-f64::NAN),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fill_the_answer_and_nonsense_is_noticed() {
        let mut fetched =
            Fetched { start: 0, end: 0, step: 0, names: Vec::new(), values: Vec::new() };
        for line in
            ["FlushVersion: 1", "Start: 10", "End: 30", "Step: 10", "DSCount: 2", "DSName: a b"]
        {
            assert_eq!(take(&mut fetched, line), Some(()));
        }
        assert_eq!(take(&mut fetched, "20: 1.5e+00 -nan"), Some(()));
        assert_eq!(fetched.values[0], 1.5);
        assert!(fetched.values[1].is_nan());
        assert_eq!(fetched.names, ["a", "b"]);
        assert_eq!(take(&mut fetched, "30: 1"), None);
        assert_eq!(take(&mut fetched, "soon: 1 2"), None);
    }
}
