//! A new database filled from others: rows of any length from rows of any length, open points and open rows where they fit.

use std::io;
use std::path::{Path, PathBuf};

use crate::archive::{Archive, ArchiveKind, ClassicFunction};
use crate::cdp::{Arrival, CdpPrep, CdpState};
use crate::consolidation::ConsolidationFunction;
use crate::data_source::{DataSource, LastReading, SourceKind};
use crate::database::{
    CreateError, CreateOptions, FetchError, OpenError, Rrd, RrdReader, write_file,
};
use crate::format::{Head, LiveHead};
use crate::number::{UNKNOWN, count_to_f64, to_index, truncate_to_u64};
use crate::pdp::PdpPrep;
use crate::schema::{Definition, Origin, Schema};
use crate::storage::{OsDisk, system_text};
use crate::time::Timestamp;

/// Values of one donor that are taken into memory: 1 GiB of them.
const LARGEST_DONOR: usize = 1 << 27;

/// Databases that a new one is filled from, the most trusted first.
///
/// ```
/// use rrd_core::{CreateOptions, FetchRequest, ConsolidationFunction, Heartbeat, Prefill, Rrd};
/// use rrd_core::{Sample, Schema, SchemaText, Step, TimeRange, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let (old, new) = (folder.path().join("old.rrd"), folder.path().join("new.rrd"));
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat(20))
///     .average(0.5, 1, 100)
///     .build()?;
/// let mut database = Rrd::create(&old, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// for second in (1_000_000_010..=1_000_000_060).step_by(10) {
///     database.update(&Sample::new(Timestamp::from_seconds(second), [f64::from((second % 30) as u32)]))?;
/// }
///
/// let mut text = SchemaText::new(Step::from_seconds(30).unwrap(), "new.rrd");
/// text.argument("DS:cpu=load:GAUGE:60:U:U")?;
/// text.argument("RRA:AVERAGE:0.5:1:10")?;
/// let mut prefill = Prefill::new();
/// prefill.add(&old)?;
/// let mut filled = prefill.create(&new, &text.finish()?, None, CreateOptions::default())?;
///
/// let range = TimeRange { start: 1_000_000_020, end: 1_000_000_049 };
/// let request = FetchRequest { function: ConsolidationFunction::Average, range, resolution: 30 };
/// assert_eq!(filled.fetch(&request)?.values, [10.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prefill {
    donors: Vec<Donor>,
}

/// Why a database cannot be a donor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DonorError {
    /// The file cannot be looked up.
    #[error("error checking for source RRD {}: {}", path.display(), system_text(source))]
    Missing {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a folder or a device.
    #[error("Not a regular file: {}", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// It is no database.
    #[error("Cannot open source RRD {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OpenError,
    },
    /// Its rows cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
    /// It holds more values than are taken into memory.
    #[error(
        "source RRD {} holds more than {LARGEST_DONOR} values: resize its archives first",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

impl Prefill {
    /// No donors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a database, as it is at this moment, behind those that were taken before.
    ///
    /// # Errors
    ///
    /// [`DonorError`] if it cannot be read or is too large.
    pub fn add(&mut self, path: impl AsRef<Path>) -> Result<(), DonorError> {
        let path = path.as_ref();
        let owned = || path.to_owned();
        let kind =
            path.metadata().map_err(|source| DonorError::Missing { path: owned(), source })?;
        if !kind.is_file() {
            return Err(DonorError::NotAFile { path: owned() });
        }
        let reader =
            RrdReader::open(path).map_err(|source| DonorError::Open { path: owned(), source })?;
        let (head, values) = reader
            .read_whole(LARGEST_DONOR)?
            .ok_or_else(|| DonorError::TooLarge { path: owned() })?;
        self.donors.push(Donor::new(head, values));
        Ok(())
    }

    /// The last update of all donors; `None` without any.
    pub fn last_update(&self) -> Option<Timestamp> {
        self.donors.iter().map(|donor| donor.head.live.last_update).max()
    }

