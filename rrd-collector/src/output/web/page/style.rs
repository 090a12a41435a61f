//! The style sheet, from one file for each part of the page.

/// The style sheet as it is served.
pub(in super::super) const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/time.css"),
    include_str!("style/overview.css"),
    include_str!("style/moved.css"),
    include_str!("style/menu.css"),
    include_str!("style/table.css"),
    include_str!("style/figure.css"),
    include_str!("style/large.css"),
    include_str!("style/tip.css"),
);

#[cfg(test)]
mod tests {
    use rrd_graph::PaletteColor;

    use super::*;

    #[test]
    fn small_charts_have_the_colours_of_the_palette() {
        for (chart, color) in
            [(".spark", "blue"), (".spark.steal", "red"), (".spark.iowait", "amber")]
        {
            let color = PaletteColor::named(color).unwrap();
            let (light, dark) = (color.on_light(), color.on_dark());
            let rule = format!("{chart} {{ --curve: light-dark({light}, {dark});");
            assert!(STYLE.contains(&rule), "{rule}");
        }
    }
}
