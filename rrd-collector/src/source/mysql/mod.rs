//! `MySQL` and `MariaDB` through `SHOW GLOBAL STATUS` and similar queries, and the changes between
//! two answers. `client` implements the protocol, `variables` lists the values.

mod account;
mod client;
mod variables;

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};

pub use account::{Account, MysqlError, ServerAddress};
pub use client::Table;
pub use variables::{
    MYSQL, MYSQL_COMMANDS, MYSQL_HANDLERS, MYSQL_INNODB, MYSQL_KEYS, MYSQL_QUERY_CACHE,
    MYSQL_REPLICA, MYSQL_SELECTS,
};

use self::client::Client;
use self::variables::{Conversion, GROUPS, Variable};
use crate::group::Kind;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{Input, PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, times};

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
        ]
    },
    charts: &[include_str!("charts.toml")],
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
        ],
    }],
    unplanned: Some(&Unplanned {
        name: "parts of MySQL servers",
        until: "the servers show them",
        kinds: &["mysql_query_cache", "mysql_replica"],
    }),
    ..Source::EMPTY
};

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

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Vec<Input>, ConfigError> {
    let tables: Vec<AccountTable> = reader.parse(value)?;
    let input = |table: AccountTable| {
        let (step, deadline) = times(reader, table.step, table.deadline)?;
        let address = ServerAddress::parse(&reader.expand("address", &table.address)?);
        let user = reader.expand("user", &table.user)?;
        let password = match table.password {
            Some(text) => reader.secret("password", &text)?,
            None => String::new(),
        };
        let instance = table.name.unwrap_or_else(|| address.to_string());
        let server = Account { address, user, password };
        Ok(PolledServer { instance, server, step, deadline }.input())
    };
    tables.into_iter().map(input).collect()
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
}

/// The numbers of an answer by name: the server's variables, and our own with a dot in their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    numbers: HashMap<String, f64>,
}

/// Queries a server for everything.
///
/// # Errors
///
/// [`MysqlError`], after `limit` at the latest.
pub async fn fetch(account: &Account, limit: Duration) -> Result<Answer, MysqlError> {
    let address = account.address.clone();
    let conversation = async { converse(Client::log_in(account).await?).await };
    tokio::time::timeout(limit, conversation)
        .await
        .unwrap_or(Err(MysqlError::Timeout { address, limit }))
}

/// Queries the server at the other end of a stream; `place` is only used for errors. Entry point
/// for fuzzing.
#[doc(hidden)]
pub async fn fetch_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    account: &Account,
) -> Result<Answer, MysqlError> {
    converse(Client::over(Box::new(stream), account).await?).await
}

async fn converse(mut client: Client) -> Result<Answer, MysqlError> {
    let mut answer = Answer::default();
    answer.take_pairs(&client.ask("SHOW GLOBAL STATUS").await?);
    answer.take_pairs(&client.ask("SHOW GLOBAL VARIABLES LIKE 'max_connections'").await?);
    // The following needs privileges (PROCESS, REPLICATION CLIENT) that a user may lack; then it is
    // unknown.
    if let Some(table) = if_allowed(client.ask("SHOW ENGINE INNODB STATUS").await)? {
        answer.take_engine(&table);
    }
    // Old servers only know the old keyword, new ones the new one.
    for question in ["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"] {
        if let Some(table) = if_allowed(client.ask(question).await)? {
            answer.take_replica(&table);
            break;
        }
    }
    client.leave().await;
    Ok(answer)
}

