//! Maps addresses to answers.

use hyper::StatusCode;
use hyper::body::Body as _;

use super::address::read_query;
use super::answer::{Answer, Asked, api, chart, health, metrics, page, plain, spark};
use super::site::Site;
use crate::schedule::clock;

/// The answer to a GET of a path with a query, from a client that accepts these types.
pub(super) fn route(site: &Site, path: &str, query: &str, accept: &str, now: i64) -> Answer {
    let asked = Asked { site, query: read_query(query), now };
    match path {
        "/" => page::page(&asked),
        "/now" => page::overview(&asked),
        "/page.css" => page::style(),
        "/page.js" => page::script(),
        "/metrics" => metrics::metrics(&asked, accept),
        "/-/healthy" => health::healthy(),
        "/-/ready" => health::ready(&asked),
        "/api/v1/info" => api::info(&asked),
        "/api/v1/groups" => api::groups(&asked),
        "/api/v1/alerts" => api::alerts(&asked),
        "/api/v1/fetch" => api::fetch_json(&asked),
        "/api/v1/fetch.csv" => api::fetch_csv(&asked),
        _ => match path.split_once('/').and_then(|(_, path)| path.split_once('/')) {
            Some(("spark", name)) => spark::spark(&asked, name),
            Some(("chart", name)) => chart::chart(&asked, name),
            _ => plain(StatusCode::NOT_FOUND, "nothing here\n"),
        },
    }
}

impl Site {
    /// Status and length of the answer to a GET of this path with this query, for fuzzing.
    #[doc(hidden)]
    pub fn get(&self, path: &str, query: &str) -> (u16, u64) {
        let answer = route(self, path, query, "", clock::unix_now());
        (answer.status().as_u16(), answer.body().size_hint().lower())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, RwLock};

    use hyper::StatusCode;
    use hyper::header::CONTENT_TYPE;
    use rrd_core::{Step, Timestamp};

    use super::*;
    use crate::output::live::Shared;
    use crate::output::prometheus::node::Node;
    use crate::rootfs::Host;
    use crate::source::host::LOAD;
    use crate::store::archives::Archives;

    fn site() -> Site {
        let shared = Arc::new(Shared::default());
        Site {
            host: "web1".to_owned(),
            archives: Archives::Folder("/nonexistent".into()),
            files: Host::at("/nonexistent"),
            node: Node::default(),
            shared,
            access: RwLock::default(),
            refusals: Mutex::default(),
        }
    }

    #[test]
    fn addresses_that_mean_nothing_are_not_found() {
        let site = site();
        let long = format!("/spark/{}.busy.svg", "a".repeat(300));
        let spark = "/spark//tmp/cpu.busy.svg";
        for path in
            ["/nothing", "/chart/nothing.svg", "/chart/../cpu.svg", "/chart/cpu.svg", spark, &long]
        {
            assert_eq!(
                route(&site, path, "", "", 1_800_000_000).status(),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }

    #[test]
    fn the_page_its_style_and_its_script_are_served_with_their_types() {
        let site = site();
        for (path, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/now", "text/html; charset=utf-8"),
            ("/page.css", "text/css; charset=utf-8"),
            ("/page.js", "text/javascript; charset=utf-8"),
        ] {
            let response = route(&site, path, "", "", 1_800_000_000);
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CONTENT_TYPE], kind);
        }
    }

    #[test]
    fn a_daemon_that_does_not_sample_is_alive_but_not_ready() {
        let site = site();
        let status = |path| route(&site, path, "", "", 1_800_000_000).status();
        assert_eq!(status("/-/healthy"), StatusCode::OK);
        assert_eq!(status("/-/ready"), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn a_daemon_that_samples_is_ready_unless_nothing_is_stored() {
        let site = site();
        let at = Timestamp::from_seconds(1_800_000_000);
        let second = Step::from_seconds(1).unwrap();
        site.shared.catalog().put(at, second, &LOAD, "", &[0.0; 6]);
        let faults = site.shared.all_faults().of_task();
        let status = || route(&site, "/-/ready", "", "", 1_800_000_000).status();
        let down = || Err(std::io::Error::other("gone"));
        faults.note("nginx www", &down());
        assert_eq!(status(), StatusCode::OK);
        faults.note_storing("the data folder", &down());
        assert_eq!(status(), StatusCode::SERVICE_UNAVAILABLE);
        faults.note_storing("the data folder", &Ok::<(), std::io::Error>(()));
        assert_eq!(status(), StatusCode::OK);
    }
}
