//! A conversation with a PostgreSQL server: what the server sends. The first byte chooses the
//! address: a socket, where a password may be sent, or a port.
#![no_main]

use std::io::Cursor;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_collector::group::Kind;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::source::postgres::{Account, Postgresql, fetch_over};
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;

struct Checked;

impl SampleSink for Checked {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        assert_eq!(kind.metrics.len(), values.len());
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, said)) = data.split_first() else { return };
    let address = if choice % 2 == 0 { "/x.sock" } else { "x:5432" };
    let account = Account {
        address: Endpoint::parse(address),
        user: "watch".to_owned(),
        password: "secret".to_owned(),
        database: "postgres".to_owned(),
        trust: None,
    };
    let stream = tokio::io::join(Cursor::new(said.to_vec()), tokio::io::sink());
    let conversation = pin!(fetch_over(stream, &account));
    let Poll::Ready(answer) = conversation.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("waits although everything was said");
    };
    match answer {
        Ok(answer) => {
            let mut server = Postgresql::new("x".to_owned());
            for clock in [1, 11] {
                let took = Duration::from_millis(1);
                server.take(Some(answer.clone()), Duration::from_secs(clock), took, &mut Checked);
            }
        }
        Err(error) => assert!(error.to_string().len() < 4096),
    }
});
