//! The charts that come with the program: those of every source.

use std::sync::LazyLock;

use serde::Deserialize;

use super::SOURCES;
use crate::view::View;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chart: Vec<View>,
}

/// Every packaged chart, in the order of the page.
pub fn packaged() -> &'static [View] {
    // Read when the first page is asked for: without a reader they cost nothing.
    static VIEWS: LazyLock<Vec<View>> = LazyLock::new(|| {
        SOURCES
            .iter()
            .flat_map(|source| source.charts)
            .filter_map(|text| match toml::from_str::<File>(text) {
                Ok(file) => Some(file.chart),
                Err(error) => {
                    log::error!("invalid packaged charts: {error}");
                    None
                }
            })
            .flatten()
            .collect()
    });
    &VIEWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packaged_file_is_read_whole() {
        for text in SOURCES.iter().flat_map(|source| source.charts) {
            let charts = toml::from_str::<File>(text).unwrap().chart;
            assert_eq!(charts.len(), text.matches("[[chart]]").count());
        }
    }

    #[test]
    fn names_of_charts_are_unique() {
        for (index, one) in packaged().iter().enumerate() {
            assert_eq!(packaged().iter().position(|view| view.name == one.name), Some(index));
        }
    }
}
