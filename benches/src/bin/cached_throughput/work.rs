//! What the servers do: one entry for each row of the table.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use rrd_benches::workload::{START, sample_text};
use rrd_core::Rrd;

use crate::Outcome;
use crate::client::Client;
use crate::server::Server;
use crate::table::Figure;

/// A row of the table.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// The highest ratio that is meant, if any.
    pub(crate) target: Option<f64>,
    /// The same of the CPU time.
    pub(crate) cpu_target: Option<f64>,
    /// Whether a server that only answers can do it.
    pub(crate) has_floor: bool,
    /// Files of each server.
    pub(crate) files: u32,
    /// Does it once.
    pub(crate) run: fn(&mut Server, u32) -> Outcome<Figure>,
}

impl Work {
    pub(crate) const ALL: &[Self] = &[
        Self {
            name: "PING, one connection",
            target: None,
            cpu_target: None,
            has_floor: true,
            files: 1,
            run: ping,
        },
        Self {
            name: "UPDATE, one connection",
            target: Some(1.1),
            cpu_target: Some(0.7),
            has_floor: true,
            files: 100,
            run: update,
        },
        Self {
            name: "UPDATE, 64 connections",
            target: Some(1.1),
            cpu_target: Some(0.7),
            has_floor: true,
            files: 64,
            run: update_64,
        },
        Self {
            name: "UPDATE in BATCH",
            target: Some(0.5),
            cpu_target: Some(0.7),
            has_floor: true,
            files: 100,
            run: batch,
        },
        Self {
            name: "10,000 UPDATEs of 1,000 files in BATCH, until in the files",
            target: Some(0.25),
            cpu_target: None,
            has_floor: false,
            files: 1_000,
            run: end_to_end,
        },
        Self {
            name: "UPDATE, then FETCH of 1,440 rows",
            target: Some(1.0 / 3.0),
            cpu_target: None,
            has_floor: false,
            files: 100,
            run: |server, _| update_and_fetch(server, 1_440),
        },
        Self {
            name: "UPDATE, then FETCH of 60 rows",
            target: Some(1.0),
            cpu_target: None,
            has_floor: false,
            files: 100,
            run: |server, _| update_and_fetch(server, 60),
        },
    ];
}

/// Times a work of `count` units; the connections that it uses are open before and after.
fn measured(server: &Server, count: u32, work: impl FnOnce() -> Outcome<()>) -> Outcome<Figure> {
    let before = server.cpu()?;
    let start = Instant::now();
    work()?;
    let time = start.elapsed();
    Ok(Figure::of(time, server.cpu()? - before, count))
}

/// An UPDATE of a file with its sample of this number.
fn line(file: u32, number: u32) -> String {
    format!("UPDATE {file}.rrd {}\n", sample_text(number, 60, 1))
}

fn ping(server: &mut Server, _: u32) -> Outcome<Figure> {
    const COUNT: u32 = 2_000;
    let mut client = open(server)?;
    measured(server, COUNT, || {
        for _ in 0..COUNT {
            client.ask(b"PING\n")?;
        }
        Ok(())
    })
}

fn update(server: &mut Server, _: u32) -> Outcome<Figure> {
    const COUNT: u32 = 2_000;
    let lines: Vec<String> =
        (0..COUNT).map(|index| line(index % 100, server.next + index / 100)).collect();
    server.next += COUNT / 100;
    let mut client = open(server)?;
    measured(server, COUNT, || {
        for line in &lines {
            client.ask(line.as_bytes())?;
        }
        Ok(())
    })
}

/// A connection whose thread runs: it has answered.
fn open(server: &Server) -> Outcome<Client> {
    let mut client = server.connect()?;
    client.ask(b"PING\n")?;
    Ok(client)
}

/// Each connection has a file of its own; the time is that of one answer.
fn update_64(server: &mut Server, _: u32) -> Outcome<Figure> {
    const CONNECTIONS: u32 = 64;
    const COUNT: u32 = 100;
    let clients: Vec<Client> = (0..CONNECTIONS).map(|_| open(server)).collect::<Outcome<_>>()?;
    let first = server.next;
    server.next += COUNT;
    // Kept open until the end: the CPU time of a thread of rrdcached goes with its connection.
    let mut done = Vec::new();
    // The time of one answer: while one connection waits for its own, so do the others.
    let figure = measured(server, COUNT, || {
        thread::scope(|scope| {
            let threads: Vec<_> = clients
                .into_iter()
                .zip(0..)
                .map(|(mut client, file)| {
                    scope.spawn(move || {
                        for number in first..first + COUNT {
                            client.ask(line(file, number).as_bytes())?;
                        }
                        std::io::Result::Ok(client)
                    })
                })
                .collect();
            for thread in threads {
                done.push(thread.join().map_err(|_| "a client panicked")??);
            }
            Ok(())
        })
    })?;
    Ok(Figure { cpu: figure.cpu / f64::from(CONNECTIONS), ..figure })
}

fn batch(server: &mut Server, _: u32) -> Outcome<Figure> {
    const COUNT: u32 = 20_000;
    let mut lines = String::new();
    for index in 0..COUNT {
        lines.push_str(&line(index % 100, server.next + index / 100));
    }
    server.next += COUNT / 100;
    let mut client = open(server)?;
    measured(server, COUNT, || Ok(client.batch(lines.as_bytes())?))
}

fn end_to_end(server: &mut Server, _: u32) -> Outcome<Figure> {
    const FILES: u32 = 1_000;
    const VALUES: u32 = 10;
    let mut lines = String::new();
    for number in server.next..server.next + VALUES {
        for file in 0..FILES {
            lines.push_str(&line(file, number));
        }
    }
    server.next += VALUES;
    let mut client = open(server)?;
    let expected = written(&mut client)? + u64::from(FILES * VALUES);
    let figure = measured(server, FILES * VALUES, || {
        client.batch(lines.as_bytes())?;
        client.ask(b"FLUSHALL\n")?;
        while written(&mut client)? < expected {
            thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    })?;
    let last = START + i64::from(server.next - 1) * 60;
    for file in 0..FILES {
        let path = server.base.join(format!("{file}.rrd"));
        let found = Rrd::open(&path)?.last_update().seconds();
        if found != last {
            return Err(format!("{}: ends at {found} instead of {last}", path.display()).into());
        }
    }
    Ok(figure)
}

/// How many samples are in the files, as STATS tells.
fn written(client: &mut Client) -> Outcome<u64> {
    let lines = client.lines(b"STATS\n")?;
    let line = lines.iter().find_map(|line| line.strip_prefix("DataSetsWritten: "));
    Ok(line.ok_or("no such line")?.trim().parse()?)
}

fn update_and_fetch(server: &mut Server, rows: u32) -> Outcome<Figure> {
    const COUNT: u32 = 200;
    let mut lines = Vec::new();
    for index in 0..COUNT {
        let (file, number) = (index % 100, server.next + index / 100);
        let end = START + i64::from(number) * 60;
        let start = end - i64::from(rows) * 60;
        let mut fetch = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(fetch, "FETCH {file}.rrd AVERAGE {start} {end}");
        lines.push((line(file, number), fetch));
    }
    server.next += COUNT / 100;
    let mut client = open(server)?;
    measured(server, COUNT, || {
        for (update, fetch) in &lines {
            client.ask(update.as_bytes())?;
            client.ask(fetch.as_bytes())?;
        }
        Ok(())
    })
}
