//! The script, from one file for each part of the page. Without it the page shows static pictures.

use std::sync::LazyLock;

/// The files in the order in which they run; they share one scope.
const SOURCES: [&str; 9] = [
    include_str!("script/page.js"),
    include_str!("script/figures.js"),
    include_str!("script/time.js"),
    include_str!("script/values.js"),
    include_str!("script/large.js"),
    include_str!("script/menu.js"),
    include_str!("script/now.js"),
    include_str!("script/moved.js"),
    include_str!("script/theme.js"),
];

/// The script as it is served: without comments and indentation.
pub(in super::super) fn script() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| served(&SOURCES));
    &SCRIPT
}

/// Joins files, without lines that are only a comment, empty lines, and indentation.
fn served(sources: &[&str]) -> String {
    let lines = sources.iter().flat_map(|source| source.lines()).map(str::trim_start);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut script = "\"use strict\";\n".to_owned();
    for line in kept {
        script.push_str(line);
        script.push('\n');
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_not_served() {
        let source = "// Why.\nif (x) {\n  go(\"//\"); // Kept.\n\n}\n";
        let expected = "\"use strict\";\nif (x) {\ngo(\"//\"); // Kept.\n}\n";
        assert_eq!(served(&[source]), expected);
    }

    #[test]
    fn the_script_takes_at_most_fifteen_kilobytes() {
        let length = script().len();
        assert!(length <= 15 << 10, "{length}");
    }
}
