//! The table of options: how each is typed, and what it changes.

use std::borrow::Borrow;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use log::LevelFilter;
use rrd_cli::option_words::{Argument, OptionDescription};

use super::amount;
use super::parsing::{Parsing, Refusal};
use super::settings::Request;
use crate::daemon::status::StatusFormat;
use crate::grammar::{Permissions, Verb};
use crate::listener::ListenAddress;

/// An option, and what it does.
pub(super) struct Row {
    pub(super) description: OptionDescription,
    pub(super) apply: Apply,
}

type Apply = fn(&mut Parsing<'_>, &OsStr) -> Result<(), Refusal>;

impl Borrow<OptionDescription> for Row {
    fn borrow(&self) -> &OptionDescription {
        &self.description
    }
}

const fn value(letter: char, name: &'static str, help: &'static str, apply: Apply) -> Row {
    let argument = Argument::Required(name);
    Row { description: OptionDescription { short: Some(letter), long: "", argument, help }, apply }
}

const fn flag(letter: char, help: &'static str, apply: Apply) -> Row {
    let argument = Argument::None;
    Row { description: OptionDescription { short: Some(letter), long: "", argument, help }, apply }
}

const fn long(long: &'static str, argument: Argument, help: &'static str, apply: Apply) -> Row {
    Row { description: OptionDescription { short: None, long, argument, help }, apply }
}

/// All options, in the order of the usage.
pub(super) const OPTIONS: &[Row] = &[
    value(
        'l',
        "ADDRESS",
        "Listen at unix:PATH, /PATH, HOST[:PORT], [IPv6][:PORT]; port 42217",
        |it, address| {
            it.sockets.add(ListenAddress::parse(address));
            Ok(())
        },
    ),
    flag('L', "Listen at all addresses of this host", |it, _| {
        it.sockets.add(ListenAddress::everywhere());
        Ok(())
    }),
    value('m', "MODE", "Mode, in octal, of the unix sockets that follow", |it, mode| {
        let text = mode.to_string_lossy();
        let refused = || fatal(5, format!("read_options: Invalid file mode \"{text}\"."));
        it.sockets.file.mode = Some(amount::mode(&text).ok_or_else(refused)?);
        Ok(())
    }),
    value('s', "GROUP", "Group of the unix sockets that follow", |it, group| {
        it.sockets.file.group = Some(find_group(it, group)?);
        Ok(())
    }),
    value('P', "COMMANDS", "Commands allowed at the sockets that follow", |it, list| {
        permissions(it, list);
        Ok(())
    }),
    long(
        "allow",
        Argument::Required("NETWORKS"),
        "Networks whose hosts may connect by TCP, e.g. 10.0.0.0/8,::1",
        |it, value| {
            let text = value.to_string_lossy();
            let refused = |name: &str| {
                fatal(
                    2,
                    format!(
                        "invalid network \"{name}\" (--allow): expected e.g. 10.0.0.0/8 or 192.0.2.7"
                    ),
                )
            };
            let networks = amount::networks(&text).map_err(refused)?;
            let known = it.options.networks.as_deref().unwrap_or_default();
            it.options.networks = Some([known, &networks].concat().into());
            Ok(())
        },
    ),
    value(
        'b',
        "DIR",
        "Base directory, where relative names begin; /tmp without it",
        |it, folder| {
            let text = folder.to_string_lossy();
            if !text.is_empty() && text.bytes().all(|byte| byte == b'/') {
                return Err(fatal(4, format!("Invalid base directory: {text}")));
            }
            it.options.base = Some(folder.to_owned());
            Ok(())
        },
    ),
    flag('B', "Only files below the base directory", |it, _| {
        it.options.is_confined = true;
        Ok(())
    }),
    long(
        "also",
        Argument::Required("DIR"),
        "With -B: names below the base may lead here, too",
        |it, folder| {
            it.options.also.push(PathBuf::from(folder));
            Ok(())
        },
    ),
    flag('R', "With -B: CREATE makes missing directories", |it, _| {
        it.options.makes_folders = true;
        Ok(())
    }),
    flag('O', "CREATE never replaces a file", |it, _| {
        it.options.overwrites = false;
        Ok(())
    }),
    value('w', "DURATION", "Write a file when its oldest value is this old; 300", |it, value| {
        it.options.write_back.delay = duration(value, "write interval", 2)?;
        Ok(())
    }),
    value('z', "DURATION", "Random delay added to that; none", |it, value| {
        it.options.write_back.jitter = duration(value, "write jitter", 2)?;
        Ok(())
    }),
    value('f', "DURATION", "Forget files that were not used for so long; 3600", |it, value| {
        it.options.write_back.interval = duration(value, "flush interval", 3)?;
        Ok(())
    }),
    value('j', "DIR", "Journal directory", |it, folder| {
        it.options.journal = Some(PathBuf::from(folder));
        Ok(())
    }),
    long(
        "journal-size",
        Argument::Required("SIZE"),
        "Size of the journal, 64K to 2G; 32M",
        |it, size| {
            let text = size.to_string_lossy();
            let refused = || {
                fatal(
                    2,
                    format!(
                        "invalid size \"{text}\" (--journal-size): expected 64K to 2G, e.g. 32M"
                    ),
                )
            };
            it.options.journal_size = Some(amount::journal_size(&text).ok_or_else(refused)?);
            Ok(())
        },
    ),
    long(
        "sync",
        Argument::Required("WHEN"),
        "When values are on the disk: never, each, or a duration; 10s",
        |it, when| {
            let refused = |error: rrd_core::LogSyncError| fatal(2, format!("{error} (--sync)"));
            it.options.sync = when.to_string_lossy().parse().map_err(refused)?;
            Ok(())
        },
    ),
    flag('F', "Write everything at the end, even with -j", |it, _| {
        it.options.writes_at_end = true;
        Ok(())
    }),
    value('p', "FILE", "PID file; /var/run/rrdcached.pid", |it, path| {
        it.options.pid_file = PathBuf::from(path);
        Ok(())
    }),
    flag('g', "Stay in the foreground", |it, _| {
        it.options.stays_in_foreground = true;
        Ok(())
    }),
    value('U', "USER", "Become this user", |it, name| {
        let name = name.to_string_lossy();
        let found = it.accounts.user(&name);
        let refused =
            || fatal(5, format!("read_options: couldn't map \"{name}\" to a user, Sorry"));
        it.options.user = Some(found.ok_or_else(refused)?);
        Ok(())
    }),
    value('G', "GROUP", "Become a member of this group only", |it, group| {
        it.options.group = Some(find_group(it, group)?);
        Ok(())
    }),
    value('o', "FILE", "Log to this file instead of syslog; opened again on SIGHUP", |it, path| {
        it.options.log_file = Some(PathBuf::from(path));
        Ok(())
    }),
    value(
        'V',
        "LEVEL",
        "Log up to this level, LOG_EMERG to LOG_DEBUG; LOG_WARNING",
        |it, level| {
            let text = level.to_string_lossy();
            it.options.log_level = log_level(&text).unwrap_or_else(|| {
                it.notes.push(format!(
                    "Unrecognized log level '{text}'; falling back to default LOG_ERR."
                ));
                LevelFilter::Error
            });
            Ok(())
        },
    ),
    value('t', "N", "Means nothing here: one thread writes", |_, count| {
        let text = count.to_string_lossy();
        let refused = || fatal(1, format!("Invalid thread count: -t {text}"));
        amount::count(&text).map(|_| ()).ok_or_else(refused)
    }),
    value('a', "N", "Means nothing here", |_, size| {
        let text = size.to_string_lossy();
        let refused = || fatal(10, format!("Invalid allocation size: {text}"));
        amount::count(&text).map(|_| ()).ok_or_else(refused)
    }),
    long(
        "status",
        Argument::Attached("FORMAT"),
        "Tell what the daemon at -l does; --status=prometheus for a scraper",
        |it, format| {
            let format = match &*format.to_string_lossy() {
                "" | "text" => StatusFormat::Text,
                "prometheus" => StatusFormat::Prometheus,
                other => {
                    let expected = "(--status): expected text or prometheus";
                    return Err(fatal(2, format!("invalid format \"{other}\" {expected}")));
                }
            };
            it.request = Request::Status(format);
            Ok(())
        },
    ),
    long(
        "drain",
        Argument::None,
        "Write all values to the files and end, so that rrdcached can take over",
        |it, _| {
            it.request = Request::Drain;
            Ok(())
        },
    ),
    long("version", Argument::None, "Print the version", |it, _| {
        it.request = Request::Version;
        Ok(())
    }),
    Row {
        description: OptionDescription {
            short: Some('h'),
            long: "help",
            argument: Argument::None,
            help: "Print this",
        },
        apply: |it, _| {
            it.prints_usage = true;
            it.status = 1;
            Ok(())
        },
    },
];

fn fatal(status: u8, text: String) -> Refusal {
    Refusal::Fatal { text, status }
}

fn find_group(it: &Parsing<'_>, name: &OsStr) -> Result<u32, Refusal> {
    let name = name.to_string_lossy();
    let refused = || fatal(5, format!("read_options: couldn't map \"{name}\" to a group, Sorry"));
    it.accounts.group(&name).ok_or_else(refused)
}

fn duration(value: &OsStr, what: &str, status: u8) -> Result<Duration, Refusal> {
    let text = value.to_string_lossy();
    let refused = |error| {
        let reason = rrd_cli::rrdtool_words(&error);
        Refusal::Noted { text: format!("Invalid {what} {text}: {reason}"), status }
    };
    amount::duration(&text).map_err(refused)
}

/// A name that is no command is reported; only the last one of a list decides the status.
fn permissions(it: &mut Parsing<'_>, list: &OsStr) {
    let list = list.to_string_lossy();
    let names: Vec<&str> = list.split([',', ' ']).filter(|name| !name.is_empty()).collect();
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| Verb::parse(name.as_bytes()).is_some());
    it.notes.extend(unknown.iter().map(|name| {
        format!(
            "read_options: Adding permission \"{name}\" to socket failed. Most likely, this permission doesn't exist. Check your command line."
        )
    }));
    let is_refused = unknown.last().is_some_and(|name| names.last() == Some(name));
    it.status = if is_refused { 4 } else { 0 };
    let permissions = Permissions::parse(&known.join(","));
    it.sockets.set_permissions(permissions.expect("names that are commands"));
}

fn log_level(name: &str) -> Option<LevelFilter> {
    Some(match name {
        "LOG_EMERG" | "LOG_ALERT" | "LOG_CRIT" => LevelFilter::Off,
        "LOG_ERR" => LevelFilter::Error,
        "LOG_WARNING" | "LOG_NOTICE" => LevelFilter::Warn,
        "LOG_INFO" => LevelFilter::Info,
        "LOG_DEBUG" => LevelFilter::Debug,
        _ => return None,
    })
}
