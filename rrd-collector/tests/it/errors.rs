//! What errors say: a message never repeats its cause, and the chain says each thing once.

use std::error::Error;
use std::io;
use std::time::Duration;

use rrd_collector::cli::Invocation;
use rrd_collector::config::{Config, load};
use rrd_collector::fault::chain;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::net::page::Page;
use rrd_collector::section::Environment;
use rrd_collector::source::memcached::StatsError;
use rrd_collector::source::mysql::MysqlError;

use crate::programs::configure;

fn refused() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionRefused)
}

fn configured(text: &str) -> Box<dyn Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = configure(folder.path(), text);
    let environment = Environment { variable: &|_| None, credentials: None };
    let errors = load(&path, &mut Config::new("data".into()), &environment).unwrap_err();
    errors.into_iter().next().unwrap().into()
}

fn fetched(address: &str) -> Box<dyn Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page = Page::parse(address).unwrap();
    runtime.block_on(page.fetch(Duration::from_secs(5))).unwrap_err().into()
}

#[test]
fn no_message_contains_that_of_its_cause() {
    let address = "127.0.0.1:3306".to_owned();
    let used = |words: &[&str]| Invocation::parse(words.iter().map(Into::into)).unwrap_err();
    let errors: [Box<dyn Error>; 14] = [
        fetched("unix:/nonexistent.sock:/"),
        StatsError::Io { address: address.clone(), source: refused() }.into(),
        MysqlError::Io { address: Endpoint::Network(address), source: refused() }.into(),
        configured("step = 1"),
        configured("step = \"2h\""),
        configured("keep = \"a lot\""),
        configured("sync = \"often\""),
        configured("[tls]\ncertificate = \"/none\"\nkey = \"/none\"\n"),
        configured("[[rule]]\nname = \"x\"\nwhen = \"cpu\"\n"),
        configured("[[nginx]]\nurl = \"gopher://x/\"\n"),
        used(&["--listen", "80"]).into(),
        used(&["--keep", "a lot"]).into(),
        used(&["--sync", "often"]).into(),
        used(&["--step", "2h"]).into(),
    ];
    for error in errors {
        let mut cause = Some(&*error);
        while let Some(error) = cause {
            cause = error.source();
            if let Some(cause) = cause {
                let (message, cause) = (error.to_string(), cause.to_string());
                assert!(!message.contains(&cause), "{message:?} contains {cause:?}");
            }
        }
        assert!(error.source().is_some(), "{}", chain(&*error));
    }
}
