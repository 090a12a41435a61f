//! The values of rows that an update has written, as `updatev` names them.

use rrd_core::number::named_nan;
use rrd_core::{Schema, WrittenRow};

/// A value of a row that an update has written.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenValue {
    /// Its name: `[TIME]RRA[FUNCTION][POINTS]DS[NAME]`.
    pub key: String,
    /// The value; NaN if it is unknown.
    pub value: f64,
}

impl WrittenValue {
    /// The values of a row of a file of this shape: one for each data source.
    pub fn of_row<'a>(
        schema: &'a Schema,
        row: WrittenRow<'a>,
    ) -> impl Iterator<Item = Self> + use<'a> {
        let archive = schema.archives().get(row.archive);
        let values = row.label.zip(archive).map(|(label, archive)| {
            let (function, points) = (archive.function(), archive.points_per_row());
            schema.sources().iter().zip(row.values).map(move |(source, value)| {
                let name = source.name.as_str();
                let key = format!("[{label}]RRA[{function}][{points}]DS[{name}]");
                Self { key, value: *value }
            })
        });
        values.into_iter().flatten()
    }

    /// As `updatev` prints it.
    pub(crate) fn line(&self) -> String {
        format!("{} = {}\n", self.key, named_nan(self.value))
    }
}
