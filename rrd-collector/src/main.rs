//! The daemon's program: command line, run, exit code.

use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use nix::sys::signal::{SigSet, Signal};
use rrd_collector::alert::trial::Report;
use rrd_collector::cli::{
    self, Command, Complaint, ExportError, Invocation, Machine, Space, Streams,
};
use rrd_collector::config::{Config, host_faults};
use rrd_collector::daemon::{self, World};
use rrd_collector::fault::chain;
use rrd_collector::process::child::{Guard, guard};
use rrd_collector::process::logging::{self, LogFormat, is_journal};
use rrd_collector::process::notify::Notify;
use rrd_collector::schedule::clock;
use rrd_collector::section::{ConfigError, Environment};
use rrd_collector::store::other_retention;
use rrd_core::Timestamp;
use rrd_graph::export::{HistoryRequest, SampleFormat};

fn main() -> ExitCode {
    // A file that becomes too large is an error of the write, not the end of the program.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    let invocation = match Invocation::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => return fail(2, &error),
    };
    let is_journal = std::env::var("JOURNAL_STREAM").is_ok_and(|stream| is_journal(&stream));
    let default = if is_journal { LogFormat::Journal } else { LogFormat::Text };
    logging::start(invocation.log_format().unwrap_or(default));
    run_command(&invocation).unwrap_or_else(|errors| {
        for error in &errors {
            report(error);
        }
        // Plugins that cannot answer are UNKNOWN.
        ExitCode::from(if matches!(invocation.command, Command::Check(_)) { 3 } else { 1 })
    })
}

fn run_command(invocation: &Invocation) -> Result<ExitCode, Vec<ConfigError>> {
    let config = || read_config(invocation);
    Ok(match &invocation.command {
        Command::Help => print(&cli::help()),
        Command::Generate(words) => generate(words),
        Command::Version => {
            let (version, commit) = (env!("CARGO_PKG_VERSION"), rrd_cli::commit_note());
            print(&format!("rrd-collector {version}{commit}\n"))
        }
        Command::Probes => print(&cli::probes()),
        Command::CheckConfig { connect } => {
            let config = config()?;
            let warnings = config.exposure_warning().into_iter();
            let warnings = warnings.chain(host_faults(&config)).chain(cli::unmatched(&config));
            for warning in warnings {
                eprintln!("rrd-collector: warning: {warning}");
            }
            // There may be no data folder yet, or one that only the daemon may read.
            for line in other_retention(&config.data, &config.retention).unwrap_or_default() {
                eprintln!("rrd-collector: {line}");
            }
            let order = print(&format!(
                "the configuration is in order; this host is {}\n",
                config.host_name
            ));
            if *connect { try_endpoints(&config) } else { order }
        }
        Command::Doctor => doctor(&config()),
        Command::Ready => answered(cli::ready(&with_environment(invocation, Invocation::data)?)),
        Command::Plan => print(&cli::plan(&config()?)),
        Command::Once => print(&cli::once(&config()?)),
        Command::AlertTest { rule, here } => {
            let report = if *here {
                cli::alert_test_here(&config()?, rule, clock::unix_now())
            } else {
                cli::alert_test(&with_environment(invocation, Invocation::data)?, rule)
            };
            answered(report)
        }
        Command::Check(asked) => {
            let verdict = cli::check(&config()?, asked, clock::unix_now());
            print(&format!("{}\n", verdict.line));
            ExitCode::from(verdict.code)
        }
        Command::Charts => print(&cli::charts()),
        Command::Chart { name, instance } => {
            print_or_fail(cli::description(&config()?, name, instance))
        }
        Command::Export(format) => export(&config()?, *format, invocation.export()),
        Command::Munin { plugin, wants_config } => {
            print_or_fail(cli::call_plugin(&config()?, plugin, *wants_config))
        }
        Command::Guard => {
            guard(std::io::stdin());
            ExitCode::SUCCESS
        }
        Command::Run => run(&config()?, &config),
    })
}

/// Prints what the daemon answered.
fn answered<E: std::error::Error>(report: Result<Report, E>) -> ExitCode {
    match report {
        Ok(Report { code: 2, text }) => {
            eprint!("rrd-collector: {text}");
            ExitCode::from(2)
        }
        Ok(Report { code, text }) => {
            print(&text);
            ExitCode::from(code)
        }
        Err(error) => fail(1, &error),
    }
}

