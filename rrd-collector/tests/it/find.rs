//! What is looked for on the page is found in a real browser: by the menu, by the search, and on a
//! host with many of everything.

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
    browser.wait_until("document.querySelector('#menu [aria-current=true]')");

    // What is folded stays folded until a link leads there.
    browser.value("document.querySelector('#memory summary').click()");
    browser.wait_until("!document.getElementById('memory').open");
    open(&mut browser);
    assert_eq!(browser.value("document.getElementById('memory').open"), false);
    browser.value("document.querySelector('#menu a[href=\"#memory\"]').click()");
    browser.wait_until("document.getElementById('memory').open");
    browser.value("document.querySelector('#memory summary').click()");
    browser.wait_until("!document.getElementById('memory').open");

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
    let left = all.as_str().unwrap().replace("Memory,", "");
    assert_eq!(browser.value(UNFOLDED), left.as_str());

    // On a phone the menu is a strip in the header, and nothing is wider than the screen.
    browser.resize(375, 800);
    open(&mut browser);
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 375);
    let strip = format!("{menu}.height < 60 && {menu}.width <= 375");
    assert_eq!(browser.value(&strip), true);
    assert_eq!(browser.complaints(), [""; 0]);
    collector.stop();
}
