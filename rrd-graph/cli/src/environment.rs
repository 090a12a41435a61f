//! The environment of a command, gathered once by `main`.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{Clock, TimeZone, Timestamp};
use rrd_graph::{Codeset, TimeLocale};

use crate::rrdcached::{Daemon, DaemonError, Link, Reached};
use crate::terminal::{Graphics, Terminal};

/// The clock, time zone and settings of one run of the tool.
pub struct Environment {
    clock: Clock,
    zone: OnceCell<TimeZone>,
    /// The settings that users keep in environment variables.
    pub settings: Settings,
    terminal: Option<Terminal>,
    variables: Variables,
    link: Option<&'static Link>,
}

/// Reads an environment variable.
type Variables = fn(&OsStr) -> Option<OsString>;

/// The settings that users keep in environment variables.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `TZ`: the time zone, if not the machine's.
    pub zone: Option<OsString>,
    /// `RRDCACHED_ADDRESS`: the default daemon.
    pub daemon_address: Option<OsString>,
    /// `RRDCACHED_STRIPPATH`: the base folder of a remote daemon.
    pub daemon_strip_path: Option<OsString>,
    /// `RRD_LOCKING`: `try`, `block` or `none`.
    pub locking: Option<OsString>,
    /// `RRD_DEFAULT_FONT`: the font of charts.
    pub default_font: Option<OsString>,
    /// `TERM`: the type of terminal.
    pub terminal: Option<OsString>,
    /// `NO_COLOR`: whether texts have no colours.
    pub no_color: bool,
    /// `LC_ALL`, else `LC_TIME`, else `LANG`: how times are written, and when weeks begin.
    pub time_locale: Option<OsString>,
    /// `LC_ALL`, else `LC_CTYPE`, else `LANG`: the codeset of texts that are not UTF-8.
    pub character_locale: Option<OsString>,
}

impl Settings {
    /// The settings in environment variables, which are read by their names.
    ///
    /// ```
    /// let settings = rrd_cli::Settings::read(|name| (name == "TERM").then(|| "xterm".into()));
    /// assert_eq!(settings.terminal, Some("xterm".into()));
    /// assert_eq!(settings.locking, None);
    /// ```
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let locale = |category| {
            let names = ["LC_ALL", category, "LANG"].into_iter();
            names.filter_map(&variable).find(|name| !name.is_empty())
        };
        Self {
            zone: variable("TZ"),
            daemon_address: variable("RRDCACHED_ADDRESS"),
            daemon_strip_path: variable("RRDCACHED_STRIPPATH"),
            locking: variable("RRD_LOCKING"),
            default_font: variable("RRD_DEFAULT_FONT"),
            terminal: variable("TERM"),
            no_color: variable("NO_COLOR").is_some_and(|value| !value.is_empty()),
            time_locale: locale("LC_TIME"),
            character_locale: locale("LC_CTYPE"),
        }
    }
}

/// Limit on the size of a file with a time zone: those of the machine have some kilobytes.
const MAX_ZONE_FILE: u64 = 1 << 20;

/// The time zone that the variable `TZ` names: a place, a rule such as `CET-1CEST`, or the absolute
/// path of a file. As in the C library, a name that means nothing is UTC.
fn zone_named(name: &OsStr) -> TimeZone {
    let bytes = name.as_bytes();
    let name = OsStr::from_bytes(bytes.strip_prefix(b":").unwrap_or(bytes));
    let named = name.to_str().and_then(|name| {
        let place = name.rsplit_once("zoneinfo/").map_or(name, |(_, place)| place);
        TimeZone::get(place).or_else(|_| TimeZone::posix(name)).ok()
    });
    named.or_else(|| zone_in_file(Path::new(name)).ok()).unwrap_or(TimeZone::UTC)
}

fn zone_in_file(path: &Path) -> io::Result<TimeZone> {
    if !path.is_absolute() || !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_ZONE_FILE).read_to_end(&mut bytes)?;
    TimeZone::tzif("", &bytes).map_err(io::Error::other)
}

