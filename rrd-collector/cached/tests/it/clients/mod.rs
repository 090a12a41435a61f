//! Real clients: what they print and what they say on the wire with ours, beside the server whose
//! place it takes.

mod bindings;
mod captured;
pub(crate) mod collectd;
mod librenms;
mod munin;
mod rrd;
mod rrdtool;
mod switch;

use std::path::Path;
use std::process::{Command, Output};

use crate::programs::{ORIGINAL, Setup, ours, program, run, succeed, temporary_folder};
use crate::tap::{Exchange, Tap};

/// One call of a client: what it printed, how it ended, and what was said meanwhile.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    words: String,
    printed: String,
    said: Vec<String>,
}

/// A difference between a call with ours and the same call with the original.
struct Departure {
    /// How the words of the call begin.
    words: &'static str,
    /// What is printed with ours; empty if that is the same.
    printed: &'static str,
    reason: &'static str,
}

/// A client in front of a server that has `a.rrd` with two sources, and `sub/c.rrd`.
struct Bench {
    setup: Setup,
    tap: Tap,
    /// The address of the tap.
    address: String,
}

/// Where the tap listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Transport {
    Unix,
    Tcp,
}

impl Bench {
    fn new(setup: Setup, transport: Transport) -> Self {
        let (tap, address) = match transport {
            Transport::Unix => {
                let socket = setup.folder.join("tap");
                (
                    Tap::at_socket(&socket, &setup.socket(), |_| {}),
                    format!("unix:{}", socket.display()),
                )
            }
            Transport::Tcp => Tap::at_port(&setup.tcp()),
        };
        Self { setup, tap, address }
    }

    /// A client in the base folder.
    fn client(&self, name: &str) -> Command {
        program(name, &self.setup.base())
    }

    /// Runs a client.
    fn call(&self, words: &str, command: &mut Command) -> Call {
        let before = self.tap.exchanges().len();
        let printed = self.printed(&run(command));
        let exchanges = self.tap.exchanges();
        let said = exchanges[before..].iter().flat_map(lines_of);
        let said = said.map(|line| self.masked(&line)).collect();
        Call { words: words.to_owned(), printed, said }
    }

    fn printed(&self, output: &Output) -> String {
        let printed = [&output.stdout[..], &output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        self.masked(&format!("{printed}{}", output.status))
    }

    fn masked(&self, text: &str) -> String {
        without_rows_by_chance(text)
            .replace(&self.address, "ADDRESS")
            .replace(&self.setup.base().display().to_string(), "/BASE")
            .replace(&self.setup.folder.display().to_string(), "/FOLDER")
    }
}

/// A text in which the numbers of current rows are `N`: `create` begins at a row by chance.
fn without_rows_by_chance(text: &str) -> String {
    let mut parts = text.split("cur_row");
    let mut masked = vec![parts.next().unwrap_or_default().to_owned()];
    for part in parts {
        let number = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (before, rest) = part.split_at(number);
        // INFO has the type of the value before it.
        let rest = rest.strip_prefix("1 ").unwrap_or(rest);
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        masked.push(format!("{before}N{rest}"));
    }
    masked.join("cur_row")
}

fn lines_of(exchange: &Exchange) -> Vec<String> {
    let asked = format!("> {}", exchange.line);
    let answered = exchange.answer.iter().flatten().map(|line| format!("< {line}"));
    std::iter::once(asked).chain(answered).collect()
}

/// Makes the same calls with both servers; they must be equal but for the departures, each of which
/// must occur.
fn compare(transport: Transport, departures: &[Departure], calls: impl Fn(&Bench) -> Vec<Call>) {
    let files = temporary_folder();
    create_files(files.path());
    let made = [ORIGINAL.to_owned(), ours()].map(|server| {
        let folder = temporary_folder();
        let setup = Setup::new(&server, folder.path()).with_port();
        succeed(program("cp", files.path()).args(["-a", "."]).arg(setup.base()));
        let server = setup.start();
        let calls = calls(&Bench::new(setup, transport));
        drop(server);
        calls
    });
    let [theirs, ours] = made;
    assert_eq!(theirs.len(), ours.len());
    let mut seen = vec![false; departures.len()];
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let departure = departures.iter().position(|it| ours.words.starts_with(it.words));
        let Some(index) = departure else {
            assert_eq!(theirs, ours, "{transport:?}: the original's on the left");
            continue;
        };
        let Departure { printed, reason, .. } = departures[index];
        assert_ne!(theirs, ours, "{transport:?}: no departure any more: {reason}");
        let printed = if printed.is_empty() { &theirs.printed } else { printed };
        assert_eq!(ours.printed, printed, "{transport:?}: {}: {reason}", ours.words);
        seen[index] = true;
    }
    assert!(seen.iter().all(|&seen| seen), "{transport:?}: a departure whose call is not made");
}

/// The files that the calls are about, made without a server.
fn create_files(base: &Path) {
    let create = |words: &str| {
        succeed(program("rrdtool", base).arg("create").args(words.split(' ')));
    };
    create(
        "a.rrd --start 1000000000 --step 10 DS:x:GAUGE:20:U:U DS:y:COUNTER:20:0:U \
         RRA:AVERAGE:0.5:1:20 RRA:MAX:0.5:6:10",
    );
    std::fs::create_dir(base.join("sub")).unwrap();
    create("sub/c.rrd --start 1000000000 --step 10 DS:x:GAUGE:20:U:U RRA:AVERAGE:0.5:1:20");
}
