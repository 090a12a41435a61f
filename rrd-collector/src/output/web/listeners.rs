//! The listeners of the page: bound at the start, and changed while connections continue.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_local};

use super::accept::serve;
use super::bind::{BindError, BoundSocket, Listener};
use super::site::Site;
use crate::net::listen::{ListenAddress, PageAddress};

/// A configured address with its bound socket; `None` is the default address.
type Bound = (Option<PageAddress>, BoundSocket);

/// Binds all configured addresses, or none of them; without any the default one.
///
/// # Errors
///
/// [`BindError`] for the first address that cannot be bound.
pub fn bind(chosen: &[PageAddress]) -> Result<Vec<Bound>, BindError> {
    listen(wanted(chosen))
}

fn wanted(chosen: &[PageAddress]) -> Vec<Option<PageAddress>> {
    if chosen.is_empty() { vec![None] } else { chosen.iter().cloned().map(Some).collect() }
}

fn listen(all: Vec<Option<PageAddress>>) -> Result<Vec<Bound>, BindError> {
    all.into_iter()
        .map(|wanted| {
            let socket = BoundSocket::bind(wanted.as_ref().map(|wanted| &wanted.address))?;
            Ok((wanted, socket))
        })
        .collect()
}

/// The listeners of the page.
pub struct Listeners {
    site: Arc<Site>,
    served: Vec<Served>,
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
        Self { site, served: Vec::new() }
    }

    /// Also serves the page at these addresses, as tasks of the current runtime.
    ///
    /// # Errors
    ///
    /// The runtime refuses a listener.
    pub fn serve(&mut self, bound: Vec<Bound>) -> io::Result<()> {
        for (wanted, socket) in bound {
            let address = socket.address();
            let listener: Listener = socket.into_listener()?;
            let task =
                spawn_local(serve(listener, self.site.clone(), Served::wants_tls(wanted.as_ref())));
            self.served.push(Served { wanted, address, task });
        }
        Ok(())
    }

    /// Closes listeners that are no longer configured, and binds new ones; those are served once
    /// the new access rules apply. Unchanged listeners continue.
    ///
    /// # Errors
    ///
    /// [`BindError`] for the first address that cannot be bound. Then nothing has changed.
    pub async fn change(&mut self, chosen: &[PageAddress]) -> Result<Vec<Bound>, BindError> {
        let all = wanted(chosen);
        let new: Vec<Option<PageAddress>> = all
            .iter()
            .filter(|wanted| !self.served.iter().any(|served| served.wanted == **wanted))
            .cloned()
            .collect();
        let is_left = |served: &mut Served| !all.contains(&served.wanted);
        let first = listen(new.clone());
        let in_use = |error: &BindError| error.source.kind() == io::ErrorKind::AddrInUse;
        if first.as_ref().is_err_and(|error| !in_use(error)) {
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
        }
        second
    }

    /// Serves the page at its previous addresses again.
    fn return_to(&mut self, left: Vec<(Option<PageAddress>, ListenAddress)>) {
        for (wanted, address) in left {
            let bound = BoundSocket::bind(Some(&address)).map_err(io::Error::other);
            let served = bound.and_then(|socket| self.serve(vec![(wanted, socket)]));
            if let Err(error) = served {
                log::error!("no longer serving the page at {address}: {error}");
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
