//! Real servers of `MariaDB`, and the answers of other versions of `MySQL`.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::source::mysql;
use rrd_collector::source::mysql::{Account, Mysql, MysqlError};
use rrd_collector::source::server::{Server, ServerState};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::peers::{LIMIT, Values, is_root, moments, quiet, run};
use crate::programs::{Running, free_port, has, installed, wait_until};

struct Database {
    _server: Running,
    folder: tempfile::TempDir,
    port: u16,
}

impl Database {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--datadir={}/data", folder.path().display());
        // Only root can become another user, and must say that it does not want to.
        let user = is_root().then_some("--user=root");
        let made = quiet("mariadb-install-db")
            .args([
                "--no-defaults",
                &data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ])
            .args(user)
            // Servers that start at the same time give their temporary tables the same names.
            .env("TMPDIR", folder.path())
            .status()
            .unwrap();
        assert!(made.success());
        let port = free_port();
        let mut command = quiet("mariadbd");
        command
            .args([
                "--no-defaults",
                &data,
                "--bind-address=127.0.0.1",
                "--innodb-buffer-pool-size=16M",
            ])
            .args(options)
            .args(user)
            .env("TMPDIR", folder.path())
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}/sock", folder.path().display()))
            .arg(format!("--pid-file={}/pid", folder.path().display()));
        let server = Running(command.spawn().unwrap());
        wait_until("MariaDB listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let database = Self { _server: server, folder, port };
        wait_until("MariaDB answers", || database.try_to_execute("SELECT 1"));
        database.execute(
            "CREATE USER 'watch'@'%' IDENTIFIED BY 'secret'; CREATE USER 'poor'@'%';
            GRANT PROCESS, REPLICATION CLIENT, SLAVE MONITOR ON *.* TO 'watch'@'%';
            CREATE DATABASE shop",
        );
        database
    }

    fn socket(&self) -> Endpoint {
        Endpoint::Socket(self.folder.path().join("sock"))
    }

    fn account(&self, user: &str, password: &str) -> Account {
        let address = Endpoint::Network(format!("127.0.0.1:{}", self.port));
        Account { address, user: user.to_owned(), password: password.to_owned() }
    }

    fn try_to_execute(&self, statements: &str) -> bool {
        let socket = format!("--socket={}/sock", self.folder.path().display());
        let mut client = installed("mariadb")
            .args(["--no-defaults", &socket, "--user=root"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        client.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
        client.wait().unwrap().success()
    }

    fn execute(&self, statements: &str) {
        assert!(self.try_to_execute(statements), "{statements}");
    }
}

/// The values that one question gives.
fn values_of(account: &Account) -> Values {
    let answer = run(mysql::fetch(account, LIMIT)).unwrap();
    let mut values = Values::default();
    Mysql::new("db".to_owned()).take(Some(answer), moments()[0], Duration::ZERO, &mut values);
    values
}

#[test]
fn statements_of_mariadb_are_counted_exactly() {
    if !has("mariadbd") || !has("mariadb-install-db") {
        return;
    }
    let database = Database::start(&[]);
    database.execute("CREATE TABLE shop.orders (id INT PRIMARY KEY, price INT) ENGINE=InnoDB;");
    let account = database.account("watch", "secret");
    let mut probe = Mysql::new("db".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let answer = run(mysql::fetch(&account, LIMIT)).unwrap();
        probe.take(Some(answer), clock, Duration::from_millis(1), &mut values);
        if clock == moments()[0] {
            let insert = |number| format!("INSERT INTO shop.orders VALUES ({number}, 5);\n");
            let select =
                |number| format!("SELECT price FROM shop.orders WHERE id = {};\n", number % 200);
            let mut statements: Vec<String> = (0..200).map(insert).collect();
            statements.extend((0..1_000).map(select));
            statements.push(
                "UPDATE shop.orders SET price = 6;\nDELETE FROM shop.orders WHERE id < 50;\n"
                    .to_owned(),
            );
            database.execute(&statements.concat());
        }
    }
    let counted = |name: &str| (values.of(name) * 10.0).round();
    // The client runs one SELECT of its own at its start.
    let selects = counted("mysql_commands.select");
    assert!((1_000.0..=1_002.0).contains(&selects), "{selects}");
    assert_eq!(counted("mysql_commands.insert"), 200.0);
    assert_eq!(counted("mysql_commands.update"), 1.0);
    assert_eq!(counted("mysql_commands.delete"), 1.0);
    assert_eq!(counted("mysql_handlers.update"), 200.0);
    assert_eq!(counted("mysql_handlers.delete"), 50.0);
    assert_eq!(values.of("mysql.up"), 1.0);
    assert_eq!(values.of("mysql.connections_limit"), 151.0);
    assert!(values.of("mysql.threads") >= 1.0);
    assert!(values.of("mysql_innodb.history") >= 0.0, "the engine's own words are read");
    assert!(values.of("mysql_innodb.pool_pages") >= 900.0);

    // Through the socket, without a password, and without the privileges for the engine's status.
    let poor = Account { address: database.socket(), ..database.account("poor", "") };
    let values = values_of(&poor);
    assert!(values.of("mysql.threads") >= 1.0);
    assert!(values.of("mysql_innodb.active").is_nan());

    let error = run(mysql::fetch(&database.account("watch", "wrong"), LIMIT)).unwrap_err();
    assert!(matches!(error, MysqlError::Refused { code: 1045, .. }), "{error}");
    assert!(error.to_string().contains("Access denied for user 'watch'@"), "{error}");
}

#[test]
fn what_a_user_may_not_see_is_named_with_the_statement_that_helps_and_all_channels_count() {
    if !has("mariadbd") || !has("mariadb-install-db") {
        return;
    }
    // A channel whose source is the server itself, and one whose source does not answer.
    let database = Database::start(&["--log-bin=binlog", "--replicate-same-server-id"]);
    let channel = |name: &str, port: u16| {
        database.execute(&format!(
            "CHANGE MASTER '{name}' TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='watch',
            MASTER_PASSWORD='secret', MASTER_USE_GTID=no; START SLAVE '{name}'"
        ));
    };
    database.execute("GRANT REPLICATION SLAVE ON *.* TO 'watch'@'%'; RESET MASTER");
    channel("eu", database.port);
    channel("us", 1);

    let poor = database.account("poor", "");
    let answer = run(mysql::fetch(&poor, LIMIT)).unwrap();
    let error = poor.check(&answer).unwrap_err().to_string();
    let address = format!("127.0.0.1:{}: ", database.port);
    assert_eq!(
        error.strip_prefix(&address),
        Some(
            "no privilege for SHOW ENGINE INNODB STATUS and SHOW ALL SLAVES STATUS, whose values are unknown: \
             run GRANT PROCESS, SLAVE MONITOR ON *.* TO 'poor'@'%'"
        ),
        "{error}"
    );
    assert_eq!(values_of(&poor).all("mysql_replica.running"), []);
    database.execute(error.split_once("run ").unwrap().1);
    let answer = run(mysql::fetch(&poor, LIMIT)).unwrap();
    poor.check(&answer).unwrap();

    wait_until("the first channel runs", || {
        values_of(&poor).all("mysql_channel.running") == [("db/eu", 1.0), ("db/us", 0.0)]
    });
    let values = values_of(&poor);
    assert_eq!(values.all("mysql_replica.running"), [("db", 0.0)]);
    assert_eq!(values.all("mysql_replica.behind"), [("db", 0.0)]);
    let [(_, behind), (_, unknown)] = values.all("mysql_channel.behind")[..] else { panic!() };
    assert!(behind == 0.0 && unknown.is_nan(), "{behind} {unknown}");
    assert_eq!(values.all("mysql_galera.ready"), []);
}

const GALERA: &str = "/usr/lib/galera/libgalera_smm.so";

#[test]
fn a_node_of_galera_that_loses_its_cluster_is_neither_ready_nor_primary() {
    if !has("mariadbd") || !has("mariadb-install-db") {
        return;
    }
    if !Path::new(GALERA).exists() {
        assert!(std::env::var_os("CI").is_none(), "{GALERA} is not installed");
        return;
    }
    let (group, transfer) = (free_port(), free_port());
    let database = Database::start(&[
        "--wsrep-on=ON",
        "--binlog-format=ROW",
        "--wsrep-new-cluster",
        "--wsrep-cluster-address=gcomm://",
        "--wsrep-node-address=127.0.0.1",
        &format!("--wsrep-provider={GALERA}"),
        &format!(
            "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{group};\
            ist.recv_addr=127.0.0.1:{transfer};gcache.size=1M"
        ),
    ]);
    let account = database.account("watch", "secret");
    let values = values_of(&account);
    let of = |values: &Values, metric: &str| values.of(&format!("mysql_galera.{metric}"));
    for (metric, value) in [("ready", 1.0), ("primary", 1.0), ("size", 1.0), ("state", 4.0)] {
        assert_eq!(of(&values, metric), value, "{metric}");
    }
    assert_eq!((of(&values, "send_queue"), of(&values, "receive_queue")), (0.0, 0.0));
    database.execute("SET GLOBAL wsrep_cluster_address='gcomm://127.0.0.1:1'");
    wait_until("it is alone", || of(&values_of(&account), "primary") == 0.0);
    let values = values_of(&account);
    assert_eq!((of(&values, "ready"), of(&values, "size")), (0.0, 0.0));
}

/// The packets of a table, as a server sends them.
fn table(columns: &[&str], rows: &[&[Option<&str>]]) -> Vec<Vec<u8>> {
    let text = |text: &str| {
        let mut bytes = vec![u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        bytes
    };
    let end = vec![0xfe, 0, 0, 0x22, 0];
    let mut packets = vec![vec![u8::try_from(columns.len()).unwrap()]];
    for name in columns {
        let mut packet = ["def", "", "", "", name, ""].map(text).concat();
        // Twelve bytes: character set, length, type, flags, decimals.
        packet.extend_from_slice(&[12, 33, 0, 0, 1, 0, 0, 253, 1, 0, 31, 0, 0]);
        packets.push(packet);
    }
    packets.push(end.clone());
    packets.extend(rows.iter().map(|row| {
        row.iter().flat_map(|cell| cell.map_or_else(|| vec![0xfb], text)).collect::<Vec<u8>>()
    }));
    packets.push(end);
    packets
}

/// What `MySQL` 8.0 with two channels and group replication answers.
fn mysql_8(question: &str) -> Vec<Vec<u8>> {
    let refused = |code: u16, text: &str| {
        let [low, high] = code.to_le_bytes();
        vec![[&[0xff, low, high], b"#42000".as_slice(), text.as_bytes()].concat()]
    };
    match question {
        "SHOW GLOBAL STATUS" => {
            table(&["Variable_name", "Value"], &[&[Some("Uptime"), Some("86400")]])
        }
        "SHOW GLOBAL VARIABLES LIKE 'max_connections'" => {
            table(&["Variable_name", "Value"], &[&[Some("max_connections"), Some("151")]])
        }
        "SHOW ENGINE INNODB STATUS" => refused(
            1227,
            "Access denied; you need (at least one of) the PROCESS privilege(s) for this operation",
        ),
        "SHOW REPLICA STATUS" => table(
            &[
                "Replica_IO_State",
                "Replica_IO_Running",
                "Replica_SQL_Running",
                "Relay_Log_Space",
                "Seconds_Behind_Source",
                "Channel_Name",
            ],
            &[
                &[
                    Some(""),
                    Some("No"),
                    Some("No"),
                    Some("0"),
                    None,
                    Some("group_replication_recovery"),
                ],
                &[Some("Waiting"), Some("Yes"), Some("Yes"), Some("400"), Some("2"), Some("eu")],
                &[Some("Waiting"), Some("Yes"), Some("Yes"), Some("30"), Some("650"), Some("us")],
            ],
        ),
        "SELECT CURRENT_USER()" => table(&["CURRENT_USER()"], &[&[Some("watch@10.0.0.%")]]),
        other => refused(1064, &format!("You have an error in your SQL syntax near '{other}'")),
    }
}

/// Answers one client.
async fn serve(mut stream: DuplexStream, answer: fn(&str) -> Vec<Vec<u8>>) {
    async fn send(stream: &mut DuplexStream, sequence: u8, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
        stream.write_all(&[length[0], length[1], length[2], sequence]).await.unwrap();
        stream.write_all(payload).await.unwrap();
    }
    async fn receive(stream: &mut DuplexStream) -> Vec<u8> {
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.unwrap();
        payload
    }
    let mut greeting = b"\x0a8.0.40\0\x01\0\0\0abcdefgh\0".to_vec();
    greeting.extend_from_slice(b"\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0");
    greeting.extend_from_slice(b"ijklmnopqrst\0caching_sha2_password\0");
    send(&mut stream, 0, &greeting).await;
    receive(&mut stream).await;
    send(&mut stream, 2, &[1, 3]).await;
    send(&mut stream, 3, &[0, 0, 0, 2, 0, 0, 0]).await;
    loop {
        let packet = receive(&mut stream).await;
        let (command, question) = packet.split_first().unwrap();
        if *command == 1 {
            return;
        }
        for (sequence, payload) in (1..).zip(answer(std::str::from_utf8(question).unwrap())) {
            send(&mut stream, sequence, &payload).await;
        }
    }
}

#[test]
fn every_channel_of_mysql_8_counts_and_what_is_denied_is_named() {
    let address = Endpoint::Network("db:3306".to_owned());
    let account = Account { address, user: "watch".to_owned(), password: "secret".to_owned() };
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let answer = run(async {
        let (answer, ()) = tokio::join!(mysql::fetch_over(ours, &account), serve(theirs, mysql_8));
        answer.unwrap()
    });
    assert_eq!(
        account.check(&answer).unwrap_err().to_string(),
        "db:3306: no privilege for SHOW ENGINE INNODB STATUS, whose values are unknown: \
         run GRANT PROCESS ON *.* TO 'watch'@'10.0.0.%'"
    );
    let mut values = Values::default();
    Mysql::new("db".to_owned()).take(Some(answer), moments()[0], Duration::ZERO, &mut values);
    assert_eq!(values.all("mysql_replica.running"), [("db", 1.0)]);
    assert_eq!(values.all("mysql_replica.behind"), [("db", 650.0)]);
    assert_eq!(values.all("mysql_replica.relay_log"), [("db", 430.0)]);
    assert_eq!(values.all("mysql_channel.running"), [("db/eu", 1.0), ("db/us", 1.0)]);
    assert_eq!(values.all("mysql_channel.behind"), [("db/eu", 2.0), ("db/us", 650.0)]);
    assert_eq!(values.of("mysql.connections_limit"), 151.0);
}