    /// Creates a database that holds what the donors know. It begins at `start`, or else where the donors end.
    ///
    /// A data source takes the values of the one of the same name in every donor, or of the origin that the definition names.
    /// For each row the finest fitting archive of the first donor counts, the others fill what it leaves open.
    ///
    /// # Errors
    ///
    /// [`CreateError`] as [`Rrd::create_with`].
    pub fn create(
        &self,
        path: impl AsRef<Path>,
        definition: &Definition,
        start: Option<Timestamp>,
        options: CreateOptions,
    ) -> Result<Rrd, CreateError> {
        let path = path.as_ref();
        let start = start.or(self.last_update()).unwrap_or_default();
        let filling = Filling::new(&self.donors, definition, start);
        let version =
            options.version.unwrap_or(definition.version).max(definition.schema.version());
        let head = Head { version, schema: definition.schema.clone(), live: filling.live_head() };
        let mut next = (0, 0);
        write_file(&OsDisk, path, &head, options, None, |archive, values| {
            if next.0 != archive {
                next = (archive, 0);
            }
            for row in values.chunks_exact_mut(definition.schema.sources().len()) {
                filling.row(archive, next.1, row);
                next.1 += 1;
            }
            Ok(())
        })?;
        Ok(Rrd::open(path)?)
    }
}

/// A database in memory that values are taken from.
#[derive(Clone, Debug)]
struct Donor {
    head: Head,
    values: Vec<f64>,
    /// For each archive the place of its first value.
    places: Vec<usize>,
}

/// One column of one archive of a donor.
#[derive(Clone, Copy)]
struct Column<'a> {
    donor: &'a Donor,
    archive: usize,
    source: usize,
}

/// A new database on its way.
struct Filling<'a> {
    donors: &'a [Donor],
    definition: &'a Definition,
    start: Timestamp,
    /// For each archive and data source the columns that fill it, in their order.
    columns: Vec<Vec<Vec<Column<'a>>>>,
}

impl Donor {
    fn new(head: Head, values: Vec<f64>) -> Self {
        let sources = head.schema.sources().len();
        let mut place = 0_usize;
        let places = head
            .schema
            .archives()
            .iter()
            .map(|archive| {
                let first = place;
                place = place.saturating_add(
                    to_index(archive.rows).unwrap_or(usize::MAX).saturating_mul(sources),
                );
                first
            })
            .collect();
        Self { head, values, places }
    }

    fn last_update(&self) -> i128 {
        self.head.live.last_update.seconds().into()
    }

    fn step(&self) -> i128 {
        self.head.schema.step().seconds().into()
    }
}

impl<'a> Column<'a> {
    fn definition(&self) -> Option<&'a Archive> {
        self.donor.head.schema.archives().get(self.archive)
    }

    /// The rows over the seconds `first` to `last`, each with its end; nothing if both ends are not there.
    fn rows(self, first: i128, last: i128) -> impl Iterator<Item = (i128, f64)> {
        let span = self
            .definition()
            .map_or(1, |archive| seconds_per_row(&self.donor.head.schema, archive));
        let rows = self.definition().map_or(1, |archive| archive.rows);
        let count = match (self.row_of(first), self.row_of(last)) {
            (Some(first), Some(last)) => ring_distance(first, last, rows),
            _ => 0,
        };
        let end = round_up(first, span);
        (0..count).filter_map(move |number| {
            let end = end + i128::from(number) * span;
            Some((end, self.value(self.row_of(end)?)))
        })
    }

    /// The row that holds a second, if it is there.
    fn row_of(&self, second: i128) -> Option<u64> {
        let archive = self.definition()?;
        let span = seconds_per_row(&self.donor.head.schema, archive);
        let last = self.donor.last_update();
        let end = round_up(second, span);
        let rows = i128::from(archive.rows);
        let age = (last - end).div_euclid(span);
        if end > last || end <= last - rows * span || age >= rows {
            return None;
        }
        let current = *self.donor.head.live.current_rows.get(self.archive)?;
        u64::try_from((i128::from(current) - age).rem_euclid(rows)).ok()
    }

    fn value(&self, row: u64) -> f64 {
        let sources = self.donor.head.schema.sources().len();
        let place = || {
            let first = *self.donor.places.get(self.archive)?;
            first.checked_add(to_index(row)?.checked_mul(sources)?)?.checked_add(self.source)
        };
        place().and_then(|place| self.donor.values.get(place)).copied().unwrap_or(UNKNOWN)
    }
}

