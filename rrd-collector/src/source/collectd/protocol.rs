//! collectd's plain-text protocol as printed by scripts of its `exec` plugin: `PUTVAL` and
//! `PUTNOTIF` lines.
//!
//! Source: the manual pages collectd-exec(5) and collectd-unixsock(5).

use std::fmt;

use thiserror::Error;

/// One line of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Values of one metric, one list per time.
    Values {
        /// The metric.
        identifier: Identifier,
        /// The lists.
        lists: Vec<ValueList>,
    },
    /// `GETVAL`: requests the newest values of a metric.
    Get(Identifier),
    /// `LISTVAL`: requests all known metrics.
    List,
    /// `FLUSH`: write pending values of these metrics, or of all.
    Flush(Vec<Identifier>),
    /// A notification.
    Notification {
        /// `okay`, `warning` or `failure`.
        severity: String,
        /// The message.
        message: String,
    },
}

/// The values of a metric at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueList {
    /// The time; `None` for now.
    pub time: Option<f64>,
    /// Seconds to the next sample, if given.
    pub interval: Option<f64>,
    /// The values; NaN if unknown.
    pub values: Vec<f64>,
}

/// `HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// The host's name.
    pub host: String,
    /// The plugin with its instance.
    pub plugin: String,
    /// The instance of the plugin; may be empty.
    pub plugin_instance: String,
    /// The type.
    pub kind: String,
    /// The instance of the type; may be empty.
    pub kind_instance: String,
}

/// Why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The first word is not known.
    #[error("`{0}` is not PUTVAL, PUTNOTIF, GETVAL, LISTVAL or FLUSH")]
    Unknown(String),
    /// A quotation mark is not closed.
    #[error("missing closing quotation mark")]
    Quote,
    /// The identifier does not have three parts.
    #[error("invalid identifier `{0}`: expected HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]")]
    Identifier(String),
    /// A set of values is not `TIME:VALUE[:VALUE...]`.
    #[error("invalid values `{0}`: expected N or a time, and a number or U after each colon")]
    Values(String),
    /// The identifier or the values are missing.
    #[error("missing identifier or values")]
    Empty,
    /// There are too many words.
    #[error("unexpected `{0}` after the command")]
    Rest(String),
    /// An option of `FLUSH` is invalid.
    #[error(
        "invalid option of FLUSH `{0}`: expected timeout=SECONDS, plugin=NAME or identifier=IDENTIFIER"
    )]
    Flush(String),
    /// The message, the severity or the time is missing or invalid.
    #[error("a notification needs message=, severity=failure, warning or okay, and time=")]
    Notification,
}

/// Parses one line; `None` for an empty line or a comment.
///
/// ```
/// use rrd_collector::source::collectd::protocol::{Command, parse_line};
/// let command = parse_line("PUTVAL web/exec-shop/gauge-orders interval=10 N:42").unwrap().unwrap();
/// let Command::Values { identifier, lists } = command else { panic!() };
/// assert_eq!((identifier.plugin_instance.as_str(), identifier.kind_instance.as_str()), ("shop", "orders"));
/// assert_eq!((lists[0].interval, lists[0].time), (Some(10.0), None));
/// assert_eq!(lists[0].values, [42.0]);
/// ```
///
/// # Errors
///
/// [`CommandError`], which names the part that is wrong.
pub fn parse_line(line: &str) -> Result<Option<Command>, CommandError> {
    let words = split(line)?;
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    if first.starts_with('#') {
        return Ok(None);
    }
    let is = |name: &str| first.eq_ignore_ascii_case(name);
    if is("PUTVAL") {
        put_values(rest).map(Some)
    } else if is("PUTNOTIF") {
        put_notification(rest).map(Some)
    } else if is("GETVAL") {
        let (identifier, rest) = rest.split_first().ok_or(CommandError::Empty)?;
        nothing(rest)?;
        Identifier::parse(identifier).map(|identifier| Some(Command::Get(identifier)))
    } else if is("LISTVAL") {
        nothing(rest)?;
        Ok(Some(Command::List))
    } else if is("FLUSH") {
        flush(rest).map(Some)
    } else {
        Err(CommandError::Unknown(first.clone()))
    }
}

fn nothing(rest: &[String]) -> Result<(), CommandError> {
    rest.first().map_or(Ok(()), |word| Err(CommandError::Rest(word.clone())))
}