/// Prints or writes manual pages, completions or the reference, for those who make packages.
fn generate(words: &[OsString]) -> ExitCode {
    let seconds = Timestamp::now().seconds();
    let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
    let mut out = std::io::stdout();
    match cli::generate(words, seconds, epoch.as_deref(), &mut out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

fn doctor(config: &Result<Config, Vec<ConfigError>>) -> ExitCode {
    let complaints = match config {
        Ok(config) => cli::doctor(config, &Machine { now: clock::unix_now(), space: &Space::of }),
        Err(errors) => errors.iter().map(Complaint::of_configuration).collect(),
    };
    for complaint in &complaints {
        print(&format!("{complaint}\n"));
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn export(config: &Config, format: SampleFormat, request: &HistoryRequest) -> ExitCode {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let has_terminal = std::io::stderr().is_terminal();
    let streams = Streams { out: &mut out, errors: &mut std::io::stderr(), has_terminal };
    match cli::export(config, format, request, Timestamp::now(), streams) {
        Ok(()) => ExitCode::SUCCESS,
        // As a shell reports it: the reader has what it wanted.
        Err(ExportError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::from(141)
        }
        Err(error) => fail(1, &error),
    }
}

fn try_endpoints(config: &Config) -> ExitCode {
    let lines = match cli::connect(config) {
        Ok(lines) => lines,
        Err(error) => return fail(1, &error),
    };
    let mut code = ExitCode::SUCCESS;
    for line in lines {
        match line {
            Ok(line) => _ = print(&format!("{line}\n")),
            Err(line) => {
                eprintln!("rrd-collector: {line}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn run(config: &Config, reload: &dyn Fn() -> Result<Config, Vec<ConfigError>>) -> ExitCode {
    let notify = match std::env::var_os("NOTIFY_SOCKET") {
        None => Notify::default(),
        Some(address) => {
            let watchdog = std::env::var("WATCHDOG_USEC").ok();
            match Notify::connect(&PathBuf::from(address), watchdog.as_deref()) {
                Ok(notify) => notify,
                Err(error) => {
                    log::warn!("cannot reach the service manager: {error}");
                    Notify::default()
                }
            }
        }
    };
    let ready = |address: &str| {
        // The daemon runs even if standard output is closed.
        let _ = writeln!(std::io::stdout(), "{address}");
    };
    // The running program, even if it is replaced on disk.
    let guard = Rc::new(Guard::of(PathBuf::from("/proc/self/exe")));
    match daemon::run(config, &World { reload, notify, ready: &ready, guard }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

fn read_config(invocation: &Invocation) -> Result<Config, Vec<ConfigError>> {
    with_environment(invocation, Invocation::config)
}

/// What `read` finds in this environment.
fn with_environment<T>(
    invocation: &Invocation,
    read: impl Fn(&Invocation, Option<PathBuf>, &Environment<'_>) -> Result<T, Vec<ConfigError>>,
) -> Result<T, Vec<ConfigError>> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let credentials = credentials.or_else(|| {
        // Where systemd keeps those of the running service, for root.
        let folder = PathBuf::from("/run/credentials/rrd-collector.service");
        (invocation.command == Command::Doctor && folder.is_dir()).then_some(folder)
    });
    let variable = |name: &str| std::env::var(name).ok();
    let environment = Environment { variable: &variable, credentials: credentials.as_deref() };
    let folder = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    read(invocation, folder.or_else(|| folder_of_service(invocation)), &environment)
}

/// The data folder of the service, for commands about a running daemon where there is no folder of
/// one's own.
fn folder_of_service(invocation: &Invocation) -> Option<PathBuf> {
    let is_asking = matches!(
        invocation.command,
        Command::Check(_)
            | Command::Doctor
            | Command::Ready
            | Command::Export(_)
            | Command::AlertTest { .. }
    );
    let folder = PathBuf::from("/var/lib/rrd-collector");
    (is_asking && !PathBuf::from("rrd-data").exists() && folder.exists()).then_some(folder)
}

fn print_or_fail<E: std::error::Error>(text: Result<String, E>) -> ExitCode {
    match text {
        Ok(text) => print(&text),
        Err(error) => fail(1, &error),
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(code: u8, error: &dyn std::error::Error) -> ExitCode {
    report(error);
    ExitCode::from(code)
}

fn report(error: &dyn std::error::Error) {
    eprintln!("rrd-collector: {}", chain(error));
}
