//! DEF: from the rows of a database to a series at the step that a chart needs.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rrd_core::number::{length_to_u64, to_index};
use rrd_core::{FetchRequest, Series, Step, TimeRange, Timestamp};

use super::databases::{DatabaseName, Databases};
use super::error::DataError;
use super::facts::{Facts, NumberRows};
use crate::reduce::reduce;
use crate::rows::Rows;
use crate::statement::Definition;

/// Limit on the rows of a series that replaces a missing one.
const MAX_UNKNOWN_ROWS: u64 = 1 << 26;
/// Limit on the rows of a series that is not merged to columns: a thousand for each pixel.
const MAX_UNMERGED_ROWS: u64 = 1 << 20;

/// The time range and resolution of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From when to when.
    pub range: TimeRange,
    /// The length of one column; shorter rows are merged. `None` takes rows as they are.
    pub step: Option<Step>,
}

impl Window {
    /// A window of this many columns, or of longer ones if `step` says so.
    ///
    /// ```
    /// use rrd_core::{Step, TimeRange};
    /// use rrd_graph::data::Window;
    /// let day = TimeRange::from_seconds(1_600_000_000, 1_600_086_400);
    /// assert_eq!(Window::new(day, 400, None).step, Step::from_seconds(216));
    /// assert_eq!(Window::new(day, 400, Step::from_seconds(300)).step, Step::from_seconds(300));
    /// ```
    pub fn new(range: TimeRange, columns: u32, step: Option<Step>) -> Self {
        let column = range.duration().as_secs() / u64::from(columns.max(1));
        Self { range, step: step.max(Step::from_seconds(column)) }
    }
}

/// The result for a series whose database is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// An error.
    #[default]
    Refused,
    /// All values are unknown.
    Unknown,
}

/// The rows of one chart: each database is asked only once for rows used by several definitions.
pub(crate) struct Gathering<'a> {
    databases: &'a dyn Databases,
    missing: Missing,
    merges: bool,
    fetched: Vec<(Wanted, Rc<Series>)>,
    facts: Vec<(PathBuf, Rc<Facts>)>,
}

/// The key of the rows of a database.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) file: PathBuf,
    pub(super) daemon: Option<String>,
    pub(super) request: FetchRequest,
}

impl NumberRows {
    /// The definition of these rows.
    fn of(self, definition: &Definition) -> Definition {
        Definition { step: Some(self.step), start: Some(self.start), ..definition.clone() }
    }
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(databases: &'a dyn Databases, missing: Missing) -> Self {
        Self { databases, missing, merges: true, fetched: Vec::new(), facts: Vec::new() }
    }

    /// Takes the rows that numbers are computed from, or finer ones where a picture has more
    /// columns, so that no peak is missing in a narrow picture. Rows shorter than a column are left
    /// as they are, unless they are a thousand times shorter.
    pub(crate) fn unmerged(self) -> Self {
        Self { merges: false, ..self }
    }

    /// The facts about a file.
    pub(crate) fn facts(&mut self, file: &Path) -> Result<Rc<Facts>, DataError> {
        if let Some((_, facts)) = self.facts.iter().find(|(known, _)| known == file) {
            return Ok(Rc::clone(facts));
        }
        let facts = Rc::new(self.databases.facts(DatabaseName::of_file(file))?);
        self.facts.push((file.to_owned(), Rc::clone(&facts)));
        Ok(facts)
    }

    /// The definition of the rows that the numbers of a definition are computed from: those of one
    /// archive, as they are.
    pub(crate) fn of_numbers(
        &mut self,
        definition: &Definition,
        range: TimeRange,
    ) -> Result<Definition, DataError> {
        let rows = self.facts(&definition.file)?.number_rows(definition.function, range);
        Ok(rows.map_or_else(|| definition.clone(), |rows| rows.of(definition)))
    }

