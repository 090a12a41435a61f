//! The table of options: how each is typed, what the user reads about it, and what it changes.

use rrd_cli::option_words::{Argument, OptionDescription};
use rrd_graph::export::Spacing;

use super::check::NagiosCheck;
use super::options::{OptionValue, Options};
use super::usage::UsageError;
use crate::duration::SPAN;
use crate::net::page::Page;

/// An option, and what it does.
pub(super) struct OptionRow {
    pub(super) description: OptionDescription,
    /// The command that it belongs to, if others have no use for it.
    pub(super) command: Option<&'static str>,
    pub(super) apply: Apply,
}

type Apply = fn(&mut Options, &mut NagiosCheck, OptionValue<'_>) -> Result<(), UsageError>;

impl OptionRow {
    const fn flag(long: &'static str, help: &'static str, apply: Apply) -> Self {
        let argument = Argument::None;
        let description = OptionDescription { short: None, long, argument, help };
        Self { description, command: None, apply }
    }

    const fn value(
        short: Option<char>,
        long: &'static str,
        value: &'static str,
        help: &'static str,
        apply: Apply,
    ) -> Self {
        let argument = Argument::Required(value);
        let description = OptionDescription { short, long, argument, help };
        Self { description, command: None, apply }
    }

    const fn of(self, command: &'static str) -> Self {
        Self { command: Some(command), ..self }
    }

    /// Whether this is how it is typed: `-o`, `--output`.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let OptionDescription { short, long, .. } = self.description;
        match name.strip_prefix("--") {
            Some(name) => name == long,
            None => short.is_some_and(|letter| {
                name.strip_prefix('-') == Some(letter.encode_utf8(&mut [0; 4]))
            }),
        }
    }
}

/// The options that are no commands, in the order of the help.
pub(super) const ENDING: [OptionDescription; 2] = [
    OptionDescription {
        short: Some('h'),
        long: "help",
        argument: Argument::None,
        help: "Print this.",
    },
    OptionDescription {
        short: Some('V'),
        long: "version",
        argument: Argument::None,
        help: "Print the version.",
    },
];

/// All options but those, in the order of the help.
pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::value(
        None,
        "config",
        "FILE",
        "The configuration, /etc/rrd-collector/rrd-collector.toml by default if it is there; FILE without .toml plus .d/*.toml add to it.",
        |options, _, value| {
            options.config = Some(value.path()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "data",
        "DIR",
        "Where the archives are; $STATE_DIRECTORY by default, else ./rrd-data. Without these, check WHAT, doctor, ready, export and alert test look at the service's, /var/lib/rrd-collector.",
        |options, _, value| {
            options.data = Some(value.path()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "listen",
        "ADDRESS",
        "Where the page is served: HOST:PORT or unix:/path, 127.0.0.1:7300 or a free port by default; may be repeated.",
        |options, _, value| {
            options.listen.push(value.parse(str::parse)?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "step",
        "DURATION",
        "How often the host is sampled, 1s by default.",
        |options, _, value| {
            options.step = Some(value.step()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "keep",
        "WORDS",
        "How long which detail is kept, in new files; \"1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y\" by default.",
        |options, _, value| {
            options.keep = Some(value.parse(str::parse)?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "sync",
        "WHEN",
        "When samples are on the disk: never (at the system's convenience), each (each round), or after a time that a power loss may cost, 10s by default.",
        |options, _, value| {
            options.sync = Some(value.parse(str::parse)?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "apache",
        "URL",
        "Sample an Apache server: http://[user:password@]host[:port]/server-status?auto; may be repeated.",
        |options, _, value| {
            options.apache.push(value.parse(Page::parse)?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "apache-step",
        "DURATION",
        "How often Apache is asked, 10s by default.",
        |options, _, value| {
            options.apache_step = Some(value.step()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "rootfs",
        "DIR",
        "The folder that stands for /.",
        |options, _, value| {
            options.root = Some(value.path()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "procfs",
        "DIR",
        "The folder that stands for /proc.",
        |options, _, value| {
            options.proc = Some(value.path()?);
            Ok(())
        },
    ),
    OptionRow::value(
        None,
        "sysfs",
        "DIR",
        "The folder that stands for /sys.",
        |options, _, value| {
            options.sys = Some(value.path()?);
            Ok(())
        },
    ),
    OptionRow::flag(
        "connect",
        "check: send an empty message to each endpoint of remote write, and say whether it is taken.",
        |options, _, _| {
            options.connect = true;
            Ok(())
        },
    )
    .of("check"),
    OptionRow::value(
        Some('w'),
        "warning",
        "RANGE",
        "check WHAT: the range of values for a warning, as of Nagios plugins; shares are in percent.",
        |_, nagios, value| {
            nagios.warning = Some(value.parse(str::parse)?);
            Ok(())
        },
    )
    .of("check"),
    OptionRow::value(
        Some('c'),
        "critical",
        "RANGE",
        "check WHAT: the range of critical values.",
        |_, nagios, value| {
            nagios.critical = Some(value.parse(str::parse)?);
            Ok(())
        },
    )
    .of("check"),
    OptionRow::value(
        None,
        "over",
        "DURATION",
        "check WHAT: the time over which the value is averaged.",
        |_, nagios, value| {
            nagios.over = value.parse(|text| SPAN.parse(text))?;
            Ok(())
        },
    )
    .of("check"),
    OptionRow::flag(
        "here",
        "alert test: act in this process and with your rights instead of the daemon's.",
        |options, _, _| {
            options.here = true;
            Ok(())
        },
    )
    .of("alert"),
    OptionRow::value(
        None,
        "start",
        "TIME",
        "export: from when on, the oldest row by default; e.g. end-30d.",
        |options, _, value| {
            value.parse(|time| options.export.set_start(time))?;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        None,
        "end",
        "TIME",
        "export: until when, now by default, for openmetrics now-3h.",
        |options, _, value| {
            value.parse(|time| options.export.set_end(time))?;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        None,
        "cf",
        "CF",
        "export: MAX and MIN instead of AVERAGE, as NAME_max and NAME_min; may be repeated.",
        |options, _, value| {
            value.parse(|name| options.export.add_function(name))?;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        None,
        "split",
        "DURATION",
        "export: a file for each period, e.g. 31d; complete ones are kept.",
        |options, _, value| {
            value.parse(|length| options.export.set_period(length))?;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        Some('o'),
        "output",
        "PATH",
        "export: a file, or with --split the folder of the files; standard output by default.",
        |options, _, value| {
            options.export.output = Some(value.path()?);
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        None,
        "label",
        "NAME=VALUE",
        "export: a further label; instance or job replace those of this host; may be repeated.",
        |options, _, value| {
            value.parse(|label| options.export.add_label(label))?;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::flag(
        "densify",
        "export: rows of more than 4 minutes every 4 minutes; sums and counts are then wrong.",
        |options, _, _| {
            options.export.spacing = Spacing::Dense;
            Ok(())
        },
    )
    .of("export"),
    OptionRow::value(
        None,
        "log-format",
        "text|journal|json",
        "The form of the log, journal (with priorities) by default if standard error is the journal, else text.",
        |options, _, value| {
            options.log_format = Some(value.parse(str::parse)?);
            Ok(())
        },
    ),
];
