//! Why a database cannot be changed.

use std::path::Path;
use std::time::Duration;

use crate::data_source::SourceName;
use crate::database::{CreateError, OpenError, UpdateError};
use crate::schema::{SchemaError, SchemaTextError};
use crate::time::Step;

/// Why a database cannot be changed as asked. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// No data source has this name.
    #[error("unknown data source '{name}'")]
    UnknownSource {
        /// The name.
        name: String,
    },
    /// The change is one for data sources that take readings, and this one is computed.
    #[error(
        "data source '{name}' is computed from others: delete it and add another instead of changing it"
    )]
    Computed {
        /// The data source.
        name: String,
    },
    /// There is no forecast, or no season, to be changed.
    #[error("the database has no forecasting archive")]
    NoForecast,
    /// There is no FAILURES archive to be changed.
    #[error("the database has no FAILURES archive")]
    NoFailures,
    /// An adaption or a share of a season is out of range.
    #[error("invalid parameter {value}: expected a number between 0 and 1")]
    Adaption {
        /// What was asked for.
        value: f64,
    },
    /// A number of allowed deviations is below 0.1.
    #[error("invalid width {value} of the confidence band: expected more than 0")]
    Delta {
        /// What was asked for.
        value: f64,
    },
    /// A number of violations or steps is not in 1 to 28.
    #[error("invalid count {value}: expected 1 to 28")]
    Violations {
        /// What was asked for.
        value: u64,
    },
    /// The new step is not a fraction of the old one.
    #[error("invalid step {} s: expected a divisor of the step {} s", new.as_secs(), old.seconds())]
    Step {
        /// The step of the database.
        old: Step,
        /// The requested step.
        new: Duration,
    },
    /// Rows of forecasts are one step long, so the step cannot be divided under them.
    #[error(
        "the step cannot change while archive {archive} forecasts: delete the forecasting archives first"
    )]
    StepOfForecast {
        /// The first such archive, counted from 0.
        archive: usize,
    },
    /// The file is of a version that changes of the shape are not made for.
    #[error("a file of version 1 or 2 cannot be restructured: dump and restore it first")]
    OldVersion,
    /// A data source that is to go is needed by one that stays.
    #[error(
        "data source '{name}' is needed by '{user}', which is computed from it: delete that one as well"
    )]
    SourceInUse {
        /// The data source that was to go.
        name: String,
        /// The one that needs it.
        user: String,
    },
    /// An archive that is to go is needed by one that stays.
    #[error("archive {archive} is needed by archive {user}: delete that one as well")]
    ArchiveInUse {
        /// The archive that was to go, counted from 0.
        archive: usize,
        /// The one that needs it.
        user: usize,
    },
    /// A data source or an archive to be added is not defined as it must be.
    #[error(transparent)]
    Definition(#[from] SchemaTextError),
    /// What would come out is not a database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// Why a database is not tuned. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuneFileError {
    /// What was asked for cannot be done.
    #[error(transparent)]
    Tune(#[from] TuneError),
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file cannot be read or written in place.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The file that was to replace it cannot be written.
    #[error(transparent)]
    Create(#[from] CreateError),
}

impl TuneFileError {
    /// Calls the file by the name that the caller has for it.
    pub(crate) fn set_path(&mut self, name: &Path) {
        match self {
            Self::Tune(_) => {}
            Self::Open(error) => error.set_path(name),
            Self::Update(error) => error.set_path(name),
            Self::Create(error) => error.set_path(name),
        }
    }
}

impl TuneError {
    pub(super) fn duplicate(name: &SourceName) -> Self {
        Self::Schema(SchemaError::DuplicateName { name: name.as_str().to_owned() })
    }
}
