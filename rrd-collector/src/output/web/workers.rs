//! Answers that take long, such as pictures: computed beside the page's loop, by one thread for
//! quick ones and one for slow ones, so that few slow ones delay no others. Their number is
//! limited, and equal ones are computed once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper::StatusCode;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;

use super::response::{Answer, plain};

/// Limit on the requests that wait for one thread, including the one that it works on.
const MAX_WAITING: usize = 32;

/// How long an answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Not noticeable.
    None,
    /// Some milliseconds.
    Small,
    /// Up to a second.
    Large,
}

/// The threads, and the answers that they compute.
#[derive(Debug, Default)]
pub struct Workers {
    quick: Line,
    slow: Line,
    answers: Mutex<HashMap<String, Weak<OnceCell<Answer>>>>,
}

/// The requests of one thread.
#[derive(Debug)]
struct Line {
    places: Semaphore,
    turn: Arc<Semaphore>,
}

impl Default for Line {
    fn default() -> Self {
        Self { places: Semaphore::new(MAX_WAITING), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Workers {
    /// Computes the answer to a request. A request that comes while an equal one is computed gets
    /// the same answer. One that is no longer awaited when its turn comes is not computed.
    /// `None` if too many are waiting.
    pub(super) async fn answer(
        &self,
        cost: Cost,
        request: &str,
        compute: impl FnOnce() -> Answer + Send + 'static,
    ) -> Option<Answer> {
        let line = match cost {
            Cost::None => return Some(compute()),
            Cost::Small => &self.quick,
            Cost::Large => &self.slow,
        };
        let _place = line.places.try_acquire().ok()?;
        let computed = async {
            // Nobody closes the semaphore.
            let turn = line.turn.clone().acquire_owned().await;
            let computed = spawn_blocking(move || {
                let _turn = turn;
                compute()
            });
            let failed = |_| plain(StatusCode::INTERNAL_SERVER_ERROR, "the answer failed\n");
            computed.await.unwrap_or_else(failed)
        };
        Some(self.shared(request).get_or_init(|| computed).await.clone())
    }

    /// The answer that is computed for equal requests.
    fn shared(&self, request: &str) -> Arc<OnceCell<Answer>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.get(request).and_then(Weak::upgrade) {
            return known;
        }
        answers.retain(|_, answer| answer.strong_count() > 0);
        let new = Arc::default();
        answers.insert(request.to_owned(), Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    /// Begins requests whose answers wait for the sender, and lets all others run.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn equal_requests_at_the_same_time_are_computed_once() {
        let workers = Arc::new(Workers::default());
        let computed = Arc::new(AtomicUsize::new(0));
        let (go, wait) = channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let ask = |request: &'static str| {
            let (workers, computed, wait) = (workers.clone(), computed.clone(), wait.clone());
            tokio::spawn(async move {
                let compute = move || {
                    wait.lock().unwrap().recv().unwrap();
                    computed.fetch_add(1, Ordering::SeqCst);
                    plain(StatusCode::OK, "picture")
                };
                workers.answer(Cost::Large, request, compute).await.unwrap().status()
            })
        };
        let asked: Vec<_> =
            (0..20).map(|number| ask(if number == 7 { "b" } else { "a" })).collect();
        settle().await;
        go.send(()).unwrap();
        go.send(()).unwrap();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), StatusCode::OK);
        }
        assert_eq!(computed.load(Ordering::SeqCst), 2);
        // What has been answered is not kept.
        go.send(()).unwrap();
        assert_eq!(ask("a").await.unwrap(), StatusCode::OK);
        assert_eq!(computed.load(Ordering::SeqCst), 3);
        assert_eq!(workers.answers.lock().unwrap().len(), 1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn slow_answers_fill_their_own_line_only_and_those_beyond_it_are_refused_at_once() {
        let workers = Arc::new(Workers::default());
        let (go, wait) = channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let ask = |number: usize| {
            let (workers, wait) = (workers.clone(), wait.clone());
            tokio::spawn(async move {
                let compute = move || {
                    let _ = wait.lock().unwrap().recv();
                    plain(StatusCode::OK, "picture")
                };
                let answer = workers.answer(Cost::Large, &number.to_string(), compute).await;
                answer.map(|answer| answer.status())
            })
        };
        let asked: Vec<_> = (0..MAX_WAITING).map(ask).collect();
        settle().await;
        assert_eq!(ask(MAX_WAITING).await.unwrap(), None);
        let quick = workers.answer(Cost::Small, "quick", || plain(StatusCode::OK, "picture"));
        assert!(quick.await.is_some());
        // Whoever leaves gives his place to another.
        asked[MAX_WAITING - 1].abort();
        settle().await;
        let next = ask(MAX_WAITING);
        settle().await;
        drop(go);
        assert_eq!(next.await.unwrap(), Some(StatusCode::OK));
    }
}
