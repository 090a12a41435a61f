//! The addresses of the page: whether this host has them, and who listens there.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;

use super::complaint::Complaint;
use super::daemon::Daemon;
use crate::config::Config;
use crate::net::holder::{Holder, Protocol};
use crate::net::listen::ListenAddress;
use crate::output::web::DEFAULT_ADDRESS;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A complaint about each address at which the page is not.
pub(super) fn complaints(config: &Config, daemon: Option<&Daemon>) -> Vec<Complaint> {
    let default = [ListenAddress::Network(DEFAULT_ADDRESS)];
    let chosen: Vec<ListenAddress> = if config.listen.is_empty() {
        default.to_vec()
    } else {
        config.listen.iter().map(|listen| listen.address.clone()).collect()
    };
    let complaint = |address: &ListenAddress| match address {
        ListenAddress::Network(address) => of_network(*address, daemon),
        ListenAddress::Socket(path) => of_socket(path, daemon?),
    };
    chosen.iter().filter_map(complaint).collect()
}

fn of_network(address: SocketAddr, daemon: Option<&Daemon>) -> Option<Complaint> {
    // Any port: so nobody's place is taken, not even for a moment.
    let bound = TcpListener::bind((address.ip(), 0));
    if bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable) {
        let what = format!("{address} is no address of this host");
        let remedy = "run `ip -brief address` for those that are, and correct `listen`";
        return Some(Complaint::new("ports", what, remedy));
    }
    if address.port() == 0 {
        return None;
    }
    match Holder::of(Protocol::Tcp, address) {
        // Where the list of sockets cannot be read, it is not known who answers.
        None if TcpStream::connect_timeout(&address, PATIENCE).is_ok() => None,
        None => Some(not_served(&address.to_string(), daemon?)),
        Some(holder) if daemon.is_some_and(|daemon| has(daemon, &holder)) => None,
        Some(holder) => {
            let what = format!("{address} is in use by {holder}");
            Some(Complaint::new("ports", what, "end that process, or give another `listen`"))
        }
    }
}

fn has(daemon: &Daemon, holder: &Holder) -> bool {
    match holder {
        Holder::Process { id, .. } => *id == daemon.process,
        Holder::User { id } => *id == daemon.user,
    }
}

fn of_socket(path: &Path, daemon: &Daemon) -> Option<Complaint> {
    let address = format!("unix:{}", path.display());
    match UnixStream::connect(path) {
        Ok(stream) => {
            let process = socket_peercred(&stream).ok()?.pid.as_raw_pid();
            let what = format!("{address} is in use by process {process}");
            (process != daemon.process).then(|| {
                Complaint::new("ports", what, "end that process, or give another `listen`")
            })
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Err(_) => Some(not_served(&address, daemon)),
    }
}

fn not_served(address: &str, daemon: &Daemon) -> Complaint {
    let process = daemon.process;
    let what = format!("the daemon (process {process}) does not listen at {address}");
    Complaint::new("ports", what, "run `systemctl reload rrd-collector`")
}
