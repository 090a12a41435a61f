//! The command-line tool `rrd`, also under the names `rrdtool`, `rrdcreate`, `rrdupdate`,
//! `rrdinfo` and `rrdcgi`.

use std::env;
use std::io;
use std::process::ExitCode;

use nix::sys::signal::{SigSet, Signal};
use rrd_cli::{Environment, Settings, Terminal};
use rrd_core::Clock;

fn main() -> ExitCode {
    // A file that becomes too large is an error of the write, not the end of the program.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    let settings = Settings::read(|name| env::var_os(name));
    let environment = Environment::new(Clock::SYSTEM, settings)
        .at_terminal(Terminal::of_process())
        .with_variables(|name| env::var_os(name));
    let arguments: Vec<_> = env::args_os().collect();
    let status = rrd_cli::run(
        &arguments,
        &environment,
        &mut io::stdin().lock(),
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    );
    ExitCode::from(status)
}
