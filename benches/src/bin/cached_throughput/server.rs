//! The servers: rrdcached, ours, and the one that only answers, each with files of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rrd_benches::process::Run;
use rrd_benches::workload::{START, minutes, sample};
use rrd_core::{Rrd, Sample, Timestamp};

use crate::client::Client;
use crate::{Outcome, echo};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Theirs,
    Ours,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Echo, Self::Theirs, Self::Ours];

    /// The name of its folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Theirs => "theirs",
            Self::Ours => "ours",
        }
    }
}

/// Rows of each file that are full at the start.
pub(crate) const FILLED: u32 = 1_500;

/// A server that runs until the value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) socket: PathBuf,
    pub(crate) base: PathBuf,
    /// The number of the next sample of each file.
    pub(crate) next: u32,
    run: Run,
}

impl Server {
    /// Starts a server with this number of files in a folder.
    pub(crate) fn start(kind: Kind, folder: &Path, files: u32) -> Outcome<Self> {
        let base = folder.join("base");
        fs::create_dir_all(&base)?;
        let samples: Vec<Sample> = (0..FILLED).map(|number| sample(number, 60, 1)).collect();
        for file in 0..files {
            let path = base.join(format!("{file}.rrd"));
            let before = Timestamp::from_seconds(START - 1);
            let schema = minutes(1, 2_000);
            let mut rrd = Rrd::create(&path, &schema, before)?;
            rrd.update_batch(&samples)?;
        }
        let socket = folder.join("s.sock");
        let mut command = match kind {
            Kind::Echo => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(echo::WORD).arg(&socket);
                command
            }
            Kind::Theirs => daemon(Path::new("/usr/bin/rrdcached"), folder, &base),
            Kind::Ours => {
                daemon(&std::env::current_exe()?.with_file_name("rrdcached"), folder, &base)
            }
        };
        let run = Run::start(&mut command)?;
        Ok(Self { kind, socket, base, next: FILLED, run })
    }

    pub(crate) fn connect(&self) -> Outcome<Client> {
        Ok(Client::connect(&self.socket)?)
    }

    /// CPU seconds that its threads have used. Those of rrdcached end with their connections.
    pub(crate) fn cpu(&self) -> Outcome<f64> {
        self.run.cpu(None)
    }
}

/// Either daemon, with the same options.
fn daemon(program: &Path, folder: &Path, base: &Path) -> Command {
    let mut command = Command::new(program);
    let journal = folder.join("journal");
    // rrdcached of Debian does not make it.
    let _ = fs::create_dir(&journal);
    command.args(["-g", "-B", "-l"]).arg(format!("unix:{}", folder.join("s.sock").display()));
    command.arg("-b").arg(base).arg("-j").arg(&journal).arg("-p").arg(folder.join("pid"));
    command
}
