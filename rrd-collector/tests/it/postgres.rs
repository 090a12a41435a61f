//! Real servers of `PostgreSQL`, and answers that no server gives.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rrd_collector::fault::chain;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::net::tls::Trust;
use rrd_collector::source::postgres::{Account, Answer, Postgres, PostgresError, Postgresql};
use rrd_collector::source::server::{Server, ServerState};

use crate::peers::{LIMIT, Values, is_root, moments, run};
use crate::programs::{Running, free_port, wait_until};

/// Where Debian keeps the programs of version 15.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// The number of Debian's group of nobody.
const NOGROUP: u32 = 65_534;

/// A program of the package as a user that the server accepts, which root is not.
fn program(name: &str) -> Command {
    let path = format!("{PROGRAMS}/{name}");
    let mut command = Command::new(&path);
    if is_root() {
        command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", &path]);
    }
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn is_installed() -> bool {
    let found = Path::new(PROGRAMS).join("postgres").is_file();
    assert!(found || std::env::var_os("CI").is_none(), "PostgreSQL is not installed");
    if !found {
        println!("not run: PostgreSQL is not installed");
    }
    found
}

/// A server and its folder.
struct Database {
    server: Running,
    folder: tempfile::TempDir,
    port: u16,
}

impl Database {
    /// A new cluster that lets users in as these lines of `pg_hba.conf` say.
    fn start(hba: &str, options: &[&str]) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        let mut made = program("initdb");
        made.arg("-D").arg(&data).args(["-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8"]);
        assert!(made.status().unwrap().success());
        fs::write(data.join("pg_hba.conf"), format!("local all admin trust\n{hba}")).unwrap();
        Self::start_in(folder, options)
    }

    fn start_in(folder: tempfile::TempDir, options: &[&str]) -> Self {
        let port = free_port();
        let server = serve(folder.path(), port, options);
        let database = Self { server, folder, port };
        database.await_answer();
        database
    }

    fn await_answer(&self) {
        wait_until("PostgreSQL answers", || self.try_to_execute("SELECT 1"));
    }

    /// Waits until sessions that have ended have handed over what they counted.
    fn await_counts(&self) {
        let others = "SELECT 1 / (count(*) = 0)::int FROM pg_stat_activity \
            WHERE application_name = 'psql' AND pid <> pg_backend_pid()";
        wait_until("other sessions have ended", || self.try_to_execute(others));
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join(format!(".s.PGSQL.{}", self.port))
    }

    fn psql(&self, statements: &str) -> Command {
        let mut command = program("psql");
        command.args(["-X", "-q", "-U", "admin", "-v", "ON_ERROR_STOP=1", "-d", "postgres"]);
        command.args(["-p", &self.port.to_string(), "-h"]).arg(self.folder.path());
        command.args(statements.split(';').flat_map(|statement| ["-c", statement]));
        command
    }

    fn try_to_execute(&self, statements: &str) -> bool {
        self.psql(statements).status().unwrap().success()
    }

    fn execute(&self, statements: &str) {
        assert!(self.try_to_execute(statements), "{statements}");
    }

    /// A client whose last statement goes on.
    fn begin(&self, statements: &str) -> Session {
        Session(self.psql(statements).spawn().unwrap())
    }

    /// The server as this user sees it, at the port or at the socket.
    fn server(&self, user: &str, password: &str, trust: Option<Trust>) -> Postgres {
        let address = if password.is_empty() {
            Endpoint::Socket(self.socket())
        } else {
            Endpoint::Network(format!("127.0.0.1:{}", self.port))
        };
        let (user, password) = (user.to_owned(), password.to_owned());
        Postgres::new(Account { address, user, password, database: "postgres".to_owned(), trust })
    }
}

/// A client that is ended with the test.
struct Session(Child);

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that the server's user may use.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root() {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    }
    folder
}

