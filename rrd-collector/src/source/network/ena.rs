//! The allowances of an instance at AWS: packets that its network adapter (driver `ena`) queued or
//! dropped because the instance is allowed no more.
//!
//! Source: "Monitor network performance for ENA settings on your EC2 instance" of the EC2 manual.
//! The kernel has these counters in no file; `ethtool -S INTERFACE` prints them, for any user.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitStatus;
use std::rc::Rc;
use std::time::Duration;

use thiserror::Error;

use crate::group::{Kind, Metric, Unit};
use crate::process::child::{
    ChildError, Guard, Limits as ChildLimits, Program, check_program, run,
};
use crate::schedule::{Schedule, clock};
use crate::source::counter::{Counters, Limits, THINGS, at_most, named};
use crate::source::input::{Context, InputTask, Plan, same};
use crate::source::probe::MINUTE;
use crate::source::sample::{SampleBatch, SampleSink};

/// The allowances of one interface.
pub static ENA: Kind = Kind::new("ena", "AWS allowances", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("shaped", Unit::PerSecond, "packets queued or dropped by the next three limits"),
    Metric::new("bandwidth_in", Unit::PerSecond, "packets above the bandwidth for receiving"),
    Metric::new("bandwidth_out", Unit::PerSecond, "packets above the bandwidth for sending"),
    Metric::new("packets", Unit::PerSecond, "packets above the number of packets"),
    Metric::new("connections", Unit::PerSecond, "packets above the number of connections"),
    Metric::new(
        "link_local",
        Unit::PerSecond,
        "packets above the limit for DNS, time and metadata",
    ),
    Metric::new("connections_left", Unit::Count, "connections until the limit"),
];

/// The counters, and last a number, as ethtool prints them.
const NAMES: [&str; 6] = [
    "bw_in_allowance_exceeded",
    "bw_out_allowance_exceeded",
    "pps_allowance_exceeded",
    "conntrack_allowance_exceeded",
    "linklocal_allowance_exceeded",
    "conntrack_allowance_available",
];

/// The name in messages.
pub(super) const SECTION: &str = "ena";

const ETHTOOL: ChildLimits = ChildLimits { deadline: Duration::from_secs(10), output: 1 << 20 };

/// The adapters of AWS of this host, and the program that reads their counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnaAdapters {
    driver: PathBuf,
    program: String,
}

impl Default for EnaAdapters {
    fn default() -> Self {
        Self { driver: "/sys/bus/pci/drivers/ena".into(), program: "ethtool".to_owned() }
    }
}

/// Why the counters of an interface cannot be read.
#[derive(Debug, Error)]
enum EnaError {
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error("{program} -S {interface}: {status}: {printed}")]
    Failed { program: String, interface: String, status: ExitStatus, printed: String },
}

impl EnaAdapters {
    /// The interfaces of the driver; none on any other host.
    fn interfaces(&self) -> Vec<String> {
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten();
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        };
        let devices = names(&self.driver).map(|device| self.driver.join(device).join("net"));
        let mut found: Vec<String> = devices.flat_map(|device| names(&device)).collect();
        found.sort();
        found
    }

    async fn ask(&self, interface: &str, guard: &Rc<Guard>) -> Result<String, EnaError> {
        let arguments = ["-S".to_owned(), interface.to_owned()];
        let program = Program::new(&self.program, &arguments);
        let output = run(&program, guard, b"", ETHTOOL).await?;
        if output.status.success() {
            return Ok(output.text);
        }
        let (program, interface) = (program.name(), interface.to_owned());
        Err(EnaError::Failed {
            program,
            interface,
            status: output.status,
            printed: output.last_printed(),
        })
    }

    async fn sample(self, context: Rc<Context>) {
        let mut known: BTreeMap<String, Allowances> = BTreeMap::new();
        let mut schedule = Schedule::new(MINUTE);
        let faults = context.faults.of_task();
        let concern = |interface: &str| format!("{SECTION} {interface}");
        loop {
            let tick = clock::tick(&mut schedule).await;
            let interfaces = self.interfaces();
            known.retain(|name, _| {
                let stays = interfaces.contains(name);
                if !stays {
                    faults.forget(&concern(name));
                }
                stays
            });
            let mut batch = SampleBatch::new(tick.at, MINUTE);
            for name in &interfaces {
                let answer = self.ask(name, &context.guard).await;
                let allowances = known.entry(name.clone()).or_default();
                let outcome = answer.map(|text| {
                    allowances.take(&text, clock::now().clock, name, &mut batch);
                });
                faults.note(&concern(name), &outcome);
            }
            if !batch.is_empty() && !context.samples.store(batch) {
                return;
            }
        }
    }
}

