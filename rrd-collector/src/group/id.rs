//! The identity of a group: its kind and instance. The only place that formats and parses it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Kind;
use super::quote::{Printed, Quoted, unquoted};
use super::series;

/// The identity of a group: `cpu`, `disk:vda`, `textfile:"q{job=a b}"`.
///
/// The instance follows a colon. An instance with characters other than letters, digits and
/// `_ - / : @ % . { } = ,` is in double quotes, with the escapes `\"`, `\\`, `
/// `, `\r`, `\t` and `\u{...}`. The text parses to the same group.
///
/// ```
/// use rrd_collector::group::GroupId;
/// let disk: GroupId = "disk:vda".parse().unwrap();
/// assert_eq!((disk.kind(), disk.instance()), ("disk", "vda"));
/// let filesystem = GroupId::new("filesystem", "/my \"disk\"").unwrap();
/// assert_eq!(filesystem.to_string(), r#"filesystem:"/my \"disk\"""#);
/// assert_eq!(filesystem.to_string().parse(), Ok(filesystem));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId {
    kind: String,
    instance: String,
}

/// Why a text is not a group or value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// The name of the kind is empty or has other characters than `a-z`, `0-9` and `_`.
    #[error(
        "invalid group {text:?}: expected GROUP or GROUP:INSTANCE with lower-case letters, digits \
         and _ in GROUP, e.g. disk:vda"
    )]
    Kind {
        /// The text.
        text: String,
    },
    /// Nothing follows the colon.
    #[error("invalid group {text:?}: expected an instance after the colon, e.g. disk:vda")]
    NoInstance {
        /// The text.
        text: String,
    },
    /// `*` is part of an instance, or used where one instance is expected.
    #[error(
        "invalid instance {text:?}: * alone means every instance; write an instance with * in its \
         name in double quotes"
    )]
    Star {
        /// The text.
        text: String,
    },
    /// An instance with spaces or quotation marks is not quoted.
    #[error("invalid instance {text:?}: write it in double quotes: {quoted}")]
    Unquoted {
        /// The text.
        text: String,
        /// The same with quotation marks.
        quoted: String,
    },
    /// The quotation marks are not closed, or text follows them.
    #[error(
        "invalid instance in {text:?}: expected \"...\" with \\\" for a quote and \\\\ for a \
         backslash"
    )]
    Quotes {
        /// The text.
        text: String,
    },
    /// The metric is missing or not valid for a data source.
    #[error(
        "invalid value {text:?}: expected GROUP.METRIC or GROUP:INSTANCE.METRIC, e.g. cpu.steal or \
         disk:vda.util"
    )]
    Metric {
        /// The text.
        text: String,
    },
}

impl GroupId {
    /// The group of a kind; `instance` is empty if there is only one.
    pub fn of(kind: &Kind, instance: &str) -> Self {
        Self { kind: kind.name.to_string(), instance: instance.to_owned() }
    }

    /// The group of this kind and instance, both as untrusted text.
    ///
    /// # Errors
    ///
    /// [`IdError::Kind`] if `kind` has characters other than lower-case letters, digits and `_`:
    /// nothing else may become a path.
    pub fn new(kind: &str, instance: &str) -> Result<Self, IdError> {
        if kind.is_empty() || !kind.bytes().all(is_kind_byte) {
            return Err(IdError::Kind { text: kind.to_owned() });
        }
        // Series may be written as in Prometheus, with every label in quotation marks.
        let canonical = (kind == series::KIND).then(|| series::canonical(instance)).flatten();
        let instance = canonical.unwrap_or_else(|| instance.to_owned());
        Ok(Self { kind: kind.to_owned(), instance })
    }

    /// The name of the kind, `disk`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The instance, `vda`; empty if there is only one.
    pub fn instance(&self) -> &str {
        &self.instance
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.instance.is_empty() { Ok(()) } else { write!(f, ":{}", Printed(&self.instance)) }
    }
}

impl FromStr for GroupId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (kind, instance) = split_kind(text)?;
        let instance = match instance {
            None => String::new(),
            Some(quoted) if quoted.starts_with('"') => match unquoted(quoted) {
                Some((instance, "")) => instance,
                _ => return Err(IdError::Quotes { text: text.to_owned() }),
            },
            Some(plain) => {
                check_plain(plain)?;
                plain.to_owned()
            }
        };
        Self::new(kind, &instance)
    }
}

