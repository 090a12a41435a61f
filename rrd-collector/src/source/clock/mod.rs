//! The clock of this host: when it was set, and how far it is from the time of the servers that
//! chrony or ntpd compares it with.

mod chrony;
mod confirmed;
mod datagram;
mod ntpd;
mod settings;
mod state;
mod timesyncd;

use std::future::ready;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use crate::group::Kind;
use crate::process::child::Guard;
use crate::rootfs::Host;
use crate::schedule::{Schedule, clock};
use crate::source::input::{
    Context, Input, InputTask, PageSection, Plan, SectionKind, Source, same,
};
use crate::source::probe::probe;
use crate::source::sample::{SampleBatch, SampleSink as _};
use crate::source::systemd::is_clock_synchronized;

use self::datagram::ServiceError;
use self::settings::{SECTION, read};
use self::state::ClockState;

pub use self::confirmed::Confirmations;
pub use self::settings::TimeServices;
pub use self::state::TIME_SERVER;
pub use self::timesyncd::{CLOCK, ClockProbe};
use self::timesyncd::{TIMESYNCD, last_synchronized};

/// The clock of this host.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: SECTION, is_list: false, read }],
    probes: &[probe!("clock", ClockProbe, CLOCK)],
    kinds: || vec![&TIME_SERVER],
    rules: RULES,
    charts: &[include_str!("charts.toml")],
    part: "Host",
    page: &[PageSection { heading: "Clock", kinds: &["time_server", "clock"] }],
    defaults: || vec![Input::new(SECTION, TimeServices::default())],
    fuzz: |text| {
        // Answers are bytes: the characters of the text up to U+00FF.
        let bytes: Vec<u8> = text.chars().filter_map(|byte| u8::try_from(byte).ok()).collect();
        chrony::parse_any(&bytes);
        ntpd::parse_any(&bytes, text);
    },
    ..Source::EMPTY
};

const RULES: &[(&str, &str)] = &[
    // Five times the longest interval between synchronisations, and awake for long enough to
    // synchronise again.
    ("clock", "last of clock.since_sync > 10800, for 40m, no data ok"),
    // Ten minutes are more than chrony and ntpd take to correct what they correct at once.
    (
        "clock-offset",
        "last of time_server.error > 0.1, critical > 1, clear below 0.05, critical clear below 0.5, for 10m, no data ok",
    ),
    // Unknown where the sources were switched off on purpose, as on a notebook without a network.
    ("time-servers", "last of time_server.reachable < 1, for 30m, no data ok"),
];

/// A time service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Chrony,
    Ntpd,
}

impl Service {
    async fn ask(self, address: SocketAddr) -> Result<ClockState, ServiceError> {
        match self {
            Self::Chrony => chrony::ask(address).await,
            Self::Ntpd => ntpd::ask(address).await,
        }
    }
}

impl TimeServices {
    /// Asks chrony, then ntpd: which of them was heard last, and the answer. If both are silent,
    /// the error is that of the one heard before.
    async fn ask(
        &self,
        heard: Option<Service>,
    ) -> (Option<Service>, Result<ClockState, ServiceError>) {
        let mut silence = None;
        for (service, address) in [(Service::Chrony, self.chrony), (Service::Ntpd, self.ntp)] {
            let Some(address) = address else { continue };
            match service.ask(address).await {
                Err(error) if error.is_silence() => {
                    if silence.is_none() || heard == Some(service) {
                        silence = Some(error);
                    }
                }
                answered => return (Some(service), answered),
            }
        }
        (heard, Err(silence.unwrap_or(ServiceError::Disabled)))
    }

    /// Whether the clock follows a time server, as chrony, ntpd, systemd-timesyncd or else the
    /// kernel says; `None` if nobody does.
    pub async fn is_synchronized(&self, host: &Host) -> Option<bool> {
        if let (_, Ok(state)) = self.ask(None).await {
            return Some(state.reference.is_some());
        }
        if host.root(TIMESYNCD).exists() {
            return Some(last_synchronized(host).is_ok());
        }
        is_clock_synchronized(host)
    }

