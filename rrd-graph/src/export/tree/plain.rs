//! Names of databases that are known by their places only: the last part of the path and the data
//! source are the name, and all parts are labels.

use super::name::{FileName, legal};
use crate::export::SeriesName;

/// `PROGRAM_FILE_SOURCE{path1,path2,...,file,source}`.
pub(super) fn name(program: &str, parts: &[String]) -> FileName {
    let (file, folders) = parts.split_last().map_or(("", parts), |(file, rest)| (&**file, rest));
    let numbered = folders.iter().zip(1..);
    let labels = numbered.map(|(folder, number)| (format!("path{number}"), folder.clone()));
    let labels = labels.chain([("file".to_owned(), file.to_owned())]);
    let shared = SeriesName::new(format!("{program}_{}", legal(file)), labels);
    FileName { shared, unnamed: None }
}
