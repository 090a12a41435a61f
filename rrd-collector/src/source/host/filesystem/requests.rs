//! Requests for the usage of filesystems, which may never be answered: a thread of its own asks one
//! after the other. If a filesystem does not answer, its request keeps the thread, and another
//! thread goes on with the rest, up to a limit. The last thread asks only disks, so that they are
//! watched however many servers are down.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::mounts::Mount;

/// A filesystem that takes longer than this to answer is stuck.
const DEADLINE: Duration = Duration::from_secs(5);
/// Limit on the threads.
pub(super) const MAX_THREADS: usize = 8;

/// Usage reported by a filesystem, in bytes and inodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usage {
    pub(super) size: f64,
    pub(super) free: f64,
    pub(super) available: f64,
    pub(super) inodes: f64,
    pub(super) inodes_free: f64,
}

/// What asking for a mount led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Usage(Usage),
    /// The mount is a single file in place of another one, not a filesystem.
    File,
    /// The system refused, or there was no thread to ask.
    Unknown,
    /// There is no answer within the deadline.
    Stuck,
}

/// Asks for the usage; `None` for a file.
pub(super) type Ask = Arc<dyn Fn(&Path) -> io::Result<Option<Usage>> + Send + Sync>;

struct Question {
    number: u64,
    place: String,
    path: PathBuf,
}

/// Pending requests and latest answers.
pub(super) struct Requests {
    ask: Ask,
    worker: Option<Worker>,
    /// Shared by all threads, so that it counts them.
    threads: Arc<()>,
    answers: Receiver<(Question, Answer)>,
    answering: Sender<(Question, Answer)>,
    /// By mount point.
    mounts: BTreeMap<String, State>,
    questions: u64,
}

/// The thread that asks. Once it is dropped, its thread ends after the request that it waits for.
struct Worker {
    questions: Sender<Question>,
    is_abandoned: Arc<AtomicBool>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

struct State {
    /// The number of the mount.
    id: u64,
    /// The number and time of the pending request.
    open: Option<(u64, Duration)>,
    /// The latest answer.
    answer: Option<Answer>,
}

impl Requests {
    pub(super) fn new(ask: Ask) -> Self {
        let (answering, answers) = channel();
        Self {
            ask,
            worker: None,
            threads: Arc::default(),
            answers,
            answering,
            mounts: BTreeMap::new(),
            questions: 0,
        }
    }

    /// Takes the answers that have arrived, finds out which filesystem is stuck, and forgets mounts
    /// that are gone.
    pub(super) fn advance(&mut self, mounts: &[Mount], clock: Duration) {
        while let Ok((question, answer)) = self.answers.try_recv() {
            let state = self.mounts.get_mut(&question.place);
            if let Some(state) = state.filter(|state| state.is_open(question.number)) {
                (state.open, state.answer) = (None, Some(answer));
            }
        }
        self.mounts
            .retain(|place, state| mounts.iter().any(|m| m.id == state.id && m.place == *place));
        let waiting = self.mounts.values_mut().filter(|state| !state.is_stuck());
        let oldest = waiting.filter(|state| state.open.is_some()).min_by_key(|state| state.open);
        if let Some(oldest) = oldest
            && oldest.open.is_some_and(|(_, since)| clock.saturating_sub(since) > DEADLINE)
        {
            // The oldest pending request keeps the thread. The others, which only wait after it,
            // are made again.
            oldest.answer = Some(Answer::Stuck);
            self.worker = None;
            for state in self.mounts.values_mut().filter(|state| !state.is_stuck()) {
                state.open = None;
            }
        }
    }

    /// Asks for a mount unless a request is pending, and returns the latest answer.
    pub(super) fn ask(&mut self, mount: &Mount, path: PathBuf, clock: Duration) -> Option<Answer> {
        let blocked = self.blocked();
        let new = || State { id: mount.id, open: None, answer: None };
        let state = self.mounts.entry(mount.place.clone()).or_insert_with(new);
        if state.open.is_none() {
            let is_allowed = mount.is_disk() || blocked < MAX_THREADS - 1;
            if self.worker.is_none() && blocked < MAX_THREADS {
                self.worker = start_worker(&self.ask, &self.answering, &self.threads);
            }
            self.questions += 1;
            let question = Question { number: self.questions, place: mount.place.clone(), path };
            let is_asked = |worker: &Worker| worker.questions.send(question).is_ok();
            if is_allowed && self.worker.as_ref().is_some_and(is_asked) {
                state.open = Some((self.questions, clock));
            } else {
                state.answer = Some(Answer::Unknown);
            }
        }
        state.answer
    }

