//! Names of databases that are known by their places only: the last part of the path and the data
//! source are the name, and all parts are labels.

use super::{SeriesName, legal};

/// `rrd_FILE_SOURCE{path1,path2,...,file,source}`.
pub(super) fn name(parts: &[String], source: &str) -> SeriesName {
    let (file, folders) = parts.split_last().map_or(("", parts), |(file, rest)| (&**file, rest));
    let folders = folders.iter().zip(1..);
    let labels = folders.map(|(folder, number)| (format!("path{number}"), folder.clone()));
    SeriesName::new(format!("rrd_{}_{}", legal(file), legal(source)), labels)
        .with([("file".to_owned(), file.to_owned()), ("source".to_owned(), source.to_owned())])
}
