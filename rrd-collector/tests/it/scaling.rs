//! The example of `docs/scaling.md`: its files are read from the page and run, with a program of
//! the test in place of the one that starts a server.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::apache_server::start_apache;
use crate::programs::{
    Collector, Running, configure, free_port, has, installed, script, wait_until,
};
use crate::receivers::{Engine, Receiver};

const PAGE: &str = include_str!("../scaling.md");

/// The file that a block of the page shows, which names it in a comment.
fn file(name: &str) -> String {
    let named = format!("# {name}\n");
    let mut blocks = PAGE.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(&named)).unwrap_or_else(|| panic!("no {name}"));
    let (_, block) = block.trim_end().split_once('\n').unwrap();
    // A block in a list is indented.
    let indent = block.len() - block.trim_start_matches(' ').len();
    let lines = block.lines().map(|line| line.get(indent..).unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Replaces each text, which must be there.
fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in:\n{text}");
        text.replace(from, to)
    })
}

/// The answer of a server on the loopback; nothing if it does not listen yet.
fn answer(port: u16, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
    let mut answer = String::new();
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// The program of the page that starts a server: it notes its argument and prints an address.
fn start_web_server(folder: &Path, address: &str) -> PathBuf {
    let program = folder.join("start-web-server");
    let text = format!("echo $1 >> {}/started\necho {address}\n", folder.display());
    script(&program, &text);
    program
}

#[test]
fn a_saturated_server_gets_another_one_whose_series_arrive_at_the_engine() {
    if !has("apache2") || !has("python3") {
        return;
    }
    let Some(engine) = Receiver::start(Engine::VictoriaMetrics) else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("rrd-collector.d")).unwrap();
    fs::write(at("scale-out"), "s3cret\n").unwrap();
    let [hook, first, second] = std::array::from_fn(|_| free_port());
    let of = |port: u16| format!("127.0.0.1:{port}");
    let _servers = [("web-1", first), ("web-2", second)].map(|(name, port)| {
        fs::create_dir(at(name)).unwrap();
        let limits = "ServerLimit 3\nStartServers 3\nMinSpareServers 1\nMaxRequestWorkers 3\n";
        start_apache(&at(name), port, "prefork", limits)
    });
    // Two workers wait for the rest of a request; the third answers.
    let _clients = [(); 2].map(|()| {
        let mut stream = TcpStream::connect(of(first)).unwrap();
        stream.write_all(b"GET /x HTTP/1.1\r\n").unwrap();
        stream
    });

    let reload = format!("[\"sh\", \"-c\", \"kill -HUP $(cat {})\"]", at("pid").display());
    let start = start_web_server(folder.path(), &of(second));
    let scaler = replaced(
        &file("/usr/local/bin/scale-out"),
        &[
            ("9911", &hook.to_string()),
            ("/etc/scale-out.token", at("scale-out").to_str().unwrap()),
            ("/etc/rrd-collector/rrd-collector.d", at("rrd-collector.d").to_str().unwrap()),
            ("/usr/local/bin/start-web-server", start.to_str().unwrap()),
            ("[\"systemctl\", \"reload\", \"rrd-collector\"]", &reload),
        ],
    );
    fs::write(at("scale-out.py"), scaler).unwrap();
    let mut command = installed("python3");
    command.arg(at("scale-out.py")).stdout(Stdio::null()).stderr(Stdio::null());
    let _scaler = Running(command.spawn().unwrap());
    wait_until("somebody without the token is refused", || {
        let post = "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}";
        answer(hook, post).contains(" 401 ")
    });

    let config = replaced(
        &file("/etc/rrd-collector/rrd-collector.toml"),
        &[
            ("name = \"web-1\"\n", "name = \"web-1\"\nstep = \"1s\"\n"),
            ("127.0.0.1/server-status", &format!("{}/server-status", of(first))),
            ("127.0.0.1:9911", &of(hook)),
            ("http://victoria.example:8428/api/v1/write", &engine.url()),
            ("average over 2m", "average over 3s"),
        ],
    );
    let config = configure(folder.path(), &config);
    let mut command = Collector::command(&at("data"));
    command.args(["--listen", "127.0.0.1:0", "--config"]).arg(config);
    let collector = Collector::started(command.env("CREDENTIALS_DIRECTORY", folder.path()));
    fs::write(at("pid"), collector.id().to_string()).unwrap();

    let drop_in = at("rrd-collector.d").join("web-2.toml");
    wait_until("the auto-scaler writes a drop-in", || drop_in.exists());
    let shown = file("/etc/rrd-collector/rrd-collector.d/web-2.toml");
    let (_, shown) = shown.split_once('\n').unwrap();
    assert_eq!(fs::read_to_string(&drop_in).unwrap(), shown.replace("10.0.0.12", &of(second)));
    wait_until("the new server is asked", || {
        collector.get("/metrics").1.contains("rrd_apache_saturation_ratio{name=\"web-2\"}")
    });
    wait_until("its series are at the engine", || {
        let stored = engine.stored("rrd_apache_saturation_ratio");
        let of_new = stored.keys().find(|labels| labels["name"] == "web-2");
        of_new.is_some_and(|labels| labels["job"] == "rrd" && labels.contains_key("instance"))
    });
    let log = collector.stop();
    assert_eq!(log.matches("configuration reloaded").count(), 1, "{log}");
    assert_eq!(log.matches("pool-saturated is warning, was ok: apache:web-1.").count(), 1, "{log}");
    assert_eq!(fs::read_to_string(at("started")).unwrap(), "web-2\n");
}
