//! A receiver of samples that answers as a test wants it to, and keeps what it has received.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use prost::Message;
use rrd_collector::output::remote::wire::decompress;
use rrd_collector::output::remote::wire::v1::{Sample, TimeSeries, WriteRequest};

use crate::receivers::Stored;

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The status, and a text.
    Status(u16, &'static str),
    /// No answer, with the connection left open.
    Never,
}

/// Stored.
pub(crate) const TAKEN: Reply = Reply::Status(204, "");

/// A request and what was done with it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Request line and headers, one a line.
    head: String,
    pub(crate) message: WriteRequest,
    reply: Reply,
}

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim())
    }
}

/// The name of the metric of a series.
pub(crate) fn name(series: &TimeSeries) -> &str {
    let name = series.labels.iter().find(|label| label.name == "__name__");
    name.map_or("", |label| &label.value)
}

/// The receiver. Each connection has a thread.
pub(crate) struct Stub {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    has_ended: Arc<AtomicBool>,
}

impl Stub {
    /// Listens, and answers each request as `reply` says.
    pub(crate) fn start(reply: impl Fn(&Request) -> Reply + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, has_ended) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let stub = Self { address, requests, has_ended };
        let (requests, has_ended) = (Arc::clone(&stub.requests), Arc::clone(&stub.has_ended));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if has_ended.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, reply) = (Arc::clone(&requests), reply.clone());
                std::thread::spawn(move || converse(&stream.unwrap(), &requests, &reply));
            }
        });
        stub
    }

    /// Where samples are sent.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// All requests until now.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The samples of all requests that were answered with success, without those that end a
    /// series.
    pub(crate) fn stored(&self) -> Stored {
        let mut stored = Stored::new();
        let requests = self.requests();
        let taken = requests.iter().filter(|request| request.reply == TAKEN);
        for series in taken.flat_map(|request| &request.message.timeseries) {
            let labels = series.labels.iter();
            let labels = labels.map(|label| (label.name.clone(), label.value.clone())).collect();
            let samples = series.samples.iter().filter(|sample| !sample.value.is_nan());
            let samples = samples.map(|sample| (sample.timestamp, sample.value));
            stored.entry(labels).or_default().extend(samples);
        }
        stored
    }

    /// All samples that were received of a metric, those that end a series among them, in the
    /// order of their arrival.
    pub(crate) fn samples(&self, metric: &str) -> Vec<Sample> {
        let requests = self.requests();
        let series = requests.iter().flat_map(|request| &request.message.timeseries);
        let of_it = series.filter(|series| name(series) == metric);
        of_it.flat_map(|series| series.samples.iter().copied()).collect()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

/// Answers the requests of a connection until the other end closes it.
fn converse(
    mut stream: &TcpStream,
    requests: &Mutex<Vec<Request>>,
    reply: &impl Fn(&Request) -> Reply,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let message = WriteRequest::default();
        let mut request = Request { head, message, reply: TAKEN };
        let mut body = vec![0; request.header("Content-Length")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let message = decompress(&body, 32 << 20).unwrap();
        request.message = WriteRequest::decode(message.as_slice()).unwrap();
        request.reply = reply(&request);
        let answer = match request.reply {
            Reply::Status(status, text) => {
                format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\n\r\n{text}", text.len())
            }
            Reply::Never => String::new(),
        };
        requests.lock().unwrap().push(request);
        stream.write_all(answer.as_bytes()).ok()?;
    }
}
