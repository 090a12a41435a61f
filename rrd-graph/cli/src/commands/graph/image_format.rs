//! What `graph` writes: the names of `--imgformat` and the endings of files.

use std::ffi::OsStr;
use std::path::Path;

use crate::context::Defaults;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImageFormat {
    Png,
    Svg,
    Pdf,
    Eps,
    Xml,
    XmlEnum,
    Json,
    JsonTime,
    Csv,
    Tsv,
    Ssv,
}

/// The formats, their names for `--imgformat`, and the endings of their files. Of formats that
/// share an ending, it means the first.
const FORMATS: [(ImageFormat, &str, &str); 11] = [
    (ImageFormat::Png, "PNG", "png"),
    (ImageFormat::Svg, "SVG", "svg"),
    (ImageFormat::Pdf, "PDF", "pdf"),
    (ImageFormat::Eps, "EPS", "eps"),
    (ImageFormat::Xml, "XML", "xml"),
    (ImageFormat::XmlEnum, "XMLENUM", "xml"),
    (ImageFormat::Json, "JSON", "json"),
    (ImageFormat::JsonTime, "JSONTIME", "json"),
    (ImageFormat::Csv, "CSV", "csv"),
    (ImageFormat::Tsv, "TSV", "tsv"),
    (ImageFormat::Ssv, "SSV", "ssv"),
];

impl ImageFormat {
    /// The format of this name; the name itself if there is none.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let found = FORMATS.iter().find(|(_, known, _)| *known == name);
        found.map(|(format, ..)| *format).ok_or_else(|| name.to_owned())
    }

    /// The format of a file where no option names one: that of its ending, PNG for others.
    ///
    /// RRDtool writes PNG into a file of any name, and so does `rrd` under RRDtool's name.
    pub(super) fn of_file(file: &OsStr, defaults: Defaults) -> Self {
        let ending = match defaults {
            Defaults::Own => Path::new(file).extension(),
            Defaults::Rrdtool => None,
        };
        let found = ending.and_then(|ending| {
            FORMATS.iter().find(|(_, _, known)| ending.eq_ignore_ascii_case(known))
        });
        found.map_or(Self::Png, |(format, ..)| *format)
    }

    /// The ending of its files.
    pub(super) fn ending(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, ending)| ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_determines_its_format_except_under_the_name_of_rrdtool() {
        for (file, format) in [
            ("day.svg", ImageFormat::Svg),
            ("DAY.SVG", ImageFormat::Svg),
            ("day.pdf", ImageFormat::Pdf),
            ("day.xml", ImageFormat::Xml),
            ("day.json", ImageFormat::Json),
            ("day.csv", ImageFormat::Csv),
            ("day.png", ImageFormat::Png),
            ("day.gif", ImageFormat::Png),
            (".svg", ImageFormat::Png),
            ("day", ImageFormat::Png),
            ("-", ImageFormat::Png),
        ] {
            let file = OsStr::new(file);
            assert_eq!(ImageFormat::of_file(file, Defaults::Own), format, "{file:?}");
            assert_eq!(ImageFormat::of_file(file, Defaults::Rrdtool), ImageFormat::Png);
        }
    }
}
