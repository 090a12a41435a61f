//! The top of the page: whether this host is healthy, what is not, and the newest numbers with a
//! small chart each.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use rrd_graph::xml::escape;

use super::super::address::{group_query, instance_query};
use crate::alert::{AlertStatus, RuleProblem, Status, bytes, moment};
use crate::fault::Fault;
use crate::group::catalog::Catalog;
use crate::group::{GroupId, Kind, Target, TargetPattern};
use crate::source::host::{CPU_TOTAL, DISK, FILESYSTEM, LOAD, MEMORY, NETWORK};

/// How often a small chart is redrawn, in seconds.
pub(in super::super) const SPARK_STEP: i64 = 10;

/// The current state of the host.
pub(in super::super) struct Overview<'a> {
    /// The newest values.
    pub(in super::super) catalog: &'a Catalog,
    /// The state of every rule.
    pub(in super::super) alerts: &'a [AlertStatus],
    /// What fails at present.
    pub(in super::super) faults: &'a [Fault],
    /// Seconds since 1970.
    pub(in super::super) now: i64,
}

/// One number about the host.
struct Tile {
    name: &'static str,
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
    /// Appends the HTML fragment. Its parts have ids, so that the script can replace them.
    pub(in super::super) fn write(&self, html: &mut String) {
        self.write_verdict(html);
        html.push_str("<div class=\"tiles\">\n");
        for tile in self.tiles() {
            self.write_tile(html, &tile);
        }
        html.push_str("</div>\n");
    }

    fn write_verdict(&self, html: &mut String) {
        let broken: Vec<&AlertStatus> =
            self.alerts.iter().filter(|alert| is_broken(alert)).collect();
        let waiting: Vec<&AlertStatus> = self
            .alerts
            .iter()
            .filter(|alert| !is_broken(alert) && alert.problem.is_some())
            .collect();
        let worst = broken.iter().map(|alert| alert.status).max();
        let (class, words) = match (worst, broken.len() + self.faults.len()) {
            (None, 0) if self.catalog.groups().next().is_none() => {
                ("", "Waiting for the first samples.".to_owned())
            }
            (None, 0) => (" well", "This host is well.".to_owned()),
            (Some(Status::Critical), 1) => (" critical", "One thing cannot wait.".to_owned()),
            (Some(Status::Critical), all) => (" critical", format!("{all} things are wrong.")),
            (_, 1) => (" warning", "One thing needs a look.".to_owned()),
            (_, all) => (" warning", format!("{all} things need a look.")),
        };
        let _ = write!(
            html,
            "<section class=\"verdict{class}\" data-part=\"verdict\" role=\"status\">\n<p>{words}</p>\n"
        );
        if !(broken.is_empty() && waiting.is_empty() && self.faults.is_empty()) {
            html.push_str("<ul>\n");
            for alert in broken.into_iter().chain(waiting) {
                write_alert(html, alert, self.now);
            }
            for fault in self.faults {
                write_fault(html, fault, self.now);
            }
            html.push_str("</ul>\n");
        }
        html.push_str("</section>\n");
    }

