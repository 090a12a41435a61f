//! The program `rrdcached`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rrd_cached::run(&std::env::args_os().skip(1).collect::<Vec<_>>()))
}
