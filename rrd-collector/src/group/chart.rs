//! The charts of a group: descriptions as `rrd chart --file` draws them, in the style of the page.

use rrd_graph::Summary;
use rrd_graph::description::Description;
use serde::Deserialize;

use crate::fault::chain;

/// A chart that each group of a kind has.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct GroupChart {
    /// The name in addresses, `disk-traffic`.
    pub name: String,
    /// The kind of group that it shows.
    pub kind: String,
    /// What is drawn; its file is that of the group.
    pub description: Description,
}

/// An empty chart in the style of the page: three numbers in the legend.
pub fn page_style(title: &str) -> Description {
    let mut description = Description::new(title);
    description.legend = vec![Summary::Average, Summary::Maximum, Summary::Last];
    description
}

impl GroupChart {
    /// The charts of a file with `[[chart]]` for each: `name`, `kind`, and the keys of a
    /// description that differ from the style of the page. The axis begins at zero where `lower`
    /// does not say otherwise.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, toml::de::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            chart: Vec<GroupChart>,
        }
        Ok(toml::from_str::<File>(text)?.chart)
    }
}

impl TryFrom<toml::Table> for GroupChart {
    type Error = String;

    fn try_from(mut keys: toml::Table) -> Result<Self, String> {
        let mut own = |key: &str| match keys.remove(key) {
            Some(toml::Value::String(text)) => Ok(text),
            _ => Err(format!("a chart needs a `{key}`")),
        };
        let (name, kind) = (own("name")?, own("kind")?);
        let in_chart = |error: &dyn std::error::Error| format!("chart {name}: {}", chain(error));
        let style = toml::Table::try_from(page_style("")).map_err(|error| in_chart(&error))?;
        for (key, value) in style.into_iter().filter(|(key, _)| key != "series") {
            keys.entry(key).or_insert(value);
        }
        keys.entry("lower").or_insert(toml::Value::Float(0.0));
        let description = keys.try_into().map_err(|error| in_chart(&error))?;
        Ok(Self { name, kind, description })
    }
}