    fn write_tile(&self, html: &mut String, tile: &Tile) {
        let Tile { name, target, text, note, .. } = tile;
        let (kind, metric) = (target.group.kind(), &target.metric);
        let status = self.status(tile);
        let class = match status {
            Status::Ok => "",
            Status::Warning => " warning",
            Status::Critical => " critical",
        };
        let instance = instance_query(&target.group);
        let page = escape(&format!("/?{}", group_query(&target.group)));
        let drawn = self.now.div_euclid(SPARK_STEP);
        let spark = escape(&format!("/spark/{kind}.{metric}.svg?drawn={drawn}{instance}"));
        let note = escape(note);
        let _ = writeln!(
            html,
            "<a class=\"tile{class}\" data-part=\"{kind}.{metric}\" href=\"{page}\"><span>{name}</span>\
             <b>{}</b><small>{note}</small><img src=\"{spark}\" alt=\"\"></a>",
            escape(text)
        );
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

    fn value(&self, group: &str, instance: &str, metric: &str) -> f64 {
        let value = self.catalog.find(group, instance).and_then(|group| {
            group.kind.position(metric).and_then(|position| group.values.get(position))
        });
        value.copied().unwrap_or(f64::NAN)
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
        let cpu = |name, metric, watched| Tile {
            name,
            target: target(&CPU_TOTAL, "", metric),
            watched,
            text: percent(self.value("cpu", "", metric)),
            note: String::new(),
        };
        let lost = self.value("cpu", "", "demand_lost");
        let steal_note = if lost >= 0.005 {
            format!("{} of what was wanted", percent(lost))
        } else {
            String::new()
        };
        let cpus = self.value("cpu", "", "online");
        let mut tiles = vec![
            cpu("CPU busy", "busy", &["busy", "user", "system", "idle"]),
            cpu("I/O wait", "iowait", &["iowait"]),
            Tile { note: steal_note, ..cpu("Steal", "steal", &STEAL) },
            Tile {
                name: "Load",
                target: target(&LOAD, "", "load1"),
                watched: &[],
                text: number(self.value("load", "", "load1")),
                note: if cpus == 1.0 { "on 1 CPU".to_owned() } else { format!("on {cpus} CPUs") },
            },
            Tile {
                name: "Memory in use",
                target: target(&MEMORY, "", "used_share"),
                watched: &[],
                text: percent(self.value("memory", "", "used_share")),
                note: format!("of {}", size(self.value("memory", "", "total"))),
            },
        ];
        if let Some(disk) = self.highest("disk", "util") {
            tiles.push(Tile {
                name: "Busiest disk",
                target: target(&DISK, &disk, "util"),
                watched: &[],
                text: percent(self.value("disk", &disk, "util")),
                note: self.label("disk", &disk),
            });
        }
        if let Some(full) = self.highest("filesystem", "used_share") {
            tiles.push(Tile {
                name: "Fullest filesystem",
                target: target(&FILESYSTEM, &full, "used_share"),
                watched: &[],
                text: percent(self.value("filesystem", &full, "used_share")),
                note: full,
            });
        }
        if let Some(interface) = self.highest("network", "rx_bytes") {
            let rates =
                ["rx_bytes", "tx_bytes"].map(|metric| self.value("network", &interface, metric));
            tiles.push(Tile {
                name: "Network in",
                target: target(&NETWORK, &interface, "rx_bytes"),
                watched: &[],
                text: format!("{}/s", size(rates[0])),
                note: format!("{interface}, out {}/s", size(rates[1])),
            });
        }
        tiles
    }
}

fn target(kind: &Kind, instance: &str, metric: &str) -> Target {
    Target { group: GroupId::of(kind, instance), metric: metric.to_owned() }
}

/// Whether a rule's state, or its lack of a value, needs attention.
fn is_broken(alert: &AlertStatus) -> bool {
    alert.status != Status::Ok || matches!(alert.problem, Some(RuleProblem::Unreadable(_)))
}

fn write_alert(html: &mut String, alert: &AlertStatus, now: i64) {
    let class = if alert.status == Status::Critical { " class=\"critical\"" } else { "" };
    let rule = escape(&alert.rule.name);
    let name = escape(&alert.target.to_string());
    let target = match &alert.target {
        TargetPattern::One(target) => {
            let page = format!("/?{}", group_query(&target.group));
            format!("<a href=\"{}\">{name}</a>", escape(&page))
        }
        TargetPattern::Each { .. } => name,
    };
    let _ = write!(html, "<li{class}><b>{rule}</b> {target}");
    if alert.status != Status::Ok {
        let says = alert.finding().predicate(now, &TimeZone::system());
        let _ = write!(html, " {}", escape(&says));
    }
    if let Some(problem) = &alert.problem {
        let _ = write!(html, ": {}", escape(&problem.to_string()));
    }
    html.push_str("</li>\n");
}

fn write_fault(html: &mut String, fault: &Fault, now: i64) {
    let class = if fault.stops_storing { " class=\"critical\"" } else { "" };
    let (concern, message) = (escape(&fault.concern), escape(&fault.message));
    let since = moment(fault.since, now, &TimeZone::system());
    let _ = write!(html, "<li{class}><b>{concern}</b> {message}");
    let _ = writeln!(html, " (since {since}, {} times)</li>", fault.times);
}

/// Bytes in few digits; a dash if they are not known.
fn size(amount: f64) -> String {
    if amount.is_nan() { "–".to_owned() } else { bytes(amount) }
}

fn percent(share: f64) -> String {
    if share.is_nan() { "–".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

fn number(value: f64) -> String {
    if value.is_nan() { "–".to_owned() } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{NamedRule, Rule};
    use crate::group::catalog::trial::catalog;

    fn alert(name: &str, target: &str, status: Status) -> AlertStatus {
        let words = format!("average over 5m of {target} > 10, critical > 30");
        let rule = NamedRule { name: name.to_owned(), rule: Rule::parse(&words).unwrap() };
        let target = rule.rule.target.clone();
        AlertStatus { rule, target, status, since: 0, value: 31.25, problem: None }
    }

    fn html(catalog: &Catalog, alerts: &[AlertStatus], faults: &[Fault]) -> String {
        let mut html = String::new();
        Overview { catalog, alerts, faults, now: 100 }.write(&mut html);
        html
    }

    #[test]
    fn a_host_without_trouble_is_well_and_shows_its_numbers() {
        let html = html(
            &catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda")]),
            &[alert("steal", "cpu.steal", Status::Ok)],
            &[],
        );
        assert!(html.starts_with("<section class=\"verdict well\""), "{html}");
        assert!(html.contains("<p>This host is well.</p>"));
        assert!(html.contains(
            "<a class=\"tile\" data-part=\"cpu.iowait\" href=\"/?group=cpu\"><span>I/O wait</span><b>50.0 %</b>\
             <small></small><img src=\"/spark/cpu.iowait.svg?drawn=10\" alt=\"\"></a>"
        ), "{html}");
        assert!(html.contains("/spark/disk.util.svg?drawn=10&amp;instance=vda"));
        assert!(html.contains("<span>Memory in use</span><b>–</b>"));
    }

    #[test]
    fn what_is_wrong_is_reported_first_and_its_number_is_marked() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda")]);
        let alerts = [
            alert("steal", "cpu.steal", Status::Warning),
            alert("disk-queue", "disk:vda.queue", Status::Critical),
            alert("cpu", "cpu.busy", Status::Ok),
        ];
        let html = html(&catalog, &alerts, &[]);
        assert!(html.contains("<p>2 things are wrong.</p>"), "{html}");
        assert!(html.contains("<li class=\"critical\"><b>disk-queue</b> <a href=\"/?group=disk&amp;instance=vda\">disk:vda.queue</a> averages 31.25 over 5 min (critical above 30)</li>"));
        assert!(html.contains("<a class=\"tile critical\" data-part=\"disk.util\""));
        assert!(html.contains("<a class=\"tile warning\" data-part=\"cpu.steal\""));
        assert!(html.contains("<a class=\"tile\" data-part=\"cpu.iowait\""));
    }

    #[test]
    fn a_rule_without_a_value_is_listed_and_one_that_cannot_be_read_needs_a_look() {
        let problem = |target: &str, problem| {
            let alert = alert("df", target, Status::Ok);
            vec![AlertStatus { problem: Some(problem), ..alert }]
        };
        let catalog = catalog(&[(&CPU_TOTAL, "")]);
        let waiting = html(&catalog, &problem("munin:*.root", RuleProblem::NoValue), &[]);
        assert!(waiting.contains("<p>This host is well.</p>"), "{waiting}");
        assert!(waiting.contains("<li><b>df</b> munin:*.root: no such value yet</li>"));
        let unreadable = RuleProblem::Unreadable("bad file".to_owned());
        let html = html(&catalog, &problem("munin:df.root", unreadable), &[]);
        assert!(html.contains("<p>One thing needs a look.</p>"), "{html}");
        assert!(html.contains("munin:df.root</a>: bad file</li>"));
    }

    #[test]
    fn the_number_of_an_instance_with_a_space_is_marked_by_its_own_rule_only() {
        let catalog = catalog(&[(&DISK, "a b")]);
        let marked = |target: &str| {
            let html = html(&catalog, &[alert("queue", target, Status::Critical)], &[]);
            html.contains("<a class=\"tile critical\" data-part=\"disk.util\"")
        };
        assert!(marked("disk:\"a b\".queue") && !marked("disk:a_b.queue"));
    }

    #[test]
    fn what_cannot_be_sampled_needs_a_look_and_cannot_become_markup() {
        let faults = [Fault {
            concern: "apache".to_owned(),
            message: "<script>".to_owned(),
            since: 0,
            times: 7,
            stops_storing: false,
        }];
        let html = html(&catalog(&[(&DISK, "<b>\"x\"")]), &[], &faults);
        assert!(html.contains("verdict warning") && html.contains("One thing needs a look."));
        let since = moment(0, 100, &TimeZone::system());
        let fault = format!("<li><b>apache</b> &lt;script&gt; (since {since}, 7 times)</li>");
        assert!(html.contains(&fault), "{html}");
        assert!(!html.contains("<b>\"x\""));
    }
}
