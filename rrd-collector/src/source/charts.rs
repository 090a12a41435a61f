//! The packaged charts of all sources.

use std::sync::LazyLock;

use super::SOURCES;
use crate::fault::chain;
use crate::group::GroupChart;

/// All packaged charts, in the order of the page.
pub fn packaged() -> &'static [GroupChart] {
    // Parsed when the first page is requested: unused they cost nothing.
    static CHARTS: LazyLock<Vec<GroupChart>> = LazyLock::new(|| {
        SOURCES
            .iter()
            .flat_map(|source| source.charts)
            .filter_map(|text| match GroupChart::parse_file(text) {
                Ok(charts) => Some(charts),
                Err(error) => {
                    log::error!("invalid packaged charts: {}", chain(&error));
                    None
                }
            })
            .flatten()
            .collect()
    });
    &CHARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packaged_file_is_read_whole() {
        for text in SOURCES.iter().flat_map(|source| source.charts) {
            let charts = GroupChart::parse_file(text).unwrap();
            assert_eq!(charts.len(), text.matches("[[chart]]").count());
        }
    }

    #[test]
    fn names_of_charts_are_unique() {
        for (index, one) in packaged().iter().enumerate() {
            assert_eq!(packaged().iter().position(|chart| chart.name == one.name), Some(index));
        }
    }
}
