//! A conversation with a MySQL server: what the server sends, packet by packet. If the first byte
//! is even, packets are framed here, each after two bytes of length; if it is odd, the client gets
//! the bytes unchanged.
#![no_main]

use std::io::Cursor;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_collector::group::Kind;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::source::mysql::{Account, Mysql, fetch_over};
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;

struct Checked;

impl SampleSink for Checked {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        assert_eq!(kind.metrics.len(), values.len());
    }
}

fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some((head, rest)) = data.split_first_chunk::<2>() {
        let (payload, rest) = rest.split_at(rest.len().min(u16::from_le_bytes(*head).into()));
        let length = u32::try_from(payload.len()).expect("small").to_le_bytes();
        bytes.extend_from_slice(&length[..3]);
        bytes.push(0);
        bytes.extend_from_slice(payload);
        data = rest;
    }
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let said = if choice % 2 == 0 { framed(rest) } else { rest.to_vec() };
    let address =
        if choice & 2 == 0 { Endpoint::parse("/x.sock") } else { Endpoint::parse("x:3306") };
    let account = Account { address, user: "watch".to_owned(), password: "secret".to_owned() };
    let stream = tokio::io::join(Cursor::new(said), tokio::io::sink());
    let conversation = pin!(fetch_over(stream, &account));
    let Poll::Ready(answer) = conversation.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("waits although everything was said");
    };
    match answer {
        Ok(answer) => {
            let mut server = Mysql::new("x".to_owned());
            for clock in [1, 11] {
                let took = Duration::from_millis(1);
                server.take(Some(answer.clone()), Duration::from_secs(clock), took, &mut Checked);
            }
        }
        Err(error) => assert!(error.to_string().len() < 4096),
    }
});
