//! Our server in rrdcached's place beside rrdcached itself: the same client and the same files in
//! the same run, with a server that only answers as the floor, as a Markdown table.
//!
//! `cached_throughput [WORD]...`: all rows, or only those whose work contains one of the words.
//! Debian's rrdcached must be installed; ours is the one built next to this program.

mod client;
mod echo;
mod server;
mod table;
mod work;

use std::error::Error;
use std::path::Path;

use server::{Kind, Server};
use table::{Figure, Row};
use work::Work;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Number of rounds of each row: many short ones, so that other load disturbs all servers equally.
const ROUNDS: usize = 31;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, socket] = &arguments[..]
        && word == echo::WORD
    {
        return Ok(echo::run(Path::new(socket))?);
    }
    println!("{}", table::HEAD);
    for work in Work::ALL {
        if arguments.is_empty() || arguments.iter().any(|word| work.name.contains(word.as_str())) {
            for row in measure(work)? {
                println!("{row}");
            }
        }
    }
    Ok(())
}

/// Runs a work on all servers, alternating, and returns its rows.
fn measure(work: &Work) -> Outcome<[Row; 2]> {
    let folder = tempfile::tempdir()?;
    let mut servers = Vec::new();
    for kind in Kind::ALL {
        if kind != Kind::Echo || work.has_floor {
            let base = folder.path().join(kind.folder());
            servers.push((Server::start(kind, &base, work.files)?, Vec::new()));
        }
    }
    for round in 0..ROUNDS {
        // Neither always comes first.
        let count = servers.len();
        servers.rotate_left(round % count);
        for (server, figures) in &mut servers {
            figures.push((work.run)(server, u32::try_from(round)?)?);
        }
    }
    let of = |kind| {
        let found = servers.iter().find(|(server, _)| server.kind == kind);
        found.map_or(&[][..], |(_, figures): &(_, Vec<Figure>)| figures)
    };
    let (echo, theirs, ours) = (of(Kind::Echo), of(Kind::Theirs), of(Kind::Ours));
    let time = Row::new(work.name, work.target, echo, theirs, ours, |figure| figure.time);
    let name = format!("{}, CPU of the server", work.name);
    let cpu = Row::new(&name, work.cpu_target, echo, theirs, ours, |figure| figure.cpu);
    Ok([time, cpu])
}
