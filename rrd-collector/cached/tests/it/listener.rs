//! Connections: order of answers, half lines, many clients, the stop.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use rrd_cached::Access;

use crate::running::{Running, expect};

#[test]
fn pipelined_lines_are_answered_in_order_over_both_kinds_of_socket() {
    let server = Running::start(&Access::default());
    let (unix, tcp) = (server.unix(), server.tcp());
    let lines = "PING\nping\r\nPiNg\n".repeat(10_000);
    let answers = "0 PONG\n".repeat(30_000);
    thread::scope(|scope| {
        scope.spawn(|| (&unix).write_all(lines.as_bytes()).expect("all is taken"));
        scope.spawn(|| (&tcp).write_all(lines.as_bytes()).expect("all is taken"));
        expect(&mut &unix, &answers);
        expect(&mut &tcp, &answers);
    });
}

#[test]
fn a_line_may_come_byte_by_byte_and_is_not_run_without_its_end() {
    let server = Running::start(&Access::default());
    let mut stream = server.unix();
    for byte in "PING\nPI".bytes() {
        stream.write_all(&[byte]).expect("it is taken");
    }
    expect(&mut stream, "0 PONG\n");
    stream.write_all(b"NG\nPING").expect("it is taken");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("the end");
    assert_eq!(rest, "0 PONG\n");
}

#[test]
fn hosts_outside_the_networks_are_not_answered() {
    let networks = ["192.0.2.0/24".parse().expect("a network")];
    let server =
        Running::start(&Access { networks: Some(Arc::new(networks)), ..Access::default() });
    let mut refused = server.tcp();
    // It may be closed before the line is sent.
    let _ = refused.write_all(b"PING\n");
    let mut answer = Vec::new();
    let _ = refused.read_to_end(&mut answer);
    assert_eq!(answer, b"");
    let mut unix = server.unix();
    unix.write_all(b"PING\n").expect("it is taken");
    expect(&mut unix, "0 PONG\n");
}

#[test]
fn a_stop_closes_the_connections_and_removes_the_file_of_the_socket() {
    let server = Running::start(&Access::default());
    let mut clients: Vec<UnixStream> = (0..50).map(|_| server.unix()).collect();
    for client in &mut clients {
        client.write_all(b"PING\n").expect("it is taken");
        expect(client, "0 PONG\n");
    }
    server.serving.stop();
    for client in &mut clients {
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).expect("the end");
        assert_eq!(rest, b"");
    }
    assert!(!server.folder.path().join("s.sock").exists());
}
