//! What people read after an export.

use std::fmt::Write as _;
use std::path::Path;

use super::{TextFiles, Written};
use crate::export::SampleFormat;

/// Makes blocks in acceptable time: without the option it reads its input for each two hours.
const MAKE_BLOCKS: &str = "promtool tsdb create-blocks-from --max-block-duration=744h openmetrics";

impl Written {
    /// Lines that say what was written and how `promtool` makes blocks of it. `name` is that of
    /// files of periods.
    pub fn report(self, format: SampleFormat, files: Option<TextFiles<'_>>, name: &str) -> String {
        let mut text = format!("{} samples", self.samples);
        // Writing to a string cannot fail.
        let _ = match self.kept {
            0 => writeln!(text),
            1 => writeln!(text, ", 1 complete file was kept"),
            kept => writeln!(text, ", {kept} complete files were kept"),
        };
        if format == SampleFormat::OpenMetrics {
            let _ = match files {
                None => writeln!(text, "{MAKE_BLOCKS} FILE BLOCKS"),
                Some(TextFiles::One(file)) => {
                    writeln!(text, "{MAKE_BLOCKS} {} BLOCKS", quoted(file))
                }
                Some(TextFiles::Periods(folder, _)) => {
                    let (files, ending) = (quoted(&folder.join(name)), format.ending());
                    writeln!(
                        text,
                        "for file in {files}-*.{ending}; do {MAKE_BLOCKS} \"$file\" BLOCKS; done"
                    )
                }
            };
        }
        text
    }
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use rrd_core::Step;

    use super::*;

    #[test]
    fn a_report_has_the_command_for_what_was_written() {
        let written = Written { samples: 7, kept: 1 };
        let day = Step::from_seconds(86_400).unwrap();
        let folder = TextFiles::Periods(Path::new("/a b/it's"), day);
        assert_eq!(
            written.report(SampleFormat::OpenMetrics, Some(folder), "x"),
            format!(
                "7 samples, 1 complete file was kept\n\
                 for file in '/a b/it'\\''s/x'-*.om; do {MAKE_BLOCKS} \"$file\" BLOCKS; done\n"
            )
        );
        let written = Written { samples: 7, kept: 0 };
        let file = Some(TextFiles::One(Path::new("a.om")));
        assert_eq!(
            written.report(SampleFormat::OpenMetrics, file, ""),
            format!("7 samples\n{MAKE_BLOCKS} a.om BLOCKS\n")
        );
        assert_eq!(written.report(SampleFormat::Csv, file, ""), "7 samples\n");
    }
}