impl InputTask for EnaAdapters {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.clone().sample(context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        let groups = self.interfaces().into_iter().map(|name| (ENA.clone(), name, MINUTE));
        let groups = groups.collect();
        Box::pin(std::future::ready(Plan { groups, faults: Vec::new() }))
    }

    fn host_faults(&self) -> Vec<String> {
        let interfaces = self.interfaces();
        let missing = check_program(&self.program).err().filter(|_| !interfaces.is_empty());
        let line = |error| {
            let interfaces = interfaces.join(", ");
            format!("{SECTION} {interfaces}: {error}; the package ethtool has it")
        };
        missing.map(line).into_iter().collect()
    }
}

/// The counters of an interface between two answers.
#[derive(Debug, Default)]
struct Allowances {
    counters: Counters<5>,
}

impl Allowances {
    /// Adds the group; drivers before version 2.2.10 print none of the counters, and have none.
    fn take(&mut self, text: &str, clock: Duration, interface: &str, sink: &mut dyn SampleSink) {
        let [rest @ .., left] = allowance_counts(text);
        if rest.iter().all(Option::is_none) {
            return;
        }
        let rates = self.counters.rates(clock, rest, &[Limits::LINK_PACKETS; 5], sink);
        let [received, sent, packets, connections, link_local] = rates;
        let shaped = received + sent + packets;
        let left = at_most(THINGS, left);
        let values = [shaped, received, sent, packets, connections, link_local, left];
        sink.group(&ENA, interface, &values);
    }
}