    /// The definition of what is drawn.
    fn in_detail<'d>(
        &mut self,
        definition: &'d Definition,
        window: Window,
    ) -> Result<Cow<'d, Definition>, DataError> {
        if self.merges || definition.step.is_some() {
            return Ok(Cow::Borrowed(definition));
        }
        let rows = self.facts(&definition.file)?.number_rows(definition.function, window.range);
        // Where there are enough rows, a wide picture may have room for more.
        match rows {
            Some(rows) if !rows.enough || Some(rows.step) <= window.step => {
                Ok(Cow::Owned(rows.of(definition)))
            }
            _ => Ok(Cow::Borrowed(definition)),
        }
    }

    /// The series of a definition.
    ///
    /// The archive with the step nearest to the requested one that reaches back to the start is
    /// used; rows shorter than a column are merged.
    pub(crate) fn series(
        &mut self,
        definition: &Definition,
        window: Window,
    ) -> Result<Rows, DataError> {
        let definition = &*self.in_detail(definition, window)?;
        let range = TimeRange::new(
            definition.start.unwrap_or(window.range.start),
            definition.end.unwrap_or(window.range.end),
        );
        let resolution = definition.step.or(window.step);
        let request = FetchRequest::new(definition.function, range);
        let wanted = Wanted {
            file: definition.file.clone(),
            daemon: definition.daemon.clone(),
            request: resolution.map_or(request, |step| request.resolution(step)),
        };
        let rows = match self.fetch(wanted) {
            Ok(series) => match rows_of(&series, &definition.source) {
                Some(rows) => rows,
                None if self.missing == Missing::Unknown => unknown_like(&series),
                None => {
                    let (name, file) = (definition.source.clone(), definition.file.clone());
                    return Err(DataError::NoSource { name, file });
                }
            },
            Err(_) if self.missing == Missing::Unknown => unknown(range, resolution),
            Err(error) => return Err(error),
        };
        let factor = if self.merges {
            let least = resolution.max(window.step).map_or(1, Step::seconds);
            least.div_ceil(rows.step.seconds())
        } else {
            length_to_u64(rows.len()).div_ceil(MAX_UNMERGED_ROWS)
        };
        if factor <= 1 {
            return Ok(rows);
        }
        Ok(reduce(&rows, factor, definition.reduce.unwrap_or(definition.function)))
    }

    pub(super) fn fetch(&mut self, wanted: Wanted) -> Result<Rc<Series>, DataError> {
        let database = DatabaseName { file: &wanted.file, daemon: wanted.daemon.as_deref() };
        let known = self.fetched.iter().find(|(known, _)| *known == wanted);
        if let Some((_, series)) = known.filter(|_| self.databases.repeats(database)) {
            return Ok(Rc::clone(series));
        }
        let series = Rc::new(self.databases.fetch(database, &wanted.request)?);
        self.fetched.push((wanted, Rc::clone(&series)));
        Ok(series)
    }
}

/// The rows of one data source.
fn rows_of(series: &Series, name: &str) -> Option<Rows> {
    let names = series.names();
    let place = names.iter().position(|known| known == name)?;
    let values = series.kept().iter().skip(place).step_by(names.len()).copied().collect();
    let (start, step) = (series.start(), series.step());
    Some(Rows { start, step, before: series.before(), values, after: series.after() })
}

/// Unknown rows in the shape of a series.
fn unknown_like(series: &Series) -> Rows {
    Rows { before: series.len(), ..Rows::new(series.start(), series.step(), Vec::new()) }
}

