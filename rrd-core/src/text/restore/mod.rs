//! A database from the XML of a dump. `encoding` makes it UTF-8, `xml` reads elements, `document`
//! their values, `build` creates the head. `plain` reads rows in RRDtool's own form directly.

mod build;
mod document;
mod encoding;
mod error;
mod plain;
mod value;
mod xml;

use std::io::BufRead;
use std::path::Path;

use self::document::Document;
use crate::commit::Durability;
use crate::data_source::DataSource;
use crate::database::{CreateOptions, REPLACING, write_file};
use crate::disk::{Disk, HardLinks, OsDisk, Overwrite, Replacing};
use crate::format::{Head, decode, encode};
use crate::number::{UNKNOWN, length_to_u64};

pub use error::{RestoreError, XmlFault};

/// What happens to values outside the limits of their data source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RangeCheck {
    /// They are kept.
    #[default]
    Off,
    /// They become unknown.
    On,
}

/// Recreates a database from a dump.
///
/// Dumps of all versions of RRDtool are supported. As in RRDtool, elements may be in any order,
/// white space, comments and attributes are ignored, and missing values are zero. The newest row of
/// each archive becomes its last one. The text is read as a stream; only the values of the rows are
/// kept in memory, 8 bytes each.
///
/// ```
/// use rrd_core::{Restore, RrdReader};
///
/// let dump = b"<rrd><version>0003</version><step>300</step><lastupdate>920804400</lastupdate>
///     <ds><name>speed</name><type>COUNTER</type><minimal_heartbeat>600</minimal_heartbeat>
///         <min>NaN</min><max>NaN</max><last_ds>UNKN</last_ds></ds>
///     <rra><cf>AVERAGE</cf><pdp_per_row>1</pdp_per_row><params><xff>0.5</xff></params>
///         <database><row><v>0.04</v></row><row><v>0.02</v></row></database></rra></rrd>";
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("speed.rrd");
/// Restore::new().read(dump.as_slice(), &path)?;
///
/// let reader = RrdReader::open(&path)?;
/// assert_eq!(reader.last_update().seconds(), 920_804_400);
/// let mut newest = [0.0];
/// reader.read_rows(0, 1, &mut newest)?;
/// assert_eq!(newest, [0.02]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Restore {
    overwrite: Overwrite,
    range_check: RangeCheck,
}

impl Default for Restore {
    fn default() -> Self {
        Self { overwrite: Overwrite::No, range_check: RangeCheck::Off }
    }
}

impl Restore {
    /// Refuses to overwrite a file and keeps values unchanged.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether an existing file is replaced. It is replaced completely or not at all, and
    /// keeps its owner, permissions and links.
    #[must_use]
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets what happens to values outside the limits of their data source.
    #[must_use]
    pub fn range_check(mut self, range_check: RangeCheck) -> Self {
        self.range_check = range_check;
        self
    }

    /// Reads a dump, which is all of the input, and creates the file. The dump is UTF-8, UTF-16 or
    /// in the encoding that it declares.
    ///
    /// # Errors
    ///
    /// The dump cannot be read, is not XML, contains something that is not part of a dump, or
    /// describes an invalid database; the file exists or cannot be created. Then no file is
    /// created, and an existing one is unchanged.
    pub fn read(self, dump: impl BufRead, path: impl AsRef<Path>) -> Result<(), RestoreError> {
        self.read_on(&OsDisk, dump, path.as_ref())
    }

    pub(crate) fn read_on(
        self,
        disk: &dyn Disk,
        dump: impl BufRead,
        path: &Path,
    ) -> Result<(), RestoreError> {
        let mut document = Document::read(dump)?;
        let head = build::head(&document)?;
        check(&head, &document)?;
        let mut rows: Vec<_> = document
            .archives
            .iter_mut()
            .map(|archive| std::mem::take(&mut archive.values).into_iter())
            .collect();
        let sources = head.schema.sources();
        let durability = match self.overwrite {
            Overwrite::Yes => Durability::Synced,
            Overwrite::No => Durability::Process,
        };
        let options = CreateOptions::new().overwrite(self.overwrite).durability(durability);
        // The existing file stays the same one, as in RRDtool.
        let replacing = Replacing { hard_links: HardLinks::Kept, ..REPLACING };
        write_file(disk, path, &head, options, replacing, |archive, values| {
            let rows = rows.get_mut(archive).into_iter().flatten();
            for (value, restored) in values.iter_mut().zip(rows) {
                *value = restored;
            }
            if self.range_check == RangeCheck::On {
                for row in values.chunks_exact_mut(sources.len()) {
                    forget_what_is_out_of_range(row, sources);
                }
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// Validates the head before it is written: a file that could not be opened is not created.
fn check(head: &Head, document: &Document) -> Result<(), RestoreError> {
    let bytes = encode(head);
    let values: usize = document.archives.iter().map(|archive| archive.values.len()).sum();
    let length = bytes.len() + values * size_of::<f64>();
    match decode(&bytes, length_to_u64(length)) {
        Ok((geometry, head)) => {
            let fault = geometry.impossible_definitions(&head).into_iter().next();
            fault.map_or(Ok(()), |fault| Err(RestoreError::Impossible { fault }))
        }
        Err(fault) => Err(RestoreError::Impossible { fault }),
    }
}

fn forget_what_is_out_of_range(row: &mut [f64], sources: &[DataSource]) {
    for (value, source) in row.iter_mut().zip(sources) {
        if let Some(limits) = source.measured()
            && (*value < limits.minimum || *value > limits.maximum)
        {
            *value = UNKNOWN;
        }
    }
}
