//! collectd with its plugin `rrdcached` while the server is killed: nothing that was acknowledged
//! is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::programs::{Running, Setup, have, ours, program, succeed, temporary_folder, wait_until};
use crate::tap::Tap;

/// Values that were sent for one file, in order, and whether each was acknowledged.
type Sent = Vec<(String, bool)>;

/// Runs collectd with some plugins and a server that is killed after half of the time and started
/// again; the number of values that were acknowledged, all of which are in the files.
pub(crate) fn values_over_a_kill(time: Duration, plugins: &[&str]) -> usize {
    let folder = temporary_folder();
    // Values are written much later, so that all of them have to survive.
    let setup = Setup::new(&ours(), folder.path()).with(&["-w", "3600", "-f", "7200"]);
    let empty = setup.folder.join("empty");
    fs::create_dir(&empty).unwrap();
    let copies = empty.clone();
    // collectd creates the files itself. They are copied while no value of theirs was sent.
    let tap = Tap::at_socket(&setup.folder.join("tap"), &setup.socket(), move |line| {
        let words: Vec<_> = line.split(' ').collect();
        if let ["update" | "UPDATE", name, ..] = words[..]
            && !copies.join(flat(name)).exists()
        {
            fs::copy(name, copies.join(flat(name))).unwrap();
        }
    });
    let mut server = setup.start();
    let collectd = Running::start(
        program("collectd", &setup.folder)
            .args(["-f", "-C"])
            .arg(configuration(&setup, plugins))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    wait_until("collectd sends values", || acknowledged(&tap) > 10);
    thread::sleep(time / 2);
    server.end("KILL");
    server = setup.start();
    let until_now = acknowledged(&tap);
    wait_until("collectd goes on", || acknowledged(&tap) > until_now + 10);
    thread::sleep(time / 2);
    drop(collectd);
    let mut client = setup.connect();
    let mut files: BTreeMap<String, Sent> = BTreeMap::new();
    for exchange in tap.exchanges() {
        let mut words = exchange.line.split(' ');
        if words.next() == Some("update") {
            let sent = files.entry(words.next().unwrap().to_owned()).or_default();
            match &exchange.answer {
                // One that another thread of collectd has overtaken.
                Some(answer) if !answer[0].starts_with("0 errors") => (),
                answer => {
                    for value in words {
                        // It is sent again after a lost connection.
                        sent.pop_if(|(last, known)| last == value && !*known);
                        sent.push((value.to_owned(), answer.is_some()));
                    }
                }
            }
        }
    }
    for (file, sent) in &files {
        let flushed = client.ask(&format!("FLUSH {file}"));
        assert!(flushed[0].starts_with("0 "), "{flushed:?}");
        let found = succeed(program("rrdtool", &setup.folder).args(["dump", file]));
        let expected = [false, true].map(|all| replayed(&empty.join(flat(file)), sent, all));
        // A value without an answer may have arrived or not.
        assert!(expected.contains(&found), "{file}: {sent:?}");
    }
    drop(server);
    acknowledged(&tap)
}

fn acknowledged(tap: &Tap) -> usize {
    let exchanges = tap.exchanges();
    let updates = exchanges.iter().filter(|exchange| exchange.line.starts_with("update "));
    let answers = updates.filter_map(|exchange| exchange.answer.as_ref());
    answers.filter(|answer| answer[0].starts_with("0 errors")).count()
}

/// The dump of a file after the values that were acknowledged, or all that were sent.
fn replayed(empty: &Path, sent: &Sent, all: bool) -> String {
    let folder = empty.parent().unwrap();
    let copy = folder.join("replayed");
    fs::copy(empty, &copy).unwrap();
    let values = sent.iter().filter(|(_, known)| all || *known).map(|(value, _)| value);
    succeed(program("rrdtool", folder).args(["update", "replayed"]).args(values));
    succeed(program("rrdtool", folder).args(["dump", "replayed"]))
}

/// The name of a file as that of a file in one folder.
fn flat(name: &str) -> String {
    name.replace('/', "_")
}

fn configuration(setup: &Setup, plugins: &[&str]) -> PathBuf {
    let plugins: String = plugins.iter().map(|name| ["LoadPlugin ", name, "\n"].concat()).collect();
    let folder = setup.folder.display();
    let file = setup.folder.join("collectd.conf");
    let text = format!(
        "BaseDir \"{folder}\"\n\
         PIDFile \"{folder}/collectd.pid\"\n\
         Hostname \"host1\"\n\
         Interval 1\n\
         {plugins}\
         LoadPlugin rrdcached\n\
         <Plugin rrdcached>\n\
         DaemonAddress \"unix:{folder}/tap\"\n\
         DataDir \"{folder}/base/collectd\"\n\
         CreateFiles true\n\
         CollectStatistics true\n\
         </Plugin>\n"
    );
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn no_acknowledged_value_of_collectd_is_missing_after_a_kill() {
    if !have(&["collectd", "rrdtool"]) {
        return;
    }
    assert!(values_over_a_kill(Duration::from_secs(4), &["load", "memory"]) > 20);
}