/// The allowances in the lines `NAME: NUMBER` of ethtool, in the order of the metrics.
pub fn allowance_counts(text: &str) -> [Option<u64>; 6] {
    named(text, &NAMES)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// The driver 2.8 on an instance with two queues.
    const PRINTED: &str = "NIC statistics:
     total_resets: 0
     reset_fail: 0
     tx_timeout: 0
     suspend: 0
     resume: 0
     wd_expired: 0
     interface_up: 1
     interface_down: 0
     admin_q_pause: 0
     bw_in_allowance_exceeded: 60
     bw_out_allowance_exceeded: 1200
     pps_allowance_exceeded: 30
     conntrack_allowance_exceeded: 6
     linklocal_allowance_exceeded: 0
     conntrack_allowance_available: 136812
     queue_0_tx_cnt: 1234
     queue_0_rx_cnt: 4321
";

    fn after(texts: &[&str]) -> Recorder {
        let (mut allowances, mut recorder) = (Allowances::default(), Recorder::default());
        for (minute, text) in (0..).step_by(60).zip(texts) {
            allowances.take(text, Duration::from_secs(minute), "eth0", &mut recorder);
        }
        recorder
    }

    #[test]
    fn packets_above_an_allowance_are_counted_by_its_kind_and_those_that_wait_together() {
        let before =
            PRINTED.replace(": 60\n", ": 0\n").replace("exceeded: 1200\n", "exceeded: 0\n");
        let before = before.replace("exceeded: 30\n", "exceeded: 0\n").replace(": 6\n", ": 0\n");
        let seen = after(&[&before, PRINTED]);
        let value = |metric| seen.value(&ENA, "eth0", metric);
        assert_eq!((value("shaped"), value("bandwidth_in")), (21.5, 1.0));
        assert_eq!((value("bandwidth_out"), value("packets")), (20.0, 0.5));
        assert_eq!((value("connections"), value("link_local")), (0.1, 0.0));
        assert_eq!(value("connections_left"), 136_812.0);
    }

    #[test]
    fn a_driver_without_the_number_of_connections_has_the_rest_and_one_without_any_has_none() {
        let older = PRINTED.replace("conntrack_allowance_available", "other");
        let seen = after(&[&older, &older]);
        assert_eq!(seen.value(&ENA, "eth0", "shaped"), 0.0);
        assert!(seen.value(&ENA, "eth0", "connections_left").is_nan());
        for text in ["", "NIC statistics:\n     tx_timeout: 0\n", "no stats available\n"] {
            assert!(after(&[text]).groups.is_empty(), "{text}");
        }
    }

    #[test]
    fn numbers_that_make_no_sense_are_unknown() {
        let absurd = PRINTED.replace(": 60\n", ": 18446744073709551615\n");
        let seen = after(&[PRINTED, &absurd.replace("136812", "-1")]);
        let value = |metric| seen.value(&ENA, "eth0", metric);
        assert!(value("bandwidth_in").is_nan() && value("shaped").is_nan());
        assert_eq!(value("bandwidth_out"), 0.0);
        assert!(value("connections_left").is_nan());
        assert_eq!(allowance_counts("bw_in_allowance_exceeded:\n\u{0}: 5 :::\n"), [None; 6]);
    }

    /// A host with these interfaces of the driver.
    fn adapters(folder: &Path, interfaces: &[&str], program: &str) -> EnaAdapters {
        for (number, name) in interfaces.iter().enumerate() {
            fs::create_dir_all(folder.join(format!("0000:00:0{number}.0/net/{name}"))).unwrap();
        }
        fs::write(folder.join("new_id"), "").unwrap();
        EnaAdapters { driver: folder.to_owned(), program: program.to_owned() }
    }

    #[test]
    fn a_host_with_the_adapter_needs_ethtool_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let host = adapters(folder.path(), &["ens5", "ens6"], "no-such-ethtool");
        assert_eq!(host.interfaces(), ["ens5", "ens6"]);
        let missing = "ena ens5, ens6: no-such-ethtool: there is no such program; \
                       the package ethtool has it";
        assert_eq!(host.host_faults(), [missing]);
        let found = EnaAdapters { program: "sh".to_owned(), ..host.clone() };
        assert!(found.host_faults().is_empty());
        let other = EnaAdapters { driver: folder.path().join("none"), ..host };
        assert!(other.interfaces().is_empty() && other.host_faults().is_empty());
    }

    #[tokio::test]
    async fn what_ethtool_prints_is_the_answer_and_its_failure_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("ethtool");
        let write = |text: &str| {
            // Another process writes it: a child that another test starts now would hold it open.
            let print = r#"printf '%s\n' '#!/bin/sh' "$1" > "$0" && chmod 755 "$0""#;
            let shell = Command::new("sh").args(["-c", print]).arg(&script).arg(text).status();
            assert!(shell.unwrap().success());
        };
        let host = adapters(folder.path(), &["ens5"], script.to_str().unwrap());
        let guard = Rc::new(Guard::none());
        write("echo \"     bw_in_allowance_exceeded: $#\"; test \"$1 $2\" = '-S ens5'");
        let answer = host.ask("ens5", &guard).await.unwrap();
        assert_eq!(allowance_counts(&answer)[0], Some(2));
        write("echo 'Cannot get stats strings information: Operation not supported' >&2; exit 94");
        let error = host.ask("ens5", &guard).await.unwrap_err().to_string();
        let name = script.display();
        assert_eq!(
            error,
            format!(
                "{name} -S ens5: exit status: 94: \
                 Cannot get stats strings information: Operation not supported"
            )
        );
    }
}
