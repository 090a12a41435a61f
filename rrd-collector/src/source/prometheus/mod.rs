//! Exporters of Prometheus: programs that show their values on a page in its text format or in
//! `OpenMetrics`. The page is read every few seconds, and a limited number of its values is stored.
//!
//! Sources: "Exposition formats", "Metric types" and "Histograms and summaries" of the Prometheus
//! documentation, and the specification of `OpenMetrics` 1.0.

mod drawing;
mod exporter;
mod kinds;
mod section;
mod selection;
mod spread;

use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Bytes;
use rrd_core::Timestamp;
use thiserror::Error;

use crate::fault::chain;
use crate::group::Kind;
use crate::net::http::{Content, FetchError};
use crate::process::child::Guard;
use crate::schedule::{Schedule, clock};
use crate::section::InstanceFilter;
use crate::source::input::{
    Context, Input, InputTask, ManyInstances, PageSection, Plan, SectionKind, Source, TableColumn,
    same,
};
use crate::source::sample::{SampleBatch, SampleSink};
use crate::source::server::DEFAULT_STEP;
use crate::source::textfile::exposition::{Form, Samples, SyntaxError, text};

pub use self::kinds::{PROMETHEUS, SCRAPE, SPREAD};
pub use self::section::PrometheusExporter;

use self::exporter::{Exporter, Round};
use self::selection::{Problem, Taken};

const SECTION: &str = "prometheus";

/// Exporters of `[[prometheus]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind {
        name: SECTION,
        is_list: true,
        read: |reader, value| Ok(Input::new(SECTION, section::read(reader, value)?)),
    }],
    kinds: || vec![&SCRAPE, &PROMETHEUS, &SPREAD],
    rules: &[("scrape-down", "last of scrape:*.up < 50, for 5m")],
    charts: &[include_str!("charts.toml")],
    page: &[PageSection {
        heading: "Exporters",
        kinds: &["scrape", "prometheus", "prometheus_spread"],
    }],
    many: &[
        ManyInstances {
            kind: "prometheus",
            columns: &[TableColumn::new("Value", &["value"])],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "prometheus_spread",
            columns: &[
                TableColumn::new("Per second", &["rate"]),
                TableColumn::new("Mean", &["mean"]),
                TableColumn::new("Median", &["p50"]),
                TableColumn::new("90 %", &["p90"]),
                TableColumn::new("99 %", &["p99"]),
            ],
            heat_maps: &[],
        },
    ],
    fuzz: |text| {
        let filter = InstanceFilter::default();
        for form in [Form::Text, Form::OpenMetrics] {
            let mut exporter = Exporter::new("x".to_owned());
            // Two readings, because rates need two.
            for clock in [10, 20] {
                let mut selection = exporter.selection(20, &filter);
                if selection.take_some(&mut Samples::of(text, form), usize::MAX).is_err() {
                    continue;
                }
                let clock = Duration::from_secs(clock);
                let mut batch = SampleBatch::new(Timestamp::from_seconds(20), DEFAULT_STEP);
                let round = Round { wall: clock, clock };
                assert!(exporter.store(selection.end(), round, &mut batch) <= 20);
            }
        }
    },
    ..Source::EMPTY
};

/// Limit on the size of a page.
const MAX_PAGE: usize = 16 << 20;
/// The samples after which other tasks get their turn.
const TURN: usize = 2_000;

/// Why an exporter has no values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScrapeError {
    /// The page did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is in another format, or not complete.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It is another page.
    #[error(
        "the answer, of content type {content_type:?}, is not in Prometheus' text format: check the address"
    )]
    OtherPage {
        /// The content type; empty without one.
        content_type: String,
        /// The first line that shows it.
        source: SyntaxError,
    },
    /// It is compressed, though that was not asked for.
    #[error("the answer is compressed with gzip, which was not asked for: check the server")]
    Compressed,
}

impl InputTask for PrometheusExporter {
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
        Box::pin(self.survey())
    }
}

