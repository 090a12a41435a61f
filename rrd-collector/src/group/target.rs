//! The identity of a value: a group and a metric. The targets of rules: one value, or that of every
//! instance.

use std::fmt;
use std::str::FromStr;

use rrd_core::SourceName;
use thiserror::Error;

use super::Kind;
use super::id::{GroupId, IdError, check_plain, split_kind};
use super::nearest;
use super::quote::unquoted;

/// One value: `cpu.steal`, `disk:vda.util`, `textfile:"q{job=a b}".value`.
///
/// The text can be pasted into a rule.
///
/// ```
/// use rrd_collector::group::Target;
/// let target: Target = "apache:localhost:8080.busy".parse().unwrap();
/// assert_eq!((target.group.kind(), target.group.instance()), ("apache", "localhost:8080"));
/// assert_eq!(target.metric, "busy");
/// assert_eq!(target.to_string(), "apache:localhost:8080.busy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The group.
    pub group: GroupId,
    /// The data source in the group.
    pub metric: String,
}

/// The target of a rule: one value, or that of every instance of a kind separately.
///
/// ```
/// use rrd_collector::group::TargetPattern;
/// let pattern: TargetPattern = "disk:*.util".parse().unwrap();
/// assert!(matches!(pattern, TargetPattern::Each { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetPattern {
    /// `disk:*.util`.
    Each {
        /// The name of the kind.
        kind: String,
        /// The data source in each group of the kind.
        metric: String,
    },
    /// `cpu.steal`, `disk:vda.util`.
    One(Target),
}

/// Why a target does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownTarget {
    /// There is no such kind of group.
    #[error("no group {kind:?}: {}", hint(nearest.as_deref(), "`rrd-collector probes` lists them"))]
    Kind {
        /// Its name.
        kind: String,
        /// The closest name.
        nearest: Option<String>,
    },
    /// The kind has no such metric.
    #[error("{kind} has no metric {metric:?}: {}", hint(nearest.as_deref(), &format!("expected one of {known}")))]
    Metric {
        /// The name of the kind.
        kind: String,
        /// The metric given.
        metric: String,
        /// The closest name.
        nearest: Option<String>,
        /// The existing metrics.
        known: String,
    },
}

fn hint(nearest: Option<&str>, otherwise: &str) -> String {
    nearest.map_or_else(|| otherwise.to_owned(), |nearest| format!("did you mean {nearest}?"))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.group, self.metric)
    }
}

impl FromStr for Target {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.parse()? {
            TargetPattern::One(target) => Ok(target),
            TargetPattern::Each { .. } => Err(IdError::Star { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for TargetPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Each { kind, metric } => write!(f, "{kind}:*.{metric}"),
            Self::One(target) => target.fmt(f),
        }
    }
}

impl FromStr for TargetPattern {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let no_metric = || IdError::Metric { text: text.to_owned() };
        let (kind, instance) = split_kind(text)?;
        let (kind, instance, metric) = match instance {
            None => {
                let (kind, metric) = kind.rsplit_once('.').ok_or_else(no_metric)?;
                (kind, String::new(), metric)
            }
            Some(quoted) if quoted.starts_with('"') => {
                let quotes = || IdError::Quotes { text: text.to_owned() };
                let (instance, after) = unquoted(quoted).ok_or_else(quotes)?;
                (kind, instance, after.strip_prefix('.').ok_or_else(no_metric)?)
            }
            // The instance may contain dots: the last one precedes the metric.
            Some(plain) => match plain.rsplit_once('.').ok_or_else(no_metric)? {
                ("*", metric) => {
                    let group = GroupId::new(kind, "")?;
                    let kind = group.kind().to_owned();
                    return Ok(Self::Each { kind, metric: checked(metric, no_metric)? });
                }
                ("", _) => return Err(IdError::NoInstance { text: text.to_owned() }),
                (instance, metric) => {
                    check_plain(instance)?;
                    (kind, instance.to_owned(), metric)
                }
            },
        };
        let metric = checked(metric, no_metric)?;
        Ok(Self::One(Target { group: GroupId::new(kind, &instance)?, metric }))
    }
}

fn checked(metric: &str, wrong: impl Fn() -> IdError) -> Result<String, IdError> {
    SourceName::new(metric).map(|name| name.as_str().to_owned()).map_err(|_| wrong())
}

