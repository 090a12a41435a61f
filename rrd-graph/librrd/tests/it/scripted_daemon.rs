//! A caching daemon whose answers a test gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// What follows a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// These bytes.
    Answer(Vec<u8>),
    /// These bytes, the last part of them without end.
    Endless(&'static str, &'static str),
    /// The end of the connection.
    End,
}

impl Reply {
    pub(crate) fn text(text: &str) -> Self {
        Self::Answer(text.as_bytes().to_vec())
    }
}

/// The requests so far, each with the number of its connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<Mutex<Vec<(usize, String)>>>);

impl Requests {
    /// Those since the last time, as lines.
    pub(crate) fn take(&self) -> Vec<String> {
        let requests = std::mem::take(&mut *self.0.lock().expect("no panic"));
        requests.into_iter().map(|(_, request)| request).collect()
    }

    /// Of how many connections they came.
    pub(crate) fn connections(&self) -> usize {
        let requests = self.0.lock().expect("no panic");
        let mut numbers: Vec<_> = requests.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }
}

/// A daemon at a socket. It ends with the test.
pub(crate) fn at_socket(
    socket: &Path,
    reply: impl Fn(&str) -> Reply + Clone + Send + 'static,
) -> Requests {
    let listener = UnixListener::bind(socket).expect("a socket");
    let requests = Requests::default();
    let seen = requests.clone();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let (reply, seen) = (reply.clone(), seen.clone());
            let reading = stream.try_clone().expect("a stream");
            thread::spawn(move || serve(number, reading, stream, &reply, &seen));
        }
    });
    requests
}

/// A daemon at a port of this machine, and its address.
pub(crate) fn at_port(
    reply: impl Fn(&str) -> Reply + Clone + Send + 'static,
) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let requests = Requests::default();
    let seen = requests.clone();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let (reply, seen) = (reply.clone(), seen.clone());
            let reading = stream.try_clone().expect("a stream");
            thread::spawn(move || serve(number, reading, stream, &reply, &seen));
        }
    });
    (address, requests)
}

fn serve(
    number: usize,
    reading: impl Read,
    mut writing: impl Write,
    reply: &impl Fn(&str) -> Reply,
    seen: &Requests,
) {
    for request in BufReader::new(reading).lines() {
        let Ok(request) = request else { return };
        seen.0.lock().expect("no panic").push((number, request.clone()));
        match reply(&request) {
            Reply::Answer(answer) => {
                if writing.write_all(&answer).is_err() {
                    return;
                }
            }
            Reply::Endless(begin, again) => {
                let again = again.repeat((1 << 16) / again.len());
                let mut sent = writing.write_all(begin.as_bytes());
                while sent.is_ok() {
                    sent = writing.write_all(again.as_bytes());
                }
                return;
            }
            Reply::End => return,
        }
    }
}