/// The name of the kind, and the text after its colon.
pub(super) fn split_kind(text: &str) -> Result<(&str, Option<&str>), IdError> {
    match text.split_once(':') {
        Some((_, "")) => Err(IdError::NoInstance { text: text.to_owned() }),
        Some((kind, instance)) => Ok((kind, Some(instance))),
        None => Ok((text, None)),
    }
}

/// Refuses instances that must be quoted.
///
/// Accepts more than is written without quotation marks: an instance with `+`, `[` or a backslash
/// is unambiguous, and existing rules use such names.
pub(super) fn check_plain(text: &str) -> Result<(), IdError> {
    if text.contains(|c: char| c == '"' || c.is_whitespace() || c.is_control()) {
        let quoted = Quoted(text).to_string();
        Err(IdError::Unquoted { text: text.to_owned(), quoted })
    } else if text.contains('*') {
        Err(IdError::Star { text: text.to_owned() })
    } else {
        Ok(())
    }
}

fn is_kind_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(kind: &str, instance: &str) -> GroupId {
        GroupId::new(kind, instance).unwrap()
    }

    #[test]
    fn an_instance_is_in_quotes_only_where_it_has_to_be() {
        for (instance, printed) in [
            ("", "unit"),
            ("vda", "unit:vda"),
            ("web/pool/http://[::1]:80", r#"unit:"web/pool/http://[::1]:80""#),
            ("größe_1-a@b%c.d{e=f,g=h}", "unit:größe_1-a@b%c.d{e=f,g=h}"),
            ("a b", r#"unit:"a b""#),
            ("*", r#"unit:"*""#),
            (r"dev-a\x2db.swap", r#"unit:"dev-a\\x2db.swap""#),
            ("a\"b\nc\u{7}\u{2028}", r#"unit:"a\"b\nc\u{7}\u{2028}""#),
        ] {
            assert_eq!(id("unit", instance).to_string(), printed);
            assert_eq!(printed.parse(), Ok(id("unit", instance)));
        }
    }

    #[test]
    fn a_text_that_names_no_group_is_refused_with_what_is_expected() {
        let error = |text: &str| text.parse::<GroupId>().unwrap_err().to_string();
        assert_eq!(
            error("Disk"),
            "invalid group \"Disk\": expected GROUP or GROUP:INSTANCE with lower-case letters, \
             digits and _ in GROUP, e.g. disk:vda"
        );
        assert!(matches!("../x".parse::<GroupId>(), Err(IdError::Kind { .. })));
        assert!(matches!("disk:".parse::<GroupId>(), Err(IdError::NoInstance { .. })));
        assert!(matches!("disk:sd*".parse::<GroupId>(), Err(IdError::Star { .. })));
        assert!(matches!(r#"disk:"a"b"#.parse::<GroupId>(), Err(IdError::Quotes { .. })));
        assert!(matches!(r#"disk:"a\x""#.parse::<GroupId>(), Err(IdError::Quotes { .. })));
        assert!(matches!(r#"disk:"a"#.parse::<GroupId>(), Err(IdError::Quotes { .. })));
        assert_eq!(
            error(r#"unit:a "b""#),
            r#"invalid instance "a \"b\"": write it in double quotes: "a \"b\"""#
        );
    }

    #[test]
    fn a_series_may_be_written_as_prometheus_writes_it() {
        let series: GroupId = r#"textfile:"q{job=\"a b\"}""#.parse().unwrap();
        assert_eq!(series.instance(), "q{job=a b}");
        assert_eq!(series.to_string(), r#"textfile:"q{job=a b}""#);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_as_the_same_group(
            kind in "[a-z0-9_]{1,8}",
            instance in any::<String>(),
        ) {
            let id = GroupId::new(&kind, &instance).unwrap();
            let printed = id.to_string();
            prop_assert!(!printed.contains('\n'));
            prop_assert_eq!(printed.parse(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = text.parse::<GroupId>();
        }
    }
}
