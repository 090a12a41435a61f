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
            let value = self.find(name);
            expanded.push_str(before);
            expanded.push_str(&value.ok_or_else(|| ValueError::Unset { name: name.to_owned() })?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn find(&self, name: &str) -> Option<String> {
        let content =
            |path: PathBuf| fs::read_to_string(path).ok().map(|text| text.trim_end().to_owned());
        match name.split_once(':') {
            // A credential is a file in the service manager's folder only.
            Some(("credential", file)) if !file.contains('/') => {
                self.credentials.and_then(|folder| content(folder.join(file)))
            }
            Some(("file", path)) => content(path.into()),
            Some(_) => None,
            None => (self.variable)(name),
        }
    }
}