fn if_allowed(answer: Result<Table, MysqlError>) -> Result<Option<Table>, MysqlError> {
    match answer {
        Ok(table) => Ok(Some(table)),
        Err(MysqlError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Answer {
    /// Rows of a name and a number; others are ignored.
    fn take_pairs(&mut self, table: &Table) {
        for row in &table.rows {
            if let [Some(name), Some(value)] = row.as_slice()
                && let Some(value) = value.parse().ok().filter(|value: &f64| value.is_finite())
            {
                self.numbers.insert(name.to_ascii_lowercase(), value);
            }
        }
    }

    /// The text of `SHOW ENGINE INNODB STATUS`, for values that are missing in the status of some
    /// versions.
    fn take_engine(&mut self, table: &Table) {
        let Some(text) = table.rows.first().and_then(|row| row.last()?.as_deref()) else { return };
        let after = |start: &str| {
            let rest = text.lines().find_map(|line| line.strip_prefix(start))?;
            rest.split_whitespace().next()?.parse::<f64>().ok()
        };
        let transactions = || text.lines().filter(|line| line.starts_with("---TRANSACTION "));
        let count = |word: &str| {
            u32::try_from(transactions().filter(|line| line.contains(word)).count()).ok()
        };
        let age = after("Log sequence number")
            .zip(after("Last checkpoint at"))
            .map(|(written, checkpoint)| written - checkpoint);
        let found = [
            ("innodb.history", after("History list length")),
            ("innodb.checkpoint_age", age),
            ("innodb.active", count(", ACTIVE").map(f64::from)),
            ("innodb.transactions", count("").map(f64::from)),
        ];
        for (name, number) in found {
            self.numbers.extend(number.map(|number| (name.to_owned(), number)));
        }
    }

    /// The row of `SHOW REPLICA STATUS`, if the server is a replica, with old or new names of its
    /// columns.
    fn take_replica(&mut self, table: &Table) {
        let Some(row) = table.rows.first() else { return };
        let cell = |name: &str| {
            let position = table.columns.iter().position(|column| column == name)?;
            row.get(position)?.as_deref()
        };
        let either = |new, old| cell(new).or_else(|| cell(old));
        let running = either("Replica_IO_Running", "Slave_IO_Running") == Some("Yes")
            && either("Replica_SQL_Running", "Slave_SQL_Running") == Some("Yes");
        let behind = either("Seconds_Behind_Source", "Seconds_Behind_Master");
        let found = [
            ("replica.running", Some(f64::from(u8::from(running)))),
            ("replica.behind", behind.and_then(|text| text.parse().ok())),
            ("replica.relay_log", cell("Relay_Log_Space").and_then(|text| text.parse().ok())),
        ];
        for (name, number) in found {
            self.numbers.extend(number.map(|number| (name.to_owned(), number)));
        }
    }

    fn number(&self, name: &str) -> f64 {
        self.numbers.get(name).copied().unwrap_or(f64::NAN)
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
            let numbers = HashMap::from([("probe.up".to_owned(), 0.0)]);
            let mut down = Answer { numbers };
            down.numbers.insert("probe.seconds".to_owned(), took.as_secs_f64());
            let none = Change { before: None, now: &down, seconds: f64::NAN };
            let values: Vec<f64> = variables::SERVER.iter().map(|v| none.value(v)).collect();
            sink.group(&MYSQL, &self.instance, &values);
            return;
        };
        let restarted = self
            .before
            .as_ref()
            .is_some_and(|(_, before)| answer.number("uptime") < before.number("uptime"));
        let ours = [
            ("probe.up", 1.0),
            ("probe.seconds", took.as_secs_f64()),
            ("probe.restarted", f64::from(u8::from(restarted))),
        ];
        answer.numbers.extend(ours.map(|(name, number)| (name.to_owned(), number)));
        let change = Change {
            before: self.before.as_ref().map(|(_, before)| before).filter(|_| !restarted),
            now: &answer,
            seconds: self
                .before
                .as_ref()
                .map_or(f64::NAN, |(then, _)| clock.saturating_sub(*then).as_secs_f64()),
        };
        for (kind, variables) in &GROUPS {
            // A server without a query cache, or one that is not a replica, has no such group.
            if variables.iter().any(|variable| answer.numbers.contains_key(variable.from)) {
                let values: Vec<f64> = variables.iter().map(|v| change.value(v)).collect();
                sink.group(kind, &self.instance, &values);
            }
        }
        self.before = Some((clock, answer));
    }
}

/// Two answers and the time between them.
struct Change<'a> {
    before: Option<&'a Answer>,
    now: &'a Answer,
    seconds: f64,
}

impl Change<'_> {
    fn value(&self, variable: &Variable) -> f64 {
        let now = self.now.number(variable.from);
        match variable.how {
            Conversion::Value(scale) => now * scale,
            Conversion::Rate(scale) => {
                let grown =
                    now - self.before.map_or(f64::NAN, |before| before.number(variable.from));
                // FLUSH STATUS resets counters.
                if grown >= 0.0 && self.seconds > 0.0 {
                    grown * scale / self.seconds
                } else {
                    f64::NAN
                }
            }
            Conversion::Event if self.seconds > 0.0 => now / self.seconds,
            Conversion::Event => f64::NAN,
        }
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
        answer.take_pairs(&Table { columns: Vec::new(), rows: pairs.iter().map(row).collect() });
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

    #[test]
    fn a_replica_shows_how_far_it_is_behind() {
        let columns = ["Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master"];
        let row = ["Yes", "Yes", "12"].map(|cell| Some(cell.to_owned())).to_vec();
        let mut found = answer(&[("Uptime", "1")]);
        found
            .take_replica(&Table { columns: columns.map(str::to_owned).to_vec(), rows: vec![row] });
        let seen = after(vec![Some(found)]);
        assert_eq!(seen.value(&MYSQL_REPLICA, "db", "behind"), 12.0);
        assert_eq!(seen.value(&MYSQL_REPLICA, "db", "running"), 1.0);
    }
}