    /// Whether a mount is known to be a single file.
    pub(super) fn is_file(&self, mount: &Mount) -> bool {
        let state = self.mounts.get(&mount.place);
        state.is_some_and(|state| state.id == mount.id && state.answer == Some(Answer::File))
    }

    /// The number of threads that wait for filesystems that are stuck.
    pub(super) fn blocked(&self) -> usize {
        Arc::strong_count(&self.threads) - 1 - usize::from(self.worker.is_some())
    }
}

impl State {
    fn is_open(&self, number: u64) -> bool {
        self.open.is_some_and(|(open, _)| open == number)
    }

    fn is_stuck(&self) -> bool {
        self.answer == Some(Answer::Stuck)
    }
}

/// A thread that asks for one filesystem after the other until it is abandoned. Without a thread
/// there are no answers, and the next sample tries again.
fn start_worker(
    ask: &Ask,
    answering: &Sender<(Question, Answer)>,
    threads: &Arc<()>,
) -> Option<Worker> {
    let (questions, asked) = channel::<Question>();
    let is_abandoned = Arc::new(AtomicBool::new(false));
    let worker = Worker { questions, is_abandoned: is_abandoned.clone() };
    let (ask, answering, running) = (ask.clone(), answering.clone(), threads.clone());
    let work = move || {
        for question in asked {
            // An abandoned thread leaves the rest to the next one.
            let answer = if is_abandoned.load(Ordering::Relaxed) {
                Answer::Unknown
            } else {
                match ask(&question.path) {
                    Ok(Some(usage)) => Answer::Usage(usage),
                    Ok(None) => Answer::File,
                    Err(_) => Answer::Unknown,
                }
            };
            if answering.send((question, answer)).is_err() {
                break;
            }
        }
        drop(running);
    };
    thread::Builder::new().name("statvfs".to_owned()).stack_size(64 << 10).spawn(work).ok()?;
    Some(worker)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Condvar, Mutex};
    use std::time::Instant;

    use super::super::mounts::mounts;
    use super::*;

    /// Filesystems of which some do not answer until they are repaired.
    #[derive(Default)]
    struct Servers {
        dead: Mutex<BTreeSet<PathBuf>>,
        repaired: Condvar,
        asked: Mutex<Vec<PathBuf>>,
    }

    const USAGE: Usage =
        Usage { size: 100.0, free: 30.0, available: 10.0, inodes: 20.0, inodes_free: 5.0 };

    impl Servers {
        fn requests(self: &Arc<Self>) -> Requests {
            let servers = self.clone();
            Requests::new(Arc::new(move |path| {
                servers.asked.lock().unwrap().push(path.to_owned());
                let mut dead = servers.dead.lock().unwrap();
                while dead.contains(path) {
                    dead = servers.repaired.wait(dead).unwrap();
                }
                Ok((!path.ends_with("file")).then_some(USAGE))
            }))
        }

        fn kill(&self, paths: &[&str]) {
            self.dead.lock().unwrap().extend(paths.iter().map(PathBuf::from));
        }

        fn wait_for_request(&self, path: &str) {
            wait(path, || self.asked.lock().unwrap().iter().any(|asked| asked.ends_with(path)));
        }

        fn repair(&self) {
            self.dead.lock().unwrap().clear();
            self.repaired.notify_all();
        }
    }

    fn table(places: &[&str]) -> Vec<Mount> {
        let line = |(id, place): (usize, &&str)| {
            format!("{id} 1 0:{id} / {place} rw - nfs4 nas:{place} rw\n")
        };
        mounts(&places.iter().enumerate().map(line).collect::<Vec<_>>().concat())
    }

    fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(240), "in vain: {what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks for all mounts at this second, again and again until the answers are as expected and no
    /// request is pending that will be answered.
    fn expect(requests: &mut Requests, mounts: &[Mount], second: u64, wanted: &[Option<Answer>]) {
        let clock = Duration::from_secs(second);
        wait(&format!("{wanted:?} at {second}"), || {
            requests.advance(mounts, clock);
            let path = |mount: &Mount| PathBuf::from(&mount.place);
            let answers = mounts.iter().map(|mount| requests.ask(mount, path(mount), clock));
            answers.collect::<Vec<_>>() == wanted
        });
        wait("all answers", || {
            requests.advance(mounts, clock);
            let is_blocked = wanted.contains(&None);
            mounts.iter().zip(wanted).all(|(mount, answer)| {
                is_blocked || *answer == STUCK || requests.mounts[&mount.place].open.is_none()
            })
        });
    }

    const KNOWN: Option<Answer> = Some(Answer::Usage(USAGE));
    const STUCK: Option<Answer> = Some(Answer::Stuck);

