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
    use rrd_graph::SeriesColor;
    use rrd_graph::description::Shape;

    use super::*;

    #[test]
    fn every_packaged_file_is_read_whole() {
        for text in SOURCES.iter().flat_map(|source| source.charts) {
            let charts = GroupChart::parse_file(text).unwrap();
            assert_eq!(charts.len(), text.matches("[[chart]]").count());
        }
    }

    /// The name of the colour of each series that is drawn, bottom to top.
    fn colors(chart: &GroupChart) -> Vec<(&str, String)> {
        let series = chart.description.series.iter();
        series
            .filter(|one| one.draw != Shape::Hidden)
            .map(|one| match one.color {
                Some(SeriesColor::Palette(color)) => {
                    (one.source.as_deref().unwrap_or_default(), color.to_string())
                }
                other => panic!("{}: {other:?} is not of the palette", chart.name),
            })
            .collect()
    }

    #[test]
    fn the_series_of_a_chart_have_different_colours_of_the_palette() {
        for chart in packaged() {
            let colors = colors(chart);
            let mut names: Vec<&String> = colors.iter().map(|(_, color)| color).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), colors.len(), "{}: {colors:?}", chart.name);
        }
    }

    // A test of the palette holds that red is unlike all others but orange and brown.
    #[test]
    fn steal_is_red_and_nothing_else_of_its_chart_is_like_it() {
        let mut found = Vec::new();
        for chart in packaged() {
            let colors = colors(chart);
            if !colors.iter().any(|(source, _)| *source == "steal") {
                continue;
            }
            found.push(&*chart.name);
            for (source, color) in colors {
                let is_like_red = matches!(&*color, "red" | "orange" | "brown");
                assert_eq!(is_like_red, source == "steal", "{}: {source} {color}", chart.name);
            }
        }
        assert_eq!(found, ["cpu", "cpu-lost", "processor"]);
    }

    #[test]
    fn names_of_charts_are_unique() {
        for (index, one) in packaged().iter().enumerate() {
            assert_eq!(packaged().iter().position(|chart| chart.name == one.name), Some(index));
        }
    }
}
