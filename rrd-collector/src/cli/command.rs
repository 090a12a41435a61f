//! The commands: words to what is to be done.

use std::ffi::OsString;

use rrd_graph::export::SampleFormat;

use super::check::NagiosCheck;
use super::options::Options;
use super::usage::UsageError;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run the daemon.
    Run,
    /// Say whether the configuration is one.
    CheckConfig {
        /// Whether the endpoints of remote write are tried, too.
        connect: bool,
    },
    /// Answer as a Nagios plugin.
    Check(NagiosCheck),
    /// Say what is wrong with the installation, and what to do.
    Doctor,
    /// Say whether the running daemon samples and stores.
    Ready,
    /// Sample once and print.
    Once,
    /// Print the files.
    Plan,
    /// Print the probes.
    Probes,
    /// Do what is done when this rule warns.
    AlertTest {
        /// The name of the rule.
        rule: String,
        /// In this process instead of the running daemon.
        here: bool,
    },
    /// Print which charts are packaged.
    Charts,
    /// Print a chart as a description.
    Chart {
        /// Its name.
        name: String,
        /// The instance that it shows; may be empty.
        instance: String,
    },
    /// Call one of Munin's plugins for its values, or for its description.
    Munin {
        /// The plugin.
        plugin: String,
        /// Whether it is asked to describe itself.
        wants_config: bool,
    },
    /// Print what the archives hold in this format.
    Export(SampleFormat),
    /// Watch over the children of a running daemon, which starts this itself.
    Guard,
    /// Print or write the manual, completions or the reference: a form, and perhaps a folder.
    Generate(Vec<OsString>),
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// The command that these words ask for.
pub(super) fn command(
    names: &[String],
    nagios: &NagiosCheck,
    options: &Options,
) -> Result<Command, UsageError> {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    match *names.as_slice() {
        [] | ["run"] => Ok(Command::Run),
        ["check"] => Ok(Command::CheckConfig { connect: options.connect }),
        ["check", what] => {
            Ok(Command::Check(NagiosCheck { what: what.to_owned(), ..nagios.clone() }))
        }
        ["doctor"] => Ok(Command::Doctor),
        ["ready"] => Ok(Command::Ready),
        ["once"] => Ok(Command::Once),
        ["plan"] => Ok(Command::Plan),
        ["charts"] => Ok(Command::Charts),
        ["charts", name] => Ok(Command::Chart { name: name.to_owned(), instance: String::new() }),
        ["charts", name, instance] => {
            Ok(Command::Chart { name: name.to_owned(), instance: instance.to_owned() })
        }
        ["munin", plugin] => Ok(Command::Munin { plugin: plugin.to_owned(), wants_config: false }),
        ["munin", plugin, "config"] => {
            Ok(Command::Munin { plugin: plugin.to_owned(), wants_config: true })
        }
        ["munin"] => Err(UsageError::NoValue { option: "munin".to_owned() }),
        ["export", format] => match format.parse() {
            Ok(format) => Ok(Command::Export(format)),
            Err(error) => {
                Err(UsageError::Value { option: "export".to_owned(), source: Box::new(error) })
            }
        },
        ["export"] => Err(UsageError::NoValue { option: "export".to_owned() }),
        ["guard"] => Ok(Command::Guard),
        ["probes"] => Ok(Command::Probes),
        ["alert", "test", rule] => {
            Ok(Command::AlertTest { rule: rule.to_owned(), here: options.here })
        }
        ["alert", "test"] => Err(UsageError::NoValue { option: "alert test".to_owned() }),
        ["run" | "check" | "doctor" | "ready" | "once" | "plan" | "probes" | "alert", word, ..]
        | [word, ..] => Err(UsageError::Unknown { word: word.to_owned() }),
    }
}