impl PrometheusExporter {
    async fn poll(self, context: Rc<Context>) {
        let mut exporter = Exporter::new(self.instance.clone());
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let concern = format!("{SECTION} {}", self.instance);
        loop {
            let tick = clock::tick(&mut schedule).await;
            let begun = clock::now().clock;
            let answer = self.page.content(self.deadline, MAX_PAGE).await;
            let now = clock::now();
            let took = now.clock.saturating_sub(begun).as_secs_f64();
            let bytes =
                answer.as_ref().ok().and_then(|answer| u32::try_from(answer.bytes.len()).ok());
            let taken = match answer {
                Ok(answer) => self.select(&answer, &exporter).await,
                Err(error) => Err(error.into()),
            };
            let mut batch = SampleBatch::new(tick.at, self.step);
            let (up, outcome, problem) = match taken {
                Ok(taken) => {
                    let (left_out, problem) = (taken.left_out, taken.problem(self.cap));
                    let round = Round { wall: now.wall, clock: now.clock };
                    let values = exporter.store(taken, round, &mut batch);
                    ([1.0, count(values), count(left_out)], Ok(()), problem)
                }
                Err(error) => ([0.0, f64::NAN, f64::NAN], Err(error), None),
            };
            let [up, values, left_out] = up;
            let values = [up, took, bytes.map_or(f64::NAN, f64::from), values, left_out];
            batch.group(&SCRAPE, &self.instance, &values);
            if outcome.is_ok() {
                let series = problem.map_or(Ok(()), Err::<(), Problem>);
                faults.note(&format!("{concern}: series"), &series);
            }
            faults.note(&concern, &outcome);
            if !context.samples.store(batch) {
                return;
            }
        }
    }

    /// What is taken from an answer. Long ones are read in turn with other tasks.
    async fn select(&self, answer: &Content, exporter: &Exporter) -> Result<Taken, ScrapeError> {
        let Content { bytes, content_type } = answer;
        let mut selection = exporter.selection(self.cap, &self.families);
        let mut samples = Samples::of(readable(bytes)?, form(content_type));
        loop {
            let outcome = selection.take_some(&mut samples, TURN);
            let count = outcome.map_err(|source| explained(source, content_type))?;
            if count < TURN {
                return Ok(selection.end());
            }
            tokio::task::yield_now().await;
        }
    }

    /// The groups of an exporter that answers now.
    async fn survey(&self) -> Plan {
        let exporter = Exporter::new(self.instance.clone());
        let kinds = |kind: &Kind, name: String| (kind.clone(), name, self.step);
        let mut plan =
            Plan { groups: vec![kinds(&SCRAPE, self.instance.clone())], ..Plan::default() };
        let taken = match self.page.content(self.deadline, MAX_PAGE).await {
            Ok(answer) => self.select(&answer, &exporter).await,
            Err(error) => Err(error.into()),
        };
        let concern = format!("{SECTION} {}", self.instance);
        match taken {
            Ok(taken) => {
                let problem = taken.problem(self.cap);
                plan.faults.extend(problem.map(|error| format!("{concern}: {error}")));
                let groups = taken.groups().map(|(kind, name)| kinds(kind, exporter.full(name)));
                plan.groups.extend(groups);
            }
            Err(error) => plan.faults.push(format!("{concern}: {}", chain(&error))),
        }
        plan
    }
}

fn readable(bytes: &Bytes) -> Result<&str, ScrapeError> {
    if bytes.starts_with(&[0x1f, 0x8b]) { Err(ScrapeError::Compressed) } else { Ok(text(bytes)?) }
}

fn form(content_type: &str) -> Form {
    let is_open_metrics = content_type.starts_with("application/openmetrics-text");
    if is_open_metrics { Form::OpenMetrics } else { Form::Text }
}

/// A wrong line in a page of this type.
fn explained(source: SyntaxError, content_type: &str) -> ScrapeError {
    let is_text = ["text/plain", "application/openmetrics-text"]
        .iter()
        .any(|known| content_type.starts_with(known));
    if is_text {
        ScrapeError::Syntax(source)
    } else {
        ScrapeError::OtherPage { content_type: content_type.to_owned(), source }
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}

#[cfg(test)]
mod tests;
