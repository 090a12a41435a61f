//! Takes requests, and has them answered one after the other on the thread for other hosts.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::super::thread::RemoteThread;
use super::answer::{ReadAnswer, ReadError, answer};
use super::collection::Collection;
use super::search::Sources;
use super::settings::ReadSettings;
use crate::fault::Faults;

/// Limit on the requests that wait, including the one that is answered.
const MAX_WAITING: usize = 32;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Answers what Prometheus asks.
pub struct RemoteRead {
    thread: Arc<RemoteThread>,
    /// The collector's own files, among others.
    own: Vec<Arc<dyn Collection>>,
    sources: RwLock<Arc<Sources>>,
    settings: RwLock<ReadSettings>,
    places: Semaphore,
    turn: Arc<Semaphore>,
}

/// Answers from no files.
impl Default for RemoteRead {
    fn default() -> Self {
        let (thread, host, faults) = Default::default();
        Self::new(thread, Vec::new(), host, faults, ReadSettings::default())
    }
}

impl RemoteRead {
    /// Answers from these collections, which stay; `host` are the labels of their series, unless
    /// they have others of these names.
    pub fn new(
        thread: Arc<RemoteThread>,
        own: Vec<Arc<dyn Collection>>,
        host: [(String, String); 2],
        faults: Faults,
        settings: ReadSettings,
    ) -> Self {
        let sources = Sources { collections: own.clone(), host, faults };
        Self {
            thread,
            own,
            sources: Arc::new(sources).into(),
            settings: settings.into(),
            places: Semaphore::new(MAX_WAITING),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Applies other settings to further requests, which are also answered from these trees.
    pub fn change(&self, settings: ReadSettings, trees: Vec<Arc<dyn Collection>>) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        let collections = self.own.iter().cloned().chain(trees).collect();
        let (host, faults) = (sources.host.clone(), sources.faults.clone());
        *sources = Arc::new(Sources { collections, host, faults });
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// The answer to a request with this body.
    ///
    /// # Errors
    ///
    /// [`ReadError`]
    pub async fn answer(&self, body: Vec<u8>) -> Result<ReadAnswer, ReadError> {
        let _place = self.places.try_acquire().map_err(|_| ReadError::Busy)?;
        let turn = timeout(MAX_WAIT, self.turn.clone().acquire_owned()).await;
        // Nobody closes the semaphore.
        let turn = turn.map_err(|_| ReadError::Busy)?;
        let settings = *self.settings.read().unwrap_or_else(PoisonError::into_inner);
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (reply, answered) = oneshot::channel();
        let task = move || async move {
            answer(&sources, settings, &body, reply).await;
            drop(turn);
        };
        self.thread.spawn(task).map_err(|_| ReadError::Failed)?;
        answered.await.unwrap_or(Err(ReadError::Failed))
    }
}