impl<'a> Filling<'a> {
    fn new(donors: &'a [Donor], definition: &'a Definition, start: Timestamp) -> Self {
        let start = Timestamp::from_seconds(start.seconds());
        let mut filling = Self { donors, definition, start, columns: Vec::new() };
        filling.columns = definition
            .schema
            .archives()
            .iter()
            .map(|archive| filling.columns_of_archive(archive))
            .collect();
        filling
    }

    fn schema(&self) -> &'a Schema {
        &self.definition.schema
    }

    /// The values of a row of an archive; the last row is the newest.
    fn row(&self, archive: usize, row: u64, values: &mut [f64]) {
        let (Some(definition), Some(columns)) =
            (self.schema().archives().get(archive), self.columns.get(archive))
        else {
            return;
        };
        let age = i128::from(definition.rows) - 1 - i128::from(row);
        let span = seconds_per_row(self.schema(), definition);
        let start = i128::from(self.start.seconds());
        let end = start - start.rem_euclid(span) - age * span;
        for (value, columns) in values.iter_mut().zip(columns) {
            *value = consolidated(definition, columns, span, end);
        }
    }

    /// The columns that can fill each data source of an archive.
    fn columns_of_archive(&self, archive: &Archive) -> Vec<Vec<Column<'a>>> {
        let sources = self.schema().sources().iter();
        sources
            .enumerate()
            .map(|(index, source)| {
                let mut columns = Vec::new();
                for (donor, place) in self.donors_of(index, source) {
                    let mut fitting = fitting_columns(self.schema(), archive, donor, place);
                    columns.append(&mut fitting);
                }
                columns
            })
            .collect()
    }

    /// The donors of a data source, each with the place of the source there.
    fn donors_of(
        &self,
        index: usize,
        source: &'a DataSource,
    ) -> impl Iterator<Item = (&'a Donor, usize)> {
        let origin: Option<&Origin> = self.definition.origins.get(index).and_then(Option::as_ref);
        let name = origin.map_or(source.name.as_str(), |origin| origin.name.as_str());
        let file = origin.and_then(|origin| origin.file);
        self.donors
            .iter()
            .enumerate()
            .filter(move |(place, _)| file.is_none_or(|file| file == *place))
            .filter_map(move |(_, donor)| Some((donor, donor.head.schema.source_index(name)?)))
    }

    /// The live head of the new database.
    fn live_head(&self) -> LiveHead {
        let mut live = LiveHead::fresh(self.schema(), self.start);
        for (index, source) in self.schema().sources().iter().enumerate() {
            let open_points = self.columns.iter().filter_map(|columns| columns.get(index));
            if let Some(pdp) =
                open_points.flatten().find_map(|column| self.open_point(source, column))
                && let Some(target) = live.pdps.get_mut(index)
            {
                *target = pdp;
            }
        }
        let sources = self.schema().sources().len();
        let helper = self.helper();
        let helper_columns = self.columns_of_archive(&helper);
        for (place, archive) in self.schema().archives().iter().enumerate() {
            for (index, source) in self.schema().sources().iter().enumerate() {
                let columns = helper_columns.get(index).map_or(&[][..], Vec::as_slice);
                if let Some(cdp) = live.cdps.get_mut(place * sources + index) {
                    match self.open_row(index, source, archive) {
                        Some(open) => *cdp = open,
                        None => self.rebuild(archive, cdp, &helper, columns),
                    }
                }
            }
        }
        live
    }

    /// The open point of a donor, if it ends within that of the new database.
    fn open_point(&self, source: &DataSource, column: &Column<'_>) -> Option<PdpPrep> {
        let donor = column.donor;
        let theirs = donor.head.schema.sources().get(column.source)?;
        let pdp = donor.head.live.pdps.get(column.source)?;
        let step = i128::from(self.schema().step().seconds());
        let begin = i128::from(self.start.seconds()).div_euclid(step) * step;
        let end = donor.last_update().div_euclid(donor.step()) * donor.step() + donor.step();
        let same_kind = match (&source.kind, &theirs.kind) {
            (SourceKind::Measured(ours), SourceKind::Measured(theirs)) => ours.rate == theirs.rate,
            (SourceKind::Computed(_), SourceKind::Computed(_)) => true,
            _ => false,
        };
        let fits = begin < end && end <= begin + step;
        (fits && same_kind && pdp.last_reading != LastReading::UNKNOWN).then_some(*pdp)
    }

    /// The open row of a donor's archive of the same function and length, if it is open at the same place.
    fn open_row(&self, index: usize, source: &'a DataSource, archive: &Archive) -> Option<CdpPrep> {
        let span = seconds_per_row(self.schema(), archive);
        let step = i128::from(self.schema().step().seconds());
        let start = i128::from(self.start.seconds());
        let here = |donor: &&Donor| {
            let last = donor.last_update();
            donor.step() == step
                && last.div_euclid(span) == start.div_euclid(span)
                && last.div_euclid(step) == start.div_euclid(step)
        };
        self.donors_of(index, source).filter(|(donor, _)| here(donor)).find_map(|(donor, place)| {
            let same = |theirs: &Archive| {
                theirs.function() == archive.function()
                    && theirs.points_per_row() == archive.points_per_row()
            };
            let their_archive = donor.head.schema.archives().iter().position(same)?;
            let sources = donor.head.schema.sources().len();
            donor.head.live.cdps.get(their_archive * sources + place).copied()
        })
    }

    /// Makes an open row again from single points.
    fn rebuild(
        &self,
        archive: &Archive,
        cdp: &mut CdpPrep,
        helper: &Archive,
        columns: &[Column<'_>],
    ) {
        if let CdpState::Classic { unknown_points, .. } = &mut cdp.state {
            *unknown_points = 0;
        }
        let step = i128::from(self.schema().step().seconds());
        let span = seconds_per_row(self.schema(), archive);
        let start = i128::from(self.start.seconds());
        let begin = start.div_euclid(span) * span + 1;
        let point_at = |second: i128| {
            let end = round_up(second, step);
            let oldest = start.div_euclid(step) * step - i128::from(helper.rows) * step;
            (end <= start && end > oldest).then(|| consolidated(helper, columns, step, end))
        };
        let points_per_row = archive.points_per_row();
        if points_per_row == 1 {
            cdp.primary = point_at(begin - step).unwrap_or(UNKNOWN);
            return;
        }
        let ArchiveKind::Classic { function, xfiles_factor, .. } = archive.kind else { return };
        let mut second = begin - span;
        while second < begin + span - 1 && second < start {
            if let Some(point) = point_at(second) {
                let passed = u64::try_from(second.rem_euclid(span) / step).unwrap_or_default();
                let until_row = points_per_row.saturating_sub(passed);
                let arrival = Arrival { count: 1, until_row, points_per_row };
                function.consolidate(cdp, point, &arrival, xfiles_factor);
            }
            second += step;
        }
    }

    /// An archive of single points that reaches far enough back for every open row.
    fn helper(&self) -> Archive {
        let archives = self.schema().archives();
        let longest = archives.iter().map(Archive::points_per_row).max().unwrap_or(1);
        let needed = longest.saturating_mul(2);
        let single = archives
            .iter()
            .filter(|archive| {
                archive.function() == ConsolidationFunction::Average
                    && archive.points_per_row() == 1
            })
            .rev()
            .max_by_key(|archive| archive.rows)
            .filter(|archive| archive.rows >= needed);
        single.cloned().unwrap_or(Archive {
            rows: needed,
            kind: ArchiveKind::Classic {
                function: ClassicFunction::Average,
                points_per_row: 1,
                xfiles_factor: 0.5,
            },
        })
    }
}

