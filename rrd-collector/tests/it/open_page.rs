//! The page while it is open: what it asks for, what it weighs, and what it says of a server that
//! is slow, hangs or is gone.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// All charts in sight are drawn.
const DRAWN: &str =
    "inSight.size > 0 && [...inSight].every((figure) => figure.querySelector('.plot svg'))";
/// The title, and the words of the verdict.
const STATE: &str = "document.title + ': ' + document.querySelector('.verdict p').textContent";

/// A collector without rules, which a busy machine may violate, and an open page of it.
fn opened(folder: &Path, query: &str) -> (Collector, Browser) {
    let collector = Collector::start_configured(folder, "[alerts]\ndefaults = false\n");
    wait_until("samples are taken", || collector.get("/-/ready").0 == 200);
    let mut browser = Browser::start(&folder.join("browser"), 1400, 900);
    browser.open(&format!("http://{}/{query}", collector.address));
    browser.wait_until("document.readyState === 'complete'");
    (collector, browser)
}

/// The query of a range that is over.
fn pinned() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!("?start={}&end={}", now - 600, now - 5)
}

fn signal(collector: &Collector, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(collector.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_server_that_hangs_or_is_gone_is_shown_as_no_answer_even_in_a_pinned_range() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), &pinned());
    browser.wait_until(DRAWN);
    browser.wait_until("document.title.startsWith('ok – ')");
    let icon = "document.querySelector('link[rel=icon]').href";
    let well = browser.value(icon);
    // What is shown is not the present, which is kept apart.
    let said = browser.value("document.getElementById('pinned').textContent");
    assert!(said.as_str().unwrap().starts_with("Showing "), "{said}");
    assert!(said.as_str().unwrap().ends_with(", not now"), "{said}");
    let heading = "getComputedStyle(document.querySelector('#now h2')).display";
    assert_eq!(browser.value(heading), "block");
    // It accepts connections, and says nothing.
    signal(&collector, Signal::STOP);
    let no_answer = "/^no answer – .+: No answer since \\d\\d:\\d\\d\\.$/";
    browser.wait_until(&format!("{no_answer}.test({STATE})"));
    assert_ne!(browser.value(icon), well);
    assert_eq!(
        browser.value("getComputedStyle(document.querySelector('.tiles')).filter"),
        "grayscale(1)"
    );
    signal(&collector, Signal::CONT);
    browser.wait_until(&format!("/^ok – .+: This host is well/.test({STATE})"));
    assert_eq!(browser.value(icon), well);
    assert_eq!(browser.value("document.body.classList.contains('lost')"), false);
    browser.value("page.show({ span: 'hour' })");
    browser.wait_until("!document.getElementById('pinned')");
    assert_eq!(browser.value(heading), "none");
    collector.kill();
    browser.wait_until(&format!("{no_answer}.test({STATE})"));
}

/// A slow way to a server, which counts the questions for the newest numbers.
#[derive(Default)]
struct Slow {
    /// Whether charts are let through.
    has_charts: AtomicBool,
    asked: AtomicUsize,
    answered: AtomicUsize,
    /// The most questions that were not answered at one time.
    most: AtomicUsize,
}

impl Slow {
    /// Forwards connections to a server, each request after a pause; the address to connect to.
    fn start(self: &Arc<Self>, server: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let way = Arc::clone(self);
        spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Ok(server) = TcpStream::connect(&server) else { return };
                let way = Arc::clone(&way);
                spawn(move || way.forward(client, server));
            }
        });
        address
    }

    /// A browser asks once at a time over each connection.
    fn forward(&self, mut client: TcpStream, mut server: TcpStream) -> Option<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = client.read(&mut buffer).ok().filter(|length| *length > 0)?;
            let request = buffer[..length].to_vec();
            let is_poll = request.starts_with(b"GET /now");
            if is_poll {
                let open = 1 + self.asked.fetch_add(1, SeqCst) - self.answered.load(SeqCst);
                self.most.fetch_max(open, SeqCst);
            }
            sleep(Duration::from_secs(2));
            while request.starts_with(b"GET /chart/") && !self.has_charts.load(SeqCst) {
                sleep(Duration::from_millis(20));
            }
            server.write_all(&request).ok()?;
            let answer = answer(&mut server)?;
            if is_poll {
                self.answered.fetch_add(1, SeqCst);
            }
            client.write_all(&answer).ok()?;
        }
    }
}