/// Unknown rows over a range, at the requested step or a hundredth of the range.
fn unknown(range: TimeRange, resolution: Option<Step>) -> Rows {
    let (start, end) = (range.start.seconds(), range.end.seconds());
    let span = range.duration().as_secs();
    let wanted = resolution.map_or(span / 100, Step::seconds);
    let seconds = wanted.max(1).max(span / MAX_UNKNOWN_ROWS);
    let step = Step::from_seconds(seconds).unwrap_or(Step::SECOND);
    let start = start.saturating_sub_unsigned(step.phase(start));
    let end = end.saturating_add_unsigned(seconds - step.phase(end));
    let count = end.saturating_sub(start).max(0).unsigned_abs() / seconds;
    let before = to_index(count).unwrap_or(0);
    Rows { before, ..Rows::new(Timestamp::from_seconds(start), step, Vec::new()) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rrd_core::{ConsolidationFunction, Heartbeat, Rrd, Sample, Schema, Store, StoreOptions};

    use super::*;
    use crate::data::Files;

    const START: i64 = 1_000_000_200;

    /// A file with five-minute rows 1, 2, 3, ... 12 and the hour's mean.
    fn database(folder: &Path) -> String {
        let path = folder.join("load.rrd");
        let schema = Schema::builder(Step::from_seconds(300).unwrap())
            .gauge("load", Heartbeat::from_seconds(600))
            .average(0.5, 1, 100)
            .max(0.5, 12, 100)
            .build()
            .unwrap();
        let start = Timestamp::from_seconds(START);
        let mut rrd = Rrd::create(&path, &schema, start).unwrap();
        for row in 1..=12_u8 {
            let at = Timestamp::from_seconds(START + i64::from(row) * 300);
            rrd.update(&Sample::new(at, [f64::from(row)])).unwrap();
        }
        path.to_str().unwrap().to_owned()
    }

    fn definition(file: &str) -> Definition {
        Definition::of("a", Path::new(file), "load", ConsolidationFunction::Average)
    }

    const RANGE: TimeRange = TimeRange::from_seconds(START, START + 3000);

    #[test]
    fn rows_come_as_they_lie_in_the_file_or_merged_to_columns() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let mut gathering = Gathering::new(&Files, Missing::Refused);
        let rows = gathering
            .series(&definition(&file), Window { range: RANGE, step: Step::from_seconds(300) })
            .unwrap();
        assert_eq!((rows.start.seconds(), rows.step.seconds()), (START, 300));
        assert_eq!(rows.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]);
        let wide = Window { range: RANGE, step: Step::from_seconds(600) };
        let merged = gathering.series(&definition(&file), wide).unwrap();
        assert_eq!((merged.start.seconds(), merged.step.seconds()), (START, 600));
        assert_eq!((&*merged.values, merged.after), ([1.5, 3.5, 5.5, 7.5, 9.5].as_slice(), 1));
        let largest = Definition { reduce: Some(ConsolidationFunction::Max), ..definition(&file) };
        assert_eq!(gathering.series(&largest, wide).unwrap().values[1], 4.0);
    }

    #[test]
    fn unmerged_rows_are_merged_only_where_a_thousand_share_a_pixel() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let mut gathering = Gathering::new(&Files, Missing::Refused).unmerged();
        let mut of = |start| {
            let range = TimeRange::from_seconds(start, START + 2999);
            let rows = gathering.series(&definition(&file), Window::new(range, 800, None));
            let rows = rows.unwrap();
            let known: Vec<f64> = rows.iter().filter(|value| !value.is_nan()).collect();
            (rows.step.seconds(), rows.len(), known)
        };
        let limit = 1 << 20;
        let (step, count, known) = of(START + 3000 - 300 * limit);
        assert_eq!((step, count), (300, 1 << 20));
        assert_eq!(known, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        let (step, count, known) = of(START + 3000 - 300 * (limit + 2));
        assert_eq!((step, count), (600, (1 << 19) + 1));
        assert_eq!(known, [1.5, 3.5, 5.5, 7.5, 9.5]);
    }

    #[test]
    fn what_is_missing_is_an_error_or_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let other = Definition { source: "none".to_owned(), ..definition(&file) };
        let window = Window { range: RANGE, step: Step::from_seconds(300) };
        let error = Gathering::new(&Files, Missing::Refused).series(&other, window).unwrap_err();
        assert_eq!(error.to_string(), format!("no data source \"none\" in \"{file}\""));
        let mut lenient = Gathering::new(&Files, Missing::Unknown);
        let unknown = lenient.series(&other, window).unwrap();
        assert_eq!((unknown.len(), unknown.values.len()), (11, 0));
        let absent = definition("/nowhere.rrd");
        let error = Gathering::new(&Files, Missing::Refused).series(&absent, window).unwrap_err();
        assert_eq!(error.to_string(), "cannot open '/nowhere.rrd'");
        let unknown = lenient.series(&absent, Window { range: RANGE, step: None }).unwrap();
        assert_eq!((unknown.step.seconds(), unknown.len()), (30, 101));
    }

    #[test]
    fn a_store_and_the_file_in_its_folder_give_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
        let window = Window { range: RANGE, step: Step::from_seconds(300) };
        let of_file = Gathering::new(&Files, Missing::Refused).series(&definition(&file), window);
        let mut in_store = Gathering::new(&store, Missing::Refused);
        let of_store = in_store.series(&definition("load.rrd"), window);
        assert_eq!(of_store.unwrap(), of_file.unwrap());
        let facts =
            |databases: &dyn Databases, file| databases.facts(DatabaseName::of_file(file)).unwrap();
        assert_eq!(facts(&store, "load.rrd"), facts(&Files, &file));
        assert_eq!(facts(&store, "load.rrd").kept().as_secs(), 100 * 3600);
    }
}
