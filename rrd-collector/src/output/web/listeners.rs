//! The listeners of the page: bound at the start, and changed while connections continue.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use thiserror::Error;
use tokio::task::{JoinHandle, spawn_local};

use super::accept::serve;
use super::bind::BoundSocket;
use super::site::Site;
use crate::fault::Faults;
use crate::net::holder::{Holder, Protocol};
use crate::net::listen::{ListenAddress, PageAddress};
use crate::net::listen_error::ListenError;

/// The default address of the page.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(LOCALHOST, 7300);
/// Where the page is served while the default address is in use.
const ANY_PORT: SocketAddr = SocketAddr::new(LOCALHOST, 0);
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A socket, and for which address of the page.
pub struct Bound {
    /// The configured address; `None` for the default address.
    wanted: Option<PageAddress>,
    socket: BoundSocket,
    /// Why the socket is at another address than the default one.
    instead_of: Option<ListenError>,
}

/// Binds all configured addresses, or none of them; without any the default one, or any free port
/// of the loopback.
///
/// # Errors
///
/// [`ListenError`] for the first address that cannot be bound.
pub fn bind(chosen: &[PageAddress]) -> Result<Vec<Bound>, ListenError> {
    wanted(chosen).into_iter().map(|wanted| Bound::of(wanted, DEFAULT_ADDRESS)).collect()
}

fn wanted(chosen: &[PageAddress]) -> Vec<Option<PageAddress>> {
    if chosen.is_empty() { vec![None] } else { chosen.iter().cloned().map(Some).collect() }
}

impl Bound {
    fn of(wanted: Option<PageAddress>, default: SocketAddr) -> Result<Self, ListenError> {
        if let Some(PageAddress { address, .. }) = &wanted {
            let socket = BoundSocket::bind(address)?;
            return Ok(Self { wanted, socket, instead_of: None });
        }
        let (socket, instead_of) = match BoundSocket::bind(&ListenAddress::Network(default)) {
            Ok(socket) => (socket, None),
            Err(error) => {
                let any = BoundSocket::bind(&ListenAddress::Network(ANY_PORT))?;
                (any, Some(error))
            }
        };
        Ok(Self { wanted, socket, instead_of })
    }
}

/// Why the page is not served at an address where it should be.
#[derive(Debug, Error)]
#[error("{}", Place(instead.as_ref()))]
struct NotServed {
    /// Where it is served meanwhile.
    instead: Option<ListenAddress>,
    source: ListenError,
}

struct Place<'a>(Option<&'a ListenAddress>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "served at {address} until it is free"),
            None => f.write_str("not served"),
        }
    }
}

/// An address at which the page should be served and is not.
struct Missing {
    wanted: Option<PageAddress>,
    reason: NotServed,
}

impl Missing {
    /// The subject of the fault.
    fn concern(&self) -> String {
        format!("the page at {}", self.reason.source.address)
    }
}

/// The listeners of the page.
pub struct Listeners {
    site: Arc<Site>,
    default: SocketAddr,
    served: Vec<Served>,
    missing: Vec<Missing>,
    faults: Faults,
}

struct Served {
    wanted: Option<PageAddress>,
    address: ListenAddress,
    task: JoinHandle<Infallible>,
}

impl Served {
    /// Whether TLS is spoken if the page has a certificate; so it is at the default address.
    fn wants_tls(wanted: Option<&PageAddress>) -> bool {
        wanted.is_none_or(PageAddress::wants_tls)
    }

    /// Stops accepting connections. Existing connections continue.
    async fn stop(self) {
        self.task.abort();
        // It ends in no other way.
        let _ = self.task.await;
    }
}

impl Listeners {
    /// No listeners.
    pub fn new(site: Arc<Site>) -> Self {
        let faults = site.shared.all_faults().of_task();
        Self { site, default: DEFAULT_ADDRESS, served: Vec::new(), missing: Vec::new(), faults }
    }

    /// Also serves the page at these addresses, as tasks of the current runtime.
    pub fn serve(&mut self, bound: Vec<Bound>) {
        for Bound { wanted, socket, instead_of } in bound {
            let address = socket.address();
            match socket.into_listener() {
                Ok(listener) => {
                    let tls = Served::wants_tls(wanted.as_ref());
                    let task = spawn_local(serve(listener, self.site.clone(), tls));
                    if let Some(source) = instead_of {
                        let instead = Some(address.clone());
                        self.miss(wanted.clone(), NotServed { instead, source });
                    }
                    self.served.push(Served { wanted, address, task });
                }
                Err(source) => {
                    let source = ListenError::new(address, Protocol::Tcp, source);
                    self.miss(wanted, NotServed { instead: None, source });
                }
            }
        }
    }

    /// The page is not served at an address until further notice.
    fn miss(&mut self, wanted: Option<PageAddress>, reason: NotServed) {
        let missing = Missing { wanted, reason };
        self.faults.note(&missing.concern(), &Err::<(), _>(&missing.reason));
        self.missing.push(missing);
    }

