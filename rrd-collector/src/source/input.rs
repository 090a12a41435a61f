//! The interface of a source: the sections it reads, and the inputs that run as tasks.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use rrd_core::Step;
use tokio::sync::Notify;

use crate::fault::AllFaults;
use crate::group::Kind;
use crate::process::child::Guard;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::probe::RegisteredProbe;
use crate::source::right::Right;
use crate::source::sample::BatchSink;

/// A source as registered by its folder.
pub struct Source {
    /// The sections of the configuration that it reads.
    pub sections: &'static [SectionKind],
    /// Its probes of the host.
    pub probes: &'static [RegisteredProbe],
    /// The kinds of groups that are known in advance, besides those of its probes.
    pub kinds: fn() -> Vec<&'static Kind>,
    /// The kinds of groups whose metrics are described by programs at run time.
    pub described_kinds: &'static [&'static str],
    /// The groups of its inputs that are not known in advance.
    pub unplanned: Option<&'static Unplanned>,
    /// The rules that every configuration has about it: name and text.
    pub rules: &'static [(&'static str, &'static str)],
    /// The rights that it needs beyond those of the packaged service.
    pub rights: &'static [Right],
    /// Its charts, as files in the chart language.
    pub charts: &'static [&'static str],
    /// Its sections of the page.
    pub page: &'static [PageSection],
    /// How its kinds are shown that have many instances.
    pub many: &'static [ManyInstances],
    /// The heading in the menu of the page under which its sections are.
    pub part: &'static str,
    /// The inputs that run without any section.
    pub defaults: fn() -> Vec<Input>,
    /// Parses untrusted text, for fuzzing.
    #[doc(hidden)]
    pub fuzz: fn(&str),
}

impl Source {
    /// An empty source, to be filled in.
    pub const EMPTY: Self = Self {
        sections: &[],
        probes: &[],
        kinds: Vec::new,
        described_kinds: &[],
        unplanned: None,
        rules: &[],
        rights: &[],
        charts: &[],
        page: &[],
        many: &[],
        part: "Applications",
        defaults: Vec::new,
        fuzz: |_| (),
    };
}

impl Source {
    /// All kinds of groups that are known in advance.
    pub fn known_kinds(&self) -> impl Iterator<Item = &'static Kind> + Clone + use<> {
        let of_probes = self.probes.iter().flat_map(|probe| probe.kinds).copied();
        of_probes.chain((self.kinds)())
    }
}

/// A section of the page.
pub struct PageSection {
    /// The heading.
    pub heading: &'static str,
    /// The kinds whose charts it shows, in this order.
    pub kinds: &'static [&'static str],
}

impl PageSection {
    /// Its place in the address of the page: `tcp-and-udp` for `TCP and UDP`.
    pub fn id(&self) -> String {
        self.heading.to_ascii_lowercase().replace(' ', "-")
    }
}

/// How the page shows a kind that has many instances: as heat maps with a row for each, or else as
/// a table.
pub struct ManyInstances {
    /// The kind.
    pub kind: &'static str,
    /// The columns of the table; it is sorted by the first one.
    pub columns: &'static [TableColumn],
    /// The metrics that have a heat map.
    pub heat_maps: &'static [&'static str],
}

/// A column of a table.
pub struct TableColumn {
    /// Its heading.
    pub title: &'static str,
    /// The metrics whose sum it shows.
    pub metrics: &'static [&'static str],
}

impl TableColumn {
    /// A column of these metrics.
    pub const fn new(title: &'static str, metrics: &'static [&'static str]) -> Self {
        Self { title, metrics }
    }
}

/// One section of the configuration: `[NAME]`, or `[[NAME]]` which may be repeated.
pub struct SectionKind {
    /// The name.
    pub name: &'static str,
    /// Whether it may be repeated, and the sections of several files add up; otherwise the later
    /// one replaces the earlier one.
    pub is_list: bool,
    /// The input that one section configures.
    pub read: for<'a> fn(SectionReader<'a>, SectionValue<'a>) -> Result<Input, ConfigError>,
}

/// A configured input with its own task.
#[derive(Clone, Debug)]
pub struct Input {
    /// The section that configures it.
    pub section: &'static str,
    task: Arc<dyn InputTask>,
}

/// Inputs with the same type and equal settings are the same input, which keeps its task across a
/// reload.
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

    /// Its settings and task.
    pub fn task(&self) -> &dyn InputTask {
        &*self.task
    }

    /// Its settings, if they have this type.
    pub fn settings<T: InputTask>(&self) -> Option<&T> {
        let task: &dyn Any = &*self.task;
        task.downcast_ref()
    }
}

/// The settings of an input, and the task that samples it.
pub trait InputTask: Any + fmt::Debug + Send + Sync {
    /// Whether the other one is the same input; [`same`] implements it for comparable settings.
    fn equals(&self, other: &dyn InputTask) -> bool;

    /// Samples until it is dropped.
    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>>;

    /// Called at the start and at each reload, before tasks start.
    fn load(&self, _context: &Context) {}

    /// The groups that it will have, as far as known in advance. The future may run programs.
    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        Box::pin(std::future::ready(Plan::default()))
    }

    /// What its settings name and this host does not have, one line each.
    fn host_faults(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it has those groups of its source that are not known in advance.
    fn has_unplanned(&self) -> bool {
        true
    }
}

/// Whether two inputs have the same type and equal settings.
pub fn same<T: InputTask + PartialEq>(one: &T, other: &dyn InputTask) -> bool {
    let other: &dyn Any = other;
    other.downcast_ref() == Some(one)
}

/// State shared by the tasks of all inputs.
pub struct Context {
    /// The destination of samples.
    pub samples: Rc<dyn BatchSink>,
    /// Ends the children if the daemon cannot.
    pub guard: Rc<Guard>,
    /// The name of this host.
    pub host: String,
    /// The data folder.
    pub data: PathBuf,
    /// Where tasks report faults.
    pub faults: AllFaults,
    /// Wakes tasks that wait for something at each reload.
    pub reloaded: Notify,
    shared: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
}

impl Context {
    /// A context without shared values.
    pub fn new(
        samples: Rc<dyn BatchSink>,
        guard: Rc<Guard>,
        host: String,
        data: PathBuf,
        faults: AllFaults,
    ) -> Self {
        let (reloaded, shared) = (Notify::new(), RefCell::default());
        Self { samples, guard, host, data, faults, reloaded, shared }
    }

    /// The shared value of this type, created by the first call; it lives as long as the program.
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

/// The groups that will exist, and the errors in determining them.
#[derive(Debug, Default)]
pub struct Plan {
    /// Kind, instance and step of each group.
    pub groups: Vec<(Kind, String, Step)>,
    /// Faults.
    pub faults: Vec<String>,
}

/// Groups that are not known in advance.
#[derive(Debug, PartialEq, Eq)]
pub struct Unplanned {
    /// The input, as named in the configuration.
    pub name: &'static str,
    /// When the groups become known.
    pub until: &'static str,
    /// Their kinds.
    pub kinds: &'static [&'static str],
}
