//! The settings of plugins in `plugin-conf.d`: user, environment, command, deadline.
//!
//! Source: the Munin guide, "Using munin plugins / Configuring", and the behaviour of `munin-run`:
//! the section with a plugin's own name precedes one with `*`, a longer pattern precedes a shorter
//! one, a later section of the same length precedes an earlier one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use crate::section::Pattern;

/// The settings of one plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginSettings {
    /// The user it runs as.
    pub user: Option<String>,
    /// The groups it runs in; the first that exists is used.
    pub groups: Vec<String>,
    /// The command to run instead; `%c` is replaced by the original one.
    pub command: Option<String>,
    /// How long it may run.
    pub timeout: Option<Duration>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
}

/// All sections, in file order.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    sections: Vec<Section>,
}

#[derive(Clone, Debug)]
struct Section {
    name: String,
    pattern: Pattern,
    lines: Vec<(String, String)>,
}

impl Settings {
    /// Reads every file of a folder in the order of their names; a missing folder is empty.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut settings = Self::default();
        let mut files = Vec::new();
        match fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries {
                    files.push(entry?.path());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        files.sort();
        for file in files.into_iter().filter(|file| file.is_file() && !is_ignored(file)) {
            settings.parse(&String::from_utf8_lossy(&fs::read(file)?));
        }
        Ok(settings)
    }

    /// Adds the sections of one file. Malformed lines are skipped.
    pub fn parse(&mut self, text: &str) {
        let first = self.sections.len();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let pattern = Pattern::new(name);
                self.sections.push(Section { name: name.to_owned(), pattern, lines: Vec::new() });
            } else if let Some((key, value)) = line.split_once(char::is_whitespace)
                && !line.starts_with('#')
                && self.sections.len() > first
                && let Some(section) = self.sections.last_mut()
            {
                section.lines.push((key.to_owned(), value.trim().to_owned()));
            }
        }
    }

    /// The settings of a plugin.
    pub fn of(&self, plugin: &str) -> PluginSettings {
        let mut fitting: Vec<&Section> =
            self.sections.iter().filter(|section| section.pattern.matches(plugin)).collect();
        fitting.sort_by_key(|section| (section.name == plugin, section.name.len()));
        let mut settings = PluginSettings::default();
        for (key, value) in fitting.into_iter().flat_map(|section| &section.lines) {
            settings.take(key, value);
        }
        settings
    }
}

impl PluginSettings {
    fn take(&mut self, key: &str, value: &str) {
        match key {
            "user" => self.user = Some(value.to_owned()),
            "group" => {
                // A group in parentheses need not exist.
                let bare = |name: &str| name.trim().trim_matches(['(', ')']).to_owned();
                self.groups = value.split(',').map(bare).filter(|name| !name.is_empty()).collect();
            }
            "command" => self.command = Some(value.to_owned()),
            "timeout" => {
                let seconds = value.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
                self.timeout = seconds.map(Duration::from_secs).or(self.timeout);
            }
            _ => {
                if let Some(name) = key.strip_prefix("env.").filter(|name| !name.is_empty()) {
                    self.environment.insert(name.to_owned(), value.to_owned());
                }
            }
        }
    }
}

/// Whether a file is a leftover of editors and package managers, or hidden.
pub(super) fn is_ignored(file: &Path) -> bool {
    const ENDINGS: [&str; 11] = [
        "~",
        "#",
        "%",
        ".bak",
        ".pod",
        ".dpkg-tmp",
        ".dpkg-new",
        ".dpkg-old",
        ".dpkg-dist",
        ".rpmsave",
        ".rpmnew",
    ];
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(texts: &[&str], plugin: &str) -> PluginSettings {
        let mut settings = Settings::default();
        for text in texts {
            settings.parse(text);
        }
        settings.of(plugin)
    }

    #[test]
    fn the_closest_section_counts_wherever_it_stands() {
        let texts = [
            "[foo_b*]\nenv.A close\nenv.B close\n[foo_bar]\nenv.B exact\n[foo*]\nenv.A wide\nenv.B wide\nenv.C wide\n",
            "[f*]\nenv.A last\nenv.B last\nenv.C last\n[*bar]\nenv.D \"as  it is\"  \n[foo*]\nenv.C later\n",
        ];
        let found = settings(&texts, "foo_bar").environment;
        let found: Vec<(&str, &str)> = found.iter().map(|(name, v)| (&**name, &**v)).collect();
        assert_eq!(found, [("A", "close"), ("B", "exact"), ("C", "later"), ("D", "\"as  it is\"")]);
    }

    #[test]
    fn users_groups_commands_and_timeouts_are_read() {
        let text = "user nobody\n[exim*]\n# user no\nuser root\ngroup adm, (Debian-exim)\ncommand sudo %c\ntimeout 33\nhost_name x\n";
        let found = settings(&[text], "exim_mailqueue");
        assert_eq!(found.user.as_deref(), Some("root"));
        assert_eq!(found.groups, ["adm", "Debian-exim"]);
        assert_eq!(found.command.as_deref(), Some("sudo %c"));
        assert_eq!(found.timeout, Some(Duration::from_secs(33)));
        assert_eq!(settings(&[text], "cpu"), PluginSettings::default());
    }
}
