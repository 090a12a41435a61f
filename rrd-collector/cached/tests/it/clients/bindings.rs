//! The libraries of Perl, Python and PHP as clients: `RRDs`, `rrdtool`, `php-rrd`.
//!
//! Each runs a script of calls that names the server by the environment first, then by an option.

use super::{Bench, Call, Departure, Transport, compare};
use crate::programs::{have, works};

fn script(bench: &Bench, interpreter: &str, name: &str) -> Vec<Call> {
    let script = format!("{}/tests/it/clients/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = bench.client(interpreter);
    command.env("RRDCACHED_ADDRESS", &bench.address).env("ADDRESS", &bench.address).arg(script);
    let call = bench.call(name, &mut command);
    assert!(call.printed.ends_with("exit status: 0"), "{}", call.printed);
    vec![call]
}

const NONE: &[Departure] = &[];

#[test]
fn scripts_of_perl_print_and_say_the_same() {
    if have(&["rrdtool", "rrdcached"]) && works(&["perl -MRRDs -e 1"]) {
        compare(Transport::Unix, NONE, |bench| script(bench, "perl", "calls.pl"));
    }
}

#[test]
fn scripts_of_python_print_and_say_the_same() {
    if have(&["rrdtool", "rrdcached"]) && works(&["/usr/bin/python3 -c 'import rrdtool'"]) {
        compare(Transport::Unix, NONE, |bench| script(bench, "/usr/bin/python3", "calls.py"));
    }
}

#[test]
fn scripts_of_php_print_and_say_the_same() {
    if have(&["rrdtool", "rrdcached"])
        && works(&["php -r 'exit(extension_loaded(\"rrd\") ? 0 : 1);'"])
    {
        compare(Transport::Unix, NONE, |bench| script(bench, "php", "calls.php"));
    }
}
