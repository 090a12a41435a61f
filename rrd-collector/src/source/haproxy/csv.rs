//! The table of `show stat`, which the statistics page gives as well: a line for each frontend,
//! backend and server. Columns are found by their names, because each version adds some.
//!
//! Source: "Statistics and monitoring" in the management guide of `HAProxy`.

/// The numbers that are read of a line.
const COLUMNS: [&str; 26] = [
    "qcur", "scur", "slim", "stot", "bin", "bout", "dreq", "dresp", "ereq", "econ", "eresp",
    "wretr", "wredis", "act", "bck", "type", "hrsp_5xx", "req_tot", "qtime", "ctime", "rtime",
    "ttime", "chkfail", "chkdown", "lastchg", "downtime",
];

/// Limit on the lines that are kept, far more than have files.
const MAX_ROWS: usize = 10_000;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// What clients connect to.
    Frontend,
    /// What requests are passed on to.
    Backend,
    /// One server of a backend.
    Server,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) part: Part,
    /// The frontend or backend.
    pub(super) proxy: String,
    /// The server.
    pub(super) server: String,
    /// `UP`, `DOWN 1/2`, `MAINT (via a/b)`, `no check`, ...
    pub(super) status: String,
    numbers: [Option<u64>; COLUMNS.len()],
}

impl Row {
    /// The number of a column; `None` if it is empty or this version does not have it.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let position = COLUMNS.iter().position(|column| *column == name)?;
        self.numbers.get(position).copied().flatten()
    }
}

/// The lines of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats(pub(super) Vec<Row>);

impl Stats {
    /// Parses the table; `None` if it is another text.
    ///
    /// ```
    /// use rrd_collector::source::haproxy::Stats;
    /// assert!(Stats::parse("# pxname,svname,status,type,\nweb,FRONTEND,OPEN,0,\n").is_some());
    /// assert_eq!(Stats::parse("<html>"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.trim_start().lines();
        let head: Vec<&str> = lines.next()?.strip_prefix("# ")?.split(',').collect();
        let at = |name: &str| head.iter().position(|column| column.trim() == name);
        let (proxy, server, status) = (at("pxname")?, at("svname")?, at("status")?);
        let columns = COLUMNS.map(at);
        let row = |line: &str| {
            let cells = cells(line);
            let cell = |position: usize| cells.get(position).map(String::as_str);
            let numbers = columns.map(|column| cell(column?)?.parse().ok());
            let mut row = Row {
                part: Part::Frontend,
                proxy: cell(proxy)?.to_owned(),
                server: cell(server)?.to_owned(),
                status: cell(status)?.to_owned(),
                numbers,
            };
            row.part = match row.number("type")? {
                0 => Part::Frontend,
                1 => Part::Backend,
                2 => Part::Server,
                // A socket of a frontend.
                _ => return None,
            };
            Some(row)
        };
        Some(Self(lines.filter_map(row).take(MAX_ROWS).collect()))
    }
}

/// The cells of a line. A cell with a comma is in quotation marks, which are doubled inside.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            _ => cell.push(character),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_wherever_a_version_has_them() {
        // 1.5 has no times, and 3.0 some columns more.
        let old = "# pxname,svname,qcur,scur,status,type,\nweb,a,2,3,UP 1/3,2,\n";
        let new =
            "# pxname,svname,agg,type,status,scur,qtime,qcur,-,h3_x,\nweb,a,,2,UP 1/3,3,9,2,-,1,\n";
        for (text, time) in [(old, None), (new, Some(9))] {
            let Stats(rows) = Stats::parse(text).unwrap();
            let [row] = rows.as_slice() else { panic!("{rows:?}") };
            assert_eq!((row.part, &*row.proxy, &*row.server), (Part::Server, "web", "a"));
            assert_eq!((row.number("qcur"), row.number("scur")), (Some(2), Some(3)));
            assert_eq!((row.number("qtime"), &*row.status), (time, "UP 1/3"));
            assert_eq!(row.number("bin"), None);
        }
    }

    #[test]
    fn a_cell_may_be_quoted_and_lines_without_a_type_are_left_out() {
        assert_eq!(cells("a,\"b, \"\"c\"\"\",,d"), ["a", "b, \"c\"", "", "d"]);
        assert_eq!(cells("\"open, "), ["open, "]);
        let text = "# pxname,svname,status,type\nweb,sock,OPEN,3\nweb\n,,,\nweb,FRONTEND,OPEN,0";
        assert_eq!(Stats::parse(text).unwrap().0.len(), 1);
    }

    #[test]
    fn other_texts_and_numbers_that_are_none() {
        for text in ["", "# pxname,svname\n", "pxname,svname,status\n", "Unknown command\n"] {
            assert_eq!(Stats::parse(text), None, "{text}");
        }
        let text = "# pxname,svname,status,type,scur,bin\na,BACKEND,UP,1,-1,99999999999999999999\n";
        let Stats(rows) = Stats::parse(text).unwrap();
        assert_eq!((rows[0].number("scur"), rows[0].number("bin")), (None, None));
    }
}
