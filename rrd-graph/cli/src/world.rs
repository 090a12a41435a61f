//! What a command may know of the machine it runs on, gathered once by `main`.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};

use jiff::civil::Weekday;
use rrd_core::{Clock, TimeZone, Timestamp};

use crate::locale;
use crate::rrdcached::{Daemon, DaemonError};
use crate::terminal::Terminal;

/// The clock, the zone and the settings of one run of the tool.
pub struct World {
    clock: Clock,
    zone: OnceCell<TimeZone>,
    /// The settings that users keep in the environment.
    pub settings: Settings,
    terminal: Option<Terminal>,
}

/// What users keep in the environment.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `RRDCACHED_ADDRESS`: the daemon to use when no option names one.
    pub daemon_address: Option<OsString>,
    /// `RRDCACHED_STRIPPATH`: the folder that a daemon behind TCP calls its own.
    pub daemon_strip_path: Option<OsString>,
    /// `RRD_LOCKING`: `try`, `block` or `none`.
    pub locking: Option<OsString>,
    /// `RRD_DEFAULT_FONT`: the font of charts.
    pub default_font: Option<OsString>,
    /// `TERM`: the kind of terminal.
    pub terminal: Option<OsString>,
    /// `LC_ALL`, else `LC_TIME`, else `LANG`: whose weeks are shown.
    pub time_locale: Option<OsString>,
}

impl World {
    /// A world with this clock; the time zone is looked up when it is first needed.
    pub fn new(clock: Clock, settings: Settings) -> Self {
        Self { clock, zone: OnceCell::new(), settings, terminal: None }
    }

    /// The same world, with the terminal that the tool is run in.
    #[must_use]
    pub fn at_terminal(self, terminal: Option<Terminal>) -> Self {
        Self { terminal, ..self }
    }

    /// The present moment.
    ///
    /// ```
    /// use rrd_core::{Clock, Timestamp};
    /// use rrd_cli::{Settings, World};
    /// let clock = Clock::new(|| Timestamp::from_seconds(1_000_000_000));
    /// assert_eq!(World::new(clock, Settings::default()).now().seconds(), 1_000_000_000);
    /// ```
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What tells the present.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The daemon that an option or else the environment names, connected; `None` if neither does.
    pub(crate) fn daemon(&self, address: Option<&OsStr>) -> Result<Option<Daemon>, DaemonError> {
        match address.or(self.settings.daemon_address.as_deref()) {
            Some(address) if !address.is_empty() => {
                Daemon::connect(address, self.settings.daemon_strip_path.as_deref()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The terminal that the tool is run in, if it understands more than letters.
    pub(crate) fn terminal(&self) -> Option<Terminal> {
        let kind = self.settings.terminal.as_deref().unwrap_or_default();
        // Neither keeps what it does not understand to itself.
        self.terminal.filter(|_| !kind.is_empty() && kind != "dumb" && kind != "linux")
    }

    /// The day that the user's weeks begin with.
    pub(crate) fn first_weekday(&self) -> Weekday {
        let locale = self.settings.time_locale.as_deref().and_then(OsStr::to_str);
        locale::first_weekday(locale.unwrap_or_default())
    }

    /// The zone of the user: `TZ` or the machine's.
    pub fn zone(&self) -> &TimeZone {
        self.zone.get_or_init(TimeZone::system)
    }
}