/// Head and body of one answer, whose length the head has.
fn answer(server: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut answer, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if answer.len() >= head + 4 + length {
                return Some(answer);
            }
        }
        let length = server.read(&mut buffer).ok().filter(|length| *length > 0)?;
        answer.extend_from_slice(&buffer[..length]);
    }
}

#[test]
fn a_slow_server_is_asked_once_at_a_time_while_its_charts_are_called_loading() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), "");
    let way = Arc::<Slow>::default();
    let address = way.start(collector.address.clone());
    browser.open(&format!("http://{address}/"));
    browser.wait_until(&format!(
        "location.host === '{address}' && typeof inSight === 'object' && inSight.size > 0"
    ));
    assert_eq!(
        browser.value("getComputedStyle(document.querySelector('.plot'), '::before').content"),
        "\"loading…\""
    );
    way.has_charts.store(true, SeqCst);
    browser.wait_until(DRAWN);
    let before = way.answered.load(SeqCst);
    wait_until("the newest numbers are asked for", || way.answered.load(SeqCst) >= before + 2);
    assert_eq!(way.most.load(SeqCst), 1);
    // What is slow is not taken for what is gone.
    browser.wait_until("!document.body.classList.contains('lost')");
    collector.stop();
}

#[test]
fn an_open_page_receives_at_most_60_kb_in_20_seconds_and_a_hidden_one_asks_for_nothing() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), "");
    browser.wait_until(DRAWN);
    let (before, asked, begun) = (browser.received(), browser.requests().len(), Instant::now());
    wait_until("twenty seconds have passed, and it has asked", || {
        browser.value("1");
        browser.requests().len() - asked >= 3 && begun.elapsed() >= Duration::from_secs(20)
    });
    let received = browser.received() - before;
    let most = 3_000 * begun.elapsed().as_secs();
    assert!((1000..=most).contains(&received), "{received} of at most {most}");
    // Charts further down are not drawn.
    let undrawn = "figures.filter((figure) => !figure.version).length";
    assert!(browser.value(undrawn).as_i64().unwrap() > 0);
    // Without input for a minute each chart is drawn every twenty seconds.
    browser.value("usedAt = 0");
    let asked = browser.requests().len();
    let first = browser.value("figures[0].dataset.chart").as_str().unwrap().to_owned();
    let begun = Instant::now();
    let mut drawn = 0;
    wait_until("half a minute has passed, and it is drawn", || {
        browser.value("1");
        drawn = browser.requests()[asked..].iter().filter(|one| one.contains(&first)).count();
        drawn > 0 && begun.elapsed() >= Duration::from_secs(30)
    });
    let most = 1 + begun.elapsed().as_secs() / 20;
    assert!(u64::try_from(drawn).unwrap() <= most, "{drawn} of at most {most}");
    // A small chart that is gone comes back with its number.
    browser.value("document.querySelector('.tiles').dataset.parts = 'cpu.busy'; document.querySelector('.tile').remove()");
    browser.wait_until("document.querySelector('[data-part=\"cpu.busy spark\"] path')");
    // A tab in the background.
    browser.value("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
    browser.value("document.dispatchEvent(new Event('visibilitychange'))");
    // What it was doing comes to its end.
    let mut asked = 0;
    wait_until("it asks for nothing", || {
        browser.value("1");
        let before = std::mem::replace(&mut asked, browser.requests().len());
        sleep(Duration::from_secs(3));
        browser.value("1");
        before == browser.requests().len()
    });
    sleep(Duration::from_secs(11));
    browser.value("1");
    assert_eq!(browser.requests().len(), asked);
    assert_eq!(browser.value("document.body.classList.contains('lost')"), false);
    // It is looked at again.
    browser.value("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");
    wait_until("the numbers are renewed", || {
        browser.value("1");
        browser.requests()[asked..].iter().any(|request| request.contains("/now"))
    });
    collector.stop();
}