impl TargetPattern {
    /// The name of the kind.
    pub fn kind(&self) -> &str {
        match self {
            Self::Each { kind, .. } => kind,
            Self::One(target) => target.group.kind(),
        }
    }

    /// The data source.
    pub fn metric(&self) -> &str {
        match self {
            Self::Each { metric, .. } => metric,
            Self::One(target) => &target.metric,
        }
    }

    /// Whether any group can have this value, according to the kinds known in advance and the names
    /// of kinds whose metrics programs describe later.
    ///
    /// # Errors
    ///
    /// [`UnknownTarget`] with the closest name.
    pub fn check<'a>(
        &self,
        known: impl Iterator<Item = &'a Kind> + Clone,
        described_later: &[&str],
    ) -> Result<(), UnknownTarget> {
        let name = self.kind();
        if described_later.contains(&name) {
            return Ok(());
        }
        let Some(kind) = known.clone().find(|kind| kind.name == name) else {
            let names = known.map(|kind| &*kind.name).chain(described_later.iter().copied());
            let nearest = nearest(name, names).map(str::to_owned);
            return Err(UnknownTarget::Kind { kind: name.to_owned(), nearest });
        };
        let metric = self.metric();
        if kind.position(metric).is_some() {
            return Ok(());
        }
        let metrics = || kind.metrics.iter().map(|metric| &*metric.name);
        Err(UnknownTarget::Metric {
            kind: name.to_owned(),
            metric: metric.to_owned(),
            nearest: nearest(metric, metrics()).map(str::to_owned),
            known: metrics().collect::<Vec<_>>().join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Metric, Unit};
    use super::*;

    static METRICS: [Metric; 2] =
        [Metric::new("steal", Unit::Share, ""), Metric::new("busy", Unit::Share, "")];

    static CPU: Kind = Kind::new("cpu", "", &METRICS);

    fn check(text: &str) -> Result<(), String> {
        let pattern: TargetPattern = text.parse().unwrap();
        pattern.check([&CPU].into_iter(), &["munin"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_that_no_group_has_is_refused_with_the_nearest_name() {
        assert_eq!(check("cpu.steal"), Ok(()));
        assert_eq!(check("munin:df.anything"), Ok(()));
        assert_eq!(
            check("cpu.stael"),
            Err("cpu has no metric \"stael\": did you mean steal?".to_owned())
        );
        assert_eq!(
            check("cpu.temperature"),
            Err("cpu has no metric \"temperature\": expected one of steal, busy".to_owned())
        );
        assert_eq!(check("cpuu.steal"), Err("no group \"cpuu\": did you mean cpu?".to_owned()));
        assert_eq!(
            check("temperature:*.cpu"),
            Err("no group \"temperature\": `rrd-collector probes` lists them".to_owned())
        );
    }

    #[test]
    fn a_star_alone_is_every_instance_and_in_quotes_a_name() {
        let pattern = |text: &str| text.parse::<TargetPattern>().unwrap();
        let (kind, metric) = ("disk".to_owned(), "util".to_owned());
        assert_eq!(pattern("disk:*.util"), TargetPattern::Each { kind, metric });
        assert_eq!(pattern("disk:*.util").to_string(), "disk:*.util");
        let TargetPattern::One(target) = pattern(r#"disk:"*".util"#) else { panic!() };
        assert_eq!(target.group.instance(), "*");
        assert!(matches!("disk:*.util".parse::<Target>(), Err(IdError::Star { .. })));
    }

    #[test]
    fn a_text_that_names_no_value_is_refused() {
        for text in ["cpu", "cpu.", "disk:vda", "disk:\"vda\"util", "cpu.a b", "disk:a.b/c"] {
            let error = text.parse::<TargetPattern>().unwrap_err();
            assert!(matches!(error, IdError::Metric { .. }), "{text}: {error}");
        }
        assert!(matches!(".a".parse::<TargetPattern>(), Err(IdError::Kind { .. })));
        assert!(matches!("disk:.a".parse::<TargetPattern>(), Err(IdError::NoInstance { .. })));
        assert!(matches!("disk:a b.c".parse::<TargetPattern>(), Err(IdError::Unquoted { .. })));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = text.parse::<TargetPattern>();
        }
    }
}
