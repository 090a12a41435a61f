//! `charts`: which charts there are, and each as a description that `rrd chart --file` draws and people can change.

use std::fmt::Write as _;

use thiserror::Error;

use crate::config::Config;
use crate::group::GroupId;
use crate::source::charts::packaged;
use crate::view::{Layer, Look, View};

/// There is no such chart.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no chart {name:?}; `rrd-collector charts` lists them")]
pub struct NoChart {
    /// The name.
    name: String,
}

/// A line for each packaged chart: its name, the kind of group it shows, its heading.
pub fn charts() -> String {
    let mut text = String::new();
    for View { name, kind, title, .. } in packaged() {
        let _ = writeln!(text, "{name:<28} {kind:<20} {title}");
    }
    text
}

/// A chart of an instance as a description in TOML.
///
/// # Errors
///
/// [`NoChart`] when no chart has this name.
pub fn description(config: &Config, name: &str, instance: &str) -> Result<String, NoChart> {
    let view = packaged().iter().find(|view| view.name == name);
    let group = view.and_then(|view| GroupId::new(&view.kind, instance).ok());
    let (view, group) = view.zip(group).ok_or_else(|| NoChart { name: name.to_owned() })?;
    let file = config.data.join(group.file_name());
    let mut text = format!("# {}\n", view.about);
    let _ = writeln!(text, "title = {}\nunit = {}", quoted(&view.title), quoted(&view.unit));
    for (key, value) in [("lower", view.bottom), ("upper", view.top)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value:?}");
        }
    }
    for (key, is_so) in
        [("rigid", view.rigid), ("binary", view.binary), ("logarithmic", view.logarithmic)]
    {
        if is_so {
            let _ = writeln!(text, "{key} = true");
        }
    }
    let file = quoted(&file.to_string_lossy());
    for (index, layer) in view.layers.iter().enumerate() {
        let _ = write!(text, "\n[[series]]\nfile = {file}\n{}", series(view, layer, index));
    }
    Ok(text)
}

fn series(view: &View, layer: &Layer, index: usize) -> String {
    let metric = &layer.metric;
    let mut text = format!("source = {}\nlabel = {}\n", quoted(metric), quoted(&layer.legend));
    let _ = writeln!(text, "color = \"#{:06x}\"", layer.color.0);
    let scale = view.scale * layer.factor;
    if scale != 1.0 || layer.shift != 0.0 {
        let _ = writeln!(text, "formula = \"{metric},{scale},*,{},+\"", layer.shift);
    }
    let is_first = !view.layers.iter().take(index).any(|layer| layer.look == Look::Stack);
    match layer.look {
        Look::Area => text.push_str("draw = \"area\"\n"),
        Look::Stack if is_first => text.push_str("draw = \"area\"\n"),
        Look::Stack => text.push_str("draw = \"area\"\nstack = true\n"),
        Look::Line | Look::Hill => text.push_str("envelope = true\n"),
    }
    text
}

/// Text as a string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use rrd_graph::description::Description;

    use super::*;

    #[test]
    fn every_packaged_chart_is_a_description_that_can_be_read() {
        let config = Config::new("/data".into());
        for view in packaged() {
            let text = description(&config, &view.name, "a \"b\"").unwrap();
            let read =
                Description::from_toml(&text).unwrap_or_else(|error| panic!("{text}{error}"));
            assert_eq!((&read.title, read.series.len()), (&view.title, view.layers.len()));
        }
        assert_eq!(charts().lines().count(), packaged().len());
    }

    #[test]
    fn a_share_is_shown_in_percent_and_a_stack_stands_on_its_first() {
        let config = Config::new("/data".into());
        let text = description(&config, "cpu", "").unwrap();
        assert!(text.contains("file = \"/data/cpu.rrd\"\nsource = \"system\"\n"), "{text}");
        assert!(text.contains("formula = \"system,100,*,0,+\"\ndraw = \"area\"\n\n"), "{text}");
        assert!(text.contains("formula = \"steal,100,*,0,+\"\ndraw = \"area\"\nstack = true\n"));
        let error = description(&config, "nothing", "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no chart \"nothing\"; `rrd-collector charts` lists them"
        );
    }
}
