//! Real pools of PHP-FPM, asked directly and through a web server, and answers that no pool gives.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rrd_collector::fault::chain;
use rrd_collector::net::endpoint::Endpoint;
use rrd_collector::net::page::Page;
use rrd_collector::source::php_fpm::{FastCgiError, PhpFpm, PhpFpmError, PhpFpmPool};
use rrd_collector::source::server::{Server, ServerState};

use crate::peers::{LIMIT, Values, is_root, moments, quiet, run};
use crate::programs::{Running, free_port, has, wait_until};

const PROGRAM: &str = "php-fpm8.2";

/// A pool with these settings that listens at a socket or a port.
fn start(folder: &Path, listen: &str, settings: &str) -> Running {
    let text = format!(
        "[global]\ndaemonize = no\nerror_log = {0}/log\n[www]\nlisten = {listen}\nlisten.mode = 0666\n\
        pm.status_path = /status\n{settings}{1}",
        folder.display(),
        if is_root() { "user = root\n" } else { "" }
    );
    fs::write(folder.join("fpm.conf"), text).unwrap();
    let mut command = quiet(PROGRAM);
    // Only root needs to be told that it may run as root.
    command.arg("-n").args(is_root().then_some("-R"));
    let running = Running(command.arg("-y").arg(folder.join("fpm.conf")).spawn().unwrap());
    let listens = || match Endpoint::parse(listen) {
        Endpoint::Socket(path) => UnixStream::connect(path).is_ok(),
        Endpoint::Network(address) => TcpStream::connect(address).is_ok(),
    };
    wait_until("the pool listens", listens);
    running
}

fn direct(address: &str, path: &str) -> PhpFpmPool {
    PhpFpmPool::Direct { address: Endpoint::parse(address), path: format!("{path}?json") }
}

fn socket_in(folder: &Path) -> String {
    folder.join("sock").display().to_string()
}

fn values_of(pool: &PhpFpmPool) -> Values {
    let mut values = Values::default();
    let status = run(pool.ask(LIMIT)).unwrap();
    PhpFpm::new("www".to_owned()).take(Some(status), moments()[0], Duration::ZERO, &mut values);
    values
}

#[test]
fn requests_of_a_pool_are_counted_the_same_directly_and_through_a_web_server() {
    if !has(PROGRAM) || !has("nginx") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dynamic = "pm = dynamic\npm.max_children = 3\npm.start_servers = 2\n\
        pm.min_spare_servers = 1\npm.max_spare_servers = 2\n";
    let socket = socket_in(folder.path());
    let _pool = start(folder.path(), &socket, dynamic);
    let port = free_port();
    let config = format!(
        "daemon off;\nworker_processes 1;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\n\
        access_log off;\nclient_body_temp_path {0}/a;\nproxy_temp_path {0}/b;\nfastcgi_temp_path {0}/c;\n\
        uwsgi_temp_path {0}/d;\nscgi_temp_path {0}/e;\nserver {{\nlisten 127.0.0.1:{port};\n\
        location = /status {{ fastcgi_pass unix:{1}; fastcgi_param SCRIPT_NAME /status;\n\
        fastcgi_param SCRIPT_FILENAME /status; fastcgi_param REQUEST_METHOD GET;\n\
        fastcgi_param QUERY_STRING $query_string; }}\n}}\n}}\n",
        folder.path().display(),
        socket
    );
    fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let mut nginx = quiet("nginx");
    nginx.arg("-c").arg(folder.path().join("nginx.conf")).arg("-p").arg(folder.path());
    let _nginx = Running(nginx.spawn().unwrap());
    wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let page = |query| {
        let url = format!("http://127.0.0.1:{port}/status{query}");
        PhpFpmPool::Page(Page::parse(&url).unwrap())
    };
    let mut probe = PhpFpm::new("www".to_owned());
    let mut values = Values::default();
    for clock in moments() {
        let status = run(direct(&socket, "/status").ask(LIMIT)).unwrap();
        probe.take(Some(status), clock, Duration::ZERO, &mut values);
        if clock == moments()[0] {
            for pool in [page(""), page("?json"), direct(&socket, "/status")] {
                for _ in 0..20 {
                    run(pool.ask(LIMIT)).unwrap();
                }
            }
        }
    }
    // The second query is counted as well.
    assert_eq!(values.of("php_fpm.requests") * 10.0, 61.0);
    assert_eq!(values.of("php_fpm.up"), 1.0);
    assert!(values.of("php_fpm.active") >= 1.0, "the one that answers");
    assert_eq!((values.of("php_fpm.queue"), values.of("php_fpm.slow")), (0.0, 0.0));
}

