//! A tap between a client and a server: what each of them says, line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::programs::following;

/// One line that a client sent, and the answer if the server gave one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) line: String,
    pub(crate) answer: Option<Vec<String>>,
}

/// Listens in front of a server and forwards each connection to its socket.
///
/// It takes one command of a client at a time, which is how the libraries of RRDtool speak. BATCH
/// and DUMP do not pass.
#[derive(Clone)]
pub(crate) struct Tap {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    /// Is told each line before the server has it.
    before: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Tap {
    /// A tap at a UNIX socket.
    pub(crate) fn at_socket(
        socket: &Path,
        server: &Path,
        before: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let tap = Self { exchanges: Arc::default(), before: Arc::new(before) };
        let listener = UnixListener::bind(socket).unwrap();
        let (server, inside) = (server.to_owned(), tap.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                // Without a server the client is sent away.
                let server = UnixStream::connect(&server)
                    .and_then(|server| Ok((server.try_clone()?, server)));
                let client = client.expect("a connection");
                let copy = client.try_clone().expect("a descriptor");
                inside.forward((client, copy), server, |client| {
                    drop(client.shutdown(Shutdown::Both));
                });
            }
        });
        tap
    }

    /// A tap at a TCP port of the loopback interface, in front of another one; its address.
    pub(crate) fn at_port(server: &str) -> (Self, String) {
        let tap = Self { exchanges: Arc::default(), before: Arc::new(|_| {}) };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (server, inside) = (server.to_owned(), tap.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&server).and_then(|server| {
                    server.set_nodelay(true)?;
                    Ok((server.try_clone()?, server))
                });
                let client: TcpStream = client.expect("a connection");
                drop(client.set_nodelay(true));
                let copy = client.try_clone().expect("a descriptor");
                inside.forward((client, copy), server, |client| {
                    drop(client.shutdown(Shutdown::Both));
                });
            }
        });
        (tap, address)
    }

    /// What was said so far. It is left here.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().expect("no thread panics with it").clone()
    }

    fn forward<C, S>(
        &self,
        (reader, mut writer): (C, C),
        server: std::io::Result<(S, S)>,
        close: impl Fn(&C) + Send + 'static,
    ) where
        C: Read + Write + Send + 'static,
        S: Read + Write + Send + 'static,
    {
        let tap = self.clone();
        thread::spawn(move || {
            if let Ok((answers, to)) = server {
                drop(tap.speak(reader, &mut writer, to, answers));
            }
            close(&writer);
        });
    }

    fn speak(
        &self,
        reader: impl Read,
        writer: &mut impl Write,
        mut to: impl Write,
        answers: impl Read,
    ) -> std::io::Result<()> {
        let mut asked = BufReader::new(reader);
        let mut answers = BufReader::new(answers);
        loop {
            let mut line = Vec::new();
            if asked.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            (self.before)(&text);
            let index = {
                let mut exchanges = self.exchanges.lock().expect("no thread panics with it");
                exchanges.push(Exchange { line: text, answer: None });
                exchanges.len() - 1
            };
            to.write_all(&line)?;
            let mut bytes = Vec::new();
            let mut lines = vec![read_line(&mut answers, &mut bytes)?];
            for _ in 0..following(&lines[0]) {
                lines.push(read_line(&mut answers, &mut bytes)?);
            }
            // Before the client has it: what it takes as acknowledged is in the list.
            self.exchanges.lock().expect("no thread panics with it")[index].answer = Some(lines);
            writer.write_all(&bytes)?;
        }
    }
}

fn read_line(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> std::io::Result<String> {
    let start = bytes.len();
    from.read_until(b'\n', bytes)?;
    if bytes.len() == start || bytes.last() != Some(&b'\n') {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes[start..bytes.len() - 1]).into_owned())
}
