//! A database from the XML of a dump. `xml` reads elements, `document` what they say, `build` makes a head of it.
//! `plain` reads rows as RRDtool writes them without all that.

mod build;
mod document;
mod error;
mod plain;
mod value;
mod xml;

use std::io::BufRead;
use std::path::Path;

use self::document::Document;
use crate::commit::Durability;
use crate::data_source::DataSource;
use crate::database::{CreateOptions, Permissions, write_file};
use crate::disk::{Disk, OsDisk, Overwrite};
use crate::format::{Head, decode, encode};
use crate::number::{UNKNOWN, length_to_u64};

pub use error::{RestoreError, XmlFault};

/// What happens to values outside of the limits of their data source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RangeCheck {
    /// They stay.
    #[default]
    Off,
    /// They become unknown.
    On,
}

/// How a dump is made a database again.
///
/// The dumps of all versions of RRDtool are understood. As there, the order of elements is free, white space, comments
/// and attributes do not count, and what is missing is zero. The newest row of each archive is put at its end. The text
/// is read as a stream; in memory are the values of the rows, 8 bytes for each.
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
    /// Into a file that must not be there, values as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether a file that is there is replaced. It is replaced as a whole or not at all.
    #[must_use]
    pub fn overwrite(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets what happens to values outside of the limits of their data source.
    #[must_use]
    pub fn range_check(mut self, range_check: RangeCheck) -> Self {
        self.range_check = range_check;
        self
    }

    /// Reads a dump up to the end of its root element and makes the file.
    ///
    /// # Errors
    ///
    /// The dump cannot be read, is no XML, says something that no dump says, or describes no database; the file is there
    /// already or cannot be made. Then no file is made, and an older one is as it was.
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
        write_file(disk, path, &head, options, Permissions::New, |archive, values| {
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

/// The file is read back in mind: what could not be opened is not written.
fn check(head: &Head, document: &Document) -> Result<(), RestoreError> {
    let bytes = encode(head);
    let values: usize = document.archives.iter().map(|archive| archive.values.len()).sum();
    let length = bytes.len() + values * size_of::<f64>();
    match decode(&bytes, length_to_u64(length)) {
        Ok(_) => Ok(()),
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