    async fn watch(self, context: Rc<Context>) {
        let mut schedule = Schedule::new(self.step);
        let faults = context.faults.of_task();
        let confirmations = context.shared(|| Confirmations::new(&Host::at("/")));
        let mut heard = None;
        loop {
            let tick = clock::tick(&mut schedule).await;
            let answered;
            (heard, answered) = self.ask(heard).await;
            let state = match answered {
                // Most hosts have none of them, or systemd-timesyncd.
                Err(error) if heard.is_none() => {
                    faults.note_absence("time servers", &error);
                    continue;
                }
                Err(error) => {
                    faults.note("time servers", &Err(error));
                    ClockState::UNKNOWN
                }
                Ok(state) => {
                    faults.note("time servers", &Ok::<(), ServiceError>(()));
                    state
                }
            };
            confirmations.note(&state);
            let mut batch = SampleBatch::new(tick.at, self.step);
            batch.group(&TIME_SERVER, "", &state.values());
            if !context.samples.store(batch) {
                return;
            }
        }
    }
}

impl InputTask for TimeServices {
    fn equals(&self, other: &dyn InputTask) -> bool {
        same(self, other)
    }

    fn run(&self, context: &Rc<Context>) -> Pin<Box<dyn Future<Output = ()>>> {
        if self.chrony.is_none() && self.ntp.is_none() {
            return Box::pin(ready(()));
        }
        Box::pin(self.clone().watch(context.clone()))
    }

    fn plan<'a>(
        &'a self,
        _data: &'a Path,
        _guard: &'a Rc<Guard>,
    ) -> Pin<Box<dyn Future<Output = Plan> + 'a>> {
        Box::pin(async {
            let group = (Kind::clone(&TIME_SERVER), String::new(), self.step);
            let groups = self.ask(None).await.1.map(|_| vec![group]).unwrap_or_default();
            Plan { groups, faults: Vec::new() }
        })
    }

    fn host_faults(&self) -> Vec<String> {
        chrony::switched_off(self.chrony)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::UdpSocket;
    use tokio::time::timeout;

    use super::*;

    /// Answers two questions as ntpd does, and stops.
    async fn answer_as_ntpd(socket: UdpSocket) {
        let variables = "leap=0, stratum=2, offset=-1.5, frequency=0.000";
        let mut packet = [0; 256];
        for (number, content) in [(2, variables.as_bytes()), (1, b"Eh\x80\x11Eg\xb6\x1a")] {
            let (_, client) = socket.recv_from(&mut packet).await.unwrap();
            assert_eq!(packet[..2], [0x16, number]);
            let mut answer = vec![0x16, 0x80 | number, packet[2], packet[3], 0, 0, 0, 0, 0, 0, 0];
            answer.push(u8::try_from(content.len()).unwrap());
            answer.extend(content);
            socket.send_to(&answer, client).await.unwrap();
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_service_that_was_heard_is_the_one_that_is_missed() {
        let ntpd = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let closed = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let ntp = Some(ntpd.local_addr().unwrap());
        let services = TimeServices { chrony: Some(closed), ntp, ..TimeServices::default() };
        let answers = tokio::spawn(answer_as_ntpd(ntpd));
        let (heard, answered) = services.ask(None).await;
        let state = answered.unwrap();
        assert_eq!(state.reference.unwrap().offset, -0.0015);
        assert_eq!(state.values()[TIME_SERVER.position("reachable").unwrap()], 0.5);
        assert_eq!(state.frequency.to_bits(), 0);
        timeout(Duration::from_secs(5), answers).await.unwrap().unwrap();
        let missed = async |heard| services.ask(heard).await.1.unwrap_err().to_string();
        assert!(missed(heard).await.starts_with("ntpd cannot be asked"));
        assert!(missed(None).await.starts_with("chrony cannot be asked"));
    }
}
