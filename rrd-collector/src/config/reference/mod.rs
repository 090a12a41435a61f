//! Every key of a configuration file: its value, its default, an example and what it means.
//!
//! Tests hold it against the sections themselves: each has exactly these keys, every example can be
//! used, and a default that is written here changes nothing.

mod alerts;
mod checks;
mod daemon;
mod key;
mod receivers;
mod remote;
mod servers;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use key::{Section, Usual};

/// All sections, in the order of the reference.
fn sections() -> impl Iterator<Item = &'static Section> {
    let all = [
        daemon::SECTIONS,
        alerts::SECTIONS,
        servers::SECTIONS,
        checks::SECTIONS,
        receivers::SECTIONS,
        remote::SECTIONS,
    ];
    all.into_iter().flatten()
}

/// What comes before the sections.
const INTRODUCTION: &str = "\
## Description

The configuration is TOML: `/etc/rrd-collector/rrd-collector.toml`, and the files of
`/etc/rrd-collector/rrd-collector.d` that end in `.toml`, in the order of their names. Later files
add to earlier ones and override them. `rrd-collector check` says what is wrong with them; on SIGHUP
the daemon reads them again.

Durations are a number and a unit: `10s`, `5m`, `12h`, `1d`, `4w`, `1y`. Sizes are a number and `B`,
`KB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB` or `TiB`. In patterns, `*` is any text and `?` one
character. In the texts of addresses, users and secrets, `${NAME}` is an environment variable,
`${file:PATH}` the first line of a file, and `${credential:NAME}` a credential of the service
manager. Secrets have to be one of these.
";

/// The reference as the Markdown of manuals.
pub fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in sections() {
        _ = writeln!(text, "\n## {}\n\n{}\n", section.heading, section.about);
        for key in section.keys {
            let usual = match key.usual {
                Usual::Required => "Required".to_owned(),
                Usual::Literal(literal) => format!("Default: `{literal}`"),
                Usual::Words(words) => format!("Default: {words}"),
            };
            let (name, value, example) = (key.name, key.value, key.example);
            let about = key.about;
            _ = writeln!(text, "- `{name}`: {about} {value}. {usual}. Example: `{example}`.");
        }
    }
    text
}