#[test]
fn a_page_that_is_loaded_again_gets_no_chart_again_and_nothing_on_it_moves() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), &pinned());
    browser.wait_until(DRAWN);
    let first = browser.statuses("/chart/");
    assert!(!first.is_empty() && first.iter().all(|(_, status)| *status == 200), "{first:?}");
    // What moved on the screen, and from where to where. A text that gets longer has not moved.
    let moved = "new Promise((resolve) => { const moved = []; \
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) for (const { node, previousRect: from, currentRect: to } of entry.sources) \
            if (from.x !== to.x || from.y !== to.y) moved.push(`${(node?.outerHTML ?? node?.textContent)?.slice(0, 60)}: ${JSON.stringify(from)} ${JSON.stringify(to)}`); }) \
            .observe({ type: 'layout-shift', buffered: true }); setTimeout(() => resolve(moved), 500); })";
    assert_eq!(browser.value(moved), json!([]));
    browser.call("Page.reload", json!({}));
    browser.wait_until("document.readyState === 'complete'");
    browser.wait_until(DRAWN);
    // Groups that are sampled each minute may have appeared since.
    let mut again = browser.statuses("/chart/")[first.len()..].to_vec();
    again.retain(|(address, _)| first.iter().any(|(known, _)| known == address));
    assert!(!again.is_empty() && again.iter().all(|(_, status)| *status == 304), "{again:?}");
    assert_eq!(browser.value(moved), json!([]));
    for width in [768, 375] {
        browser.resize(width, 900);
        browser.open(&format!("http://{}/", collector.address));
        browser.wait_until("document.readyState === 'complete'");
        browser.wait_until(DRAWN);
        assert_eq!(browser.value(moved), json!([]), "{width}");
    }
    collector.stop();
}

#[test]
fn without_a_script_the_charts_are_pictures_and_the_page_says_what_it_shows() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), "");
    browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&format!("http://{}/{}", collector.address, pinned()));
    browser
        .wait_until("document.readyState === 'complete' && document.querySelector('figure img')");
    // Those further down are loaded when they come in sight.
    browser.wait_until("[...document.querySelectorAll('figure')].filter((figure) => figure.getBoundingClientRect().top < innerHeight) \
        .every((figure) => figure.querySelector('img')?.naturalWidth > 0)");
    let content = "getComputedStyle(document.querySelector('.plot'), '::before').content";
    assert_eq!(browser.value(content), "none");
    assert_eq!(browser.value("document.title.startsWith('ok – ')"), true);
    assert_eq!(
        browser
            .value("/^Showing .+, not now$/.test(document.getElementById('pinned').textContent)"),
        true
    );
    collector.stop();
}

/// The numbers that are alone in their row although there are two columns, and texts that are cut,
/// for each count of numbers.
const LONELY_OR_CUT: &str = "(() => { const tiles = document.querySelector('.tiles'), found = []; \
    const check = (count) => { \
        tiles.style.cssText = `--all:${count};--half:${Math.ceil(count / 2)}`; \
        const rows = Map.groupBy([...tiles.children], (tile) => tile.offsetTop); \
        for (const [, row] of rows) if (row.length === 1 && row[0].offsetWidth < tiles.offsetWidth) found.push(`${count}: ${row[0].textContent} is alone`); \
        for (const text of tiles.querySelectorAll('i, b, small')) if (text.scrollWidth > text.clientWidth + 1 || text.getBoundingClientRect().right > text.closest('.tile').getBoundingClientRect().right) found.push(`${text.textContent} is cut`); }; \
    while (tiles.children.length < 8) tiles.append(tiles.children[0].cloneNode(true)); \
    while (tiles.children.length > 4) { check(tiles.children.length); tiles.lastElementChild.remove(); } \
    return found; })()";

#[test]
fn no_number_is_alone_in_its_row_and_none_is_cut_at_any_width() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (collector, mut browser) = opened(folder.path(), "");
    for width in [1400, 1300, 768, 375] {
        browser.resize(width, 900);
        browser.open(&format!("http://{}/", collector.address));
        browser.wait_until("document.readyState === 'complete' && document.querySelector('.tile')");
        assert_eq!(browser.value(LONELY_OR_CUT), json!([]), "{width}");
        assert_eq!(browser.value("document.documentElement.scrollWidth"), width);
    }
    collector.stop();
}
