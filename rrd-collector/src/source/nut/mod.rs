//! Uninterruptible power supplies by the servers of NUT that watch them. `client` asks a server,
//! `variables` reads what it says of each.

mod client;
mod variables;

use std::time::Duration;

use serde::Deserialize;

use self::client::{NutError, Said, fetch};
use self::variables::{Variables, values};
use crate::group::Kind;
use crate::net::endpoint::Endpoint;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{Input, PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, fuzz, times};

pub use self::variables::UPS;

/// Servers of `[[nut]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: NutServer::SECTION, is_list: true, read }],
    kinds: || vec![&UPS],
    unplanned: Some(&Unplanned {
        name: "power supplies of NUT",
        until: "its servers name them",
        kinds: &["ups"],
    }),
    rules: RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection { heading: "UPS", kinds: &["ups"] }],
    fuzz: |text| fuzz::<Supplies>(|| Some(vec![Said::of("x", Variables::parse("x", text))])),
    ..Source::EMPTY
};

const RULES: &[(&str, &str)] = &[
    // Tests that a UPS does not announce take half a minute.
    ("ups-on-battery", "last of ups:*.on_battery > 50, for 2m"),
    ("ups-low-battery", "last of ups:*.low_battery > 0, critical > 50, for 20s"),
    // Only a test that succeeds ends it; it may fail once.
    ("ups-replace-battery", "last of ups:*.replace_battery > 50, for 1h"),
];

/// Where a server is without an address.
const USUAL: &str = "127.0.0.1:3493";

/// A server of NUT, `upsd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NutServer(pub Endpoint);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    address: Option<String>,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let address = Endpoint::parse(table.address.as_deref().unwrap_or(USUAL));
    let instance = table.name.unwrap_or_else(|| address.to_string());
    Ok(PolledServer { instance, server: NutServer(address), step, deadline }.input())
}

impl Server for NutServer {
    const SECTION: &'static str = "nut";
    // Only the server knows what it watches.
    const KINDS: &'static [&'static Kind] = &[];
    type Error = NutError;
    type State = Supplies;

    async fn ask(&self, deadline: Duration) -> Result<Vec<Said>, NutError> {
        fetch(&self.0, deadline).await
    }

    /// A UPS that the server has lost, or that has nothing of what is measured.
    fn check(&self, answer: &Vec<Said>) -> Result<(), NutError> {
        answer.iter().try_for_each(|said| said.check(&self.0))
    }

    fn host_faults(&self) -> Vec<String> {
        self.0.fault().map(|fault| format!("nut: {fault}")).into_iter().collect()
    }
}

/// The power supplies of one server.
#[derive(Debug)]
pub struct Supplies {
    server: String,
}

impl ServerState for Supplies {
    type Answer = Vec<Said>;

    fn new(server: String) -> Self {
        Self { server }
    }

    fn take(
        &mut self,
        answer: Option<Vec<Said>>,
        _clock: Duration,
        _took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        for said in answer.iter().flatten() {
            if let Some(variables) = said.variables() {
                sink.group(&UPS, &instance(&said.ups, &self.server), &values(variables));
            }
        }
    }
}

/// The name of a UPS, as NUT writes it: with its server, unless that is the usual one.
fn instance(ups: &str, server: &str) -> String {
    if server == USUAL { ups.to_owned() } else { format!("{ups}@{server}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn each_ups_of_a_server_is_a_group_and_one_that_is_lost_has_no_sample() {
        let said = |name: &str, text: &str| Said::of(name, Variables::parse(name, text));
        let lost = Said { ups: "lost".to_owned(), outcome: Err("DATA-STALE".to_owned()) };
        let answer = vec![said("a", "VAR a battery.charge \"85\"\n"), lost, said("b", "")];
        let address = Endpoint::parse("ups.example:3493");
        let error = NutServer(address).check(&answer).unwrap_err();
        assert_eq!(error.to_string(), "ups.example:3493: no values of the UPS lost: DATA-STALE");
        let mut seen = Recorder::default();
        let mut supplies = Supplies::new("rack".to_owned());
        supplies.take(Some(answer), Duration::ZERO, Duration::ZERO, &mut seen);
        supplies.take(None, Duration::ZERO, Duration::ZERO, &mut seen);
        assert_eq!(seen.instances(&UPS), ["a@rack", "b@rack"]);
        assert_eq!(seen.value(&UPS, "a@rack", "charge"), 0.85);
        assert_eq!(instance("a", USUAL), "a");
    }
}
