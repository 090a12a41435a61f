//! Servers that are queried for their state, each repeatedly by its own task.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use rrd_core::{Step, Timestamp};
use serde::Deserialize;

use crate::group::Kind;
use crate::net::http::{Document, FetchError};
use crate::net::page::Page;
use crate::process::child::Guard;
use crate::schedule::{Schedule, clock, whole_seconds};
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::input::{Context, Input, InputTask, Plan, same};
use crate::source::sample::{SampleBatch, SampleSink};

/// The default interval.
pub const DEFAULT_STEP: Step = whole_seconds(10);
/// The default deadline of an answer.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// A type of server: its address, the query, and the meaning of its answers.
pub trait Server: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The name of its configuration section, also used as its name for people.
    const SECTION: &'static str;
    /// The kinds of groups that all of these servers have.
    const KINDS: &'static [&'static Kind];
    /// Why there is no answer.
    type Error: std::error::Error;
    /// The state between two answers.
    type State: ServerState;

    /// Queries the server, within `deadline`.
    fn ask(
        &self,
        deadline: Duration,
    ) -> impl Future<Output = Result<<Self::State as ServerState>::Answer, Self::Error>>;

    /// Why an answer lacks a part, if it does; the rest of it is valid.
    ///
    /// # Errors
    ///
    /// [`Self::Error`], which is reported like that of an answer that did not come.
    fn check(&self, _answer: &<Self::State as ServerState>::Answer) -> Result<(), Self::Error> {
        Ok(())
    }

    /// What its address names and this host does not have, one line each.
    fn host_faults(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What is kept of a server between two answers, to compute rates.
pub trait ServerState: 'static {
    /// An answer.
    type Answer;

    /// The initial state; the groups of the server have this instance.
    fn new(instance: String) -> Self;

    /// Converts an answer received at `clock` after `took` to groups; `None` if there was none.
    fn take(
        &mut self,
        answer: Option<Self::Answer>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    );
}

/// Takes two answers, because rates need two readings; for fuzzing.
pub(super) fn fuzz<S: ServerState>(answer: impl Fn() -> Option<S::Answer>) {
    let mut state = S::new("x".to_owned());
    let mut samples = SampleBatch::new(Timestamp::from_seconds(0), DEFAULT_STEP);
    for seconds in [1, 11] {
        let took = Duration::from_millis(1);
        state.take(answer(), Duration::from_secs(seconds), took, &mut samples);
    }
}

/// A server that is queried for its state.
#[derive(Clone, Debug, PartialEq)]
pub struct PolledServer<S> {
    /// Its name in files and on the page.
    pub instance: String,
    /// Its address.
    pub server: S,
    /// The interval.
    pub step: Step,
    /// The deadline of an answer.
    pub deadline: Duration,
}

impl<S: Server> PolledServer<S> {
    /// Converts it to an input.
    pub fn input(self) -> Input {
        Input::new(S::SECTION, self)
    }

    async fn poll(self, context: Rc<Context>) {
        let mut state = S::State::new(self.instance.clone());
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let concern = format!("{} {}", S::SECTION, self.instance);
        loop {
            let tick = clock::tick(&mut schedule).await;
            let mut batch = SampleBatch::new(tick.at, self.step);
            let begun = clock::now().clock;
            let answer = self.server.ask(self.deadline).await;
            let came = clock::now().clock;
            let (answer, outcome) = match answer {
                Ok(answer) => {
                    let outcome = self.server.check(&answer);
                    (Some(answer), outcome)
                }
                Err(error) => (None, Err(error)),
            };
            state.take(answer, came, came.saturating_sub(begun), &mut batch);
            faults.note(&concern, &outcome);
            if !context.samples.store(batch) {
                return;
            }
        }
    }
}

impl<S: Server> InputTask for PolledServer<S> {
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
        let group = |kind: &&Kind| (Kind::clone(kind), self.instance.clone(), self.step);
        let groups = S::KINDS.iter().map(group).collect();
        Box::pin(std::future::ready(Plan { groups, faults: Vec::new() }))
    }

    fn host_faults(&self) -> Vec<String> {
        self.server.host_faults()
    }
}

/// Interval and deadline of a section, or the defaults.
pub(super) fn times(
    reader: SectionReader<'_>,
    step: Option<String>,
    deadline: Option<String>,
) -> Result<(Step, Duration), ConfigError> {
    times_every(DEFAULT_STEP, reader, step, deadline)
}

/// The same of a section whose default interval is another one.
pub(super) fn times_every(
    default: Step,
    reader: SectionReader<'_>,
    step: Option<String>,
    deadline: Option<String>,
) -> Result<(Step, Duration), ConfigError> {
    let step = step.map_or(Ok(default), |text| reader.step("step", &text))?;
    let deadline =
        deadline.map_or(Ok(DEFAULT_DEADLINE), |text| reader.duration("deadline", &text))?;
    Ok((step, deadline))
}

/// A server with a status page, as in `[[apache]]` and `[[nginx]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusPageTable {
    name: Option<String>,
    url: String,
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
    ca: Option<String>,
    verify: Option<bool>,
    step: Option<String>,
    deadline: Option<String>,
}

/// The content of a status page of a server.
pub trait StatusPage: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The name of the configuration section of its servers.
    const SECTION: &'static str;
    /// The kinds of groups that all of these servers have.
    const KINDS: &'static [&'static Kind];
    /// The name of the page, for errors.
    const NAME: &'static str;
    /// Parses a page; `None` if it is another page.
    const PARSE: fn(&str) -> Option<Self>;
    /// The state between two pages.
    type State: ServerState<Answer = Self>;
}

/// A server by its status page.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusPageServer<P> {
    /// The page.
    pub page: Page,
    content: PhantomData<P>,
}

impl<P: StatusPage> StatusPageServer<P> {
    /// The server with this page.
    pub fn new(page: Page) -> Self {
        Self { page, content: PhantomData }
    }

    /// The server in a section.
    pub(super) fn read<'a>(
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<Input, ConfigError> {
        let table: StatusPageTable = reader.parse(value)?;
        let StatusPageTable { host, user, password, ca, verify, .. } = table;
        let options = PageOptions { host, user, password, ca, verify, ..PageOptions::default() };
        let (step, deadline) = times(reader, table.step, table.deadline)?;
        let page = reader.page(&table.url, options)?;
        let instance = table.name.unwrap_or_else(|| page.instance());
        Ok(PolledServer { instance, server: Self::new(page), step, deadline }.input())
    }
}

impl<P: StatusPage> Server for StatusPageServer<P> {
    const SECTION: &'static str = P::SECTION;
    const KINDS: &'static [&'static Kind] = P::KINDS;
    type Error = FetchError;
    type State = P::State;

    async fn ask(&self, deadline: Duration) -> Result<P, FetchError> {
        let Document { text, content_type } = self.page.document(deadline).await?;
        (P::PARSE)(&text).ok_or(FetchError::NotStatus { of: P::NAME, content_type })
    }
}
