//! The programs whose trees are known.

use crate::words::words;

/// The program that lays out a tree, which decides what its series are called.
///
/// | tree | file | series |
/// |---|---|---|
/// | `collectd` | `web1/interface-eth0/if_octets.rrd` | `collectd_interface_if_octets_rx{instance="web1",interface="eth0"}` |
/// | `munin` | `lab/web1-load-load-g.rrd` | `munin_load{field="load",group="lab",host="web1",type="gauge"}` |
/// | `plain` | `lab/web1/load.rrd` | `rrd_load_five{file="load",path1="lab",path2="web1",source="five"}` |
///
/// Collectd's names are those of its plugin `write_prometheus`, without `_total`: archives hold
/// rates. Group, host and field of a series of Munin are those of its `datafile`, or else are read
/// from the name of the file: the field follows its last hyphen, the plugin the one before. A file
/// at an unexpected place has the name of a plain tree, with `collectd_` or `munin_` first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeKind {
    /// `HOST/PLUGIN-INSTANCE/TYPE-INSTANCE.rrd`.
    Collectd,
    /// `GROUP/HOST-PLUGIN-FIELD-TYPE.rrd`.
    Munin,
    /// Any other.
    Plain,
}

words!(TreeKind, "kind of tree", {
    Collectd: "collectd",
    Munin: "munin",
    Plain: "plain",
});
