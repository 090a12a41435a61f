//! Clients that mean harm, or are broken: they cost themselves, and all others are answered.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rrd_cached::{Access, raise_descriptor_limit};
use rrd_core::{Heartbeat, Rrd, Schema, Step, Timestamp};

use crate::running::{Daemon, Running, expect};

/// Clients that are served by each of the threads, whatever else these do.
fn all_are_answered(connect: impl Fn() -> UnixStream) {
    let mut clients: Vec<UnixStream> = (0..16).map(|_| connect()).collect();
    for client in &mut clients {
        client.write_all(b"PING\n").expect("it is taken");
    }
    for client in &mut clients {
        expect(client, "0 PONG\n");
    }
}

/// Sends the same bytes until nothing is taken for a while; returns how many were taken.
fn stuff(mut stream: &UnixStream, bytes: &[u8]) -> usize {
    stream.set_write_timeout(Some(Duration::from_secs(2))).expect("a timeout");
    let mut taken = 0;
    loop {
        match stream.write(bytes) {
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return taken,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_gigabyte_without_an_end_of_line_is_one_line_that_is_too_long() {
    let server = Running::start(&Access::default());
    let mut stream = server.unix();
    let megabyte = vec![b'x'; 1 << 20];
    for _ in 0..1024 {
        stream.write_all(&megabyte).expect("it is taken");
    }
    all_are_answered(|| server.unix());
    stream.write_all(b"\nPING\n").expect("it is taken");
    expect(&mut stream, "-1 line too long\n0 PONG\n");
}

#[test]
fn a_line_of_a_mebibyte_is_taken() {
    let server = Running::start(&Access::default());
    let mut stream = server.unix();
    let mut line = b"PING ".to_vec();
    line.resize(1 << 20, b'x');
    line.extend_from_slice(b"\nPING\n");
    stream.write_all(&line).expect("it is taken");
    expect(&mut stream, "0 PONG\n0 PONG\n");
    line.insert(0, b'x');
    stream.write_all(&line).expect("it is taken");
    expect(&mut stream, "-1 line too long\n0 PONG\n");
}

#[test]
fn a_byte_0_ends_the_command_and_not_the_line() {
    let server = Running::start(&Access::default());
    let mut stream = server.unix();
    stream.write_all(b"PING\0x\n\0PING\nPING\0\0\r\n").expect("it is taken");
    expect(&mut stream, "0 PONG\n-1 Unknown command: \n0 PONG\n");
}

#[test]
fn lines_of_a_client_that_never_reads_are_not_taken_without_end() {
    let server = Running::start(&Access::default());
    let lines = b"HELP\n".repeat(1000);
    let streams: Vec<UnixStream> = (0..8).map(|_| server.unix()).collect();
    let taken: Vec<usize> = thread::scope(|scope| {
        let stuffing = streams.iter().map(|stream| scope.spawn(|| stuff(stream, &lines)));
        let stuffing: Vec<_> = stuffing.collect();
        stuffing.into_iter().map(|one| one.join().expect("no panic")).collect()
    });
    // The buffers of the kernel, and what was read before the answers filled them.
    assert!(taken.iter().all(|taken| *taken < 4 << 20), "{taken:?}");
    all_are_answered(|| server.unix());
    // Whoever reads at last has all answers: the last line may not have been taken whole.
    let (mut stream, lines) = (&streams[0], taken[0] / 5);
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).expect("the end");
    let begun = answers.split(|byte| *byte == b'\n').filter(|line| line.ends_with(b"overview"));
    assert_eq!(begun.count(), lines);
}

#[test]
fn clients_that_never_read_a_dump_delay_no_other_and_one_that_reads_at_last_has_all_of_it() {
    let server = Running::start(&Access::default());
    let step = Step::from_seconds(10).expect("a step");
    let schema = Schema::builder(step)
        .gauge("a", Heartbeat::from_seconds(20))
        .average(0.5, 1, 50_000)
        .build()
        .expect("a definition");
    let start = Timestamp::from_seconds(1_000_000_000);
    Rrd::create(server.folder.path().join("big.rrd"), &schema, start).expect("a new file");
    let mut clients: Vec<UnixStream> = (0..8).map(|_| server.unix()).collect();
    for client in &mut clients {
        client.write_all(b"DUMP big.rrd\n").expect("it is taken");
        // It has begun.
        expect(client, "<?xml");
    }
    all_are_answered(|| server.unix());
    let mut text = String::new();
    clients[7].read_to_string(&mut text).expect("the end");
    assert_eq!(text.matches("<row>").count(), 50_000);
    assert!(text.ends_with("</rrd>\n"), "{:?}", text.get(text.len().saturating_sub(100)..));
    all_are_answered(|| server.unix());
    drop(clients);
    all_are_answered(|| server.unix());
}

#[test]
fn a_stop_waits_for_no_client_that_does_not_read() {
    let server = Running::start(&Access::default());
    let stream = server.unix();
    stuff(&stream, &b"HELP\n".repeat(1000));
    // It would never end if it waited until the answers are taken.
    server.serving.stop();
    assert!(!server.folder.path().join("s.sock").exists());
}

#[test]
fn a_client_may_go_in_any_state() {
    let server = Running::start(&Access::default());
    let begins: [&[u8]; 8] = [
        b"",
        b"PI",
        b"PING\n",
        b"BATCH\n",
        b"BATCH\nUPDATE a.rrd 1:",
        b"FLUSH a.rrd\n",
        b"DUMP a.rrd\n",
        &b"HELP\n".repeat(500),
    ];
    for round in 0..50 {
        for begin in begins {
            let mut stream = server.unix();
            stream.write_all(begin).expect("it is taken");
            if round % 2 == 0 {
                stream.shutdown(Shutdown::Both).expect("it is open");
            }
        }
    }
    all_are_answered(|| server.unix());
}

#[test]
fn a_flood_of_connections_keeps_nobody_from_an_answer() {
    let server = Running::start(&Access::default());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..2_000).for_each(|_| drop(server.unix())));
            scope.spawn(|| (0..500).for_each(|_| drop(server.tcp())));
        }
        for _ in 0..20 {
            all_are_answered(|| server.unix());
        }
    });
}

