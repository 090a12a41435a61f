//! Names of collectd's databases: those that its plugin `write_prometheus` gives the same values.

use super::{SeriesName, legal, legal_label};

/// `collectd_PLUGIN_TYPE_SOURCE{PLUGIN="instance",type="instance",instance="host"}` of
/// `HOST/PLUGIN-INSTANCE/TYPE-INSTANCE`, without the type if it is called like the plugin and
/// without the source if that is `value`. A type's instance is the plugin's if that has none.
pub(super) fn name(parts: &[String], source: &str) -> Option<SeriesName> {
    let [host, plugin, kind] = parts else { return None };
    let (plugin, plugin_instance) = split(plugin);
    let (kind, type_instance) = split(kind);
    if plugin.is_empty() || kind.is_empty() {
        return None;
    }
    let mut name = format!("collectd_{}", legal(plugin));
    for part in [Some(kind).filter(|kind| *kind != plugin), Some(source).filter(|s| *s != "value")]
    {
        name.extend(part.map(|part| format!("_{}", legal(part))));
    }
    let (instance, type_instance) = match plugin_instance {
        "" => (type_instance, ""),
        instance => (instance, type_instance),
    };
    let plugin = legal_label(plugin);
    Some(SeriesName::new(
        name,
        [(&*plugin, instance), ("type", type_instance), ("instance", &**host)],
    ))
}

/// What is before and after the first hyphen.
fn split(part: &str) -> (&str, &str) {
    part.split_once('-').unwrap_or((part, ""))
}
