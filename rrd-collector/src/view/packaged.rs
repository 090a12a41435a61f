//! The charts that come with the program: one file a field, in the folder of its source.

use std::sync::LazyLock;

use serde::Deserialize;

use super::View;

/// Every file, in the order of the page.
const FILES: [&str; 9] = [
    include_str!("../source/host/host.toml"),
    include_str!("../source/host/disk.toml"),
    include_str!("../source/host/network.toml"),
    include_str!("../source/apache/charts.toml"),
    include_str!("../source/nginx/charts.toml"),
    include_str!("../source/memcached/charts.toml"),
    include_str!("../source/mysql/charts.toml"),
    include_str!("../source/statsd/charts.toml"),
    include_str!("../source/textfile/charts.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chart: Vec<View>,
}

/// Every packaged chart, in the order of the page.
pub fn packaged() -> &'static [View] {
    // Read when the first page is asked for: without a reader they cost nothing.
    static VIEWS: LazyLock<Vec<View>> = LazyLock::new(|| {
        FILES
            .iter()
            .filter_map(|text| match toml::from_str::<File>(text) {
                Ok(file) => Some(file.chart),
                Err(error) => {
                    log::error!("a packaged file of charts cannot be read: {error}");
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
        for text in FILES {
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
