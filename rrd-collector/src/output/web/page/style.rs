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
    include_str!("style/tip.css"),
);
