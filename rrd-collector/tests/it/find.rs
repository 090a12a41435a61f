//! What is looked for on the page is found in a real browser: by the menu, by the search, and on a
//! host with many of everything.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::browser::Browser;
use crate::programs::{Collector, has, wait_until};

/// The headings of the sections that are visible and unfolded.
const UNFOLDED: &str = "[...document.querySelectorAll('.section')].filter((s) => s.checkVisibility() && s.open) \
    .map((s) => s.querySelector('h2').textContent).join()";

#[test]
fn sections_are_found_by_menu_and_search_and_stay_folded() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&folder.path().join("data"), &[]);
    wait_until("samples are taken", || {
        let page = collector.get("/").1;
        ["id=\"memory\"", "id=\"kernel\""].iter().all(|part| page.contains(part))
    });
    let own = format!("http://{}/?span=10min", collector.address);
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    let open = |browser: &mut Browser| {
        browser.open(&own);
        browser.wait_until("document.readyState === 'complete' && find.hidden === false");
    };
    open(&mut browser);

    // The menu stays beside the charts while the page scrolls, and marks the section in sight.
    let all = browser.value(UNFOLDED);
    assert!(all.as_str().unwrap().starts_with("CPU and steal,Memory,"), "{all}");
    browser.value("document.querySelector('#menu a[href=\"#kernel\"]').click()");
    browser.wait_until("document.querySelector('#kernel').getBoundingClientRect().top < 200");
    let menu = "document.getElementById('menu').getBoundingClientRect()";
    let beside = format!(
        "{menu}.right <= document.querySelector('main').getBoundingClientRect().left && {menu}.top >= 0"
    );
    assert_eq!(browser.value(&beside), true);

    // What is folded stays folded until a link leads there.
    browser.value("document.querySelector('#memory summary').click()");
    browser.wait_until("!document.getElementById('memory').open");
    open(&mut browser);
    assert_eq!(browser.value("document.getElementById('memory').open"), false);
    browser.value("document.querySelector('#menu a[href=\"#memory\"]').click()");
    browser.wait_until("document.getElementById('memory').open");
    browser.value("document.querySelector('#memory summary').click()");
    browser.wait_until("!document.getElementById('memory').open");

    let others = browser.value(UNFOLDED);
    let is_folded = !others.as_str().unwrap().split(',').any(|heading| heading == "Memory");
    assert!(is_folded, "{others}");

    // The search shows charts and sections by their names, also folded ones.
    browser.key("/");
    assert_eq!(browser.value("document.activeElement.id"), "find");
    let search = |browser: &mut Browser, words: &str| {
        let typed = format!("find.value = '{words}'; find.dispatchEvent(new Event('input'))");
        browser.value(&typed);
    };
    search(&mut browser, "page fau");
    assert_eq!(browser.value(UNFOLDED), "Memory");
    let seen = "[...document.querySelectorAll('figure')].filter((f) => f.checkVisibility()) \
        .map((f) => f.querySelector('figcaption a').textContent).join()";
    assert_eq!(browser.value(seen), "Page faults");
    search(&mut browser, "nothing of this kind");
    assert_eq!(browser.value(UNFOLDED), "");
    let words = "getComputedStyle(document.querySelector('main'), '::before').content";
    assert_eq!(browser.value(words), "\"No section, chart or row has this name.\"");
    browser.key("Escape");
    assert_eq!(browser.value(UNFOLDED), others);

    // On a phone the menu is a strip in the header, and nothing is wider than the screen.
    browser.resize(375, 800);
    open(&mut browser);
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 375);
    let strip = format!("{menu}.height < 60 && {menu}.width <= 375");
    assert_eq!(browser.value(&strip), true);
    assert_eq!(browser.complaints(), [""; 0]);
    collector.stop();
}