fn serve(folder: &Path, port: u16, options: &[&str]) -> Running {
    let mut command = program("postgres");
    command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
    command.args(["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "autovacuum=off"]);
    Running(command.args(options).spawn().unwrap())
}

fn asked(server: &Postgres) -> Result<Answer, String> {
    run(server.ask(LIMIT)).map_err(|error| chain(&error))
}

fn values_of(server: &Postgres) -> Values {
    let mut values = Values::default();
    let (answer, at) = (asked(server).unwrap(), moments()[0]);
    Postgresql::new("db".to_owned()).take(Some(answer), at, Duration::ZERO, &mut values);
    values
}

fn value(values: &Values, name: &str, instance: &str) -> f64 {
    values.all(name).iter().rev().find(|(known, _)| *known == instance).unwrap().1
}

#[test]
fn rows_locks_and_transactions_of_postgresql_are_counted_exactly() {
    if !is_installed() {
        return;
    }
    let database = Database::start("local all watch trust\n", &[]);
    database.execute(
        "CREATE ROLE watch LOGIN; GRANT pg_monitor TO watch; CREATE TABLE t (a int PRIMARY KEY)",
    );
    let server = database.server("watch", "", None);
    // One thread with one connection, as in the daemon.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = || runtime.block_on(server.ask(LIMIT)).unwrap();
    let mut probe = Postgresql::new("db".to_owned());
    let mut values = Values::default();
    let inserted = |values: &Values| {
        values.all("postgresql_database.rows_inserted").last().map_or(f64::NAN, |last| last.1)
    };
    database.await_counts();
    probe.take(Some(ask()), moments()[0], Duration::ZERO, &mut values);
    database.execute(
        "INSERT INTO t SELECT generate_series(1, 500); UPDATE t SET a = a + 1000 WHERE a <= 100;\
        DELETE FROM t WHERE a > 1050",
    );
    database.await_counts();
    probe.take(Some(ask()), moments()[1], Duration::ZERO, &mut values);
    assert_eq!(inserted(&values) * 10.0, 500.0);
    let of = |values: &Values, metric: &str| {
        value(values, &format!("postgresql_database.{metric}"), "db/postgres")
    };
    assert_eq!(
        (of(&values, "rows_updated") * 10.0, of(&values, "rows_deleted") * 10.0),
        (100.0, 50.0)
    );
    assert!(of(&values, "commits") * 10.0 >= 3.0);
    assert!(of(&values, "size") > 1e6 && values.of("postgresql.wal_bytes") > 1e3);
    assert_eq!(values.of("postgresql.up"), 1.0);
    assert!(values.all("postgresql_standby.receiving").is_empty());

    let _holder = database.begin("BEGIN; LOCK TABLE t; SELECT pg_sleep(60)");
    let held = "SELECT 1 / count(*) FROM pg_locks \
        WHERE mode = 'AccessExclusiveLock' AND relation = 't'::regclass";
    wait_until("the table is locked", || database.try_to_execute(held));
    let _waiter = database.begin("INSERT INTO t VALUES (7)");
    let mut now = Values::default();
    wait_until("a session waits for a lock", || {
        now = Values::default();
        probe.take(Some(ask()), Duration::from_secs(120), Duration::ZERO, &mut now);
        now.of("postgresql.waiting") == 1.0
    });
    assert_eq!((now.of("postgresql.active"), now.of("postgresql.connections")), (2.0, 2.0));
    assert_eq!(now.of("postgresql.connections_share"), 0.02);
    assert!(now.of("postgresql.oldest_transaction") > 0.0);
}

#[test]
fn a_server_that_is_restarted_is_asked_over_a_new_connection() {
    if !is_installed() {
        return;
    }
    let mut database = Database::start("local all all trust\n", &[]);
    let server = database.server("admin", "", None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = || runtime.block_on(server.ask(LIMIT));
    let sessions = "SELECT 1 / (count(*) = 1)::int FROM pg_stat_activity WHERE application_name = 'rrd-collector'";
    for _ in 0..3 {
        ask().unwrap();
        assert!(database.try_to_execute(sessions), "there is one connection");
    }
    let (folder, port) = (database.folder.path().to_owned(), database.port);
    // The signal of a fast shutdown, which ends connections.
    let pid = rustix::process::Pid::from_child(&database.server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    database.server.0.wait().unwrap();
    assert!(matches!(ask(), Err(PostgresError::Io { .. })));
    database.server = serve(&folder, port, &[]);
    database.await_answer();
    ask().unwrap();
    ask().unwrap();
}

#[test]
fn logins_and_rights_that_are_missing_are_reported_with_what_to_do() {
    if !is_installed() {
        return;
    }
    let hba = "local all nobody2 peer\nlocal all all trust\nhost all watch 127.0.0.1/32 scram-sha-256\n\
        host all old 127.0.0.1/32 md5\nhost all clear 127.0.0.1/32 password\n";
    let database = Database::start(hba, &[]);
    database.execute(
        "CREATE ROLE watch LOGIN PASSWORD 'secret'; GRANT pg_monitor TO watch; CREATE ROLE \"po\"\"or\" LOGIN;\
        CREATE ROLE nobody2 LOGIN; SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD 'secret';\
        CREATE ROLE clear LOGIN PASSWORD 'secret'",
    );
    let network = format!("127.0.0.1:{}", database.port);
    let at_network = |user, password| asked(&database.server(user, password, None));
    at_network("watch", "secret").unwrap();
    assert_eq!(
        at_network("watch", "wrong").unwrap_err(),
        format!(
            "{network} refuses: password authentication failed for user \"watch\" (SQLSTATE 28P01)"
        )
    );
    let refused = at_network("nobody2", "secret").unwrap_err();
    assert!(refused.contains("no pg_hba.conf entry for host \"127.0.0.1\""), "{refused}");
    let old = at_network("old", "secret").unwrap_err();
    assert!(old.contains("by md5 only: set password_encryption = 'scram-sha-256'"), "{old}");
    let clear = at_network("clear", "secret").unwrap_err();
    assert!(clear.contains("it would be sent in the clear: use TLS"), "{clear}");
    let peer = asked(&database.server("nobody2", "", None)).unwrap_err();
    assert!(
        peer.ends_with("must have the name of the system user, rrd-collector for the service"),
        "{peer}"
    );

    let server = database.server("po\"or", "", None);
    let answer = run(server.ask(LIMIT)).unwrap();
    let denied = server.check(&answer).unwrap_err().to_string();
    assert_eq!(
        denied,
        format!(
            "unix:{}: sessions and replicas of other users are hidden: run GRANT pg_monitor TO \"po\"\"or\"",
            database.socket().display()
        )
    );
    let mut values = Values::default();
    let mut probe = Postgresql::new("db".to_owned());
    probe.take(Some(answer), moments()[0], Duration::ZERO, &mut values);
    assert!(values.of("postgresql.active").is_nan());
    assert!(values.of("postgresql.connections") >= 0.0);
}

#[test]
fn tls_is_believed_by_the_certificate_and_missed_where_there_is_none() {
    if !is_installed() {
        return;
    }
    let keys = folder();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (keys.path().join("c.pem"), keys.path().join("k.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    // The server takes a key of its own user that nobody else may read, or of root.
    let mode = if is_root() { 0o640 } else { 0o600 };
    fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(&key, None, Some(NOGROUP)).unwrap();
    }

    let hba = "hostssl all clear 127.0.0.1/32 password\n";
    let (file, key_file) = (
        format!("ssl_cert_file={}", certificate.display()),
        format!("ssl_key_file={}", key.display()),
    );
    let database = Database::start(hba, &["-c", "ssl=on", "-c", &file, "-c", &key_file]);
    database.execute("CREATE ROLE clear LOGIN PASSWORD 'secret'; GRANT pg_monitor TO clear");
    let asked_at = |host: &str, trust| {
        let address = Endpoint::Network(format!("{host}:{}", database.port));
        let (user, password) = ("clear".to_owned(), "secret".to_owned());
        let account = Account { address, user, password, database: "postgres".to_owned(), trust };
        run(Postgres::new(account).ask(LIMIT))
    };
    let only = Trust::only(&certificate).unwrap();
    asked_at("localhost", Some(only)).unwrap();
    let stranger = asked_at("localhost", Some(Trust::system())).unwrap_err();
    assert!(matches!(stranger, PostgresError::Tls { .. }), "{stranger}");

    let plain = Database::start("", &[]);
    let error = asked(&plain.server("admin", "x", Some(Trust::anybody()))).unwrap_err();
    assert!(error.contains("does not use TLS: set `ssl = on` there"), "{error}");
}

#[test]
fn a_primary_shows_its_standby_and_a_slot_that_nobody_reads() {
    if !is_installed() {
        return;
    }
    let hba = "local replication admin trust\nlocal all all trust\n";
    let primary = Database::start(hba, &["-c", "wal_level=replica"]);
    let second = folder();
    let mut copy = program("pg_basebackup");
    copy.args([
        "-U",
        "admin",
        "-R",
        "-c",
        "fast",
        "-X",
        "stream",
        "--no-sync",
        "-p",
        &primary.port.to_string(),
        "-h",
    ]);
    copy.arg(primary.folder.path()).arg("-D").arg(second.path().join("data"));
    assert!(copy.status().unwrap().success());
    let standby = Database::start_in(second, &["-c", "cluster_name=east"]);
    let (first, other) = (primary.server("admin", "", None), standby.server("admin", "", None));
    wait_until("the standby is linked", || {
        values_of(&first).all("postgresql_replica.streaming").first().is_some_and(|l| l.1 == 1.0)
    });
    let shown = values_of(&first);
    assert_eq!(shown.all("postgresql_replica.streaming"), [("db/east", 1.0)]);
    assert_eq!(shown.of("postgresql.slot_retained"), 0.0);
    let shown = values_of(&other);
    assert_eq!(shown.of("postgresql_standby.receiving"), 1.0);
    assert!(shown.of("postgresql_standby.behind_seconds") >= 0.0);
    primary.execute(
        "SELECT pg_create_physical_replication_slot('lost', true); CREATE TABLE t AS SELECT generate_series(1, 9000) AS a",
    );
    assert!(values_of(&first).of("postgresql.slot_retained") > 1e5);
    drop(primary);
    wait_until("the standby is alone", || {
        values_of(&other).of("postgresql_standby.receiving") == 0.0
    });
}

/// Time limit for an answer that never comes.
const SHORT: Duration = Duration::from_millis(300);

/// The error for a server that answers anything with these bytes, and then says nothing more.
fn answered(bytes: &'static [u8], limit: Duration) -> PostgresError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Endpoint::Network(listener.local_addr().unwrap().to_string());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(bytes).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (user, password) = ("watch".to_owned(), "secret".to_owned());
    let database = "postgres".to_owned();
    let account = Account { address, user, password, database, trust: None };
    let error = run(Postgres::new(account).ask(limit)).unwrap_err();
    answering.join().unwrap();
    error
}

#[test]
fn other_programs_and_messages_without_sense_are_refused() {
    for nonsense in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"R\0\0\0\x03",
        b"R\xff\xff\xff\xff",
        b"R\0\0\0\x04",
        b"Z\0\0\0\x05I",
        // A proof of nothing, and one that was not asked for.
        b"R\0\0\0\x0c\0\0\0\x0bxxxx",
        b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x0d\0\0\0\x0br=abc",
        // The version is that of a server, and its answer is not.
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x16server_version\x0015\0\0Z\0\0\0\x05ID\0\0\0\x06\0\x01",
    ] {
        let error = answered(nonsense, LIMIT);
        assert!(matches!(error, PostgresError::Protocol { .. }), "{nonsense:?}: {error}");
    }
    let stranger = answered(b"R\0\0\0\x0c\0\0\0\x0cv=xx", LIMIT);
    assert!(matches!(stranger, PostgresError::Stranger { .. }), "{stranger}");
    let full = answered(b"E\0\0\0\x25SFATAL\0C53300\0Mtoo many clients\0\0", LIMIT);
    assert!(full.to_string().ends_with("refuses: too many clients (SQLSTATE 53300)"), "{full}");
    assert!(matches!(answered(b"R\0\0\0\x08\0\0", SHORT), PostgresError::Timeout { .. }));
    assert!(matches!(answered(b"", SHORT), PostgresError::Timeout { .. }));
}
