//! The command-line tool `rrd`, also under the names `rrdtool`, `rrdcreate`, `rrdupdate` and
//! `rrdinfo`.

use std::env;
use std::io;
use std::process::ExitCode;

use rrd_cli::{Environment, Settings, Terminal};
use rrd_core::Clock;

fn main() -> ExitCode {
    let settings = Settings {
        daemon_address: env::var_os("RRDCACHED_ADDRESS"),
        daemon_strip_path: env::var_os("RRDCACHED_STRIPPATH"),
        locking: env::var_os("RRD_LOCKING"),
        default_font: env::var_os("RRD_DEFAULT_FONT"),
        terminal: env::var_os("TERM"),
        time_locale: ["LC_ALL", "LC_TIME", "LANG"]
            .into_iter()
            .filter_map(env::var_os)
            .find(|name| !name.is_empty()),
    };
    let environment = Environment::new(Clock::SYSTEM, settings).at_terminal(Terminal::of_process());
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
