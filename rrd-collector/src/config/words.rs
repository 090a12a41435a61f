//! What a configuration file may say: its tables and keys, as they stand in the file and not yet understood.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::intake::{Collectd, Exec, Munin, Statsd, Textfile};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) data: Option<PathBuf>,
    #[serde(default, deserialize_with = "one_or_more")]
    pub(super) listen: Option<Vec<String>>,
    pub(super) tls: Option<Tls>,
    pub(super) auth: Option<Auth>,
    pub(super) step: Option<String>,
    pub(super) keep: Option<String>,
    pub(super) procfs: Option<PathBuf>,
    pub(super) sysfs: Option<PathBuf>,
    pub(super) rootfs: Option<PathBuf>,
    #[serde(default)]
    pub(super) probe: BTreeMap<ProbeName, Probe>,
    #[serde(default)]
    pub(super) apache: Vec<WebServer>,
    #[serde(default)]
    pub(super) nginx: Vec<WebServer>,
    #[serde(default)]
    pub(super) memcached: Vec<Server>,
    #[serde(default)]
    pub(super) mysql: Vec<Database>,
    pub(super) statsd: Option<Statsd>,
    pub(super) munin: Option<Munin>,
    pub(super) collectd: Option<Collectd>,
    #[serde(default)]
    pub(super) exec: Vec<Exec>,
    pub(super) textfile: Option<Textfile>,
    pub(super) alerts: Option<Alerts>,
    #[serde(default)]
    pub(super) rule: Vec<NamedWords>,
}

/// The probes that there are: a name with a slip is an error like any other key.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProbeName {
    Cpu,
    Disk,
    Memory,
    Load,
    Network,
    Vm,
    Swap,
    Processes,
    Pressure,
    Sockets,
    TcpStates,
    Filesystem,
    Cgroup,
    Clock,
}

impl ProbeName {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Disk => "disk",
            Self::Memory => "memory",
            Self::Load => "load",
            Self::Network => "network",
            Self::Vm => "vm",
            Self::Swap => "swap",
            Self::Processes => "processes",
            Self::Pressure => "pressure",
            Self::Sockets => "sockets",
            Self::TcpStates => "tcp_states",
            Self::Filesystem => "filesystem",
            Self::Cgroup => "cgroup",
            Self::Clock => "clock",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    pub(super) enabled: Option<bool>,
    pub(super) step: Option<String>,
    pub(super) include: Option<Vec<String>>,
    pub(super) exclude: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) certificate: String,
    pub(super) key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    pub(super) user: String,
    pub(super) password: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebServer {
    pub(super) name: Option<String>,
    pub(super) url: String,
    pub(super) host: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) ca: Option<String>,
    pub(super) verify: Option<bool>,
    pub(super) step: Option<String>,
    pub(super) deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) name: Option<String>,
    pub(super) address: String,
    pub(super) step: Option<String>,
    pub(super) deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    pub(super) name: Option<String>,
    pub(super) address: String,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) step: Option<String>,
    pub(super) deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alerts {
    pub(super) defaults: Option<bool>,
    pub(super) command: Option<Vec<String>>,
    #[serde(default, deserialize_with = "address_or_table")]
    pub(super) webhook: Option<Webhook>,
    pub(super) deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) ca: Option<String>,
    pub(super) verify: Option<bool>,
}

/// A text, or a list of texts.
fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Option<Vec<String>>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text or a list of texts")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(vec![text.to_owned()]))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(texts)).map(Some)
        }
    }

    from.deserialize_any(Either)
}

/// An address alone, or with what else there is to say of it.
fn address_or_table<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Webhook>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Option<Webhook>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an address or a table with a url")
        }

        fn visit_str<E: de::Error>(self, url: &str) -> Result<Self::Value, E> {
            let url = url.to_owned();
            Ok(Some(Webhook { url, user: None, password: None, ca: None, verify: None }))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Webhook::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    from.deserialize_any(Either)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedWords {
    pub(super) name: String,
    pub(super) when: Spanned<String>,
}
