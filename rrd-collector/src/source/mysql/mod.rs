//! `MySQL` and `MariaDB` through `SHOW GLOBAL STATUS` and similar queries, and the changes between
//! two answers. `client` implements the protocol, `answer` reads its tables, `variables` lists the
//! values.

mod account;
mod answer;
mod client;
mod denied;
mod replica;
mod variables;

use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};

pub use account::{Account, MysqlError};
pub use answer::Answer;
pub use client::Table;
pub use denied::Denied;
pub use variables::{
    MYSQL, MYSQL_CHANNEL, MYSQL_COMMANDS, MYSQL_GALERA, MYSQL_HANDLERS, MYSQL_INNODB, MYSQL_KEYS,
    MYSQL_QUERY_CACHE, MYSQL_REPLICA, MYSQL_SELECTS,
};

use self::client::Client;
use self::denied::Denial;
use self::replica::MAX_CHANNELS;
use self::variables::GROUPS;
use crate::group::Kind;
use crate::net::endpoint::Endpoint;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{Input, PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, times};
use crate::source::variable::Change;

/// Servers of `[[mysql]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Account::SECTION, is_list: true, read }],
    kinds: || {
        vec![
            &MYSQL,
            &MYSQL_COMMANDS,
            &MYSQL_SELECTS,
            &MYSQL_HANDLERS,
            &MYSQL_QUERY_CACHE,
            &MYSQL_KEYS,
            &MYSQL_INNODB,
            &MYSQL_REPLICA,
            &MYSQL_CHANNEL,
            &MYSQL_GALERA,
        ]
    },
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection {
        heading: "MySQL",
        kinds: &[
            "mysql",
            "mysql_commands",
            "mysql_selects",
            "mysql_handlers",
            "mysql_innodb",
            "mysql_query_cache",
            "mysql_keys",
            "mysql_replica",
            "mysql_channel",
            "mysql_galera",
        ],
    }],
    unplanned: Some(&Unplanned {
        name: "parts of MySQL servers",
        until: "the servers show them",
        kinds: &["mysql_query_cache", "mysql_replica", "mysql_channel", "mysql_galera"],
    }),
    rules: &[
        // A node that is still receiving its data is not ready, but is with the majority.
        ("galera", "last of mysql_galera:*.primary < 50, for 1m"),
    ],
    ..Source::EMPTY
};

const ENGINE_STATUS: &str = "SHOW ENGINE INNODB STATUS";
/// The questions about replicas: that of `MariaDB`, which alone shows all its channels, and those
/// of new and old versions of `MySQL`. A server refuses the syntax of the others.
const REPLICA_STATUS: [&str; 3] =
    ["SHOW ALL SLAVES STATUS", "SHOW REPLICA STATUS", "SHOW SLAVE STATUS"];
/// The error number for a statement that the server does not know.
const SYNTAX_ERROR: u16 = 1064;
/// The error number for a missing privilege.
const NO_PRIVILEGE: u16 = 1227;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountTable {
    name: Option<String>,
    address: String,
    user: String,
    password: Option<String>,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: AccountTable = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let address = Endpoint::parse(&reader.expand("address", &table.address)?);
    let user = reader.expand("user", &table.user)?;
    let password = match table.password {
        Some(text) => reader.secret("password", &text)?,
        None => String::new(),
    };
    let instance = table.name.unwrap_or_else(|| address.to_string());
    let server = Account { address, user, password };
    Ok(PolledServer { instance, server, step, deadline }.input())
}

impl Server for Account {
    const SECTION: &'static str = "mysql";
    const KINDS: &'static [&'static Kind] =
        &[&MYSQL, &MYSQL_COMMANDS, &MYSQL_SELECTS, &MYSQL_HANDLERS, &MYSQL_KEYS, &MYSQL_INNODB];
    type Error = MysqlError;
    type State = Mysql;

    async fn ask(&self, deadline: Duration) -> Result<Answer, MysqlError> {
        fetch(self, deadline).await
    }

    fn check(&self, answer: &Answer) -> Result<(), MysqlError> {
        match answer.denied.clone() {
            Some(denied) => Err(MysqlError::Denied { address: self.address.clone(), denied }),
            None => Ok(()),
        }
    }
}

