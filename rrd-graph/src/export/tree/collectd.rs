//! Names of collectd's databases: those that its plugin `write_prometheus` gives the same values.

use super::name::{FileName, legal, legal_label};
use crate::export::SeriesName;

/// The data source of a type that has only one.
const ONLY: &str = "value";

/// `collectd_PLUGIN_TYPE_SOURCE{PLUGIN="instance",type="instance",instance="host"}` of
/// `HOST/PLUGIN-INSTANCE/TYPE-INSTANCE`, without the type if it is called like the plugin. A type's
/// instance is the plugin's if that has none.
pub(super) fn name(parts: &[String]) -> Option<FileName> {
    let [host, plugin, kind] = parts else { return None };
    let (plugin, plugin_instance) = split(plugin);
    let (kind, type_instance) = split(kind);
    if plugin.is_empty() || kind.is_empty() {
        return None;
    }
    let mut name = format!("collectd_{}", legal(plugin));
    if kind != plugin {
        name = format!("{name}_{}", legal(kind));
    }
    let (instance, type_instance) = match plugin_instance {
        "" => (type_instance, ""),
        instance => (instance, type_instance),
    };
    let plugin = legal_label(plugin);
    let labels = [(&*plugin, instance), ("type", type_instance), ("instance", &**host)];
    Some(FileName { shared: SeriesName::new(name, labels), unnamed: Some(ONLY) })
}

/// What is before and after the first hyphen.
fn split(part: &str) -> (&str, &str) {
    part.split_once('-').unwrap_or((part, ""))
}
