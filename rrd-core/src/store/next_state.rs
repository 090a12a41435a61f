//! The next state of a file, computed from its head and the samples that only the journal has.

use std::io;
use std::sync::Arc;

use super::record::BatchPosition;
use super::shape::Shape;
use crate::commit::{PendingRows, Record};
use crate::database::{HeadPart, RowLayout, Snapshot};
use crate::disk::DiskFile;
use crate::sample::Sample;
use crate::time::Clock;
use crate::update::{Pipeline, Rows, Stop, WrittenRows};

/// Buffers of a record that are larger than this are released.
const LARGE: usize = 64 << 10;

/// A file with the samples that are not in it yet.
#[derive(Debug)]
pub(super) struct NextState {
    /// The bytes of the head on disk, and the head with the samples.
    pub(super) snapshot: Snapshot,
    /// Rows that are not in the file yet.
    pub(super) rows: PendingRows,
    pipeline: Pipeline,
}

impl NextState {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        let schema = &snapshot.head.schema;
        let rows = schema.archives().iter().map(|archive| archive.rows);
        let rows = PendingRows::new(schema.sources().len(), rows);
        let pipeline = Pipeline::new(snapshot.head.version, schema);
        Self { snapshot, rows, pipeline }
    }

    /// Applies samples that were acknowledged before, batch by batch; returns how many were new to
    /// the file. Samples that the file refuses now, because another program has written to it, are
    /// dropped.
    pub(super) fn catch_up(
        &mut self,
        file: &dyn DiskFile,
        clock: &Clock,
        samples: &[(Sample, BatchPosition)],
    ) -> io::Result<u64> {
        let Self { snapshot, rows, pipeline } = self;
        let (head, places) = snapshot.split();
        let mut rows = StoredRows { file, places, pending: rows };
        let now = || clock.now().seconds();
        let mut applied = 0;
        let mut smoothing_due = false;
        for (sample, position) in samples {
            match pipeline.apply_deferred(&head.schema, &mut head.live, sample, now, &mut rows) {
                Ok(done) => {
                    applied += 1;
                    smoothing_due |= done.smoothing_due;
                }
                Err(Stop::Sample(_)) => {}
                Err(Stop::Rows(error)) => return Err(error),
            }
            if smoothing_due && *position == BatchPosition::End {
                pipeline.flush(&head.schema, &mut head.live, &mut rows);
                pipeline.smooth(&head.schema, &mut head.live, &mut rows)?;
            }
            smoothing_due &= *position == BatchPosition::More;
        }
        pipeline.flush(&head.schema, &mut head.live, &mut rows);
        Ok(applied)
    }
}

/// The rows of a file with those that are not in it yet.
struct StoredRows<'a> {
    file: &'a dyn DiskFile,
    places: RowLayout<'a>,
    pending: &'a mut PendingRows,
}

impl Rows for StoredRows<'_> {
    type Error = io::Error;

    fn read(&mut self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        self.places.read_newest(self.file, self.pending, (archive, row), values)
    }

    #[inline]
    fn write(&mut self, rows: WrittenRows<'_>) {
        self.pending.write(rows.archive, rows.row, rows.values, rows.copies);
    }
}

/// Buffers to compute and to write the next state of files of one shape, one after the other.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) shape: Arc<Shape>,
    pub(super) next: NextState,
    /// The next head, and the change that leads to it.
    pub(super) head: Vec<u8>,
    pub(super) record: Record,
}

impl Draft {
    /// Buffers for the file with this head.
    pub(super) fn new(shape: Arc<Shape>, snapshot: Snapshot) -> Self {
        let next = NextState::new(snapshot);
        Self { shape, next, head: Vec::new(), record: Record::default() }
    }

    /// Makes the change of the file that leads to its next state.
    pub(super) fn complete(&mut self) {
        let snapshot = &self.next.snapshot;
        self.head.clone_from(&snapshot.bytes);
        snapshot.encode_live(&mut self.head);
        snapshot.record(&self.next.rows, &self.head, HeadPart::Live, &mut self.record);
    }

    /// Removes what is of one file only; whether the buffers are worth keeping.
    pub(super) fn clear(&mut self) -> bool {
        self.next.rows.clear();
        self.record.length() <= LARGE
    }
}
