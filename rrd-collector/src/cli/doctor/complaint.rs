//! One line of the doctor: what it is about, what is wrong, and what to do.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use crate::duration::Words;
use crate::fault::chain;
use crate::section::ConfigError;
use crate::source::rights;

/// What is done after the configuration was changed.
pub(super) const CHECK: &str = "correct the configuration, then run `rrd-collector check`";

/// A fault of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What it is about.
    area: &'static str,
    /// What is wrong, and where.
    pub(super) what: String,
    /// What to do.
    remedy: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names of files and what the daemon says may hold line breaks and commands to a terminal.
        let line = format!("{}: {}; {}", self.area, self.what, self.remedy);
        f.write_str(&line.replace(char::is_control, "?"))
    }
}

impl Complaint {
    pub(super) fn new(
        area: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { area, what: what.into(), remedy: remedy.into() }
    }

    /// That of a configuration that is not valid.
    pub fn of_configuration(error: &ConfigError) -> Self {
        Self::new("configuration", chain(error), CHECK)
    }

    /// That of something which the configuration names, or of a missing right.
    pub(super) fn of_host(line: &str) -> Self {
        for right in rights() {
            if !line.contains(&format!("docs/rights/{}.conf", right.name)) {
                continue;
            }
            let what = line.strip_suffix(&format!("; {}", right.advice())).unwrap_or(line);
            let file = format!("/usr/share/doc/rrd-collector/rights/{}.conf", right.name);
            let remedy = format!(
                "run `install -D -m 644 -t /etc/systemd/system/rrd-collector.service.d {file} && \
                 systemctl daemon-reload && systemctl restart rrd-collector`"
            );
            return Self::new("rights", what, remedy);
        }
        Self::new("configuration", line, CHECK)
    }
}

/// A path as a word of a shell.
pub(super) fn quoted(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%~".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('~') {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''")).into()
    }
}

/// A length of time in words, rounded down.
pub(super) fn about(seconds: i64) -> Words {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let unit = [86_400, 3600, 60].into_iter().find(|unit| seconds >= 2 * unit).unwrap_or(1);
    Words(seconds - seconds % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_comes_with_the_command_that_gives_it() {
        let line =
            "/x cannot be read, so y is not measured; docs/rights/power.conf gives the right";
        assert_eq!(
            Complaint::of_host(line).to_string(),
            "rights: /x cannot be read, so y is not measured; run `install -D -m 644 -t \
             /etc/systemd/system/rrd-collector.service.d \
             /usr/share/doc/rrd-collector/rights/power.conf && systemctl daemon-reload && \
             systemctl restart rrd-collector`"
        );
    }

    #[test]
    fn the_right_to_ping_has_its_command_too() {
        let line = "ping x: this user may not send echo requests: docs/rights/ping.conf: no";
        let said = Complaint::of_host(line).to_string();
        let wanted = format!("rights: {line}; run `install -D -m 644 -t ");
        assert!(said.starts_with(&wanted) && said.contains("/rights/ping.conf && "), "{said}");
    }

    #[test]
    fn paths_are_words_of_a_shell() {
        let words = ["/srv/a%20b.rrd", "/srv/it's here", "$x", ""]
            .map(|path| quoted(Path::new(path)).into_owned());
        assert_eq!(words, ["/srv/a%20b.rrd", r"'/srv/it'\''s here'", "'$x'", "''"]);
    }

    #[test]
    fn a_complaint_is_one_line_whatever_it_names() {
        let complaint = Complaint::new("files", "a\nb\x1b[2J is damaged", "run `x`");
        assert_eq!(complaint.to_string(), "files: a?b?[2J is damaged; run `x`");
    }

    #[test]
    fn lengths_of_time_are_rounded_down_to_two_units_at_least() {
        let words = [59, 150, 7199, 7200, 90_000, 180_000].map(|length| about(length).to_string());
        assert_eq!(words, ["59s", "2m", "119m", "2h", "25h", "2d"]);
    }
}
