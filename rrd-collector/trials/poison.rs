//! A receiver that fails for as long as a request has one series: after five minutes the others
//! arrive.

use std::time::{Duration, Instant};

use super::note;
use crate::prepared::{Prepared, SERIES};
use crate::receivers::Labels;
use crate::stub_receiver::{Reply, Stub, TAKEN, name};

#[test]
#[ignore = "takes six minutes"]
fn one_series_for_which_a_receiver_fails_keeps_back_no_other() {
    let poison = SERIES[0].2;
    let stub = Stub::start(move |request| {
        let mut names = request.message.timeseries.iter().map(name);
        if names.any(|name| name == poison) { Reply::Status(500, "invalid sample") } else { TAKEN }
    });
    let prepared = Prepared::new(1);
    let since = prepared.end - 1800;
    prepared.sent_until("s", since);
    let config = format!("[[remote_write]]\nname = \"s\"\nurl = \"{}\"\n", stub.url());
    let config = config + "external_labels = { instance = \"here\" }\n";
    let collector = prepared.start(&config);
    let labels: Labels =
        [("instance", "here"), ("job", "rrd")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let begun = Instant::now();
    let missing = || {
        let mut found = prepared.differences(&stub.stored(), &labels, since);
        found.retain(|text| !text.contains(poison));
        found.len()
    };
    let mut reported = usize::MAX;
    while missing() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(900), "{} missing", missing());
        if missing() != reported {
            reported = missing();
            note!("{reported} missing after {} requests", stub.requests().len());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    note!("all others arrived after {:?}, {} requests", begun.elapsed(), stub.requests().len());
    println!("{}", collector.stop());
}