    /// Tries again to serve the page where it should be. A failure that `is_awaited` is logged even
    /// if it is known.
    pub async fn retry(&mut self, is_awaited: bool) {
        for mut missing in std::mem::take(&mut self.missing) {
            let concern = missing.concern();
            if is_awaited {
                self.faults.log_again(&concern);
            }
            match BoundSocket::bind(&missing.reason.source.address) {
                Ok(socket) => {
                    self.faults.note(&concern, &Ok::<(), ListenError>(()));
                    let is_instead = |served: &mut Served| {
                        Some(&served.address) == missing.reason.instead.as_ref()
                    };
                    for served in self.served.extract_if(.., is_instead) {
                        served.stop().await;
                    }
                    self.serve(vec![Bound { wanted: missing.wanted, socket, instead_of: None }]);
                }
                Err(error) => {
                    missing.reason.source = error;
                    self.miss(missing.wanted, missing.reason);
                }
            }
        }
    }

    /// Closes listeners that are no longer configured, and binds new ones; those are served once
    /// the new access rules apply. Unchanged listeners continue.
    ///
    /// # Errors
    ///
    /// [`ListenError`] for the first address that cannot be bound. Then nothing has changed.
    pub async fn change(&mut self, chosen: &[PageAddress]) -> Result<Vec<Bound>, ListenError> {
        let all = wanted(chosen);
        let new: Vec<Option<PageAddress>> = all
            .iter()
            .filter(|wanted| !self.served.iter().any(|served| served.wanted == **wanted))
            .cloned()
            .collect();
        let is_left = |served: &mut Served| !all.contains(&served.wanted);
        let default = self.default;
        let listen = |new: Vec<Option<PageAddress>>| -> Result<Vec<Bound>, ListenError> {
            new.into_iter().map(|wanted| Bound::of(wanted, default)).collect()
        };
        let first = listen(new.clone());
        // If it is another process that has an address, nothing is gained by leaving ours.
        let may_be_ours = |error: &ListenError| {
            error.source.kind() == io::ErrorKind::AddrInUse
                && error.holder.as_ref().is_none_or(Holder::is_this_process)
        };
        if first.as_ref().is_err_and(|error| !may_be_ours(error)) {
            return first;
        }
        let mut left = Vec::new();
        for served in self.served.extract_if(.., is_left) {
            left.push((served.wanted.clone(), served.address.clone()));
            served.stop().await;
        }
        // An old address may conflict with a new one, as 127.0.0.1 does with 0.0.0.0.
        let second = if first.is_err() { listen(new) } else { first };
        if second.is_err() {
            self.return_to(left);
        } else {
            // What is bound now or not wanted any more is not missing.
            let served = &self.served;
            let is_over = |missing: &mut Missing| {
                !served.iter().any(|served| served.wanted == missing.wanted)
            };
            for missing in self.missing.extract_if(.., is_over) {
                self.faults.forget(&missing.concern());
            }
        }
        second
    }

    /// Serves the page at its previous addresses again.
    fn return_to(&mut self, left: Vec<(Option<PageAddress>, ListenAddress)>) {
        for (wanted, address) in left {
            match BoundSocket::bind(&address) {
                Ok(socket) => self.serve(vec![Bound { wanted, socket, instead_of: None }]),
                Err(source) => self.miss(wanted, NotServed { instead: None, source }),
            }
        }
    }

    /// The addresses for a browser, or the sockets.
    pub fn addresses(&self) -> Vec<String> {
        let has_certificate = self.site.access().identity().is_some();
        let address = |served: &Served| match &served.address {
            ListenAddress::Network(address) => {
                let tls = has_certificate && Served::wants_tls(served.wanted.as_ref());
                format!("{}://{address}/", if tls { "https" } else { "http" })
            }
            ListenAddress::Socket(_) => served.address.to_string(),
        };
        self.served.iter().map(address).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use tokio::task::LocalSet;

    use super::*;
    use crate::store::archives::Archives;

    #[tokio::test(flavor = "current_thread")]
    async fn the_page_is_at_another_port_until_the_default_one_is_free() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let default = other.local_addr().unwrap();
        let host = "web1".parse().unwrap();
        let site = Arc::new(Site::new(host, Archives::Folder("/nonexistent".into())));
        let serving = async {
            let mut listeners = Listeners { default, ..Listeners::new(site.clone()) };
            listeners.serve(vec![Bound::of(None, default).unwrap()]);
            listeners.retry(false).await;
            let [instead] = &*listeners.served else { panic!("one address") };
            let message = site.shared.faults()[0].message.clone();
            let begin = format!("served at {} until it is free: ", instead.address);
            let middle = format!("cannot listen at {default}, which ");
            let end = format!(
                " (process {}) has: Address already in use (os error 98)",
                std::process::id()
            );
            assert!(message.starts_with(&format!("{begin}{middle}")), "{message}");
            assert!(message.ends_with(&end), "{message}");
            assert_eq!(site.shared.faults()[0].concern, format!("the page at {default}"));
            drop(other);
            listeners.retry(false).await;
            assert_eq!(listeners.addresses(), [format!("http://{default}/")]);
            assert_eq!(site.shared.faults(), []);
        };
        LocalSet::new().run_until(serving).await;
    }
}
