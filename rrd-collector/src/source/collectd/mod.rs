//! Support for software made for collectd: programs of its `exec` plugin, and scripts that use its
//! `unixsock`.

mod exec;
mod lines;
pub mod protocol;
mod record;
mod script_log;
mod section;
mod socket;
mod types;

use std::cell::RefCell;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;

use self::record::Record;
use self::section::DEFAULT_STEP;
use crate::fault::Faults;
use crate::process::child::check_program;
use crate::source::input::{
    Context, Input, InputTask, PageSection, SectionKind, Source, Unplanned, same,
};

pub use exec::ExecError;
pub use record::{COLLECTD, Refusal};
pub use section::{CollectdSettings, ExecSettings};
pub use types::{Source as TypeSource, Types};

const SOCKET: &str = "collectd";
const PROGRAMS: &str = "exec";

/// The socket and the types of `[collectd]`, and the programs of `[[exec]]`.
pub static SOURCE: Source = Source {
    sections: &[
        SectionKind {
            name: SOCKET,
            is_list: false,
            read: |reader, value| Ok(Input::new(SOCKET, CollectdSettings::read(reader, value)?)),
        },
        SectionKind {
            name: PROGRAMS,
            is_list: true,
            read: |reader, value| Ok(Input::new(PROGRAMS, ExecSettings::read(reader, value)?)),
        },
    ],
    described_kinds: &[COLLECTD],
    unplanned: Some(&Unplanned {
        name: "exec and collectd's socket",
        until: "they speak",
        kinds: &[COLLECTD],
    }),
    page: &[PageSection { heading: "collectd", kinds: &[COLLECTD] }],
    // Programs need the types of collectd, whether there is a section or not.
    defaults: || vec![Input::new(SOCKET, CollectdSettings::default())],
    fuzz: |text| {
        Types::default().parse(text);
        for line in text.lines() {
            let _ = protocol::parse_line(line);
        }
    },
    ..Source::EMPTY
};

/// The faults of the types, across reloads.
struct TypeFaults(Faults);

/// What the socket and all programs share.
fn record(context: &Context) -> Rc<RefCell<Record>> {
    context
        .shared(|| RefCell::new(Record::new(context.host.clone(), Types::default(), DEFAULT_STEP)))
}

impl InputTask for CollectdSettings {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn load(&self, context: &Context) {
        let read = Types::read(self.types.iter().map(PathBuf::as_path));
        let outcome = read.map(|types| record(context).borrow_mut().replace_types(types));
        let faults = context.shared(|| TypeFaults(context.faults.of_task()));
        faults.0.note("collectd.types", &outcome);
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        match self.socket.clone() {
            Some(socket) => Box::pin(socket::serve(socket, record(context), context.clone())),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn host_faults(&self) -> Vec<String> {
        let line = |file: &PathBuf| {
            let error = Types::read([file.as_path()]).err()?;
            Some(format!("{SOCKET}.types: {}: cannot be read: {error}", file.display()))
        };
        self.types.iter().filter_map(line).collect()
    }

    fn has_unplanned(&self) -> bool {
        self.socket.is_some()
    }
}

impl InputTask for ExecSettings {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(exec::exec(self.clone(), record(context), context.clone()))
    }

    fn host_faults(&self) -> Vec<String> {
        let wrong = self.command.first().and_then(|program| check_program(program).err());
        wrong.map(|error| format!("{PROGRAMS}.command: {error}")).into_iter().collect()
    }
}
