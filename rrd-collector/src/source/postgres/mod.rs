//! `PostgreSQL` through its statistics views, and the changes between two answers. `client`
//! implements the protocol, `queries` has the questions, `answer` reads the tables, `variables`
//! lists the values.

mod account;
mod answer;
mod client;
mod queries;
mod scram;
mod variables;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};

pub use account::{Account, PostgresError};
pub use answer::Answer;
pub use variables::{POSTGRESQL, POSTGRESQL_DATABASE, POSTGRESQL_REPLICA, POSTGRESQL_STANDBY};

use self::account::quoted;
use self::answer::named;
use self::client::Client;
use self::variables::{DATABASE, REPLICA, SERVER, STANDBY};
use crate::group::Kind;
use crate::net::endpoint::Endpoint;
use crate::schedule::clock;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{
    Input, ManyInstances, PageSection, SectionKind, Source, TableColumn, Unplanned,
};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, times};
use crate::source::variable::{Change, Numbers, number, share_of_growth};

/// Servers of `[[postgresql]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Postgres::SECTION, is_list: true, read }],
    kinds: || vec![&POSTGRESQL, &POSTGRESQL_DATABASE, &POSTGRESQL_REPLICA, &POSTGRESQL_STANDBY],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection {
        heading: "PostgreSQL",
        kinds: &["postgresql", "postgresql_database", "postgresql_replica", "postgresql_standby"],
    }],
    many: &[ManyInstances {
        kind: "postgresql_database",
        columns: &[
            TableColumn::new("commits", &["commits"]),
            TableColumn::new("rows read", &["rows_read"]),
            TableColumn::new("rows written", &["rows_inserted", "rows_updated", "rows_deleted"]),
            TableColumn::new("connections", &["connections"]),
            TableColumn::new("size", &["size"]),
        ],
        heat_maps: &[],
    }],
    unplanned: Some(&Unplanned {
        name: "databases and replicas of PostgreSQL",
        until: "the servers show them",
        kinds: &["postgresql_database", "postgresql_replica", "postgresql_standby"],
    }),
    rules: &[
        (
            "postgresql-connections",
            "last of postgresql:*.connections_share > 85, critical > 95, clear below 75, critical clear below 85, for 1m",
        ),
        // Vacuum keeps it below a tenth; at the end the server refuses to write.
        (
            "postgresql-wraparound",
            "last of postgresql:*.xid_share > 60, critical > 75, clear below 55, critical clear below 70, for 1m",
        ),
        ("postgresql-archive", "last of postgresql:*.archive_failing > 50, for 10m"),
        // Nobody reads from the slot, and the disk fills until somebody does.
        (
            "postgresql-slot",
            "last of postgresql:*.slot_retained > 1e10, critical > 5e10, clear below 5e9, critical clear below 2e10, for 5m",
        ),
        ("postgresql-checksums", "max over 1h of postgresql_database:*.checksum_failures > 0"),
        // Only a standby that was connected for most of a day: others replay archives by design.
        (
            "postgresql-standby",
            "rise over 1d of postgresql_standby:*.receiving < -50, clear above -5, for 5m",
        ),
    ],
    ..Source::EMPTY
};

/// The interval of the sizes of databases.
const SIZES_EVERY: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    address: String,
    user: Option<String>,
    password: Option<String>,
    database: Option<String>,
    tls: Option<bool>,
    ca: Option<String>,
    verify: Option<bool>,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let text = |key, text: Option<String>, default: &str| match text {
        Some(text) => reader.expand(key, &text),
        None => Ok(default.to_owned()),
    };
    let user = text("user", table.user, "rrd-collector")?;
    let database = text("database", table.database, "postgres")?;
    let password =
        table.password.map_or(Ok(String::new()), |text| reader.secret("password", &text))?;
    let trust = reader.tls(table.tls, table.ca, table.verify)?;
    let address = address_of(&reader.expand("address", &table.address)?);
    let instance = table.name.unwrap_or_else(|| address.to_string());
    let server = Postgres::new(Account { address, user, password, database, trust });
    Ok(PolledServer { instance, server, step, deadline }.input())
}