impl Environment {
    /// An environment with this clock; the time zone is determined when it is first needed.
    pub fn new(clock: Clock, settings: Settings) -> Self {
        Self {
            clock,
            zone: OnceCell::new(),
            settings,
            terminal: None,
            variables: |_| None,
            link: None,
        }
    }

    /// The same environment with a terminal.
    #[must_use]
    pub fn at_terminal(self, terminal: Option<Terminal>) -> Self {
        Self { terminal, ..self }
    }

    /// The same environment with these variables, which web pages may show.
    #[must_use]
    pub fn with_variables(self, variables: fn(&OsStr) -> Option<OsString>) -> Self {
        Self { variables, ..self }
    }

    /// The same environment with a connection to a daemon that stays between its commands.
    #[doc(hidden)]
    #[must_use]
    pub fn linked(self, link: &'static Link) -> Self {
        Self { link: Some(link), ..self }
    }

    /// The environment variable of this name.
    pub(crate) fn variable(&self, name: &OsStr) -> Option<OsString> {
        (self.variables)(name)
    }

    /// The current time.
    ///
    /// ```
    /// use rrd_core::{Clock, Timestamp};
    /// use rrd_cli::{Environment, Settings};
    /// let clock = Clock::new(|| Timestamp::from_seconds(1_000_000_000));
    /// assert_eq!(Environment::new(clock, Settings::default()).now().seconds(), 1_000_000_000);
    /// ```
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// A connection to the daemon named by an option or else by the environment; `None` if neither
    /// names one.
    pub(crate) fn daemon(&self, address: Option<&OsStr>) -> Result<Option<Reached>, DaemonError> {
        let address = address.or(self.settings.daemon_address.as_deref());
        let Some(address) = address.filter(|address| !address.is_empty()) else { return Ok(None) };
        let strip_path = self.settings.daemon_strip_path.as_deref();
        Ok(Some(match self.link {
            Some(link) => Reached::Linked(link.hold(address, strip_path)?),
            None => Reached::Own(Box::new(Daemon::connect(address, strip_path)?)),
        }))
    }

    /// See [`Link::made`].
    pub(crate) fn made(&self, file: &Path) {
        if let Some(link) = self.link {
            link.made(file, self.settings.daemon_strip_path.as_deref());
        }
    }

    /// The terminal that the tool writes to.
    pub(crate) fn terminal(&self) -> Option<Terminal> {
        self.terminal
    }

    /// What the terminal can show besides letters. Those of these two kinds are not asked: they
    /// print queries that they do not understand.
    pub(crate) fn graphics(&self) -> Graphics {
        let kind = self.settings.terminal.as_deref().unwrap_or_default();
        let asked = self.terminal.filter(|_| !kind.is_empty() && kind != "dumb" && kind != "linux");
        asked.map_or(Graphics::Letters, Terminal::graphics)
    }

    /// Whether texts may have colours.
    pub(crate) fn has_colors(&self) -> bool {
        !self.settings.no_color && self.settings.terminal.as_deref() != Some(OsStr::new("dumb"))
    }

    /// The locale of times, which also determines the first day of the week.
    pub(crate) fn time_locale(&self) -> TimeLocale {
        let locale = self.settings.time_locale.as_deref().unwrap_or_default();
        TimeLocale::named(&locale.to_string_lossy())
    }

    /// The codeset of texts that are not UTF-8.
    pub(crate) fn codeset(&self) -> Codeset {
        let locale = self.settings.character_locale.as_deref().unwrap_or_default();
        Codeset::of_locale(&locale.to_string_lossy())
    }

    /// The language and country of the user's locale, such as `zh_TW`.
    pub(crate) fn language(&self) -> String {
        let locale = self.settings.character_locale.as_deref().unwrap_or_default();
        let locale = locale.to_string_lossy();
        locale.split(['.', '@']).next().unwrap_or_default().to_owned()
    }

    /// The user's time zone: `TZ` or the machine's.
    pub fn zone(&self) -> &TimeZone {
        let find = || self.settings.zone.as_deref().map_or_else(TimeZone::system, zone_named);
        self.zone.get_or_init(find)
    }
}
