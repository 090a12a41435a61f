//! The script, from one file for each part of the page. Without it the page shows static pictures.

use std::sync::LazyLock;

use super::minify::minified;

/// The files in the order in which they run; they share one scope.
const SOURCES: [&str; 9] = [
    include_str!("script/page.js"),
    include_str!("script/figures.js"),
    include_str!("script/time.js"),
    include_str!("script/values.js"),
    include_str!("script/large.js"),
    include_str!("script/menu.js"),
    include_str!("script/table.js"),
    include_str!("script/now.js"),
    include_str!("script/moved.js"),
];

/// The script as it is served.
pub(in super::super) fn script() -> &'static str {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| minified(&format!("\"use strict\";\n{}", SOURCES.concat())));
    &SCRIPT
}

#[cfg(test)]
mod tests {
    use super::super::super::client::pack;
    use super::*;

    #[test]
    fn the_script_takes_at_most_eight_kilobytes_as_it_is_sent() {
        let (length, sent) = (script().len(), pack(script().as_bytes()).unwrap().len());
        assert!(length <= 22 << 10 && sent <= 8 << 10, "{length} {sent}");
    }
}
