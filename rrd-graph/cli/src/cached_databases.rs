//! The databases of a command's chart: from rrdcached if one is named, else from files.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::Path;

use rrd_core::{FetchRequest, Series, Step, TimeRange, Timestamp};
use rrd_graph::data::{
    ArchiveFacts, DataError, DatabaseName, Databases, Facts, Files, SourceFacts,
};

use crate::context::Context;
use crate::environment::Environment;
use crate::rows_of_program::{RowsOfProgram, asks_program};
use crate::rrdcached::{Daemon, DaemonError, Reached};

/// What happens if rrdcached cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// An error.
    Refused,
    /// The file is read; the error is kept and reported at the end.
    ReadFile,
}

/// Databases of the rrdcached named by a definition, an option or the environment; otherwise files.
pub(crate) struct CachedDatabases<'a> {
    environment: &'a Environment,
    address: Option<&'a OsStr>,
    unreachable: Unreachable,
    rows: Option<RowsOfProgram<'a>>,
    pending: RefCell<Option<DaemonError>>,
}

impl<'a> CachedDatabases<'a> {
    /// `address` is the option's, for databases whose definition names none.
    pub(crate) fn new(
        context: &'a Context<'_>,
        address: Option<&'a OsStr>,
        unreachable: Unreachable,
    ) -> Self {
        let (environment, rows) = (context.environment, context.rows);
        Self { environment, address, unreachable, rows, pending: RefCell::default() }
    }

    /// The first daemon that could not be reached while its file could be read.
    pub(crate) fn unreached(self) -> Option<DaemonError> {
        self.pending.into_inner()
    }

    /// What gives the rows of such a name, if that is the program itself.
    fn rows_of_program(&self, database: DatabaseName<'_>) -> Option<RowsOfProgram<'a>> {
        self.rows.filter(|_| asks_program(database.file))
    }

    fn daemon(&self, own: Option<&str>) -> Result<Option<Reached>, DataError> {
        match self.environment.daemon(own.map(OsStr::new).or(self.address)) {
            Ok(daemon) => Ok(daemon),
            Err(error) if self.unreachable == Unreachable::ReadFile => {
                self.pending.borrow_mut().get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Databases for CachedDatabases<'_> {
    fn fetch(
        &self,
        database: DatabaseName<'_>,
        request: &FetchRequest,
    ) -> Result<Series, DataError> {
        if let Some(rows) = self.rows_of_program(database) {
            return rows(database.file, request).map_err(|error| DataError::Other(error.into()));
        }
        let Some(mut daemon) = self.daemon(database.daemon)? else {
            return Files.fetch(database, request);
        };
        let TimeRange { start, end } = request.range();
        let (file, function) = (database.file, request.function().name());
        Ok(daemon.fetch(file, function, start.seconds(), end.seconds())?)
    }

    fn facts(&self, database: DatabaseName<'_>) -> Result<Facts, DataError> {
        // The file may be on another machine, so its daemon is asked.
        match self.daemon(database.daemon)? {
            Some(mut daemon) => Ok(facts(&mut daemon, database.file)?),
            None => Files.facts(database),
        }
    }

    fn repeats(&self, database: DatabaseName<'_>) -> bool {
        self.rows_of_program(database).is_none()
    }
}

impl From<DaemonError> for DataError {
    fn from(error: DaemonError) -> Self {
        Self::Other(Box::new(error))
    }
}

/// Facts about a database from rrdcached.
fn facts(daemon: &mut Daemon, file: &Path) -> Result<Facts, DaemonError> {
    let last_update = Timestamp::from_seconds(daemon.last(file)?);
    let lines = daemon.info(file)?;
    let text = |key: &str| lines.iter().find(|line| line.key == key).map(|line| &*line.text);
    let number = |key: &str| text(key).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let sources = lines.iter().filter_map(|line| {
        let name = line.key.strip_prefix("ds[")?.strip_suffix("].type")?;
        let is_rate = !matches!(&*line.text, "GAUGE" | "COMPUTE");
        Some(SourceFacts { name: name.to_owned(), is_rate })
    });
    let archives = lines.iter().filter_map(|line| {
        let archive = line.key.strip_suffix("].cf")?;
        let function = line.text.parse().ok()?;
        let points_per_row = number(&format!("{archive}].pdp_per_row"));
        Some(ArchiveFacts { function, points_per_row, rows: number(&format!("{archive}].rows")) })
    });
    let step = Step::from_seconds(number("step")).unwrap_or(Step::SECOND);
    let (sources, archives) = (sources.collect(), archives.collect());
    Ok(Facts { sources, last_update, step, archives })
}
