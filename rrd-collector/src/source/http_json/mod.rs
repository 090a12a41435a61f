//! Numbers of JSON documents: those that the configuration names, from a page that is fetched every
//! few seconds.

mod document;
mod drawing;
mod section;
mod value;

use std::borrow::Cow;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use thiserror::Error;

use crate::group::{Kind, Metric};
use crate::net::http::{Content, FetchError};
use crate::process::child::Guard;
use crate::schedule::{Schedule, clock};
use crate::source::input::{
    Context, Input, InputTask, PageSection, Plan, SectionKind, Source, same,
};
use crate::source::meter::{Meter, Moment};
use crate::source::sample::SampleBatch;

pub use self::document::{InvalidPointer, Pointer, ValueError, find};
pub use self::section::JsonDocument;
pub use self::value::JsonValue;

use self::value::KIND;

/// Documents of `[[http_json]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind {
        name: KIND,
        is_list: true,
        read: |reader, value| Ok(Input::new(KIND, section::read(reader, value)?)),
    }],
    described_kinds: &[KIND],
    page: &[PageSection { heading: "JSON documents", kinds: &[KIND] }],
    fuzz: |text| {
        // Pointers, and the document in the last line.
        let (pointers, document) = text.rsplit_once('\n').unwrap_or(("/a/0", text));
        let pointers: Vec<Pointer> =
            pointers.lines().filter_map(|line| line.parse().ok()).collect();
        if let Ok(found) = find(document.as_bytes(), &pointers) {
            assert_eq!(found.len(), pointers.len());
        }
    },
    ..Source::EMPTY
};

/// Limit on the size of a document.
const MAX_DOCUMENT: usize = 8 << 20;

/// Why there is no document.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not JSON.
    #[error("the answer, of content type {content_type:?}, is not JSON: check the address")]
    NotJson {
        /// The content type; empty without one.
        content_type: String,
        /// The parser's error.
        source: serde_json::Error,
    },
}

impl InputTask for JsonDocument {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.clone().poll(context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        let groups = vec![(self.kind(), self.instance.clone(), self.step)];
        Box::pin(std::future::ready(Plan { groups, faults: Vec::new() }))
    }
}

impl JsonDocument {
    /// The kind of its group.
    fn kind(&self) -> Kind {
        let metric = |value: &JsonValue| Metric {
            name: Cow::Owned(value.name.clone()),
            unit: value.unit,
            help: Cow::Owned(format!("the value at {}", value.pointer)),
        };
        Kind {
            name: Cow::Borrowed(KIND),
            title: Cow::Owned(self.instance.clone()),
            metrics: self.values.iter().map(metric).collect(),
            chart: Some(drawing::chart(&self.values).into()),
        }
    }

    async fn poll(self, context: Rc<Context>) {
        let kind = self.kind();
        let pointers: Vec<Pointer> = self.values.iter().map(|v| v.pointer.clone()).collect();
        let mut meters: Vec<Meter> =
            self.values.iter().map(|value| Meter::of_series(value.is_counter)).collect();
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let concern = format!("{KIND} {}", self.instance);
        loop {
            let tick = clock::tick(&mut schedule).await;
            let (found, outcome) = match self.fetch(&pointers).await {
                Ok(found) => (found, Ok(())),
                Err(error) => (Vec::new(), Err(error)),
            };
            faults.note(&concern, &outcome);
            let moment = Moment { own: None, clock: clock::now().clock };
            for (value, found) in self.values.iter().zip(&found) {
                let outcome = found.as_ref().map(|_| ()).map_err(Clone::clone);
                faults.note(&format!("{concern}: {}", value.name), &outcome);
            }
            let mut found = found.into_iter();
            let read = |meter: &mut Meter| match found.next() {
                Some(Ok(Some(reading))) => meter.read(moment, reading),
                _ => f64::NAN,
            };
            let values = meters.iter_mut().map(read).collect();
            let groups = [(kind.clone(), self.instance.clone(), values)].into();
            let batch = SampleBatch { groups, ..SampleBatch::new(tick.at, self.step) };
            if !context.samples.store(batch) {
                return;
            }
        }
    }

    /// What is at these places of the document.
    async fn fetch(
        &self,
        pointers: &[Pointer],
    ) -> Result<Vec<Result<Option<f64>, ValueError>>, DocumentError> {
        let Content { bytes, content_type } =
            self.page.content(self.deadline, MAX_DOCUMENT).await?;
        find(&bytes, pointers).map_err(|source| DocumentError::NotJson { content_type, source })
    }
}