/// A folder of sockets, as other programs name it, has that of the usual port.
fn address_of(text: &str) -> Endpoint {
    match Endpoint::parse(text) {
        Endpoint::Socket(path) if path.is_dir() => Endpoint::Socket(path.join(".s.PGSQL.5432")),
        address => address,
    }
}

/// A server, and the connection to it.
#[derive(Clone, Debug)]
pub struct Postgres {
    account: Account,
    kept: Arc<Mutex<Kept>>,
}

/// The same account is the same server; its connection is kept until the task ends.
impl PartialEq for Postgres {
    fn eq(&self, other: &Self) -> bool {
        self.account == other.account
    }
}

/// What is kept between two questions.
#[derive(Debug, Default)]
struct Kept {
    client: Option<Client>,
    sizes: Vec<(String, Numbers)>,
    /// When the sizes were asked for.
    sized: Option<Duration>,
}

impl Postgres {
    /// A server without a connection.
    pub fn new(account: Account) -> Self {
        Self { account, kept: Arc::default() }
    }

    fn kept<T>(&self, with: impl FnOnce(&mut Kept) -> T) -> T {
        with(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks over the connection that is kept, or a new one. Whoever gives up waiting drops it.
    async fn converse(&self, limit: Duration) -> Result<Answer, PostgresError> {
        if let Some(mut client) = self.kept(|kept| kept.client.take()) {
            // The server may have been restarted since.
            if let Ok(answer) = self.questions(&mut client).await {
                self.kept(|kept| kept.client = Some(client));
                return Ok(answer);
            }
        }
        let mut client = Client::log_in(&self.account).await?;
        client.ask(&queries::settings(limit.as_millis())).await?;
        let answer = self.questions(&mut client).await?;
        self.kept(|kept| kept.client = Some(client));
        Ok(answer)
    }

    async fn questions(&self, client: &mut Client) -> Result<Answer, PostgresError> {
        let now = clock::now().clock;
        let is_due = |then: Duration| now.saturating_sub(then) >= SIZES_EVERY;
        if self.kept(|kept| kept.sized.is_none_or(is_due)) {
            // Asked for once, whatever comes of it: it may take long.
            self.kept(|kept| kept.sized = Some(now));
            let sizes = match client.ask(queries::SIZES).await {
                Ok(table) => named(&table),
                Err(PostgresError::Refused { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            self.kept(|kept| kept.sizes = sizes);
        }
        let server = client.ask(&queries::server(client.version)).await?;
        let databases = client.ask(&queries::databases(client.version)).await?;
        let replicas = client.ask(&queries::replicas(client.version)).await?;
        Ok(self.kept(|kept| Answer::new(&server, &databases, &replicas, &kept.sizes)))
    }
}

impl Server for Postgres {
    const SECTION: &'static str = "postgresql";
    const KINDS: &'static [&'static Kind] = &[&POSTGRESQL];
    type Error = PostgresError;
    type State = Postgresql;

    async fn ask(&self, deadline: Duration) -> Result<Answer, PostgresError> {
        let address = self.account.address.clone();
        tokio::time::timeout(deadline, self.converse(deadline))
            .await
            .unwrap_or(Err(PostgresError::Timeout { address, limit: deadline }))
    }

    fn check(&self, answer: &Answer) -> Result<(), PostgresError> {
        if answer.sees_all() {
            return Ok(());
        }
        let (address, user) = (self.account.address.clone(), quoted(&self.account.user));
        Err(PostgresError::Denied { address, user })
    }

    fn host_faults(&self) -> Vec<String> {
        let fault = self.account.address.fault();
        fault.map(|fault| format!("postgresql: {fault}")).into_iter().collect()
    }
}

/// Queries the server at the other end of a stream. Entry point for fuzzing.
#[doc(hidden)]
pub async fn fetch_over(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    account: &Account,
) -> Result<Answer, PostgresError> {
    let mut client = Client::over(Box::new(stream), account, false).await?;
    Postgres::new(account.clone()).questions(&mut client).await
}

/// Keeps the last answer of a server.
#[derive(Debug)]
pub struct Postgresql {
    instance: String,
    before: Option<(Duration, Numbers)>,
    databases: HashMap<String, Numbers>,
}

impl ServerState for Postgresql {
    type Answer = Answer;

    fn new(instance: String) -> Self {
        Self { instance, before: None, databases: HashMap::new() }
    }

    fn take(
        &mut self,
        answer: Option<Answer>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let is_up = answer.is_some();
        let mut answer = answer.unwrap_or_default();
        let is_standby = answer.is_standby();
        let server = &mut answer.server;
        server.insert("probe.up".to_owned(), f64::from(u8::from(is_up)));
        server.insert("probe.seconds".to_owned(), took.as_secs_f64());
        // A server that was started again counts from zero, or from what it has saved.
        let started = number(server, "started");
        let same = self.before.as_ref().filter(|(_, was)| number(was, "started") == started);
        add_hits(same.map(|(_, was)| was), server);
        let change = Change::since(same, server, clock);
        sink.group(&POSTGRESQL, &self.instance, &change.values(&SERVER));
        if !is_up {
            return;
        }
        if is_standby {
            sink.group(&POSTGRESQL_STANDBY, &self.instance, &change.values(&STANDBY));
        }
        let (seconds, is_same) = (change.seconds, same.is_some());
        for (name, numbers) in &mut answer.databases {
            let before = self.databases.get(name).filter(|_| is_same);
            add_hits(before, numbers);
            let change = Change { before, now: numbers, seconds };
            let instance = format!("{}/{name}", self.instance);
            sink.group(&POSTGRESQL_DATABASE, &instance, &change.values(&DATABASE));
        }
        for (name, numbers) in &answer.replicas {
            let change = Change { before: None, now: numbers, seconds };
            let instance = format!("{}/{name}", self.instance);
            sink.group(&POSTGRESQL_REPLICA, &instance, &change.values(&REPLICA));
        }
        self.databases = answer.databases.into_iter().collect();
        self.before = Some((clock, answer.server));
    }
}

/// Adds the share of blocks that were in memory.
fn add_hits(before: Option<&Numbers>, now: &mut Numbers) {
    let share = share_of_growth(before, now, "blks_hit", "blks_read");
    now.insert("hits.share".to_owned(), share);
}

#[cfg(test)]
mod tests {
    use super::client::Table;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
        let cell = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
        Table {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    const SERVER_COLUMNS: [&str; 7] =
        ["started", "sees_all", "max_connections", "connections", "active", "xid_age", "receiving"];
    const DATABASE_COLUMNS: [&str; 6] =
        ["name", "connections", "xact_commit", "blks_read", "blks_hit", "checksum_failures"];

    fn answer(server: [&str; 7], databases: &[&[&str]]) -> Answer {
        let replicas = table(&["name", "behind_bytes"], &[&["east@10.0.0.2", "700"]]);
        let sizes = [("shop".to_owned(), [("size".to_owned(), 8e6)].into())];
        let (server, databases) =
            (table(&SERVER_COLUMNS, &[&server]), table(&DATABASE_COLUMNS, databases));
        Answer::new(&server, &databases, &replicas, &sizes)
    }

    fn after(answers: Vec<Option<Answer>>) -> Recorder {
        let mut state = Postgresql::new("db".to_owned());
        let mut recorder = Recorder::default();
        for (second, answer) in (100..).step_by(2).zip(answers) {
            recorder.groups.clear();
            let took = Duration::from_millis(3);
            state.take(answer, Duration::from_secs(second), took, &mut recorder);
        }
        recorder
    }

    const PRIMARY: [&str; 7] = ["1796105222.5", "1", "100", "20", "3", "1073741824", "NULL"];

    #[test]
    fn databases_are_shown_one_by_one_and_added_up() {
        let first = answer(
            PRIMARY,
            &[&["postgres", "1", "10", "0", "0", "NULL"], &["shop", "2", "100", "4", "50", "0"]],
        );
        let second = answer(
            PRIMARY,
            &[&["postgres", "1", "12", "0", "0", "NULL"], &["shop", "2", "140", "6", "56", "2"]],
        );
        let seen = after(vec![Some(first.clone()), Some(second.clone())]);
        let value = |metric| seen.value(&POSTGRESQL, "db", metric);
        assert_eq!((value("up"), value("commits"), value("hit_share")), (1.0, 21.0, 0.75));
        assert_eq!((value("connections_share"), value("xid_share")), (0.2, 0.5));
        assert_eq!(value("active"), 3.0);
        let shop = |metric| seen.value(&POSTGRESQL_DATABASE, "db/shop", metric);
        assert_eq!((shop("commits"), shop("hit_share"), shop("size")), (20.0, 0.75, 8e6));
        assert_eq!(shop("checksum_failures"), 1.0);
        assert!(seen.value(&POSTGRESQL_DATABASE, "db/postgres", "hit_share").is_nan());
        assert_eq!(seen.value(&POSTGRESQL_REPLICA, "db/east@10.0.0.2", "behind_bytes"), 700.0);
        assert!(seen.instances(&POSTGRESQL_STANDBY).is_empty());

        let again = after(vec![Some(first), None, Some(second)]);
        assert_eq!(again.value(&POSTGRESQL, "db", "commits"), 10.5);
    }

    #[test]
    fn a_restart_is_unknown_for_one_interval_and_no_answer_is_a_sample_too() {
        let restarted = ["1796105229.5", "1", "100", "20", "3", "5", "1"];
        let shop: &[&[&str]] = &[&["shop", "2", "100", "4", "50", "0"]];
        let more: &[&[&str]] = &[&["shop", "2", "180", "4", "50", "0"]];
        let seen = after(vec![Some(answer(PRIMARY, shop)), Some(answer(restarted, more))]);
        assert!(seen.value(&POSTGRESQL, "db", "commits").is_nan());
        assert!(seen.value(&POSTGRESQL_DATABASE, "db/shop", "commits").is_nan());
        assert_eq!(seen.value(&POSTGRESQL_STANDBY, "db", "receiving"), 1.0);
        let down = after(vec![Some(answer(PRIMARY, shop)), None]);
        assert_eq!(down.value(&POSTGRESQL, "db", "up"), 0.0);
        assert!(down.value(&POSTGRESQL, "db", "connections").is_nan());
        assert!(down.instances(&POSTGRESQL_DATABASE).is_empty());
    }

    #[test]
    fn what_is_hidden_from_a_user_is_unknown() {
        let poor = ["1796105222.5", "0", "100", "20", "0", "5", "NULL"];
        let seen = after(vec![Some(answer(poor, &[]))]);
        assert!(seen.value(&POSTGRESQL, "db", "active").is_nan());
        assert_eq!(seen.value(&POSTGRESQL, "db", "connections"), 20.0);
        assert!(seen.instances(&POSTGRESQL_REPLICA).is_empty());
    }

    #[test]
    fn every_value_is_asked_for() {
        for version in [9, 10, 11, 12, 14, 16, 17] {
            let (server, databases) = (queries::server(version), queries::databases(version));
            for variable in SERVER.iter().chain(&STANDBY).filter(|v| !v.from.contains('.')) {
                let is_asked = server.contains(variable.from) || databases.contains(variable.from);
                assert!(is_asked, "{version}: {}", variable.from);
            }
            for variable in DATABASE.iter().filter(|v| !v.from.contains('.') && v.from != "size") {
                assert!(databases.contains(variable.from), "{version}: {}", variable.from);
            }
            for variable in &REPLICA {
                assert!(queries::replicas(version).contains(variable.from), "{}", variable.from);
            }
        }
    }
}