/// Queries a server for everything.
///
/// # Errors
///
/// [`MysqlError`], after `limit` at the latest.
pub async fn fetch(account: &Account, limit: Duration) -> Result<Answer, MysqlError> {
    let address = account.address.clone();
    let conversation = async { converse(Client::log_in(account).await?, account).await };
    tokio::time::timeout(limit, conversation)
        .await
        .unwrap_or(Err(MysqlError::Timeout { address, limit }))
}

/// Queries the server at the other end of a stream; `place` is only used for errors. Entry point
/// for fuzzing.
#[doc(hidden)]
pub async fn fetch_over(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    account: &Account,
) -> Result<Answer, MysqlError> {
    converse(Client::over(Box::new(stream), account).await?, account).await
}

async fn converse(mut client: Client, account: &Account) -> Result<Answer, MysqlError> {
    let mut answer = Answer::default();
    answer.take_status(&client.ask("SHOW GLOBAL STATUS").await?);
    answer.take_status(&client.ask("SHOW GLOBAL VARIABLES LIKE 'max_connections'").await?);
    let mut denied = Vec::new();
    match client.ask(ENGINE_STATUS).await {
        Ok(table) => answer.take_engine(&table),
        Err(error) => denied.extend(denial(ENGINE_STATUS, error)?),
    }
    for question in REPLICA_STATUS {
        match client.ask(question).await {
            Ok(table) => answer.take_channels(&table),
            Err(MysqlError::Refused { code: SYNTAX_ERROR, .. }) => continue,
            Err(error) => denied.extend(denial(question, error)?),
        }
        break;
    }
    if !denied.is_empty() {
        let current = client.ask("SELECT CURRENT_USER()").await.ok();
        let current = current.as_ref().and_then(|table| table.rows.first()?.first()?.as_deref());
        answer.denied = Some(Denied::new(&denied, current, &account.user));
    }
    client.leave().await;
    Ok(answer)
}

/// What a refusal means: a privilege is missing, or the server has no answer.
fn denial(question: &'static str, error: MysqlError) -> Result<Option<Denial>, MysqlError> {
    match error {
        MysqlError::Refused { code: NO_PRIVILEGE, message, .. } => {
            Ok(Some(Denial::new(question, &message)))
        }
        MysqlError::Refused { .. } => Ok(None),
        other => Err(other),
    }
}

/// Keeps the last answer of a server.
#[derive(Debug)]
pub struct Mysql {
    instance: String,
    before: Option<(Duration, Answer)>,
}

impl ServerState for Mysql {
    type Answer = Answer;

    fn new(instance: String) -> Self {
        Self { instance, before: None }
    }

