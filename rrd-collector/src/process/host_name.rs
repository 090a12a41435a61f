//! The name of this host: the one that is configured, or the kernel's.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Limit on its length in bytes: that of DNS names.
const MAX: usize = 253;

/// The name of this host.
///
/// ```
/// use rrd_collector::process::HostName;
/// assert_eq!("web-1".parse::<HostName>().unwrap().as_str(), "web-1");
/// assert!("web\n1".parse::<HostName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

/// A text that cannot be the name of a host.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid host name {text:?}: expected 1 to 253 bytes without spaces around them, control \
     characters or `/`, e.g. web-1"
)]
pub struct InvalidHostName {
    text: String,
}

impl HostName {
    /// The name that the kernel knows; in a container, that is often its id.
    pub fn of_system() -> Self {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        name.parse().unwrap_or_else(|_| Self("localhost".to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for HostName {
    fn default() -> Self {
        Self::of_system()
    }
}

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let is_wrong = |c: char| c.is_control() || c == '/';
        if text.is_empty() || text.len() > MAX || text.trim() != text || text.contains(is_wrong) {
            return Err(InvalidHostName { text: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_end_or_with_control_characters_is_refused() {
        let longest = "a".repeat(253);
        for text in ["web-1", "Büro 3", "a.example", &longest] {
            assert_eq!(text.parse::<HostName>().unwrap().to_string(), text);
        }
        let longer = "a".repeat(254);
        for text in ["", " web", "web ", "web\n1", "a\u{7f}", "a/b", &longer] {
            assert!(text.parse::<HostName>().is_err(), "{text:?}");
        }
        assert_eq!(
            "a/b".parse::<HostName>().unwrap_err().to_string(),
            "invalid host name \"a/b\": expected 1 to 253 bytes without spaces around them, control \
             characters or `/`, e.g. web-1"
        );
    }
}