#[test]
fn clients_beyond_the_limit_of_descriptors_wait_until_others_have_gone() {
    let daemon = Daemon::start_after("ulimit -n 64");
    let mut clients: Vec<UnixStream> = (0..200).map(|_| daemon.unix()).collect();
    for client in &mut clients {
        client.write_all(b"PING\n").expect("it is taken");
    }
    // Those that come first are served while the others wait.
    expect(&mut clients[0], "0 PONG\n");
    clients[0].write_all(b"PING\n").expect("it is taken");
    // Each that ends makes room for another one.
    for mut client in clients {
        expect(&mut client, "0 PONG\n");
    }
}

#[test]
fn five_thousand_idle_connections_take_at_most_thirty_megabytes() {
    const CONNECTIONS: u64 = 5_000;
    if raise_descriptor_limit().is_some_and(|limit| limit < CONNECTIONS + 500) {
        assert!(std::env::var_os("CI").is_none(), "the limit of descriptors is too low");
        println!("not run: the limit of descriptors is too low");
        return;
    }
    let daemon = Daemon::start_after(":");
    let before = daemon.memory();
    let clients: Vec<UnixStream> = (0..CONNECTIONS)
        .map(|index| {
            let mut client = daemon.unix();
            // One of ten has sent half a line.
            let line: &[u8] = if index % 10 == 0 { b"PING\nUPDATE a.rrd " } else { b"PING\n" };
            client.write_all(line).expect("it is taken");
            expect(&mut client, "0 PONG\n");
            client
        })
        .collect();
    let (after, count) = (daemon.memory(), clients.len());
    println!("{count} connections: {before} bytes before, {after} after");
    assert!(after <= 30_000_000, "{after} bytes");
}
