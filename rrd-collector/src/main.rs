//! The daemon's program: command line, run, exit code.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use rrd_collector::alert::{Notice, Status, Transition, action, rule_scale};
use rrd_collector::cli::{self, Command, Invocation};
use rrd_collector::config::Config;
use rrd_collector::daemon::{self, World};
use rrd_collector::fault::chain;
use rrd_collector::group::{GroupId, Target, TargetPattern};
use rrd_collector::process::child::{Guard, guard};
use rrd_collector::process::host_name;
use rrd_collector::process::logging::{Limiter, LogFormat, is_journal};
use rrd_collector::process::notify::Notify;
use rrd_collector::schedule::clock;
use rrd_collector::section::{ConfigError, Environment};
use rrd_collector::source::munin::{self, MuninSettings};

fn main() -> ExitCode {
    let invocation = match Invocation::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => invocation,
        Err(error) => return fail(2, &error),
    };
    start_log(&invocation);
    let config = || read_config(&invocation);
    let done = match &invocation.command {
        Command::Help => Ok(print(cli::HELP)),
        Command::Version => Ok(print(concat!("rrd-collector ", env!("CARGO_PKG_VERSION"), "\n"))),
        Command::Probes => Ok(print(&cli::probes())),
        Command::CheckConfig => config().map(|_| print("the configuration is in order\n")),
        Command::Plan => config().map(|config| print(&cli::plan(&config))),
        Command::Once => config().map(|config| print(&cli::once(&config))),
        Command::AlertTest(rule) => config().map(|config| test_alert(&config, rule)),
        Command::Check(asked) => {
            let now = clock::now().wall.as_secs();
            let now = i64::try_from(now).unwrap_or(i64::MAX);
            config().map(|config| {
                let verdict = cli::check(&config, asked, now);
                print(&format!("{}\n", verdict.line));
                ExitCode::from(verdict.code)
            })
        }
        Command::Charts => Ok(print(&cli::charts())),
        Command::Chart { name, instance } => {
            config().map(|config| match cli::description(&config, name, instance) {
                Ok(text) => print(&text),
                Err(error) => fail(1, &error),
            })
        }
        Command::Munin { plugin, wants_config } => {
            config().map(|config| call_munin(&config, plugin, *wants_config))
        }
        Command::Guard => {
            guard(std::io::stdin());
            Ok(ExitCode::SUCCESS)
        }
        Command::Run => config().map(|settings| run(&settings, &config)),
    };
    done.unwrap_or_else(|error| match invocation.command {
        // Plugins that cannot answer are UNKNOWN.
        Command::Check(_) => fail(3, &error),
        _ => fail(1, &error),
    })
}

/// As it was asked for; else as the journal likes it, if it is the journal that listens.
fn start_log(invocation: &Invocation) {
    let journal = std::env::var("JOURNAL_STREAM").is_ok_and(|stream| is_journal(&stream));
    let usual = if journal { LogFormat::Journal } else { LogFormat::Text };
    let format = invocation.log_format().unwrap_or(usual);
    let limiter = Mutex::new(Limiter::default());
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info"))
        .format(move |out, record| {
            let (now, level) = (clock::now(), record.level());
            let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
            match limiter.hear(level, &record.args().to_string(), now.clock) {
                None => Ok(()),
                Some(words) => {
                    let line = format.line(level, record.target(), &words, now.wall);
                    out.write_all(line.as_bytes())
                }
            }
        })
        .init();
}

fn run(config: &Config, reload: &dyn Fn() -> Result<Config, ConfigError>) -> ExitCode {
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
        // Without anybody at standard output the daemon runs all the same.
        let _ = writeln!(std::io::stdout(), "{address}");
    };
    // The program as it is now, also when it is replaced on disk.
    let guard = Rc::new(Guard::of(PathBuf::from("/proc/self/exe")));
    match daemon::run(config, &World { reload, notify, ready: &ready, guard }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

fn read_config(invocation: &Invocation) -> Result<Config, ConfigError> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let variable = |name: &str| std::env::var(name).ok();
    let environment = Environment { variable: &variable, credentials: credentials.as_deref() };
    invocation.config(std::env::var_os("STATE_DIRECTORY").map(PathBuf::from), &environment)
}

/// Does what is done when a rule warns.
fn test_alert(config: &Config, name: &str) -> ExitCode {
    let Some(named) = config.alerts.rules.iter().find(|rule| rule.name == name) else {
        let names: Vec<&str> = config.alerts.rules.iter().map(|rule| &*rule.name).collect();
        eprintln!("rrd-collector: no rule {name:?}; there are {}", names.join(", "));
        return ExitCode::from(2);
    };
    let target = match &named.rule.target {
        TargetPattern::One(target) => target.clone(),
        // As if there was one of this name.
        TargetPattern::Each { kind, metric } => match GroupId::new(kind, "example") {
            Ok(group) => Target { group, metric: metric.clone() },
            Err(error) => return fail(1, &error),
        },
    };
    let (scale, unit) = rule_scale(&named.rule);
    let value = named.rule.warning.or(named.rule.critical).map_or(f64::NAN, |level| level.raise);
    let at = i64::try_from(clock::now().wall.as_secs()).unwrap_or(i64::MAX);
    let (from, to) = (Status::Ok, Status::Warning);
    let notice = Notice {
        rule: name.to_owned(),
        target,
        value,
        unit,
        transition: Transition { from, to, at, value: value * scale },
    };
    let host = host_name();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, &error),
    };
    let errors =
        runtime.block_on(action::act(&notice, &host, &config.alerts, &Rc::new(Guard::none())));
    for error in &errors {
        eprintln!("rrd-collector: {}", chain(error));
    }
    if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Calls a plugin as the daemon does.
fn call_munin(config: &Config, plugin: &str, wants_config: bool) -> ExitCode {
    let munin = config.settings::<MuninSettings>().next().cloned().unwrap_or_default();
    let munin = munin.with_state(&config.data);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, &error),
    };
    match runtime.block_on(munin::ask(&munin, plugin, wants_config, &Rc::new(Guard::none()))) {
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
    eprintln!("rrd-collector: {}", chain(error));
    ExitCode::from(code)
}
