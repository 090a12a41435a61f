//! The text files of the configured folder, as `node_exporter`'s collector passes them on: raw
//! counters under their own names.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rrd_graph::export::prometheus_text::legal_name;

use super::families::Families;
use super::input::Source;
use crate::group::series_name;
use crate::rootfs::ReadError;
use crate::source::textfile::exposition::{Exposition, parse};
use crate::source::textfile::{MAX_SERIES, TextFile, TextfileError, files};

#[expect(clippy::unnecessary_wraps, reason = "the signature of all collectors")]
pub(super) fn textfile(source: &Source<'_>, families: &mut Families) -> Result<(), ReadError> {
    let found = source.text_files.map_or_else(|| Ok(Vec::new()), files);
    let mut failed = found.is_err();
    let mut seen = BTreeSet::new();
    for path in found.unwrap_or_default() {
        // The task that stores the values reports what is wrong.
        failed |= file(&path, &mut seen, families).is_err();
    }
    let help = "whether the folder or one of its files could not be read";
    families.gauge("node_textfile_scrape_error", help, &[], f64::from(u8::from(failed)));
    Ok(())
}

fn file(
    path: &Path,
    seen: &mut BTreeSet<String>,
    families: &mut Families,
) -> Result<(), TextfileError> {
    let file = TextFile::open(path)?;
    let modified = file.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let text = file.read()?;
    let path = path.to_string_lossy();
    add(&parse(&text)?, &path, seen, families)?;
    let (name, help) = ("node_textfile_mtime_seconds", "when the file was written");
    let modified = Duration::from_secs(modified).as_secs_f64();
    families.gauge(name, help, &[("file", &path)], modified);
    Ok(())
}

/// Adds the samples of a file; of two samples of one series, the first.
fn add(
    file: &Exposition<'_>,
    path: &str,
    seen: &mut BTreeSet<String>,
    families: &mut Families,
) -> Result<(), TextfileError> {
    for sample in &file.samples {
        let name = legal_name(&sample.name);
        // Colons are for metrics only.
        let mut labels: Vec<(String, String)> = sample
            .labels
            .iter()
            .map(|(label, value)| (legal_name(label).replace(':', "_"), value.clone()))
            .collect();
        labels.sort();
        if !seen.insert(series_name(&name, &labels)) {
            continue;
        }
        if seen.len() > MAX_SERIES {
            return Err(TextfileError::TooMany(MAX_SERIES));
        }
        let family = file.family(&sample.name);
        let suffix = sample.name.strip_prefix(family.name).unwrap_or_default();
        let read_from = || format!("read from {path}");
        let help = family.help.map_or_else(read_from, str::to_owned);
        let labels: Vec<(&str, &str)> =
            labels.iter().map(|(label, value)| (&**label, &**value)).collect();
        families.part(family.name, suffix, family.kind, &help, &labels, sample.value);
    }
    Ok(())
}