fn flush(words: &[String]) -> Result<Command, CommandError> {
    let mut identifiers = Vec::new();
    for word in words {
        let wrong = || CommandError::Flush(word.clone());
        match word.split_once('=').ok_or_else(wrong)? {
            ("identifier", text) => identifiers.push(Identifier::parse(text)?),
            ("timeout", text) if text.parse::<f64>().is_ok() => {}
            ("plugin", _) => {}
            _ => return Err(wrong()),
        }
    }
    Ok(Command::Flush(identifiers))
}

fn put_values(words: &[String]) -> Result<Command, CommandError> {
    let (identifier, rest) = words.split_first().ok_or(CommandError::Empty)?;
    let identifier = Identifier::parse(identifier)?;
    // An option is for all lists after it.
    let mut interval = None;
    let mut lists = Vec::new();
    for word in rest {
        match word.split_once('=') {
            // An invalid interval is ignored, as by collectd.
            Some(("interval", seconds)) => {
                let seconds: Option<f64> = seconds.parse().ok();
                interval = seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0);
            }
            // collectd ignores unknown options.
            Some(_) => {}
            None => lists.push(value_list(word, interval)?),
        }
    }
    if lists.is_empty() {
        return Err(CommandError::Empty);
    }
    Ok(Command::Values { identifier, lists })
}

fn value_list(word: &str, interval: Option<f64>) -> Result<ValueList, CommandError> {
    let wrong = || CommandError::Values(word.to_owned());
    let number = |text: &str| text.parse::<f64>().map_err(|_| wrong());
    let (time, values) = word.split_once(':').ok_or_else(wrong)?;
    let time = match time {
        "N" => None,
        time => Some(number(time).ok().filter(|time| time.is_finite()).ok_or_else(wrong)?),
    };
    // What printf makes of a division by zero is as unknown as U.
    let value = |text| match text {
        "U" => Ok(f64::NAN),
        text => number(text).map(|value| if value.is_finite() { value } else { f64::NAN }),
    };
    let values = values.split(':').map(value).collect::<Result<_, _>>()?;
    Ok(ValueList { time, interval, values })
}

fn put_notification(words: &[String]) -> Result<Command, CommandError> {
    let option = |name: &str| {
        let given = |word: &String| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        words.iter().find_map(given)
    };
    let severity = option("severity").map(|severity| severity.to_ascii_lowercase());
    let is_time = option("time").is_some_and(|time| time.parse::<f64>().is_ok());
    match (severity, option("message").filter(|message| !message.is_empty())) {
        (Some(severity), Some(message))
            if is_time && matches!(&*severity, "okay" | "warning" | "failure") =>
        {
            Ok(Command::Notification { severity, message })
        }
        _ => Err(CommandError::Notification),
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.host)?;
        let parts = [(&self.plugin, &self.plugin_instance), (&self.kind, &self.kind_instance)];
        for (index, (name, instance)) in parts.into_iter().enumerate() {
            let slash = if index == 0 { "" } else { "/" };
            let dash = if instance.is_empty() { "" } else { "-" };
            write!(f, "{slash}{name}{dash}{instance}")?;
        }
        Ok(())
    }
}

impl Identifier {
    /// Parses `HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]`.
    ///
    /// # Errors
    ///
    /// [`CommandError::Identifier`] when it does not have three parts.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let wrong = || CommandError::Identifier(text.to_owned());
        let parts: Vec<&str> = text.splitn(3, '/').collect();
        let [host, plugin, kind] = parts.as_slice() else { return Err(wrong()) };
        let (plugin, plugin_instance) = plugin.split_once('-').unwrap_or((plugin, ""));
        let (kind, kind_instance) = kind.split_once('-').unwrap_or((kind, ""));
        // Any further slash is an underscore, as in collectd.
        let kind_instance = kind_instance.replace('/', "_");
        if host.is_empty() || plugin.is_empty() || kind.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            host: (*host).to_owned(),
            plugin: plugin.to_owned(),
            plugin_instance: plugin_instance.to_owned(),
            kind: kind.to_owned(),
            kind_instance,
        })
    }
}