/// The columns of a donor that can fill an archive, the best first.
fn fitting_columns<'a>(
    schema: &Schema,
    archive: &Archive,
    donor: &'a Donor,
    source: usize,
) -> Vec<Column<'a>> {
    let archives = donor.head.schema.archives();
    let mut places: Vec<usize> = (0..archives.len())
        .filter(|place| {
            archives.get(*place).is_some_and(|theirs| {
                theirs.function() == ConsolidationFunction::Average
                    || theirs.function() == archive.function()
            })
        })
        .collect();
    places.sort_by_key(|place| {
        archives.get(*place).map(|theirs| {
            let span = seconds_per_row(&donor.head.schema, theirs);
            let same =
                theirs.function() == archive.function() && span == seconds_per_row(schema, archive);
            let average = theirs.function() == ConsolidationFunction::Average;
            (!same, !average, span, std::cmp::Reverse(theirs.rows))
        })
    });
    places.into_iter().map(|archive| Column { donor, archive, source }).collect()
}

/// The value of a row of `span` seconds up to `end`.
fn consolidated(archive: &Archive, columns: &[Column<'_>], span: i128, end: i128) -> f64 {
    let begin = end - span + 1;
    let seconds = count_to_f64(u64::try_from(span).unwrap_or(u64::MAX));
    let mut covered = Covered::default();
    let mut estimate = UNKNOWN;
    for column in columns {
        let Some(definition) = column.definition() else { continue };
        let length = seconds_per_row(&column.donor.head.schema, definition);
        for (row_end, value) in column.rows(begin, end) {
            if covered.count() >= span {
                break;
            }
            if value.is_nan() {
                continue;
            }
            let new = covered.add((row_end - length + 1).max(begin), row_end.min(end));
            if new == 0 {
                continue;
            }
            let share = count_to_f64(u64::try_from(new).unwrap_or(u64::MAX));
            estimate = match archive.kind {
                ArchiveKind::Classic { function: ClassicFunction::Min, .. }
                    if value >= estimate =>
                {
                    estimate
                }
                ArchiveKind::Classic { function: ClassicFunction::Max, .. }
                    if value <= estimate =>
                {
                    estimate
                }
                ArchiveKind::Classic {
                    function: ClassicFunction::Min | ClassicFunction::Max | ClassicFunction::Last,
                    ..
                } => value,
                _ => (if estimate.is_nan() { 0.0 } else { estimate }) + value / seconds * share,
            };
        }
    }
    let known = u64::try_from(covered.count()).unwrap_or(u64::MAX);
    let factor = match archive.kind {
        ArchiveKind::Classic { xfiles_factor, .. } => xfiles_factor,
        _ => 0.0,
    };
    if known <= truncate_to_u64(factor * seconds) {
        UNKNOWN
    } else if archive.function() == ConsolidationFunction::Average {
        estimate / count_to_f64(known) * seconds
    } else {
        estimate
    }
}

/// Seconds that are known, as stretches in order.
#[derive(Default)]
struct Covered {
    stretches: Vec<(i128, i128)>,
}

impl Covered {
    /// Takes the seconds `first` to `last` in and counts those that were not there.
    fn add(&mut self, first: i128, last: i128) -> i128 {
        let before = self.count();
        let touching = |&(begin, end): &(i128, i128)| begin <= last + 1 && end >= first - 1;
        let joined = self
            .stretches
            .iter()
            .filter(|stretch| touching(stretch))
            .fold((first, last), |joined, stretch| {
                (joined.0.min(stretch.0), joined.1.max(stretch.1))
            });
        if first <= last {
            self.stretches.retain(|stretch| !touching(stretch));
            self.stretches.push(joined);
        }
        self.count() - before
    }

    fn count(&self) -> i128 {
        self.stretches.iter().map(|(first, last)| last - first + 1).sum()
    }
}

fn seconds_per_row(schema: &Schema, archive: &Archive) -> i128 {
    i128::from(archive.points_per_row()) * i128::from(schema.step().seconds())
}

fn round_up(second: i128, span: i128) -> i128 {
    second + (span - second.rem_euclid(span)) % span
}

/// Rows from one to another, both counted; the whole ring counts as nothing, as RRDtool has it.
fn ring_distance(first: u64, last: u64, rows: u64) -> u64 {
    let distance = i128::from(last) - i128::from(first) + 1;
    u64::try_from(distance.rem_euclid(i128::from(rows))).unwrap_or_default()
}