#[test]
fn a_pool_whose_processes_are_all_busy_shows_it() {
    if !has(PROGRAM) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("aside").display().to_string();
    let settings = format!(
        "pm = dynamic\npm.max_children = 1\npm.start_servers = 1\npm.min_spare_servers = 1\n\
        pm.max_spare_servers = 1\npm.status_listen = {aside}\n"
    );
    // Only a port has a queue that the system shows.
    let address = format!("127.0.0.1:{}", free_port());
    let _pool = start(folder.path(), &address, &settings);
    let slow = folder.path().join("slow.php");
    fs::write(&slow, "<?php sleep(600);").unwrap();
    let busy = direct(&address, slow.to_str().unwrap());
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let pool = busy.clone();
            std::thread::spawn(move || run(pool.ask(Duration::from_millis(1500))).unwrap_err())
        })
        .collect();
    wait_until("requests wait for the only process", || {
        let values = values_of(&direct(&aside, "/status"));
        let of = |metric: &str| values.of(&format!("php_fpm.{metric}"));
        of("queue") >= 1.0 && (of("active"), of("idle")) == (1.0, 0.0)
    });
    for thread in waiting {
        let error = thread.join().unwrap();
        assert!(chain(&error).contains("are all processes busy?"), "{error}");
    }
}

#[test]
fn a_wrong_path_and_a_script_are_reported_with_what_was_asked() {
    if !has(PROGRAM) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(folder.path());
    let _pool = start(folder.path(), &socket, "pm = static\npm.max_children = 1\n");
    let error = run(direct(&socket, "/stats").ask(LIMIT)).unwrap_err().to_string();
    let place = format!("unix:{socket}");
    assert_eq!(
        error,
        format!("{place} answers \"404 Not Found\" for /stats?json: is that its pm.status_path?")
    );
    let script = folder.path().join("hello.php");
    fs::write(&script, "<?php echo 'hello';").unwrap();
    let error = run(direct(&socket, script.to_str().unwrap()).ask(LIMIT)).unwrap_err();
    assert!(matches!(error, PhpFpmError::NotStatus { .. }), "{error}");
}

/// The error for a program that answers anything with these bytes, again and again.
fn answered(bytes: Vec<u8>) -> PhpFpmError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Endpoint::Network(listener.local_addr().unwrap().to_string());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        for _ in 0..20 {
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
    });
    let pool = PhpFpmPool::Direct { address, path: "/status?json".to_owned() };
    let error = run(pool.ask(LIMIT)).unwrap_err();
    answering.join().unwrap();
    error
}

#[test]
fn other_programs_endless_answers_and_refusals_are_left() {
    let protocol = |bytes: &[u8]| {
        let error = answered(bytes.to_vec());
        let is_so = matches!(error, PhpFpmError::Direct(FastCgiError::Protocol { .. }));
        assert!(is_so, "{bytes:?}: {error}");
    };
    protocol(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    protocol(b"\x01\x09\0\x01\0\0\0\0");
    protocol(b"\x01\x03\0\x01\0\0\0\0");
    protocol(b"\x01\x03\0\x01\0\x08\0\0\0\0\0\0\0\0\0\0");
    let endless = [&b"\x01\x06\0\x01\xff\xff\0\0"[..], &vec![b'x'; 65_535]].concat();
    protocol(&endless);
    let refused = answered(b"\x01\x03\0\x01\0\x08\0\0\0\0\0\0\x02\0\0\0".to_vec());
    assert!(matches!(refused, PhpFpmError::Direct(FastCgiError::Refused { code: 2, .. })));
    let cut = answered(b"\x01\x06\0\x01\xff\xff\0\0x".to_vec());
    assert!(matches!(cut, PhpFpmError::Direct(FastCgiError::Io { .. })), "{cut}");
}
