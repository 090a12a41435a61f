//! Names that earlier versions used in file names and in `alerts.json`, so that both are still
//! found.

use std::borrow::Cow;

use super::id::GroupId;
use super::target::Target;
use super::{file_name, series};

/// The file name that earlier versions used for the group, if different.
///
/// Names of more than 240 bytes were cut, so that several groups could share a file, and labels of
/// a series were never quoted.
pub(crate) fn old_file_name(group: &GroupId) -> Option<String> {
    let stem = file_name::cut(&old_instance(group));
    let old = format!("{}/{stem}.rrd", group.kind());
    (!group.instance().is_empty() && old != group.file_name()).then_some(old)
}

/// The name that earlier versions used for the state of a rule: spaces became `_`, so that several
/// values could share it.
pub(crate) fn old_state_name(rule: &str, target: &Target) -> String {
    let group = &target.group;
    let instance = old_instance(group).replace(' ', "_");
    let colon = if instance.is_empty() { "" } else { ":" };
    format!("{rule} {}{colon}{instance}.{}", group.kind(), target.metric)
}

fn old_instance(group: &GroupId) -> Cow<'_, str> {
    let old = (group.kind() == series::KIND).then(|| series::without_quotes(group.instance()));
    old.flatten().map_or(Cow::Borrowed(group.instance()), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &str, instance: &str) -> GroupId {
        GroupId::new(kind, instance).unwrap()
    }

    #[test]
    fn a_file_has_an_old_name_only_where_that_was_another_one() {
        assert_eq!(old_file_name(&id("cpu", "")), None);
        assert_eq!(old_file_name(&id("disk", "vda")), None);
        assert_eq!(old_file_name(&id("textfile", "q{job=a b}")), None);
        let quoted = id("textfile", "q{a=\"1,b=2\"}");
        assert_eq!(old_file_name(&quoted).unwrap(), "textfile/q%7Ba%3D1%2Cb%3D2%7D.rrd");
        let long = id("unit", &"/x".repeat(100));
        assert_eq!(old_file_name(&long).unwrap(), format!("unit/{}.rrd", "%2Fx".repeat(60)));
    }

    #[test]
    fn two_values_may_have_had_one_state() {
        let target = |instance| Target { group: id("textfile", instance), metric: "value".into() };
        let name = "lag textfile:q{job=a_b}.value";
        assert_eq!(old_state_name("lag", &target("q{job=a b}")), name);
        assert_eq!(old_state_name("lag", &target("q{job=a_b}")), name);
    }
}
