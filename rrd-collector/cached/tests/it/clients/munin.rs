//! Munin with `rrdcached_socket`: values of a node go to the server, graphs come from it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::programs::{Setup, have, is_root, ours, program, succeed, temporary_folder, works};
use crate::tap::Tap;

/// A node with two plugins; its port.
fn node() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for master in listener.incoming() {
            // One that goes away in the middle is seen in what the server lacks.
            drop(master.and_then(answer));
        }
    });
    port
}

fn answer(mut master: TcpStream) -> std::io::Result<()> {
    master.write_all(b"# munin node at node1\n")?;
    for line in BufReader::new(master.try_clone()?).lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (command, plugin) = (words.next(), words.next().unwrap_or_default());
        let text = match command {
            Some("cap") => "cap\n".to_owned(),
            Some("list") => "load hits\n".to_owned(),
            Some("config") => format!("graph_title {plugin}\nv.label v\nv.type GAUGE\n.\n"),
            Some("fetch") => "v.value 1.5\n.\n".to_owned(),
            Some("quit") => return Ok(()),
            _ => "# Unknown command\n".to_owned(),
        };
        master.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn configuration(setup: &Setup, port: u16) -> String {
    let folder = setup.folder.display();
    for name in ["html", "log", "run"] {
        fs::create_dir(setup.folder.join(name)).unwrap();
    }
    format!(
        "dbdir {folder}/base\n\
         htmldir {folder}/html\n\
         logdir {folder}/log\n\
         rundir {folder}/run\n\
         tmpldir /etc/munin/templates\n\
         staticdir /etc/munin/static\n\
         rrdcached_socket {folder}/tap\n\
         graph_strategy cron\n\
         html_strategy cron\n\
         [node1]\n\
         address 127.0.0.1\n\
         port {port}\n\
         use_node_name yes\n"
    )
}

/// A program of Munin, which does not run as root.
fn munin(name: &str, folder: &Path) -> Command {
    let mut command = program("setpriv", folder);
    command.args(["--reuid", "munin", "--regid", "munin", "--clear-groups"]);
    command.arg(format!("/usr/share/munin/{name}"));
    command.arg("--config").arg(folder.join("munin.conf")).env("HOME", folder);
    command
}

#[test]
fn munin_stores_and_draws_through_the_server() {
    let installed =
        ["test -x /usr/share/munin/munin-update", "test -x /usr/share/munin/munin-graph"];
    if !have(&["rrdtool", "setpriv"]) || !works(&installed) || !is_root() {
        return;
    }
    let folder = temporary_folder();
    let setup = Setup::new(&ours(), folder.path()).with(&["-w", "3600", "-f", "7200"]);
    fs::write(setup.folder.join("munin.conf"), configuration(&setup, node())).unwrap();
    succeed(program("chown", &setup.folder).args(["-R", "munin", "."]));
    let server = setup.start();
    let socket = setup.folder.join("tap");
    let tap = Tap::at_socket(&socket, &setup.socket(), |_| {});
    fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&setup.folder, Permissions::from_mode(0o755)).unwrap();

    succeed(munin("munin-update", &setup.folder).arg("--nofork"));
    let stored = tap.exchanges();
    let sent = |name: &str| -> Vec<_> {
        stored.iter().filter(|exchange| exchange.line.split(' ').next() == Some(name)).collect()
    };
    assert_eq!(sent("update").len(), 2, "{stored:?}");
    for exchange in sent("update") {
        assert!(exchange.line.ends_with(":1.5"), "{}", exchange.line);
        assert_eq!(exchange.answer, Some(vec!["0 errors, enqueued 1 value(s).".to_owned()]));
    }
    // It makes its first file itself, and tells the server to make the next one.
    assert_eq!(sent("create").len(), 1, "{stored:?}");
    assert_eq!(sent("create")[0].answer, Some(vec!["0 RRD created OK".to_owned()]));

    // The pages first: they say which graphs there are.
    for (name, options) in
        [("munin-limits", &[][..]), ("munin-html", &[]), ("munin-graph", &["--cron", "--nofork"])]
    {
        succeed(munin(name, &setup.folder).args(options));
    }
    for (plugin, span) in
        [("load", "day"), ("load", "week"), ("load", "month"), ("load", "year"), ("hits", "day")]
    {
        let picture = setup.folder.join(format!("html/node1/node1/{plugin}-{span}.png"));
        assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"), "{}", picture.display());
    }
    let drawn = tap.exchanges().split_off(stored.len());
    let fetched = drawn.iter().filter(|exchange| exchange.line.starts_with("FETCH "));
    assert!(fetched.count() >= 8, "{drawn:?}");
    for exchange in drawn {
        let answer = exchange.answer.expect("an answer");
        assert!(!answer[0].starts_with('-'), "{}: {answer:?}", exchange.line);
    }

    let mut client = setup.connect();
    for plugin in ["load", "hits"] {
        let file = format!("node1/node1-{plugin}-v-g.rrd");
        let flushed = client.ask(&format!("FLUSH {file}"));
        let path = setup.base().join(&file);
        assert_eq!(flushed, [format!("0 Successfully flushed {}.", path.display())]);
        let last = succeed(program("rrdtool", &setup.base()).args(["lastupdate", &file]));
        assert!(last.ends_with(": 1.5\n"), "{last}");
    }
    drop(server);
}
