//! Requests of remote read: the message, the conditions on labels, and their expressions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::output::remote::read::ReadQueries;
use rrd_collector::output::remote::wire::compress;

fuzz_target!(|data: &[u8]| {
    let _ = ReadQueries::read(data);
    let Ok(asked) = ReadQueries::read(&compress(data)) else { return };
    for query in &asked.queries {
        // Every matcher is asked, for labels that are there and that are not.
        let labels = [("__name__", "rrd_disk_read"), ("name", "é\n1"), ("instance", "web1")];
        let takes = query.takes(&labels);
        assert!(!takes || query.may_take("rrd_disk", &labels[1..]), "a file that was left out");
    }
});
