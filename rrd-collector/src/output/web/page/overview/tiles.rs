//! The newest numbers of the host, each with a small chart of its last minutes.

use std::borrow::Cow;
use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::super::address::group_query;
use super::Overview;
use super::spark::spark;
use crate::alert::{AlertStatus, Status};
use crate::group::{GroupId, Kind, Target, TargetPattern, Unit};
use crate::source::host::{CPU_TOTAL, DISK, FILESYSTEM, LOAD, MEMORY};
use crate::source::network::NETWORK;

/// One number about the host.
struct Tile {
    name: Cow<'static, str>,
    /// The chart, and the value of its rule.
    target: Target,
    /// The metrics whose rules colour it; empty for all of the group.
    watched: &'static [&'static str],
    text: String,
    /// An additional note.
    note: String,
}

/// The note about stolen time.
const STEAL: [&str; 4] = ["steal", "demand_lost", "cores_lost", "worst_steal"];

impl Overview<'_> {
    /// Appends the numbers. Their count decides how many are in a row, so that none is alone.
    pub(super) fn write_tiles(&self, html: &mut String) {
        let tiles = self.tiles();
        let names: Vec<String> = tiles.iter().map(Tile::part).collect();
        let (all, half) = (tiles.len(), tiles.len().div_ceil(2));
        let _ = writeln!(
            html,
            "<div class=\"tiles\" data-part=\"tiles\" data-parts=\"{}\" style=\"--all:{all};--half:{half}\">",
            names.join(" ")
        );
        for tile in &tiles {
            self.write_tile(html, tile);
        }
        html.push_str("</div>\n");
    }

    fn write_tile(&self, html: &mut String, tile: &Tile) {
        let Tile { name, target, text, note, .. } = tile;
        let (part, metric) = (tile.part(), &target.metric);
        let class = match self.status(tile) {
            Status::Ok => "",
            Status::Warning => " warning",
            Status::Critical => " critical",
        };
        let page = escape(&format!("/?{}", group_query(&target.group)));
        let (name, text, note) = (escape(name), escape(text), escape(note));
        let _ = write!(
            html,
            "<a class=\"tile{class}\" data-part=\"{part}\" data-parts=\"\" href=\"{page}\">\
             <span class=\"number\" data-part=\"{part} number\"><i>{name}</i><b>{text}</b><small>{note}</small></span>"
        );
        if let Some(archives) = self.archives {
            let spark = spark(archives, target, self.now);
            let _ = write!(
                html,
                "<span class=\"spark {metric}\" data-part=\"{part} spark\">{spark}</span>"
            );
        }
        html.push_str("</a>\n");
    }

    /// The worst state of the rules for a number.
    fn status(&self, tile: &Tile) -> Status {
        let concerns = |alert: &&AlertStatus| match &alert.target {
            TargetPattern::One(target) => {
                target.group == tile.target.group
                    && (tile.watched.is_empty() || tile.watched.contains(&&*target.metric))
            }
            TargetPattern::Each { .. } => false,
        };
        self.alerts.iter().filter(concerns).map(|s| s.status).max().unwrap_or_default()
    }

    /// The instance of a group with the highest value of a metric.
    fn highest(&self, group: &str, metric: &str) -> Option<String> {
        let instances = self.catalog.instances(group).into_iter().map(|(id, _)| id.instance());
        let values = instances.map(|name| (self.value(group, name, metric), name));
        let known = values.filter(|(value, _)| !value.is_nan());
        known.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name.to_owned())
    }

    fn label(&self, group: &str, instance: &str) -> String {
        let label = self.catalog.find(group, instance).and_then(|group| group.label.clone());
        label.unwrap_or_else(|| instance.to_owned())
    }

    fn tiles(&self) -> Vec<Tile> {
        let cpu = |name: &'static str, metric, watched| Tile {
            name: name.into(),
            target: target(&CPU_TOTAL, "", metric),
            watched,
            text: Unit::Share.write(self.value("cpu", "", metric)),
            note: String::new(),
        };
        let lost = self.value("cpu", "", "demand_lost");
        let steal_note = if lost >= 0.005 {
            format!("{} of demand", Unit::Share.write(lost))
        } else {
            String::new()
        };
        let cpus = self.value("cpu", "", "online");
        let mut tiles = vec![
            cpu("CPU busy", "busy", &["busy", "user", "system", "idle"]),
            cpu("I/O wait", "iowait", &["iowait"]),
            Tile { note: steal_note, ..cpu("Steal", "steal", &STEAL) },
            Tile {
                name: "Load".into(),
                target: target(&LOAD, "", "load1"),
                watched: &[],
                text: Unit::Any.write(self.value("load", "", "load1")),
                note: if cpus == 1.0 { "on 1 CPU".to_owned() } else { format!("on {cpus} CPUs") },
            },
            Tile {
                name: "Memory in use".into(),
                target: target(&MEMORY, "", "used_share"),
                watched: &[],
                text: Unit::Share.write(self.value("memory", "", "used_share")),
                note: format!("of {}", Unit::Bytes.write(self.value("memory", "", "total"))),
            },
        ];
        if let Some(disk) = self.highest("disk", "util") {
            tiles.push(Tile {
                name: "Busiest disk".into(),
                target: target(&DISK, &disk, "util"),
                watched: &[],
                text: Unit::Share.write(self.value("disk", &disk, "util")),
                note: self.label("disk", &disk),
            });
        }
        if let Some(full) = self.highest("filesystem", "used_share") {
            tiles.push(Tile {
                name: "Fullest filesystem".into(),
                target: target(&FILESYSTEM, &full, "used_share"),
                watched: &[],
                text: Unit::Share.write(self.value("filesystem", &full, "used_share")),
                note: full,
            });
        }
        if let Some(interface) = self.highest("network", "rx_bytes") {
            let rates =
                ["rx_bytes", "tx_bytes"].map(|metric| self.value("network", &interface, metric));
            tiles.push(Tile {
                name: format!("Network in, {interface}").into(),
                target: target(&NETWORK, &interface, "rx_bytes"),
                watched: &[],
                text: Unit::BytesPerSecond.write(rates[0]),
                note: format!("out {}", Unit::BytesPerSecond.write(rates[1])),
            });
        }
        tiles
    }
}

impl Tile {
    /// The name of its part of the page.
    fn part(&self) -> String {
        format!("{}.{}", self.target.group.kind(), self.target.metric)
    }
}

fn target(kind: &Kind, instance: &str, metric: &str) -> Target {
    Target { group: GroupId::of(kind, instance), metric: metric.to_owned() }
}
