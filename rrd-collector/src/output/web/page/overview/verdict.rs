//! Whether this host is healthy, and what is not.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use rrd_graph::xml::escape;

use super::super::super::address::group_query;
use super::Overview;
use super::state::State;
use crate::alert::{AlertStatus, RuleProblem, Status, moment};
use crate::fault::Fault;
use crate::group::TargetPattern;

impl Overview<'_> {
    /// Appends the verdict, and the list of what is wrong.
    pub(super) fn write_verdict(&self, html: &mut String) {
        let broken: Vec<&AlertStatus> =
            self.alerts.iter().filter(|alert| is_broken(alert)).collect();
        let waiting: Vec<&AlertStatus> = self
            .alerts
            .iter()
            .filter(|alert| !is_broken(alert) && alert.problem.is_some())
            .collect();
        let (class, words) = match (self.state(), broken.len() + self.faults.len()) {
            (State::Ok, _) if self.catalog.groups().next().is_none() => {
                ("", "Waiting for the first samples.".to_owned())
            }
            (State::Ok, _) => (" well", self.well()),
            (State::Warning, 1) => (" warning", "One thing needs a look.".to_owned()),
            (State::Warning, all) => (" warning", format!("{all} things need a look.")),
            (State::Critical | State::NoAnswer, all) => {
                let words = match (self.silent_since(), all) {
                    (Some(since), _) => format!("No samples since {since}."),
                    (None, 1) => "One thing cannot wait.".to_owned(),
                    (None, all) => format!("{all} things are wrong."),
                };
                (" critical", words)
            }
        };
        let _ = write!(
            html,
            "<section class=\"verdict{class}\" data-part=\"verdict\" data-state=\"{}\" role=\"status\">\n<p>{words}</p>\n",
            self.state().name()
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

    /// The worst of what the rules and the faults say.
    pub(super) fn state(&self) -> State {
        let broken = self.alerts.iter().filter(|alert| is_broken(alert));
        match broken.map(|alert| alert.status).max() {
            _ if self.silent_since().is_some() => State::Critical,
            Some(Status::Critical) => State::Critical,
            None if self.faults.is_empty() => State::Ok,
            _ => State::Warning,
        }
    }

    /// When the newest sample was taken, if no group has a current one.
    fn silent_since(&self) -> Option<String> {
        if self.catalog.groups().any(|(_, group)| group.is_current(self.now)) {
            return None;
        }
        let newest = self.catalog.groups().map(|(_, group)| group.at.seconds()).max()?;
        Some(moment(newest, self.now, &TimeZone::system()))
    }

    /// The verdict on a host of which no rule warns: with what is plainly much.
    fn well(&self) -> String {
        let cpu = |metric| self.value("cpu", "", metric);
        let (busy, cpus) = (cpu("busy"), cpu("online"));
        let load = self.value("load", "", "load1");
        // A moment without an idle CPU is nothing unless others have been waiting for a while.
        let is_working = busy >= 0.9 && load >= 0.9 * cpus;
        let on = if cpus == 1.0 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") };
        let shares = [
            ("I/O wait", cpu("iowait"), 0.25),
            ("steal", cpu("steal"), 0.05),
            ("memory in use", self.value("memory", "", "used_share"), 0.9),
        ];
        let mut facts = Vec::new();
        if is_working {
            facts.push(format!("CPU {:.0} %", busy * 100.0));
        }
        if is_working || load >= 1.5 * cpus {
            facts.push(format!("load {load:.1} on {on}"));
        }
        let is_busy = !facts.is_empty();
        let much = shares.into_iter().filter(|(_, share, much)| share >= much);
        facts.extend(much.map(|(name, share, _)| format!("{name} {:.0} %", share * 100.0)));
        let link = if is_busy { ", and busy: " } else { ", with " };
        let facts = facts.join(", ");
        format!("This host is well{}{facts}.", if facts.is_empty() { "" } else { link })
    }
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

#[cfg(test)]
mod tests {
    use rrd_core::{Step, Timestamp};

    use super::*;
    use crate::group::catalog::Catalog;
    use crate::group::{Kind, Metric};
    use crate::source::host::{CPU_TOTAL, LOAD, MEMORY};

    /// The verdict on a host with these values, and zero for all others.
    fn verdict(now: i64, values: &[(&Kind, &str, f64)]) -> String {
        let mut catalog = Catalog::default();
        for kind in [&CPU_TOTAL, &LOAD, &MEMORY] {
            let value = |metric: &Metric| {
                let given = values
                    .iter()
                    .find(|(of, name, _)| of.name == kind.name && *name == &*metric.name);
                given.map_or(0.0, |(_, _, value)| *value)
            };
            let values: Vec<f64> = kind.metrics.iter().map(value).collect();
            let (at, step) =
                (Timestamp::from_seconds(1_800_000_000), Step::from_seconds(1).unwrap());
            catalog.put(at, step, kind, "", &values);
        }
        let mut html = String::new();
        let (alerts, faults) = (&[], &[]);
        let (archives, history) = (None, None);
        Overview { catalog: &catalog, alerts, faults, now, archives, history }
            .write_verdict(&mut html);
        html.split(['<', '>']).nth(4).unwrap().to_owned()
    }

    #[test]
    fn a_host_that_is_well_and_busy_is_called_both() {
        let now = 1_800_000_001;
        let cpus = (&CPU_TOTAL, "online", 2.0);
        for (values, words) in [
            (&[][..], "This host is well."),
            (
                &[(&CPU_TOTAL, "busy", 0.98), (&LOAD, "load1", 9.0)][..],
                "This host is well, and busy: CPU 98 %, load 9.0 on 2 CPUs.",
            ),
            // It has only just begun, or waits for disks.
            (&[(&CPU_TOTAL, "busy", 0.98), (&LOAD, "load1", 1.0)], "This host is well."),
            (
                &[(&CPU_TOTAL, "iowait", 0.5), (&LOAD, "load1", 4.0)],
                "This host is well, and busy: load 4.0 on 2 CPUs, I/O wait 50 %.",
            ),
            (
                &[(&CPU_TOTAL, "steal", 0.07), (&MEMORY, "used_share", 0.93)],
                "This host is well, with steal 7 %, memory in use 93 %.",
            ),
        ] {
            assert_eq!(verdict(now, &[&[cpus], values].concat()), words);
        }
    }

    #[test]
    fn a_host_whose_samples_have_ended_is_not_well() {
        let since = moment(1_800_000_000, 1_800_000_060, &TimeZone::system());
        assert_eq!(verdict(1_800_000_060, &[]), format!("No samples since {since}."));
    }
}