    #[test]
    fn a_mount_that_does_not_answer_is_stuck_until_it_does_and_the_others_go_on() {
        let servers = Arc::new(Servers::default());
        let mut requests = servers.requests();
        let mounts = table(&["/a", "/dead", "/file", "/z"]);
        servers.kill(&["/dead"]);
        expect(&mut requests, &mounts, 0, &[KNOWN, None, None, None]);
        servers.wait_for_request("dead");
        expect(&mut requests, &mounts, 5, &[KNOWN, None, None, None]);
        expect(&mut requests, &mounts, 6, &[KNOWN, STUCK, Some(Answer::File), KNOWN]);
        assert_eq!(requests.blocked(), 1);
        assert!(requests.is_file(&mounts[2]) && !requests.is_file(&mounts[0]));
        servers.repair();
        expect(&mut requests, &mounts, 7, &[KNOWN, KNOWN, Some(Answer::File), KNOWN]);
    }

    #[test]
    fn a_stuck_mount_keeps_one_thread_and_is_asked_only_once() {
        let servers = Arc::new(Servers::default());
        let mut requests = servers.requests();
        let mounts = table(&["/dead", "/z"]);
        servers.kill(&["/dead"]);
        expect(&mut requests, &mounts, 0, &[None, None]);
        servers.wait_for_request("dead");
        for second in 10..60 {
            expect(&mut requests, &mounts, second, &[STUCK, KNOWN]);
        }
        assert_eq!(requests.blocked(), 1);
        let asked = servers.asked.lock().unwrap().clone();
        assert_eq!(asked.iter().filter(|path| path.ends_with("dead")).count(), 1);
        servers.repair();
        wait("the end of a thread", || requests.blocked() == 0);
    }

    #[test]
    fn there_are_eight_threads_and_the_last_one_asks_only_disks() {
        let servers = Arc::new(Servers::default());
        let mut requests = servers.requests();
        let places: Vec<String> = (10..20).map(|number| format!("/mnt/{number}")).collect();
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let mut mounts = table(&places);
        mounts.extend(super::super::mounts::mounts("90 1 8:1 / / rw - ext4 /dev/sda1 rw\n"));
        servers.kill(&places[..9]);
        let mut wanted = vec![None; 11];
        expect(&mut requests, &mounts, 0, &wanted);
        for index in 0..7 {
            assert_eq!(requests.blocked(), index);
            servers.wait_for_request(places[index].trim_start_matches('/'));
            wanted[index] = STUCK;
            if index == 6 {
                wanted[7..].fill(Some(Answer::Unknown));
                wanted[10] = KNOWN;
            }
            expect(&mut requests, &mounts, 10 * (index as u64 + 1), &wanted);
        }
        expect(&mut requests, &mounts, 100, &wanted);
        servers.kill(&["/"]);
        let path = |mount: &Mount| PathBuf::from(&mount.place);
        let before = servers.asked.lock().unwrap().len();
        requests.ask(&mounts[10], path(&mounts[10]), Duration::from_secs(110));
        wait("the disk is asked", || servers.asked.lock().unwrap().len() > before);
        wanted[10] = STUCK;
        expect(&mut requests, &mounts, 120, &wanted);
        assert_eq!(requests.blocked(), MAX_THREADS);
        servers.repair();
        expect(&mut requests, &mounts, 130, &[KNOWN; 11]);
        assert_eq!(requests.blocked(), 0);
    }

    #[test]
    fn a_request_that_no_thread_has_begun_in_time_is_made_again() {
        let servers = Arc::new(Servers::default());
        let mut requests = servers.requests();
        let mounts = table(&["/a"]);
        requests.advance(&mounts, Duration::ZERO);
        requests.ask(&mounts[0], "/a".into(), Duration::ZERO);
        // As after a suspend: the thread may not have run at all.
        requests.advance(&mounts, Duration::from_secs(3600));
        expect(&mut requests, &mounts, 3600, &[KNOWN]);
    }

    #[test]
    fn a_filesystem_that_replaces_a_stuck_one_is_asked() {
        let servers = Arc::new(Servers::default());
        let mut requests = servers.requests();
        servers.kill(&["/dead"]);
        let before = table(&["/dead"]);
        expect(&mut requests, &before, 0, &[None]);
        servers.wait_for_request("dead");
        expect(&mut requests, &before, 10, &[STUCK]);
        let after = table(&["/a", "/dead"]);
        let path = PathBuf::from("/b");
        let clock = Duration::from_secs(20);
        wait("an answer of the new one", || {
            requests.advance(&after, clock);
            requests.ask(&after[1], path.clone(), clock) == KNOWN
        });
        servers.repair();
    }
}