/// Splits a line at blanks; a word, or the part of it after `=`, may be in double quotes with `\"`
/// and `\\` inside.
fn split(line: &str) -> Result<Vec<String>, CommandError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => {
                let escaped = characters.next().ok_or(CommandError::Quote)?;
                word.get_or_insert_default().push(escaped);
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            blank if blank.is_whitespace() && !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    if quoted {
        return Err(CommandError::Quote);
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_moments_and_unknown_values_come_in_one_line() {
        let line = "putval \"a host/disk-sda/disk_ops\" interval=2.5 1700000000.5:1:U N:2:3";
        let Some(Command::Values { identifier, lists }) = parse_line(line).unwrap() else {
            panic!();
        };
        assert_eq!(identifier.host, "a host");
        assert_eq!((identifier.plugin.as_str(), identifier.kind.as_str()), ("disk", "disk_ops"));
        let [first, second] = lists.as_slice() else { panic!("{lists:?}") };
        assert_eq!((first.time, first.values[0]), (Some(1_700_000_000.5), 1.0));
        assert!(first.values[1].is_nan());
        assert_eq!((second.time, &*second.values), (None, &[2.0, 3.0][..]));
    }

    #[test]
    fn an_interval_is_for_the_lists_after_it() {
        let line = "PUTVAL h/p/gauge N:1 interval=5 N:2 N:3 meta:by=me interval=10 N:4 interval=7";
        let Some(Command::Values { lists, .. }) = parse_line(line).unwrap() else { panic!() };
        let found: Vec<_> = lists.iter().map(|list| (list.interval, list.values[0])).collect();
        assert_eq!(found, [(None, 1.0), (Some(5.0), 2.0), (Some(5.0), 3.0), (Some(10.0), 4.0)]);
    }

    #[test]
    fn what_is_not_finite_is_unknown() {
        for value in ["U", "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e999"] {
            let line = format!("PUTVAL h/p/if_octets N:{value}:1");
            let Some(Command::Values { lists, .. }) = parse_line(&line).unwrap() else { panic!() };
            assert!(lists[0].values[0].is_nan() && lists[0].values[1] == 1.0, "{value}");
        }
    }

    #[test]
    fn a_notification_has_a_severity_and_a_message() {
        let line =
            r#"PUTNOTIF message="it said \"no\"" severity=WARNING time=1 host=a s:key="b c""#;
        let expected = Command::Notification {
            severity: "warning".to_owned(),
            message: "it said \"no\"".to_owned(),
        };
        assert_eq!(parse_line(line).unwrap(), Some(expected));
    }

    #[test]
    fn questions_and_orders_name_metrics() {
        let slashes = Identifier::parse("web/df/df_complex-var/log").unwrap();
        assert_eq!(slashes.to_string(), "web/df/df_complex-var_log");
        let identifier = Identifier::parse("web/df-root/df_complex-free").unwrap();
        assert_eq!(identifier.to_string(), "web/df-root/df_complex-free");
        let parse = |line| parse_line(line).unwrap().unwrap();
        assert_eq!(parse("getval web/df-root/df_complex-free"), Command::Get(identifier.clone()));
        assert_eq!(parse("LISTVAL"), Command::List);
        let flush = "FLUSH timeout=10 plugin=rrdtool identifier=web/df-root/df_complex-free";
        assert_eq!(parse(flush), Command::Flush(vec![identifier]));
    }

    #[test]
    fn an_empty_line_says_nothing() {
        assert_eq!(parse_line("  \t").unwrap(), None);
        assert_eq!(parse_line("# PUTVAL").unwrap(), None);
    }

    #[test]
    fn a_line_that_is_no_command_says_which_part_is_wrong() {
        use CommandError as E;
        for (line, error) in [
            ("GETTHRESHOLD x", E::Unknown("GETTHRESHOLD".into())),
            ("GETVAL", E::Empty),
            ("GETVAL x", E::Identifier("x".into())),
            ("GETVAL a/b/c d", E::Rest("d".into())),
            ("LISTVAL x", E::Rest("x".into())),
            ("FLUSH timeout=soon", E::Flush("timeout=soon".into())),
            ("FLUSH identifier=x", E::Identifier("x".into())),
            ("PUTNOTIF message=x severity=okay", E::Notification),
            ("PUTNOTIF message=x severity=bad time=1", E::Notification),
            ("PUTVAL", E::Empty),
            ("PUTVAL a/b/c", E::Empty),
            ("PUTVAL a/b N:1", E::Identifier("a/b".into())),
            ("PUTVAL a//c N:1", E::Identifier("a//c".into())),
            ("PUTVAL a/b/c N", E::Values("N".into())),
            ("PUTVAL a/b/c N:", E::Values("N:".into())),
            ("PUTVAL a/b/c soon:1", E::Values("soon:1".into())),
            ("PUTVAL a/b/c inf:1", E::Values("inf:1".into())),
            ("PUTVAL \"a/b/c N:1", E::Quote),
            ("PUTNOTIF message=x", E::Notification),
        ] {
            assert_eq!(parse_line(line), Err(error), "{line}");
        }
    }
}
