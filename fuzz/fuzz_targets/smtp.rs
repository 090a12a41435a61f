//! A conversation with a server for mails: all that the server sends.
#![no_main]

use std::io::Cursor;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use libfuzzer_sys::fuzz_target;
use rrd_collector::net::smtp::{Login, Mail, MailServer, Security};

fuzz_target!(|data: &[u8]| {
    let login = Some(Login { user: "me".to_owned(), password: "secret".to_owned() });
    let (host, security) = ("localhost".to_owned(), Security::None);
    let server = MailServer { host, port: 25, security, login };
    let mail =
        Mail { host: "web-1", from: "a@b.c", to: "d@e.f", message: b"Subject: x\r\n\r\n.\r\n" };
    let stream = tokio::io::join(Cursor::new(data.to_vec()), tokio::io::sink());
    let conversation = pin!(server.send_over(stream, mail));
    let Poll::Ready(answer) = conversation.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("waits although everything was said");
    };
    let text = answer.unwrap_or_else(|error| error.to_string());
    assert!(text.len() < 4096 && !text.contains(char::is_control), "{text:?}");
});
