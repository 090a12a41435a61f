//! `charts`: lists the charts, and prints each as a description that `rrd chart --file` draws and
//! people can change.

use std::fmt::Write as _;

use thiserror::Error;

use crate::config::Config;
use crate::group::GroupId;
use crate::source::charts::packaged;

/// There is no chart with this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no chart {name:?}: `rrd-collector charts` lists them")]
pub struct NoChart {
    /// The name.
    name: String,
}

/// One line per packaged chart: name, kind of group, heading.
pub fn charts() -> String {
    let mut text = String::new();
    for chart in packaged() {
        let title = &chart.description.title;
        let _ = writeln!(text, "{:<28} {:<20} {title}", chart.name, chart.kind);
    }
    text
}

/// A chart of an instance as a description in TOML.
///
/// # Errors
///
/// [`NoChart`] if no chart has this name.
pub fn description(config: &Config, name: &str, instance: &str) -> Result<String, NoChart> {
    let chart = packaged().iter().find(|chart| chart.name == name);
    let group = chart.and_then(|chart| GroupId::new(&chart.kind, instance).ok());
    let (chart, group) = chart.zip(group).ok_or_else(|| NoChart { name: name.to_owned() })?;
    let mut description = chart.description.clone();
    let file = config.data.join(group.file_name());
    description.file = Some(file.to_string_lossy().into_owned().into());
    Ok(description.to_toml())
}

#[cfg(test)]
mod tests {
    use rrd_graph::description::Description;

    use super::*;

    #[test]
    fn every_packaged_chart_is_printed_whole() {
        let config = Config::new("/data".into());
        for chart in packaged() {
            let text = description(&config, &chart.name, "a \"b\"").unwrap();
            let mut read = Description::from_toml(&text).unwrap();
            let file = read.file.take().unwrap();
            assert_eq!(file.to_str().unwrap(), format!("/data/{}/a%20%22b%22.rrd", chart.kind));
            assert_eq!(read, chart.description);
        }
        assert_eq!(charts().lines().count(), packaged().len());
    }

    #[test]
    fn a_chart_is_printed_with_the_keys_that_differ_from_the_defaults() {
        let config = Config::new("/data".into());
        let text = description(&config, "cpu-lost", "").unwrap();
        let begin = "title = \"CPU lost to steal\"\nabout = \"Steal relative to demand: \
            10 % steal on a host that demands 20 % is half of it.\"\nfile = \"/data/cpu.rrd\"\n";
        assert!(text.starts_with(begin), "{text}");
        let series = "\n[[series]]\nsource = \"steal\"\nfactor = 100.0\nlabel = \"of all time\"\n\
            color = \"red\"\nenvelope = true\n";
        assert!(text.contains(series), "{text}");
        let error = description(&config, "nothing", "").unwrap_err();
        assert_eq!(error.to_string(), "no chart \"nothing\": `rrd-collector charts` lists them");
    }
}
