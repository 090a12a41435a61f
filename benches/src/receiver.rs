//! A receiver of remote write that counts what it is sent and keeps nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use prost::Message;
use rrd_collector::output::remote::wire::decompress;
use rrd_collector::output::remote::wire::v1::WriteRequest;

/// The longest message.
const MOST_BYTES: usize = 32 << 20;

/// A receiver on a free port of this host. Its threads end with the process.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
}

/// What was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests.
    pub requests: u64,
    /// Series, each time that they are in a request.
    pub series: u64,
    /// Samples.
    pub samples: u64,
    /// Bytes of the messages before compression.
    pub message_bytes: u64,
    /// Bytes on the wire, headers included.
    pub wire_bytes: u64,
}

impl Counts {
    /// Counts a message; `headers` are bytes on the wire besides the body.
    ///
    /// # Errors
    ///
    /// The body is not a message of version 1.
    pub fn add(&mut self, headers: usize, body: &[u8]) -> io::Result<()> {
        let message = decompress(body, MOST_BYTES).map_err(io::Error::other)?;
        let request = WriteRequest::decode(&*message).map_err(io::Error::other)?;
        self.requests += 1;
        self.series += request.timeseries.len() as u64;
        self.samples +=
            request.timeseries.iter().map(|series| series.samples.len() as u64).sum::<u64>();
        self.message_bytes += message.len() as u64;
        self.wire_bytes += (headers + body.len()) as u64;
        Ok(())
    }

    /// What was counted since an earlier time.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            series: self.series - earlier.series,
            samples: self.samples - earlier.samples,
            message_bytes: self.message_bytes - earlier.message_bytes,
            wire_bytes: self.wire_bytes - earlier.wire_bytes,
        }
    }

    /// Bytes of a sample in messages and on the wire.
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
    #[must_use]
    pub fn bytes_a_sample(self) -> (f64, f64) {
        let samples = self.samples.max(1) as f64;
        (self.message_bytes as f64 / samples, self.wire_bytes as f64 / samples)
    }
}

impl Receiver {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counts = Arc::<Mutex<Counts>>::default();
        let counted = counts.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counts = counted.clone();
                thread::spawn(move || {
                    if let Err(error) = serve(&stream, &counts) {
                        eprintln!("receiver: {error}");
                    }
                });
            }
        });
        Ok(Self { address, counts })
    }

    /// The address that it is sent to.
    pub fn url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// What was received so far.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers the requests of a connection until it is closed.
fn serve(stream: &TcpStream, counts: &Mutex<Counts>) -> io::Result<()> {
    let mut input = BufReader::new(stream);
    loop {
        let (mut headers, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            headers += line.len();
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = Vec::new();
        (&mut input).take(length).read_to_end(&mut body)?;
        counts.lock().unwrap_or_else(PoisonError::into_inner).add(headers, &body)?;
        (&mut &*stream).write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}
