//! Values that a configuration file only refers to: variables, files and credentials.

use std::fs;
use std::path::{Path, PathBuf};

use super::ValueError;

/// The sources of these values.
pub struct Environment<'a> {
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the service manager's credentials.
    pub credentials: Option<&'a Path>,
}

impl Environment<'_> {
    /// `text` with `${NAME}`, `${file:PATH}` and `${credential:NAME}` replaced.
    pub(super) fn expand(&self, text: &str) -> Result<String, ValueError> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            expanded.push_str(before);
            expanded.push_str(&self.find(name)?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn find(&self, name: &str) -> Result<String, ValueError> {
        let unset = || ValueError::Unset { name: name.to_owned() };
        let content = |path: PathBuf| match fs::read_to_string(path) {
            Ok(text) => Ok(text.trim_end().to_owned()),
            Err(error) => {
                Err(ValueError::Unreadable { name: name.to_owned(), why: error.to_string() })
            }
        };
        match name.split_once(':') {
            // A credential is a file in the service manager's folder only.
            Some(("credential", file)) if !file.contains('/') => {
                let path = self.credentials.map(|folder| folder.join(file));
                // A folder that may not be read is no folder without the file.
                let path = path.filter(|path| path.try_exists().unwrap_or(true));
                content(path.ok_or_else(unset)?)
            }
            Some(("file", path)) => content(path.into()),
            Some(_) => Err(unset()),
            None => (self.variable)(name).ok_or_else(unset),
        }
    }
}
