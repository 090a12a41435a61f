//! Real servers, each queried by its probe before and after a load of known size; and text files
//! next to them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rrd_collector::group::Kind;
use rrd_collector::net::page::Page;
use rrd_collector::source::memcached;
use rrd_collector::source::memcached::Memcached;
use rrd_collector::source::mysql;
use rrd_collector::source::mysql::{Account, Mysql, MysqlError, ServerAddress};
use rrd_collector::source::nginx;
use rrd_collector::source::nginx::Nginx;
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;

use crate::programs::{Collector, Running, configure, free_port, has, installed, wait_until};

const LIMIT: Duration = Duration::from_secs(5);

/// The newest values of every group, by `kind.metric`.
#[derive(Default)]
struct Values(Vec<(String, f64)>);

impl SampleSink for Values {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        for (metric, value) in kind.metrics.iter().zip(values) {
            self.0.push((format!("{}.{}", kind.name, metric.name), *value));
        }
    }
}

impl Values {
    fn of(&self, name: &str) -> f64 {
        self.0.iter().rev().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}")).1
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Two times ten seconds apart on the probes' clock: ten times a rate is the number of events.
fn moments() -> [Duration; 2] {
    [Duration::from_secs(100), Duration::from_secs(110)]
}

fn quiet(program: &str) -> Command {
    let mut command = installed(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_thousand_requests_of_nginx_are_counted_as_a_thousand() {
    if !has("nginx") || !has("ab") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!(
        "daemon off;\nworker_processes 1;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
        client_body_temp_path {0}/a;\nproxy_temp_path {0}/b;\nfastcgi_temp_path {0}/c;\nuwsgi_temp_path {0}/d;\n\
        scgi_temp_path {0}/e;\nserver {{\nlisten 127.0.0.1:{port};\nlocation /status {{ stub_status; }}\n\
        location / {{ return 200 well; }}\n}}\n}}\n",
        folder.path().display()
    );
    fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let mut command = quiet("nginx");
    let nginx =
        command.arg("-c").arg(folder.path().join("nginx.conf")).arg("-p").arg(folder.path());
    let _nginx = Running(nginx.spawn().unwrap());
    wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let page = Page::parse(&format!("http://127.0.0.1:{port}/status")).unwrap();
    let mut probe = Nginx::new("www".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let text = run(page.fetch(LIMIT)).unwrap();
        probe.take(nginx::Status::parse(&text), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            let url = format!("http://127.0.0.1:{port}/");
            let load = quiet("ab").args(["-q", "-n", "1000", &url]).status().unwrap();
            assert!(load.success());
        }
    }
    // The second query is counted as well.
    assert_eq!(values.of("nginx.requests") * 10.0, 1_001.0);
    assert_eq!(values.of("nginx.accepted") * 10.0, 1_001.0);
    assert_eq!(values.of("nginx.dropped"), 0.0);
}

#[test]
fn what_is_done_with_memcached_is_counted_exactly() {
    if !has("memcached") {
        return;
    }
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let mut command = quiet("memcached");
    command.args(["-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()]);
    if is_root() {
        command.args(["-u", "nobody"]);
    }
    let _memcached = Running(command.spawn().unwrap());
    wait_until("memcached listens", || TcpStream::connect(&address).is_ok());
    let mut probe = Memcached::new("cache".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let answer = run(memcached::fetch(&address, LIMIT)).unwrap();
        probe.take(Some(answer), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            let mut client = TcpStream::connect(&address).unwrap();
            for number in 0..1_000 {
                write!(client, "set key{number} 0 0 5 noreply\r\nhello\r\n").unwrap();
            }
            for number in 400..1_400 {
                write!(client, "get key{number}\r\n").unwrap();
            }
            write!(client, "quit\r\n").unwrap();
            let mut answers = String::new();
            client.read_to_string(&mut answers).unwrap();
            assert_eq!(answers.matches("VALUE key").count(), 600);
        }
    }
    let counted = |name: &str| values.of(&format!("memcached.{name}")) * 10.0;
    assert_eq!((counted("sets"), counted("hits"), counted("misses")), (1_000.0, 600.0, 400.0));
    assert_eq!(values.of("memcached.hit_share"), 0.6);
    assert_eq!((values.of("memcached.items"), counted("additions")), (1_000.0, 1_000.0));
    assert_eq!(counted("evictions"), 0.0);
}

struct Database {
    _server: Running,
    folder: tempfile::TempDir,
    port: u16,
}

impl Database {
    fn start() -> Self {
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
            .status()
            .unwrap();
        assert!(made.success());
        let start = folder.path().join("start.sql");
        fs::write(
            &start,
            "CREATE USER 'watch'@'%' IDENTIFIED BY 'secret';\nGRANT PROCESS, REPLICATION CLIENT ON *.* TO 'watch'@'%';\n\
            CREATE USER 'poor'@'%';\nCREATE DATABASE shop;\n",
        )
        .unwrap();
        let port = free_port();
        let mut command = quiet("mariadbd");
        command
            .args([
                "--no-defaults",
                &data,
                "--bind-address=127.0.0.1",
                "--innodb-buffer-pool-size=16M",
            ])
            .args(user)
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}/sock", folder.path().display()))
            .arg(format!("--pid-file={}/pid", folder.path().display()))
            .arg(format!("--init-file={}", start.display()));
        let server = Running(command.spawn().unwrap());
        wait_until("MariaDB listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { _server: server, folder, port }
    }

    fn socket(&self) -> ServerAddress {
        ServerAddress::Socket(self.folder.path().join("sock"))
    }

    fn account(&self, user: &str, password: &str) -> Account {
        let address = ServerAddress::Network(format!("127.0.0.1:{}", self.port));
        Account { address, user: user.to_owned(), password: password.to_owned() }
    }

    fn execute(&self, statements: &str) {
        let socket = format!("--socket={}/sock", self.folder.path().display());
        let mut client = installed("mariadb")
            .args(["--no-defaults", &socket, "--user=root", "shop"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        client.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
        assert!(client.wait().unwrap().success());
    }
}

#[test]
fn statements_of_mariadb_are_counted_exactly() {
    if !has("mariadbd") || !has("mariadb-install-db") {
        return;
    }
    let database = Database::start();
    database.execute("CREATE TABLE orders (id INT PRIMARY KEY, price INT) ENGINE=InnoDB;");
    let account = database.account("watch", "secret");
    let mut probe = Mysql::new("db".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let answer = run(mysql::fetch(&account, LIMIT)).unwrap();
        probe.take(Some(answer), clock, Duration::from_millis(1), &mut values);
        if clock == moments()[0] {
            let insert = |number| format!("INSERT INTO orders VALUES ({number}, 5);\n");
            let select =
                |number| format!("SELECT price FROM orders WHERE id = {};\n", number % 200);
            let mut statements: Vec<String> = (0..200).map(insert).collect();
            statements.extend((0..1_000).map(select));
            statements.push(
                "UPDATE orders SET price = 6;\nDELETE FROM orders WHERE id < 50;\n".to_owned(),
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
    let answer = run(mysql::fetch(&poor, LIMIT)).unwrap();
    let mut values = Values::default();
    Mysql::new("db".to_owned()).take(Some(answer), moments()[0], Duration::ZERO, &mut values);
    assert!(values.of("mysql.threads") >= 1.0);
    assert!(values.of("mysql_innodb.active").is_nan());

    let error = run(mysql::fetch(&database.account("watch", "wrong"), LIMIT)).unwrap_err();
    assert!(matches!(error, MysqlError::Refused { code: 1045, .. }), "{error}");
    assert!(error.to_string().contains("Access denied for user 'watch'@"), "{error}");
}

#[test]
fn text_files_of_a_folder_are_stored_by_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("backup.prom"), "backup_bytes{job=\"db\"} 4096\n").unwrap();
    let config = format!("[textfile]\nfolder = \"{}\"\nstep = \"1s\"\n", files.display());
    let data = folder.path().join("data");
    let collector = Collector::start_configured(folder.path(), &config);
    let stored = |name: &str| data.join(name).exists();
    wait_until("the series is stored", || stored("textfile/backup_bytes%7Bjob%3Ddb%7D.rrd"));
    wait_until("so is the file", || stored("textfile_file/backup.rrd"));
    let (_, metrics) = collector.get("/metrics");
    assert!(
        metrics.contains("rrd_textfile_value{name=\"backup_bytes{job=db}\"} 4096\n"),
        "{metrics}"
    );
    configure(folder.path(), "");
    collector.reload();
    fs::write(files.join("later.prom"), "later 1\n").unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(!Path::new(&data.join("textfile/later.rrd")).exists(), "the folder is still read");
    collector.stop();
}