    fn take(
        &mut self,
        answer: Option<Answer>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let Some(mut answer) = answer else {
            let mut down = Answer::default();
            down.extend([("probe.up", Some(0.0)), ("probe.seconds", Some(took.as_secs_f64()))]);
            let none = Change { before: None, now: &down.numbers, seconds: f64::NAN };
            sink.group(&MYSQL, &self.instance, &none.values(&variables::SERVER));
            return;
        };
        let restarted = self
            .before
            .as_ref()
            .is_some_and(|(_, before)| answer.number("uptime") < before.number("uptime"));
        answer.extend([
            ("probe.up", Some(1.0)),
            ("probe.seconds", Some(took.as_secs_f64())),
            ("probe.restarted", Some(f64::from(u8::from(restarted)))),
        ]);
        let change = Change {
            before: self.before.as_ref().map(|(_, was)| &was.numbers).filter(|_| !restarted),
            now: &answer.numbers,
            seconds: self
                .before
                .as_ref()
                .map_or(f64::NAN, |(then, _)| clock.saturating_sub(*then).as_secs_f64()),
        };
        for (kind, variables) in &GROUPS {
            // A server without a query cache, or one that is not a replica, has no such group.
            if variables.iter().any(|variable| answer.numbers.contains_key(variable.from)) {
                sink.group(kind, &self.instance, &change.values(variables));
            }
        }
        // One channel without a name is the replica itself.
        if answer.channels.iter().any(|channel| !channel.name.is_empty()) {
            for channel in answer.channels.iter().take(MAX_CHANNELS) {
                let values = channel.numbers().map(|(_, number)| number.unwrap_or(f64::NAN));
                let slash = if channel.name.is_empty() { "" } else { "/" };
                let instance = format!("{}{slash}{}", self.instance, channel.name);
                sink.group(&MYSQL_CHANNEL, &instance, &values);
            }
        }
        self.before = Some((clock, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn answer(pairs: &[(&str, &str)]) -> Answer {
        let row = |(name, value): &(&str, &str)| {
            vec![Some((*name).to_owned()), Some((*value).to_owned())]
        };
        let mut answer = Answer::default();
        answer.take_status(&Table { columns: Vec::new(), rows: pairs.iter().map(row).collect() });
        answer
    }

    fn after(answers: Vec<Option<Answer>>) -> Recorder {
        let mut mysql = Mysql::new("db".to_owned());
        let mut recorder = Recorder::default();
        for (second, answer) in (100..).step_by(2).zip(answers) {
            recorder.groups.clear();
            let (clock, took) = (Duration::from_secs(second), Duration::from_millis(3));
            mysql.take(answer, clock, took, &mut recorder);
        }
        recorder
    }

    #[test]
    fn counters_become_rates_and_the_rest_is_as_it_is() {
        let first = answer(&[("Uptime", "10"), ("Queries", "100"), ("Com_select", "1")]);
        let second = answer(&[
            ("Uptime", "12"),
            ("Queries", "300"),
            ("Com_select", "7"),
            ("Threads_connected", "5"),
            ("Innodb_row_lock_time_avg", "250"),
            ("Rpl_status", "AUTH_MASTER"),
        ]);
        let seen = after(vec![Some(first), Some(second)]);
        assert_eq!(seen.value(&MYSQL, "db", "queries"), 100.0);
        assert_eq!(seen.value(&MYSQL_COMMANDS, "db", "select"), 3.0);
        assert_eq!(seen.value(&MYSQL, "db", "threads"), 5.0);
        assert_eq!(seen.value(&MYSQL_INNODB, "db", "lock_wait_seconds"), 0.25);
        assert_eq!(seen.value(&MYSQL, "db", "up"), 1.0);
        assert!(seen.instances(&MYSQL_REPLICA).is_empty());
        assert!(seen.instances(&MYSQL_QUERY_CACHE).is_empty());
    }

    #[test]
    fn a_restart_is_reported_and_makes_no_rate() {
        let first = answer(&[("Uptime", "10"), ("Queries", "100")]);
        let second = answer(&[("Uptime", "1"), ("Queries", "300")]);
        let seen = after(vec![Some(first.clone()), Some(second)]);
        assert!(seen.value(&MYSQL, "db", "queries").is_nan());
        assert_eq!(seen.value(&MYSQL, "db", "restarts"), 0.5);
        let flushed = answer(&[("Uptime", "12"), ("Queries", "3")]);
        assert!(after(vec![Some(first), Some(flushed)]).value(&MYSQL, "db", "queries").is_nan());
    }

    #[test]
    fn a_server_that_does_not_answer_is_down_and_the_next_answer_spans_the_gap() {
        let first = answer(&[("Uptime", "10"), ("Queries", "100")]);
        let down = after(vec![Some(first.clone()), None]);
        assert_eq!(down.value(&MYSQL, "db", "up"), 0.0);
        assert!(down.value(&MYSQL, "db", "threads").is_nan());
        let second = answer(&[("Uptime", "14"), ("Queries", "180")]);
        assert_eq!(
            after(vec![Some(first), None, Some(second)]).value(&MYSQL, "db", "queries"),
            20.0
        );
    }

    #[test]
    fn a_number_that_is_impossible_is_unknown_and_no_other() {
        let first = answer(&[("Uptime", "10"), ("Queries", "100"), ("Handler_commit", "5")]);
        let second = answer(&[
            ("Uptime", "12"),
            ("Queries", "18446744073709551000"),
            ("Handler_commit", "9"),
            ("Threads_running", "18446744073709551615"),
            ("Threads_connected", "3"),
        ]);
        let seen = after(vec![Some(first), Some(second)]);
        assert!(seen.value(&MYSQL, "db", "queries").is_nan());
        assert!(seen.value(&MYSQL, "db", "threads_running").is_nan());
        assert_eq!(seen.value(&MYSQL, "db", "threads"), 3.0);
        assert_eq!(seen.value(&MYSQL_HANDLERS, "db", "commit"), 2.0);
    }

    #[test]
    fn what_a_server_does_not_have_is_not_denied() {
        let address = || Endpoint::parse("db:3306");
        let message = "Unknown storage engine".to_owned();
        let refused = MysqlError::Refused { address: address(), code: 1286, message };
        assert!(denial(ENGINE_STATUS, refused).unwrap().is_none());
        let broken = MysqlError::Protocol { address: address(), problem: "a row" };
        assert!(denial(ENGINE_STATUS, broken).is_err());
    }

    #[test]
    fn the_engines_words_give_history_checkpoint_and_transactions() {
        let text = "TRANSACTIONS\nTrx id counter 9\nHistory list length 17\n\
            ---TRANSACTION 421, not started\n---TRANSACTION 8, ACTIVE 3 sec\n2 lock struct(s)\n\
            Log sequence number 45826\nLast checkpoint at  45000\n";
        let row = vec![Some("InnoDB".to_owned()), Some(String::new()), Some(text.to_owned())];
        let mut found = answer(&[("Uptime", "1")]);
        found.take_engine(&Table { columns: Vec::new(), rows: vec![row] });
        let seen = after(vec![Some(found)]);
        let value = |metric| seen.value(&MYSQL_INNODB, "db", metric);
        assert_eq!((value("history"), value("checkpoint_age")), (17.0, 826.0));
        assert_eq!((value("transactions"), value("active")), (2.0, 1.0));
    }

    fn replica(columns: &[&str], rows: &[&[&str]]) -> Recorder {
        let texts = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = rows.iter().map(|row| texts(row).into_iter().map(Some).collect()).collect();
        let mut found = answer(&[("Uptime", "1")]);
        found.take_channels(&Table { columns: texts(columns), rows });
        after(vec![Some(found)])
    }

    #[test]
    fn a_replica_shows_how_far_it_is_behind() {
        let columns = ["Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master"];
        let seen = replica(&columns, &[&["Yes", "Yes", "12"]]);
        assert_eq!(seen.value(&MYSQL_REPLICA, "db", "behind"), 12.0);
        assert_eq!(seen.value(&MYSQL_REPLICA, "db", "running"), 1.0);
        assert!(seen.instances(&MYSQL_CHANNEL).is_empty());
    }

    #[test]
    fn a_replica_of_several_sources_is_as_late_as_its_worst_channel_and_shows_each() {
        let columns =
            ["Channel_Name", "Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source"];
        let seen = replica(&columns, &[&["", "Yes", "Yes", "1"], &["eu", "Yes", "No", "700"]]);
        let value = |kind, instance, metric| seen.value(kind, instance, metric);
        assert_eq!(value(&MYSQL_REPLICA, "db", "behind"), 700.0);
        assert_eq!(value(&MYSQL_REPLICA, "db", "running"), 0.0);
        assert_eq!(seen.instances(&MYSQL_CHANNEL), ["db", "db/eu"]);
        assert_eq!(value(&MYSQL_CHANNEL, "db", "running"), 1.0);
        assert_eq!(value(&MYSQL_CHANNEL, "db", "behind"), 1.0);
        assert_eq!(value(&MYSQL_CHANNEL, "db/eu", "running"), 0.0);
    }

    #[test]
    fn a_node_of_galera_shows_its_cluster_and_any_other_server_has_no_such_group() {
        let status = [
            ("Uptime", "10"),
            ("wsrep_cluster_size", "3"),
            ("wsrep_cluster_status", "Primary"),
            ("wsrep_ready", "ON"),
            ("wsrep_local_state", "4"),
            ("wsrep_local_recv_queue", "7"),
            ("wsrep_flow_control_paused_ns", "1000000000"),
            ("wsrep_provider_name", "Galera"),
        ];
        let mut later = status;
        later[0].1 = "12";
        later[2].1 = "non-Primary";
        later[3].1 = "OFF";
        later[6].1 = "1500000000";
        let seen = after(vec![Some(answer(&status)), Some(answer(&later))]);
        let value = |metric| seen.value(&MYSQL_GALERA, "db", metric);
        assert_eq!((value("size"), value("state"), value("receive_queue")), (3.0, 4.0, 7.0));
        assert_eq!((value("primary"), value("ready"), value("paused")), (0.0, 0.0, 0.25));
        let first = after(vec![Some(answer(&status))]);
        assert_eq!(first.value(&MYSQL_GALERA, "db", "primary"), 1.0);
        assert_eq!(first.value(&MYSQL_GALERA, "db", "ready"), 1.0);

        let mut unloaded = status;
        unloaded[7].1 = "";
        assert!(after(vec![Some(answer(&unloaded))]).instances(&MYSQL_GALERA).is_empty());
    }
}