/// A host with many of everything, whose counters grow until it is dropped.
struct ManyHost {
    runs: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ManyHost {
    fn below(root: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/many.sh");
        let root = root.to_owned();
        let moved = move |second: u32| {
            let mut command = Command::new("sh");
            command.arg(&script).arg(&root).arg(second.to_string());
            assert!(command.status().unwrap().success());
        };
        moved(0);
        let runs = Arc::new(AtomicBool::new(true));
        let goes_on = runs.clone();
        let thread = std::thread::spawn(move || {
            let seconds = (1..).take_while(|_| goes_on.load(Ordering::SeqCst));
            seconds.for_each(moved);
        });
        Self { runs, thread: Some(thread) }
    }
}

impl Drop for ManyHost {
    fn drop(&mut self) {
        self.runs.store(false, Ordering::SeqCst);
        let _ = self.thread.take().unwrap().join();
    }
}

/// The names in the first column of a table, or the numbers of another.
fn column(browser: &mut Browser, kind: &str, index: usize) -> Vec<String> {
    let cells = browser.value(&format!(
        "[...document.querySelectorAll('[data-table^=\"/table/{kind}?\"] tbody tr')] \
         .filter((row) => row.checkVisibility()).map((row) => row.children[{index}].textContent)"
    ));
    serde_json::from_value(cells).unwrap()
}

#[test]
fn a_host_with_many_of_everything_fits_few_screens_and_each_of_them_is_found() {
    if !has("chromium") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let host = ManyHost::below(&root);
    let root = root.to_str().unwrap();
    let config = format!(
        "rootfs = \"{root}\"\nprocfs = \"{root}/proc\"\nsysfs = \"{root}/sys\"\n\
         [probe.cgroup]\nstep = \"1s\"\ninclude = [\"*\"]\n"
    );
    let collector = Collector::start_configured(folder.path(), &config);
    let count = |page: &str, part: &str| page.matches(part).count();
    wait_until("all are sampled", || {
        let groups = collector.get("/api/v1/groups").1;
        [("processor", 64), ("disk", 40), ("network", 8), ("unit", 201)]
            .iter()
            .all(|(kind, number)| count(&groups, &format!("\"group\":\"{kind}\"")) == *number)
    });
    let all = collector.get("/?span=10min").1;
    assert!(all.len() < 150_000, "{}", all.len());
    assert_eq!(count(&all, "class=\"top\""), 3);

    let own = format!("http://{}/?span=10min", collector.address);
    let mut browser = Browser::start(&folder.path().join("browser"), 1400, 900);
    browser.open(&own);
    browser.wait_until("document.readyState === 'complete' && document.querySelector('.plot svg')");
    let height = "document.documentElement.scrollHeight";
    assert!(browser.value(height).as_f64().unwrap() <= 6000.0, "{}", browser.value(height));

    // A heat map has a row for each CPU, and its time can be read like that of a chart.
    let heat = "document.querySelector('figure[data-chart=\"/heat/processor.steal.svg\"]')";
    browser.value(&format!("{heat}.scrollIntoView()"));
    browser.wait_until(&format!("{heat}.querySelector('image') && {heat}.canvas"));
    let labels =
        browser.value(&format!("{heat}.querySelector('svg').textContent.includes('64 rows.')"));
    assert_eq!(labels, true);

    // A table has the highest first, with a small chart each once it is in sight.
    assert_eq!(column(&mut browser, "disk", 0).len(), 20);
    browser.value("document.getElementById('services').scrollIntoView()");
    browser.wait_until("document.querySelectorAll('#services td.spark path').length === 20");
    assert_eq!(column(&mut browser, "unit", 0).len(), 20);

    // It is sorted in place, with an address that sorts it without the script, too.
    let top = ["app200.service", "app199.service", "app198.service"];
    browser.value("[...document.querySelectorAll('#services thead a')].find((a) => a.textContent === 'Memory').click()");
    browser.wait_until("document.querySelector('#services [aria-sort]').textContent === 'Memory'");
    assert_eq!(column(&mut browser, "unit", 0)[..3], top);
    assert_eq!(column(&mut browser, "unit", 2)[0], "1.43 GiB");
    assert_eq!(
        browser.value("location.search + location.hash"),
        "?span=10min&sort=unit.memory#services"
    );
    let sorted = collector.get("/?span=10min&sort=unit.memory").1;
    let rows = sorted.split_once("id=\"services\"").unwrap().1.split("<tr>");
    assert!(rows.skip(2).take(3).zip(top).all(|(row, name)| row.contains(&format!(">{name}<"))));

    // The charts of the rows are there on demand.
    browser.value("document.querySelector('#services .multiples').open = true");
    browser.value("document.querySelector('#services .multiples').scrollIntoView()");
    browser.wait_until("document.querySelector('#services .multiples .plot svg')");

    // What is looked for is also found in rows that were not shown.
    browser.value("find.value = 'app7.ser'; find.dispatchEvent(new Event('input'))");
    browser.wait_until("document.querySelectorAll('#services tbody tr').length === 201");
    assert_eq!(column(&mut browser, "unit", 0), ["app7.service"]);
    assert_eq!(browser.value(UNFOLDED), "Services");
    assert_eq!(browser.complaints(), [""; 0]);

    // What does not exist is answered with the nearest that does.
    for (path, answer) in [
        ("/?group=dsik", "no group \"dsik\": did you mean disk?\n"),
        ("/?group=disk&instance=nvme7", "no instance of disk \"nvme7\": did you mean nvme7n1?\n"),
        ("/chart/cpuu.svg", "no chart \"cpuu\": did you mean cpu?\n"),
        (
            "/chart/unit-cpu.svg?instance=ap7.service",
            "no instance of unit \"ap7.service\": did you mean app7.service?\n",
        ),
        (
            "/api/v1/fetch?group=network&instance=eth9",
            "no instance of network \"eth9\": did you mean eth0?\n",
        ),
        ("/heat/disk.utl.svg", "no metric of disk \"utl\": did you mean util?\n"),
        ("/table/untt", "no group \"untt\": did you mean unit?\n"),
    ] {
        assert_eq!(collector.get(path), (404, answer.to_owned()), "{path}");
    }
    collector.stop();
    drop(host);
}
