//! What a source is to the rest of the program: the sections it reads, and the inputs that run as tasks.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use rrd_core::Step;

use crate::group::Kind;
use crate::process::child::Guard;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::sample::BatchSink;

/// A source, as its folder registers it.
pub struct Source {
    /// The sections of the configuration that it reads.
    pub sections: &'static [SectionKind],
    /// Every kind of group it can give, but those that are described at run time.
    pub kinds: fn() -> Vec<&'static Kind>,
    /// The kinds of group whose metrics programs describe at run time.
    pub described_kinds: &'static [&'static str],
    /// Its charts, as files of the chart language.
    pub charts: &'static [&'static str],
    /// Its sections of the page.
    pub page: &'static [PageSection],
    /// The inputs that run without any section.
    pub defaults: fn() -> Vec<Input>,
    /// Reads text that came from outside, for the fuzzer.
    #[doc(hidden)]
    pub fuzz: fn(&str),
}

impl Source {
    /// A source of nothing, to be filled in.
    pub const EMPTY: Self = Self {
        sections: &[],
        kinds: Vec::new,
        described_kinds: &[],
        charts: &[],
        page: &[],
        defaults: Vec::new,
        fuzz: |_| (),
    };
}

/// A section of the page.
pub struct PageSection {
    /// The heading.
    pub heading: &'static str,
    /// The kinds whose charts are in it, in this order.
    pub kinds: &'static [&'static str],
}

/// One section of the configuration: `[NAME]`, or `[[NAME]]` which may be repeated.
pub struct SectionKind {
    /// The name.
    pub name: &'static str,
    /// Whether the sections of several files add up; else the later one replaces the earlier one.
    pub is_list: bool,
    /// What the section asks for.
    pub read: for<'a> fn(SectionReader<'a>, SectionValue<'a>) -> Result<Vec<Input>, ConfigError>,
}

/// Something configured that a task samples.
#[derive(Clone, Debug)]
pub struct Input {
    /// The section it comes from.
    pub section: &'static str,
    task: Arc<dyn InputTask>,
}

/// Inputs of the same type with equal settings are the same input, which keeps its task over a reload.
impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.section == other.section && self.task.equals(&*other.task)
    }
}

impl Input {
    /// An input of this section.
    pub fn new(section: &'static str, task: impl InputTask) -> Self {
        Self { section, task: Arc::new(task) }
    }

    /// What it does.
    pub fn task(&self) -> &dyn InputTask {
        &*self.task
    }

    /// Its settings, if they are of this type.
    pub fn settings<T: InputTask>(&self) -> Option<&T> {
        let task: &dyn Any = &*self.task;
        task.downcast_ref()
    }
}

/// The settings of an input, and the task that samples it.
pub trait InputTask: Any + fmt::Debug + Send + Sync {
    /// Whether the other is the same input; [`same`] says so for settings that can be compared.
    fn equals(&self, other: &dyn InputTask) -> bool;

    /// Samples until it is dropped.
    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>>;

    /// Called at the start and at each reload, before tasks start.
    fn load(&self, _context: &Context) {}

    /// The groups that it will have, as far as it can say beforehand. The future may run programs.
    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        Box::pin(std::future::ready(Plan::default()))
    }

    /// The groups of which it cannot say beforehand how many there will be.
    fn unplanned(&self) -> Option<&'static Unplanned> {
        None
    }
}

/// Whether two inputs have the same type and equal settings.
pub fn same<T: InputTask + PartialEq>(one: &T, other: &dyn InputTask) -> bool {
    let other: &dyn Any = other;
    other.downcast_ref() == Some(one)
}

/// What the tasks of all inputs share.
pub struct Context {
    /// Where samples go.
    pub samples: Rc<dyn BatchSink>,
    /// Who ends the children when we cannot.
    pub guard: Rc<Guard>,
    /// The name of this host.
    pub host: String,
    /// The folder of the databases.
    pub data: PathBuf,
    shared: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
}

impl Context {
    /// A context in which nothing is shared yet.
    pub fn new(samples: Rc<dyn BatchSink>, guard: Rc<Guard>, host: String, data: PathBuf) -> Self {
        Self { samples, guard, host, data, shared: RefCell::default() }
    }

    /// The value of this type that tasks share as long as the program runs; made when it is first asked for.
    pub fn shared<T: 'static>(&self, make: impl FnOnce() -> T) -> Rc<T> {
        let known = self.shared.borrow().get(&TypeId::of::<T>()).cloned();
        if let Some(known) = known.and_then(|known| known.downcast().ok()) {
            return known;
        }
        let made = Rc::new(make());
        self.shared.borrow_mut().insert(TypeId::of::<T>(), made.clone());
        made
    }
}

/// Groups that there will be, and what went wrong when somebody was asked for them.
#[derive(Debug, Default)]
pub struct Plan {
    /// Kind, instance and step of each.
    pub groups: Vec<(Kind, String, Step)>,
    /// Faults.
    pub faults: Vec<String>,
}

/// Groups that nobody knows of beforehand.
#[derive(Debug, PartialEq, Eq)]
pub struct Unplanned {
    /// Who has them, in the words of the configuration.
    pub name: &'static str,
    /// When they are known.
    pub until: &'static str,
    /// Their kinds.
    pub kinds: &'static [&'static str],
}
