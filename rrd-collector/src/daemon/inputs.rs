//! The tasks of inputs across reloads.

use std::rc::Rc;

use tokio::task::{JoinHandle, spawn_local};

use crate::source::input::{Context, Input};

/// The running inputs with their tasks.
pub(super) struct RunningInputs {
    context: Rc<Context>,
    tasks: Vec<(Input, JoinHandle<()>)>,
}

impl RunningInputs {
    /// No inputs.
    pub(super) fn new(context: Context) -> Self {
        Self { context: Rc::new(context), tasks: Vec::new() }
    }

    /// Ends the tasks of removed inputs and starts those of new ones. Unchanged inputs keep their
    /// task and so their counters; those that wait for a port or a socket try again.
    pub(super) fn apply(&mut self, wanted: &[Input]) {
        for input in wanted {
            input.task().load(&self.context);
        }
        self.context.reloaded.notify_waiters();
        self.tasks.retain(|(known, task)| {
            let stays = wanted.contains(known);
            if !stays {
                task.abort();
            }
            stays
        });
        for input in wanted {
            if !self.tasks.iter().any(|(known, _)| known == input) {
                let task = spawn_local(input.task().run(&self.context));
                self.tasks.push((input.clone(), task));
            }
        }
    }
}
