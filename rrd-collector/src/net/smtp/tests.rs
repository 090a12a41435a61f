//! Conversations with small servers on the loopback.

use std::path::Path;

use tokio::io::AsyncBufReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::fault::chain;
use crate::net::tls::{Identity, trial};

const LIMIT: Duration = Duration::from_secs(20);
const MAIL: Mail<'_> = Mail {
    host: "web 1",
    from: "rrd@example.org",
    to: "ops@example.org",
    message: b"Subject: x\r\n\r\n.hidden\r\nlast",
};

/// What a server answers to a line; nothing while a mail is received.
type Answer = fn(&str) -> &'static str;

fn usual(line: &str) -> &'static str {
    match line.split(' ').next() {
        Some("EHLO") => "250-mail.example\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN\r\n",
        Some("STARTTLS" | "QUIT") => "220 go on\r\n",
        Some("AUTH") => "235 welcome\r\n",
        Some("MAIL" | "RCPT" | ".") => "250 2.0.0 ok\r\n",
        Some("DATA") => "354 end with a dot\r\n",
        _ => "",
    }
}

/// Answers the lines of a client until it leaves or asks for TLS; returns the lines.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answer: Answer) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return heard;
        }
        heard.push(line.trim_end().to_owned());
        if stream.write_all(answer(line.trim_end()).as_bytes()).await.is_err()
            || line == "STARTTLS\r\n"
        {
            return heard;
        }
    }
}

/// A server that greets and answers one client; its port.
async fn server(greeting: &'static str, answer: Answer) -> (MailServer, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(greeting.as_bytes()).await.unwrap();
        talk(&mut stream, answer).await
    });
    let host = "127.0.0.1".to_owned();
    (MailServer { host, port, security: Security::None, login: None }, heard)
}

async fn refused(greeting: &'static str, answer: Answer) -> (String, Failure) {
    let (server, _) = server(greeting, answer).await;
    let error = server.send(MAIL, LIMIT).await.unwrap_err();
    (chain(&error), error.failure())
}

