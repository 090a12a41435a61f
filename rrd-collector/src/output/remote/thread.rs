//! The one thread for engines on other hosts, with a runtime of its own: the page and the sampler
//! never wait for it. It starts with its first task.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};

type Task = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// The thread, once it is needed.
#[derive(Debug, Default)]
pub struct RemoteThread {
    tasks: Mutex<Option<UnboundedSender<Task>>>,
}

impl RemoteThread {
    /// Runs what `make` makes on the thread, beside its other tasks. It ends with the process.
    ///
    /// # Errors
    ///
    /// The system provides no thread or event queue.
    pub fn spawn<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> io::Result<()>
    where
        F: Future<Output = ()> + 'static,
    {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let task: Task = Box::new(move || Box::pin(make()));
        let task = match &*tasks {
            None => task,
            Some(running) => match running.send(task) {
                Ok(()) => return Ok(()),
                // The thread has died.
                Err(unsent) => unsent.0,
            },
        };
        let (sender, inbox) = unbounded_channel();
        let _ = sender.send(task);
        start(inbox)?;
        *tasks = Some(sender);
        Ok(())
    }
}

fn start(mut inbox: UnboundedReceiver<Task>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let run = move || {
        runtime.block_on(LocalSet::new().run_until(async {
            while let Some(make) = inbox.recv().await {
                spawn_local(make());
            }
        }));
    };
    thread::Builder::new().name("remote".to_owned()).spawn(run)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn all_tasks_run_on_one_thread_that_starts_with_the_first() {
        let remote = RemoteThread::default();
        assert!(remote.tasks.lock().unwrap().is_none());
        let (sender, names) = channel();
        for _ in 0..2 {
            let sender = sender.clone();
            let say = move || async move { sender.send(thread::current().id()).unwrap() };
            remote.spawn(say).unwrap();
        }
        let (first, second) = (names.recv().unwrap(), names.recv().unwrap());
        assert_eq!(first, second);
        assert_ne!(first, thread::current().id());
    }
}
