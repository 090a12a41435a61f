//! The places where the page is served: bound at the start, and changed while conversations go on.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_local};

use super::listen::{BindError, Ear, Listener};
use super::server::{Site, serve};
use crate::net::listen::ListenAddress;

/// A place that was wished for, and what listens there. Without a wish it is the default place.
type Bound = (Option<ListenAddress>, Listener);

/// Listens at all places that were chosen, or at none of them; without a choice at the default one.
///
/// # Errors
///
/// [`BindError`] for the first that cannot be had.
pub fn bind(chosen: &[ListenAddress]) -> Result<Vec<Bound>, BindError> {
    listen(wishes(chosen))
}

fn wishes(chosen: &[ListenAddress]) -> Vec<Option<ListenAddress>> {
    if chosen.is_empty() { vec![None] } else { chosen.iter().cloned().map(Some).collect() }
}

fn listen(wishes: Vec<Option<ListenAddress>>) -> Result<Vec<Bound>, BindError> {
    wishes
        .into_iter()
        .map(|wish| {
            let listener = Listener::bind(wish.as_ref())?;
            Ok((wish, listener))
        })
        .collect()
}

/// The places where the page is served.
pub struct Places {
    site: Arc<Site>,
    served: Vec<Served>,
}

struct Served {
    wish: Option<ListenAddress>,
    place: ListenAddress,
    task: JoinHandle<Infallible>,
}

impl Served {
    /// Hears nobody any more. Conversations that have begun go on.
    async fn stop(self) {
        self.task.abort();
        // It ends in no other way.
        let _ = self.task.await;
    }
}

impl Places {
    /// None yet.
    pub fn new(site: Arc<Site>) -> Self {
        Self { site, served: Vec::new() }
    }

    /// Serves the page at these places, too, as tasks of the runtime that we run in.
    ///
    /// # Errors
    ///
    /// The runtime refuses a listener.
    pub fn serve(&mut self, bound: Vec<Bound>) -> io::Result<()> {
        for (wish, listener) in bound {
            let place = listener.place();
            let ear: Ear = listener.into_ear()?;
            let task = spawn_local(serve(ear, self.site.clone()));
            self.served.push(Served { wish, place, task });
        }
        Ok(())
    }

    /// Leaves the places that are not chosen any more, and listens at those that are new; they are
    /// still to be served, when whoever may not see the page there is kept out. Places that were
    /// and are chosen stay as they are.
    ///
    /// # Errors
    ///
    /// [`BindError`] for the first that cannot be had. Then all is as before.
    pub async fn change(&mut self, chosen: &[ListenAddress]) -> Result<Vec<Bound>, BindError> {
        let wishes = wishes(chosen);
        let new: Vec<Option<ListenAddress>> = wishes
            .iter()
            .filter(|wish| !self.served.iter().any(|served| served.wish == **wish))
            .cloned()
            .collect();
        let is_left = |served: &mut Served| !wishes.contains(&served.wish);
        let first = listen(new.clone());
        let in_use = |error: &BindError| error.source.kind() == io::ErrorKind::AddrInUse;
        if first.as_ref().is_err_and(|error| !in_use(error)) {
            return first;
        }
        let mut left = Vec::new();
        for served in self.served.extract_if(.., is_left) {
            left.push((served.wish.clone(), served.place.clone()));
            served.stop().await;
        }
        // An old place may have been in the way of a new one, as 127.0.0.1 is of 0.0.0.0.
        let second = if first.is_err() { listen(new) } else { first };
        if second.is_err() {
            self.return_to(left);
        }
        second
    }

    /// Serves the page again where it was before.
    fn return_to(&mut self, left: Vec<(Option<ListenAddress>, ListenAddress)>) {
        for (wish, place) in left {
            let bound = Listener::bind(Some(&place)).map_err(io::Error::other);
            let served = bound.and_then(|listener| self.serve(vec![(wish, listener)]));
            if let Err(error) = served {
                log::error!("no longer serving the page at {place}: {error}");
            }
        }
    }

    /// The addresses to type into a browser, or the sockets.
    pub fn addresses(&self) -> Vec<String> {
        let scheme = self.site.scheme();
        let address = |served: &Served| match &served.place {
            ListenAddress::Network(address) => format!("{scheme}://{address}/"),
            ListenAddress::Socket(_) => served.place.to_string(),
        };
        self.served.iter().map(address).collect()
    }
}
