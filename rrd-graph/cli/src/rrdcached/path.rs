//! The name by which a daemon knows a local file.

use std::path::{Path, PathBuf};

use super::error::DaemonError;

/// For a daemon on this machine: the absolute path, with symbolic links resolved if the file or its
/// folder exists.
pub(super) fn absolute(file: &Path) -> Result<PathBuf, DaemonError> {
    let told = |source| DaemonError::Path { file: file.display().to_string(), source };
    if let Ok(path) = file.canonicalize() {
        return Ok(path);
    }
    // A file to be created: its folder must exist.
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => Ok(folder.join(name)),
        _ => std::path::absolute(file).map_err(told),
    }
}

/// For a daemon on another machine: relative names unchanged, absolute ones relative to the
/// stripped folder.
pub(super) fn remote(file: &Path, strip_path: Option<&Path>) -> Result<PathBuf, DaemonError> {
    if !file.is_absolute() {
        return Ok(file.to_owned());
    }
    let strip_path = strip_path.ok_or(DaemonError::AbsolutePath)?;
    match file.strip_prefix(strip_path) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(DaemonError::OutsideStripPath {
            file: file.display().to_string(),
            strip_path: strip_path.display().to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_daemon_gets_names_below_its_folder() {
        let name = |file: &str, strip: Option<&str>| {
            remote(Path::new(file), strip.map(Path::new)).map_err(|error| error.to_string())
        };
        assert_eq!(name("a.rrd", None), Ok("a.rrd".into()));
        assert_eq!(name("/base/sub/a.rrd", Some("/base")), Ok("sub/a.rrd".into()));
        assert_eq!(
            name("/base/a.rrd", None),
            Err("absolute path names not allowed when talking to a remote daemon".to_owned())
        );
        assert!(name("/basement/a.rrd", Some("/base")).is_err());
    }

    #[test]
    fn a_local_daemon_gets_the_path_from_the_root() {
        assert_eq!(absolute(Path::new("/no/such/a.rrd")).unwrap(), Path::new("/no/such/a.rrd"));
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(absolute(Path::new("not-yet.rrd")).unwrap(), here.join("not-yet.rrd"));
    }
}
