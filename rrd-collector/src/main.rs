//! The daemon's program: command line, run, exit code.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use rrd_collector::cli::{self, Command};
use rrd_collector::daemon;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let state_directory = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    let config = match cli::parse(std::env::args_os().skip(1), state_directory) {
        Ok(Command::Run(config)) => *config,
        Ok(Command::Help) => return print(cli::HELP),
        Ok(Command::Version) => {
            return print(concat!("rrd-collector ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        Err(error) => {
            eprintln!("rrd-collector: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = daemon::run(config, |address| {
        // Without anybody at standard output the daemon runs all the same.
        let _ = writeln!(std::io::stdout(), "http://{address}/");
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rrd-collector: {}", daemon::describe(&error));
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
