//! What files of the same structure share: everything in their heads that no update changes, and
//! the buffers with which their samples are accepted.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use super::locks::guard;
use crate::database::Snapshot;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::time::Clock;
use crate::update::{OpenPoints, Pipeline, SampleError};

/// Buffers that are kept for threads to come.
const IDLE_ACCEPTORS: usize = 4;

/// A structure, shared by all files that have it.
pub(super) struct Shape {
    /// The head of the first of them.
    head: Snapshot,
    has_seasons: bool,
    #[expect(clippy::vec_box, reason = "moved in and out with each update")]
    acceptors: Mutex<Vec<Box<Acceptor>>>,
}

impl Shape {
    fn new(head: Snapshot) -> Self {
        let has_seasons = has_seasons(&head.head.schema);
        Self { head, has_seasons, acceptors: Mutex::default() }
    }

    /// The head of one of the files.
    pub(super) fn head(&self) -> &Snapshot {
        &self.head
    }

    /// Whether there are seasons, which are smoothed at the end of a batch.
    pub(super) fn has_seasons(&self) -> bool {
        self.has_seasons
    }

    /// Buffers of which only the caller has the use.
    #[inline]
    pub(super) fn acceptor(&self) -> Box<Acceptor> {
        let idle = guard(&self.acceptors).pop();
        idle.unwrap_or_else(|| {
            let schema = &self.head.head.schema;
            let pipeline = Pipeline::new(self.head.head.version, schema);
            Box::new(Acceptor { pipeline, record: Vec::new() })
        })
    }

    /// Takes the buffers back.
    #[inline]
    pub(super) fn put_back(&self, acceptor: Box<Acceptor>) {
        let mut idle = guard(&self.acceptors);
        if idle.len() < IDLE_ACCEPTORS {
            idle.push(acceptor);
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").field("schema", &self.head.head.schema).finish_non_exhaustive()
    }
}

/// Whether the end of a batch may smooth a season of a file with this structure.
pub(super) fn has_seasons(schema: &Schema) -> bool {
    schema.archives().iter().any(|archive| !archive.function().is_classic())
}

/// The buffers with which a thread accepts samples of files of one shape.
#[derive(Debug)]
pub(super) struct Acceptor {
    pipeline: Pipeline,
    /// A record of the journal.
    pub(super) record: Vec<u8>,
}

impl Acceptor {
    /// Applies a sample to the open points of a file, unless it is refused.
    #[inline]
    pub(super) fn accept(
        &mut self,
        shape: &Shape,
        open: &mut OpenPoints,
        sample: &Sample,
        clock: &Clock,
    ) -> Result<(), SampleError> {
        let now = || clock.now().seconds();
        self.pipeline.accept(&shape.head.head.schema, open, sample, now)
    }
}

/// The shapes of all files in memory.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By the checksum of what all files of a shape have in common.
    shapes: HashMap<u32, Vec<Weak<Shape>>>,
    /// How many shapes there may be until those are looked for that no file has any more.
    limit: usize,
}

impl Shapes {
    /// The shape of a file.
    pub(super) fn of(&self, head: &Snapshot) -> Arc<Shape> {
        let mut known = guard(&self.known);
        let checksum = crc32fast::hash(head.structure());
        let alike = known.shapes.get(&checksum).into_iter().flatten();
        let mut alive = alike.filter_map(Weak::upgrade);
        if let Some(shape) = alive.find(|shape| shape.head.has_structure_of(head)) {
            return shape;
        }
        drop(alive);
        let shape = Arc::new(Shape::new(head.clone()));
        if known.shapes.len() >= known.limit {
            known.shapes.retain(|_, shapes| {
                shapes.retain(|shape| shape.strong_count() > 0);
                !shapes.is_empty()
            });
            known.limit = (2 * known.shapes.len()).max(64);
        }
        known.shapes.entry(checksum).or_default().push(Arc::downgrade(&shape));
        shape
    }

    /// How many shapes there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        let known = guard(&self.known);
        known.shapes.values().flatten().filter(|shape| shape.strong_count() > 0).count()
    }
}
