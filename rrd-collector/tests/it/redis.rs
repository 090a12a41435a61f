//! Real servers of `Redis`, and answers that no server gives.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use rrd_collector::fault::chain;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::net::tls::Trust;
use rrd_collector::source::redis;
use rrd_collector::source::redis::{Redis, RedisError, RedisServer};
use rrd_collector::source::server::ServerState;

use crate::peers::{LIMIT, Values, moments, quiet, run};
use crate::programs::{Running, free_port, has, wait_until};

const NETWORK: &str = "bind 127.0.0.1\n";

/// A server with this configuration in a folder.
fn start(folder: &Path, port: u16, config: &str) -> Running {
    let file = folder.join(format!("{port}.conf"));
    let common = format!("port {port}\ndir {}\nsave \"\"\n{config}", folder.display());
    fs::write(&file, common).unwrap();
    let server = Running(quiet("redis-server").arg(&file).spawn().unwrap());
    wait_until("Redis listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    server
}

fn server(address: &str, user: &str, password: &str) -> RedisServer {
    let address = Endpoint::parse(address);
    RedisServer { address, user: user.to_owned(), password: password.to_owned(), trust: None }
}

fn at(port: u16) -> RedisServer {
    server(&format!("127.0.0.1:{port}"), "", "")
}

/// Sends commands in one line each, and waits for the answer to the last one.
fn execute(port: u16, commands: &str) {
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.write_all(format!("{commands}PING last\r\n").as_bytes()).unwrap();
    let (mut answers, mut portion) = (String::new(), [0; 4096]);
    while !answers.contains("\r\nlast\r\n") {
        let read = client.read(&mut portion).unwrap();
        assert!(read > 0, "{answers}");
        answers.push_str(&String::from_utf8_lossy(&portion[..read]));
    }
}

/// The values that one question gives.
fn values_of(server: &RedisServer) -> Values {
    let info = run(redis::fetch(server, LIMIT)).unwrap();
    let mut values = Values::default();
    Redis::new("r".to_owned()).take(Some(info), moments()[0], Duration::ZERO, &mut values);
    values
}

#[test]
fn what_is_done_with_redis_is_counted_exactly() {
    if !has("redis-server") {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let socket = folder.path().join("sock");
    let config = format!("{NETWORK}unixsocket {}\nmaxmemory 64mb\n", socket.display());
    let _redis = start(folder.path(), port, &config);
    let mut probe = Redis::new("r".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let asked = server(&format!("unix:{}", socket.display()), "", "");
        let info = run(redis::fetch(&asked, LIMIT)).unwrap();
        probe.take(Some(info), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            let set = |number| format!("SET key{number} hello\r\n");
            let get = |number| format!("GET key{number}\r\n");
            let mut commands: String = (0..1_000).map(set).collect();
            commands.extend((400..1_400).map(get));
            commands.push_str("EXPIRE key1 900\r\nSELECT 3\r\nSET other x EX 900\r\nNONSENSE\r\n");
            execute(port, &commands);
        }
    }
    let counted = |name: &str| values.of(&format!("redis.{name}")) * 10.0;
    // 2,003 commands that succeed, a PING and the second question; unknown ones do not count.
    assert_eq!((counted("commands"), counted("errors")), (2_005.0, 1.0));
    assert_eq!((counted("hits"), counted("misses")), (600.0, 400.0));
    assert_eq!((values.of("redis.hit_share"), counted("connects")), (0.6, 2.0));
    assert_eq!((values.of("redis.keys"), values.of("redis.keys_expiring")), (1_001.0, 2.0));
    assert_eq!(values.of("redis.memory_limit"), f64::from(64 << 20));
    let full = values.of("redis.full_share");
    assert!(full > 0.005 && full < 0.5, "{full}");
    assert_eq!((values.of("redis.up"), values.of("redis.save_ok")), (1.0, 1.0));
    assert!(values.all("redis_replication.replicas").is_empty());
}

#[test]
fn logins_and_rights_that_are_missing_are_reported_with_what_to_do() {
    if !has("redis-server") {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let users = "requirepass secret\nuser watch on >w +info\nuser poor on >p -@all +ping\n";
    let _redis = start(folder.path(), port, &format!("{NETWORK}{users}"));
    let address = format!("127.0.0.1:{port}");
    let asked = |user: &str, password: &str| {
        run(redis::fetch(&server(&address, user, password), LIMIT)).map_err(|error| chain(&error))
    };
    assert!(asked("", "secret").is_ok() && asked("watch", "w").is_ok());
    assert_eq!(
        asked("", "").unwrap_err(),
        format!("{address} wants a password: set `password`, and `user` if it is not `default`")
    );
    assert_eq!(
        asked("poor", "p").unwrap_err(),
        format!("{address}: the user may not run INFO: run ACL SETUSER poor +info")
    );
    let wrong = asked("watch", "secret").unwrap_err();
    assert!(wrong.starts_with(&format!("{address} refuses: WRONGPASS ")), "{wrong}");
}

#[test]
fn a_replica_and_its_primary_show_their_link() {
    if !has("redis-server") {
        return;
    }
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (port, second) = (free_port(), free_port());
    let primary = start(folder.path(), port, NETWORK);
    let of = format!("{NETWORK}replicaof 127.0.0.1 {port}\nrepl-diskless-sync-delay 0\n");
    let _replica = start(other.path(), second, &of);
    let link = |port| values_of(&at(port)).all("redis_replication.link_up").first().map(|l| l.1);
    wait_until("the replica is linked", || link(second) == Some(1.0));
    let shown = values_of(&at(port));
    assert_eq!(shown.of("redis_replication.replicas"), 1.0);
    assert!(shown.of("redis_replication.link_up").is_nan());
    drop(primary);
    wait_until("the link is down", || link(second) == Some(0.0));
}

#[test]
fn a_server_with_tls_is_believed_by_its_certificate_only() {
    if !has("redis-server") {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls_port = free_port();
    let config = format!(
        "{NETWORK}tls-port {tls_port}\ntls-cert-file {}\ntls-key-file {}\ntls-auth-clients no\n",
        certificate.display(),
        key.display()
    );
    let _redis = start(
        folder.path(),
        port,
        &format!("{config}tls-ca-cert-file {}\n", certificate.display()),
    );
    wait_until("TLS listens", || TcpStream::connect(("127.0.0.1", tls_port)).is_ok());
    let asked = |trust| RedisServer {
        trust: Some(trust),
        ..server(&format!("localhost:{tls_port}"), "", "")
    };
    run(redis::fetch(&asked(Trust::only(&certificate).unwrap()), LIMIT)).unwrap();
    let stranger = run(redis::fetch(&asked(Trust::system()), LIMIT)).unwrap_err();
    assert!(matches!(stranger, RedisError::Tls { .. }), "{stranger}");
}

/// Time limit for an answer that never comes.
const SHORT: Duration = Duration::from_millis(300);

/// The error for a server that answers anything with these bytes, and then says nothing more.
fn answered(bytes: &'static [u8], limit: Duration) -> RedisError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(bytes).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = run(redis::fetch(&at(port), limit)).unwrap_err();
    answering.join().unwrap();
    error
}

#[test]
fn other_answers_are_refusals_or_nonsense_and_no_memory() {
    for refusal in [
        &b"-LOADING Redis is loading the dataset in memory\r\n"[..],
        b"-MASTERDOWN Link with MASTER is down\r\n",
        b"-ERR max number of clients reached\r\n",
        b"-DENIED Redis is running in protected mode\r\n",
    ] {
        let error = answered(refusal, LIMIT);
        assert!(matches!(error, RedisError::Refused { .. }), "{error}");
    }
    for nonsense in [
        &b"$1000000000\r\nendless"[..],
        b"$-1\r\n",
        b"$99999999999999999999\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"+OK\r\n",
        b"$4\r\nwell\r\n",
        &[b'x'; 8192],
    ] {
        let error = answered(nonsense, LIMIT);
        assert!(matches!(error, RedisError::Protocol { .. }), "{error}");
    }
    assert!(matches!(answered(b"$100\r\nredis_version:7", SHORT), RedisError::Timeout { .. }));
    assert!(matches!(answered(b"", SHORT), RedisError::Timeout { .. }));
}