#[tokio::test(flavor = "current_thread")]
async fn a_mail_is_handed_over_and_a_dot_in_it_does_not_end_it() {
    let (server, heard) = server("220-hello\r\n220 mail.example\r\n", usual).await;
    assert_eq!(server.send(MAIL, LIMIT).await.unwrap(), "250 2.0.0 ok");
    assert_eq!(
        heard.await.unwrap(),
        [
            "EHLO web1",
            "MAIL FROM:<rrd@example.org>",
            "RCPT TO:<ops@example.org>",
            "DATA",
            "Subject: x",
            "",
            "..hidden",
            "last",
            ".",
            "QUIT",
        ]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn only_a_refused_recipient_or_content_is_the_fault_of_the_mail() {
    let (error, failure) = refused("220 x\r\n", |line| match line {
        "RCPT TO:<ops@example.org>" => "550-5.1.1 no\r\n550 such user\u{7}\r\n",
        line => usual(line),
    })
    .await;
    assert_eq!(error, "the server answered RCPT with 550 5.1.1 no such user\u{fffd}");
    assert_eq!(failure, Failure::Permanent);
    let (_, failure) = refused("220 x\r\n", |line| match line {
        "RCPT TO:<ops@example.org>" => "450 4.2.0 greylisted\r\n",
        line => usual(line),
    })
    .await;
    assert_eq!(failure, Failure::Temporary);
    let (_, failure) = refused("220 x\r\n", |line| match line {
        "." => "554 spam\r\n",
        line => usual(line),
    })
    .await;
    assert_eq!(failure, Failure::Permanent);
    let (error, failure) = refused("220 x\r\n", |line| match line {
        "MAIL FROM:<rrd@example.org>" => "553 not yours\r\n",
        line => usual(line),
    })
    .await;
    assert_eq!(error, "the server answered MAIL with 553 not yours");
    assert_eq!(failure, Failure::Server);
    let (error, failure) = refused("554 go away\r\n", usual).await;
    assert_eq!(error, "the server answered the connection with 554 go away");
    assert_eq!(failure, Failure::Server);
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_that_never_ends_a_line_or_an_answer_is_left() {
    let too_long = "the server's answer is longer than 100 lines of 2000 bytes";
    let (error, failure) = refused("220 x\r\n", |line| match line {
        "EHLO web1" => "2".repeat(1 << 20).leak(),
        line => usual(line),
    })
    .await;
    assert_eq!((&*error, failure), (too_long, Failure::Server));
    let (error, _) = refused("220 x\r\n", |line| match line {
        "EHLO web1" => "250-more\r\n".repeat(1 << 16).leak(),
        line => usual(line),
    })
    .await;
    assert_eq!(error, too_long);
    let (error, _) = refused("HTTP/1.1 400 Bad Request\r\n", usual).await;
    assert_eq!(
        error,
        "unexpected answer \"HTTP/1.1 400 Bad Request\": expected SMTP; check server, port and tls"
    );
    let (error, _) = refused("220\u{e9}\u{e9}\r\n", |_| "2\u{e9}0 x\r\n").await;
    assert!(error.starts_with("unexpected answer"), "{error}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_that_is_slow_or_gone_ends_at_the_deadline_or_at_once() {
    let (server, _heard) = server("", usual).await;
    let error = server.send(MAIL, Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error, SmtpError::Timeout { .. }), "{error}");
    assert_eq!(error.failure(), Failure::Server);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = MailServer { port, ..server }.send(MAIL, LIMIT).await.unwrap_err();
    assert!(matches!(error, SmtpError::Connect(_)), "{error}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_user_logs_in_by_what_the_server_offers() {
    let login = || Some(Login { user: "me".to_owned(), password: "s3cret".to_owned() });
    let (open, heard) = server("220 x\r\n", usual).await;
    MailServer { login: login(), ..open }.send(MAIL, LIMIT).await.unwrap();
    assert_eq!(heard.await.unwrap()[1], "AUTH PLAIN AG1lAHMzY3JldA==");
    let (open, heard) = server("220 x\r\n", |line| match line {
        "EHLO web1" => "250-x\r\n250 AUTH=LOGIN\r\n",
        "AUTH LOGIN" => "334 VXNlcm5hbWU6\r\n",
        "bWU=" => "334 UGFzc3dvcmQ6\r\n",
        "czNjcmV0" => "235 welcome\r\n",
        line => usual(line),
    })
    .await;
    MailServer { login: login(), ..open }.send(MAIL, LIMIT).await.unwrap();
    assert_eq!(heard.await.unwrap()[4], "MAIL FROM:<rrd@example.org>");
    let (open, _) = server("220 x\r\n", |line| match line {
        "EHLO web1" => "250-x\r\n250 AUTH GSSAPI\r\n",
        line => usual(line),
    })
    .await;
    let error = MailServer { login: login(), ..open }.send(MAIL, LIMIT).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server does not offer AUTH PLAIN or LOGIN: it offers \"AUTH GSSAPI\""
    );
    // Another password may help every mail.
    let (open, _) = server("220 x\r\n", |line| match line.split(' ').next() {
        Some("AUTH") => "535 5.7.8 wrong\r\n",
        _ => usual(line),
    })
    .await;
    let error = MailServer { login: login(), ..open }.send(MAIL, LIMIT).await.unwrap_err();
    assert_eq!(error.to_string(), "the server answered AUTH with 535 5.7.8 wrong");
    assert_eq!(error.failure(), Failure::Server);
    assert!(!format!("{:?}", login()).contains("s3cret"));
}

/// A server with a certificate for `localhost`, whose TLS begins at once or after STARTTLS.
async fn tls_server(folder: &Path, implicit: bool) -> (u16, Trust, JoinHandle<Vec<String>>) {
    let (certificate, key) = trial::certificate(folder, "localhost");
    let (identity, trust) =
        (Identity::read(&certificate, &key).unwrap(), Trust::only(&certificate).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        if !implicit {
            stream.write_all(b"220 x\r\n").await.unwrap();
            heard = talk(&mut stream, usual).await;
        }
        let acceptor = tokio_rustls::TlsAcceptor::from(identity.config());
        let Ok(mut stream) = acceptor.accept(stream).await else { return heard };
        if implicit {
            stream.write_all(b"220 x\r\n").await.unwrap();
        }
        heard.extend(talk(&mut stream, usual).await);
        heard
    });
    (port, trust, heard)
}

#[tokio::test(flavor = "current_thread")]
async fn tls_begins_at_once_or_after_a_command_and_the_server_is_believed_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let host = || "localhost".to_owned();
    let (port, trust, heard) = tls_server(folder.path(), true).await;
    let server =
        MailServer { host: host(), port, security: Security::Implicit(trust), login: None };
    server.send(MAIL, LIMIT).await.unwrap();
    assert_eq!(heard.await.unwrap().len(), 10);
    let (port, trust, heard) = tls_server(folder.path(), false).await;
    let server =
        MailServer { host: host(), port, security: Security::StartTls(trust), login: None };
    server.send(MAIL, LIMIT).await.unwrap();
    let heard = heard.await.unwrap();
    assert_eq!(heard[..3], ["EHLO web1", "STARTTLS", "EHLO web1"]);
    let (port, _, heard) = tls_server(folder.path(), false).await;
    let security = Security::StartTls(Trust::system());
    let error = MailServer { host: host(), port, security, login: None }.send(MAIL, LIMIT).await;
    let error = error.unwrap_err();
    assert!(matches!(error, SmtpError::Tls(_)), "{error}");
    assert_eq!(error.failure(), Failure::Server);
    assert_eq!(heard.await.unwrap(), ["EHLO web1", "STARTTLS"]);
}

#[tokio::test(flavor = "current_thread")]
async fn no_mail_goes_without_tls_that_was_asked_for() {
    let (open, heard) = server("220 x\r\n", |line| match line {
        "EHLO web1" => "250 x\r\n",
        line => usual(line),
    })
    .await;
    let security = Security::StartTls(Trust::system());
    let error = MailServer { security: security.clone(), ..open }.send(MAIL, LIMIT).await;
    assert!(matches!(error, Err(SmtpError::NoStartTls)));
    assert_eq!(heard.await.unwrap(), ["EHLO web1"]);
    // Somebody on the way adds an answer that would be read inside TLS.
    let (open, _) = server("220 x\r\n", |line| match line {
        "STARTTLS" => "220 go on\r\n250 injected\r\n",
        line => usual(line),
    })
    .await;
    let error = MailServer { security, ..open }.send(MAIL, LIMIT).await;
    assert!(matches!(error, Err(SmtpError::EarlyBytes)));
}
