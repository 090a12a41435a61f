//! Applies changes to a file: parameters in place, another structure by replacing the file.

use std::io;
use std::os::unix::ffi::OsStrExt;

use super::change::{Change, Erasure};
use super::draft::Draft;
use super::error::{TuneError, TuneFileError};
use super::fill::Filler;
use super::reshape::Reshape;
use crate::database::{EditedRows, Replacement, Rrd, UpdateError};
use crate::format::Head;
use crate::number::UNKNOWN;

/// Changes to be applied together: all or none.
///
/// ```
/// use rrd_core::{Change, Heartbeat, Reshape, Rrd, RowChange, Schema, SourceName, Step, Timestamp, Tuning};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
///
/// let name = SourceName::new("load").unwrap();
/// Tuning::new()
///     .change(Change::Maximum { source: name, value: 100.0 })
///     .reshape(Reshape::new().rows(0, RowChange::Add(360)).define("RRA:MAX:0.5:1h:1d"))
///     .apply(&mut rrd)?;
/// assert_eq!(rrd.schema().sources()[0].measured().unwrap().maximum, 100.0);
/// assert_eq!(rrd.schema().archives()[0].rows, 720);
/// assert_eq!(rrd.schema().archives()[1].rows, 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuning {
    changes: Vec<Change>,
    reshape: Reshape,
}

impl Tuning {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change that keeps the structure. Changes are applied in the order in which they were
    /// added.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Sets the changes of the structure, which are applied after the others.
    #[must_use]
    pub fn reshape(mut self, reshape: Reshape) -> Self {
        self.reshape = reshape;
        self
    }

    /// Whether applying the changes puts another file in the place of the old one.
    pub(crate) fn replaces_file(&self) -> bool {
        !self.reshape.is_empty()
    }

    /// Applies the changes to a file: in place, or by replacing it with a file of the same name and
    /// permissions if the structure changes.
    ///
    /// # Errors
    ///
    /// A change is not possible ([`TuneError`]), another writer keeps the lock, or the file cannot
    /// be read or written. Then the whole file is unchanged.
    pub fn apply(&self, rrd: &mut Rrd) -> Result<(), TuneFileError> {
        let path = rrd.path().to_owned();
        let unreadable = |source| UpdateError::Read { path: path.clone(), source };
        if self.replaces_file() {
            let name = path.as_os_str().as_bytes();
            rrd.replace(|old| self.replace(old, name, unreadable))
        } else if self.changes.is_empty() {
            Ok(())
        } else {
            rrd.edit(|head, rows| self.edit(head, rows, unreadable))
        }
    }

    fn edit(
        &self,
        head: &mut Head,
        rows: &mut EditedRows<'_>,
        unreadable: impl Fn(io::Error) -> UpdateError,
    ) -> Result<(), TuneFileError> {
        let (draft, erasures) = self.draft(head)?;
        *head = draft.finish().map_err(TuneError::from)?;
        let mut values = vec![UNKNOWN; head.schema.sources().len()];
        for Erasure { archive, source } in erasures {
            let Some(definition) = head.schema.archives().get(archive) else { continue };
            for row in 0..definition.rows {
                rows.read(archive, row, &mut values).map_err(&unreadable)?;
                if let Some(value) = values.get_mut(source) {
                    *value = UNKNOWN;
                }
                rows.write(archive, row, &values, 1);
            }
        }
        Ok(())
    }

    fn replace(
        &self,
        old: &Replacement<'_>,
        name: &[u8],
        unreadable: impl Fn(io::Error) -> UpdateError,
    ) -> Result<(), TuneFileError> {
        let (draft, erasures) = self.draft(old.head())?;
        let tuned = draft.clone().finish().map_err(TuneError::from)?;
        let mut new = self.reshape.plan(draft, name)?;
        let width = tuned.schema.sources().len();
        let read = |archive: usize, row: u64, values: &mut [f64]| {
            old.read(archive, row, values)?;
            for erasure in erasures.iter().filter(|erasure| erasure.archive == archive) {
                for value in values.iter_mut().skip(erasure.source).step_by(width) {
                    *value = UNKNOWN;
                }
            }
            Ok(())
        };
        let open = Filler::new(&tuned, &new, read).open_rows().map_err(unreadable)?;
        new.head.live.cdps = open;
        let mut filler = Filler::new(&tuned, &new, read);
        let width = new.head.schema.sources().len();
        let mut next = vec![0; new.head.schema.archives().len()];
        old.write(&new.head, |archive, values| {
            for values in values.chunks_exact_mut(width) {
                let Some(row) = next.get_mut(archive) else { continue };
                filler.row(archive, *row, values)?;
                *row += 1;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The head after the changes that keep the structure, and what they erase.
    fn draft(&self, head: &Head) -> Result<(Draft, Vec<Erasure>), TuneError> {
        let (mut draft, mut erasures) = (Draft::of(head), Vec::new());
        for change in &self.changes {
            change.apply(&mut draft, &mut erasures)?;
        }
        Ok((draft, erasures))
    }
}
