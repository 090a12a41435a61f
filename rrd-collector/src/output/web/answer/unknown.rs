//! What is said of a group, chart or value that does not exist: the nearest that do.

use crate::group::catalog::Catalog;
use crate::group::{GroupId, nearest};
use crate::source::charts::packaged;

/// As many names are listed where none is near.
const LISTED: usize = 8;

/// No group has this kind.
pub(super) fn no_kind(kind: &str, catalog: &Catalog) -> String {
    let mut kinds: Vec<&str> = catalog.groups().map(|(id, _)| id.kind()).collect();
    kinds.dedup();
    said("group", kind, &kinds)
}

/// There is no such group: its kind or its instance.
pub(super) fn no_group(group: &GroupId, catalog: &Catalog) -> String {
    let instances = catalog.instances(group.kind());
    let instances: Vec<&str> = instances.iter().map(|(id, _)| id.instance()).collect();
    match *instances {
        [] => no_kind(group.kind(), catalog),
        [""] => format!("group {} has no instances\n", group.kind()),
        _ => said(&format!("instance of {}", group.kind()), group.instance(), &instances),
    }
}

/// There is no chart of this name.
pub(super) fn no_chart(name: &str) -> String {
    let names: Vec<&str> = packaged().iter().map(|chart| &*chart.name).collect();
    said("chart", name, &names)
}

/// A kind does not have this metric.
pub(super) fn no_metric(kind: &str, metric: &str, catalog: &Catalog) -> String {
    let groups = catalog.instances(kind);
    let metrics = groups.first().map_or(&[][..], |(_, group)| &group.kind.metrics);
    let names: Vec<&str> = metrics.iter().map(|metric| &*metric.name).collect();
    said(&format!("metric of {kind}"), metric, &names)
}

/// `no chart "cpuu": did you mean cpu?`, or some of the names that exist.
fn said(what: &str, name: &str, known: &[&str]) -> String {
    // Only what is a name is repeated, so that nobody takes it for markup.
    let is_name = !name.is_empty()
        && name.len() <= 80
        && name.chars().all(|c| c.is_alphanumeric() || "_-./:@,=% ".contains(c));
    let name_said = if is_name { format!(" {name:?}") } else { String::new() };
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => "there is none yet".to_owned(),
        None => {
            let listed = known.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
            match known.len().saturating_sub(LISTED) {
                0 => format!("expected {listed}"),
                more => format!("expected {listed} or one of {more} more"),
            }
        }
    };
    format!("no {what}{name_said}: {hint}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::trial::catalog;
    use crate::source::host::{CPU_TOTAL, DISK};

    #[test]
    fn the_nearest_name_is_said_or_some_of_those_that_exist() {
        let disks: Vec<String> = (10..22).map(|number| format!("sd{number}")).collect();
        let mut groups: Vec<_> = disks.iter().map(|name| (&DISK, &**name)).collect();
        groups.push((&CPU_TOTAL, ""));
        let catalog = catalog(&groups);
        let group = |kind: &str, name: &str| no_group(&GroupId::new(kind, name).unwrap(), &catalog);
        assert_eq!(group("dsik", "sd10"), "no group \"dsik\": did you mean disk?\n");
        assert_eq!(group("temperature", ""), "no group \"temperature\": expected cpu, disk\n");
        assert_eq!(group("disk", "sd1q"), "no instance of disk \"sd1q\": did you mean sd10?\n");
        assert_eq!(
            group("disk", "<b>"),
            "no instance of disk: expected sd10, sd11, sd12, sd13, sd14, sd15, sd16, sd17 or one of 4 more\n"
        );
        assert_eq!(group("cpu", "0"), "group cpu has no instances\n");
        assert_eq!(
            no_chart("disk-trafic"),
            "no chart \"disk-trafic\": did you mean disk-traffic?\n"
        );
        assert_eq!(
            no_metric("disk", "utl", &catalog),
            "no metric of disk \"utl\": did you mean util?\n"
        );
    }
}
