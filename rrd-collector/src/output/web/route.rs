//! Maps addresses to answers.

use hyper::StatusCode;

use super::address::{Query, QueryError, check_names, read_query};
use super::answer::{Asked, api, chart, health, heat, metrics, moved, page, table};
use super::client::Client;
use super::response::{Answer, plain, refused};
use super::site::Site;
use super::workers::Cost;
use crate::schedule::clock;

/// One address, or all below one that ends in `/`.
struct Route {
    path: &'static str,
    /// The parameters that it knows; `None` if it has none and ignores them, because programs that
    /// check our health, and copies in caches, add some of their own.
    parameters: Option<&'static [&'static str]>,
    cost: fn(&str, &Query) -> Cost,
    answer: fn(&Asked<'_>) -> Answer,
}

const fn at_once(_: &str, _: &Query) -> Cost {
    Cost::None
}

const fn computed(_: &str, _: &Query) -> Cost {
    Cost::Small
}

/// Rows of every group.
const fn read_all(_: &str, _: &Query) -> Cost {
    Cost::Large
}

const fn route(
    path: &'static str,
    parameters: Option<&'static [&'static str]>,
    cost: fn(&str, &Query) -> Cost,
    answer: fn(&Asked<'_>) -> Answer,
) -> Route {
    Route { path, parameters, cost, answer }
}

/// With the time of a page, whose theme and comparison change nothing.
const FETCH: Option<&[&str]> = Some(&[
    "group",
    "instance",
    "span",
    "start",
    "end",
    "zone",
    "function",
    "resolution",
    "theme",
    "before",
]);

const PAGE: Option<&[&str]> = Some(&[
    "span", "start", "end", "zone", "theme", "before", "kiosk", "group", "chart", "instance",
    "sort", "all",
]);
const TABLE: Option<&[&str]> =
    Some(&["span", "start", "end", "zone", "theme", "before", "sort", "all"]);
const HEAT: Option<&[&str]> =
    Some(&["span", "start", "end", "zone", "theme", "before", "width", "download"]);
const CHART: Option<&[&str]> = Some(&[
    "span",
    "start",
    "end",
    "zone",
    "theme",
    "before",
    "instance",
    "width",
    "height",
    "hide",
    "download",
    "scale",
    "annotations",
]);

/// Of the address of a page.
const MOVED: Option<&[&str]> = Some(&["span", "start", "end", "zone", "theme", "before"]);

static ROUTES: &[Route] = &[
    route("/", PAGE, computed, page::page),
    route("/bar", PAGE, at_once, page::bar),
    route("/now", Some(&["sparks", "history"]), page::overview_cost, page::overview),
    route("/page.css", None, at_once, page::style),
    route("/page.js", None, at_once, page::script),
    route("/metrics", Some(&["names"]), at_once, metrics::metrics),
    route("/-/healthy", None, at_once, health::healthy),
    route("/-/ready", None, at_once, health::ready),
    route("/api/v1/info", Some(&[]), at_once, api::info),
    route("/api/v1/groups", Some(&[]), at_once, api::groups),
    route("/api/v1/alerts", Some(&[]), at_once, api::alerts),
    route("/api/v1/alerts/history", Some(&[]), at_once, api::history),
    route("/moved", MOVED, read_all, moved::part),
    route("/api/v1/moved", MOVED, read_all, moved::json),
    route("/api/v1/fetch", FETCH, computed, api::fetch_json),
    route("/api/v1/fetch.csv", FETCH, computed, api::fetch_csv),
    route("/table/", TABLE, computed, table::table),
    route("/heat/", HEAT, computed, heat::heat),
    route("/chart/", CHART, chart::cost, chart::chart),
];

/// A request for nothing that exists.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The path.
    Path,
    /// A parameter.
    Query(QueryError),
}

impl NoAnswer {
    /// What the client is told.
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Path => plain(StatusCode::NOT_FOUND, "nothing here\n"),
            Self::Query(error) => refused(error),
        }
    }
}

/// A GET of an address that exists, with parameters that it knows, by a client.
pub(super) struct Request {
    route: &'static Route,
    /// What follows the path of the route.
    name: String,
    query: Query,
    client: Client,
}

impl Request {
    /// The request for a path with a query by this client.
    ///
    /// # Errors
    ///
    /// The address does not exist or does not have one of the parameters.
    pub(super) fn find(path: &str, query: &str, client: Client) -> Result<Self, NoAnswer> {
        let name_below = |route: &'static Route| {
            let name = path.strip_prefix(route.path)?;
            (name.is_empty() || (route.path.ends_with('/') && route.path != "/"))
                .then(|| (route, name.to_owned()))
        };
        let (route, name) = ROUTES.iter().find_map(name_below).ok_or(NoAnswer::Path)?;
        let query = read_query(query);
        if let Some(known) = route.parameters {
            check_names(&query, known).map_err(NoAnswer::Query)?;
        }
        Ok(Self { route, name, query, client })
    }

    /// How long the answer takes.
    pub(super) fn cost(&self) -> Cost {
        (self.route.cost)(&self.name, &self.query)
    }

    /// The answer at `now`, in seconds since 1970, as the client takes it.
    pub(super) fn answer(&self, site: &Site, now: i64) -> Answer {
        let Self { route, name, query, client } = self;
        client.fit((route.answer)(&Asked { site, name, query, client, now }))
    }
}

impl Site {
    /// Status and length of the answer to a GET of this path with this query, for fuzzing.
    #[doc(hidden)]
    pub fn get(&self, path: &str, query: &str) -> (u16, u64) {
        let answer = answer(self, path, query, clock::unix_now());
        (answer.status().as_u16(), answer.body().len() as u64)
    }
}

/// The answer to a client that accepts anything.
fn answer(site: &Site, path: &str, query: &str, now: i64) -> Answer {
    match Request::find(path, query, Client::default()) {
        Ok(request) => request.answer(site, now),
        Err(none) => none.answer(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use super::*;
    use crate::source::host::LOAD;
    use crate::store::archives::Archives;

    const NOW: i64 = 1_800_000_000;

    fn site() -> Site {
        Site::new("web1".parse().unwrap(), Archives::Folder("/nonexistent".into()))
    }

    /// The words that begin an item of the manual.
    fn documented() -> Vec<&'static str> {
        let items = include_str!("../../../manual/http.md").lines();
        let heads = items.filter_map(|line| line.strip_prefix("- ")?.split_once(':'));
        heads.flat_map(|(words, _)| words.split('`').skip(1).step_by(2)).collect()
    }

    #[test]
    fn the_manual_has_every_address_and_parameter_and_no_other() {
        let documented = documented();
        for route in ROUTES {
            assert!(documented.contains(&route.path), "{}", route.path);
            for parameter in route.parameters.unwrap_or_default() {
                assert!(documented.contains(parameter), "{parameter} of {}", route.path);
            }
        }
        for word in documented.iter().filter(|word| **word != "/api/v1/read") {
            let is_known = ROUTES.iter().any(|route| {
                route.path == *word || route.parameters.is_some_and(|known| known.contains(word))
            });
            assert!(is_known, "{word}");
        }
    }

    #[test]
    fn addresses_that_mean_nothing_are_not_found() {
        let site = site();
        let long = format!("/chart/{}.svg", "a".repeat(300));
        for path in ["/nothing", "/chart/nothing.svg", "/chart/../cpu.svg", "/chart/cpu.svg", &long]
        {
            assert_eq!(answer(&site, path, "", NOW).status(), StatusCode::NOT_FOUND, "{path}");
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
            let response = answer(&site, path, "", NOW);
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CONTENT_TYPE], kind);
        }
    }

    #[test]
    fn a_daemon_that_does_not_sample_is_alive_but_not_ready() {
        let site = site();
        let status = |path| answer(&site, path, "", NOW).status();
        assert_eq!(status("/-/healthy"), StatusCode::OK);
        assert_eq!(status("/-/ready"), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn a_daemon_that_samples_is_ready_unless_nothing_is_stored() {
        let site = site();
        let at = Timestamp::from_seconds(NOW);
        let second = Step::from_seconds(1).unwrap();
        site.shared.catalog().put(at, second, &LOAD, "", &[0.0; 6]);
        let faults = site.shared.all_faults().of_task();
        let status = || answer(&site, "/-/ready", "", NOW).status();
        let down = || Err(std::io::Error::other("gone"));
        faults.note("nginx www", &down());
        assert_eq!(status(), StatusCode::OK);
        faults.note_storing("the data folder", &down());
        assert_eq!(status(), StatusCode::SERVICE_UNAVAILABLE);
        faults.note_storing("the data folder", &Ok::<(), std::io::Error>(()));
        assert_eq!(status(), StatusCode::OK);
    }

    #[test]
    fn parameters_and_values_that_mean_nothing_are_refused_with_those_that_do() {
        let site = site();
        let refused = |path: &str, query: &str| {
            let answer = answer(&site, path, query, NOW);
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}?{query}");
            String::from_utf8(answer.body().to_vec()).unwrap()
        };
        assert_eq!(
            refused("/api/v1/fetch", "group=cpu&cf=AVG"),
            "unknown parameter \"cf\": expected group, instance, span, start, end, zone, function, resolution, theme, before\n"
        );
        assert_eq!(
            refused("/api/v1/fetch.csv", "grp=cpu&fuction=max"),
            "unknown parameter \"fuction\": did you mean function?\n"
        );
        assert_eq!(
            refused("/chart/cpu.svg", "span=dya"),
            "missing or invalid parameter \"span\": expected 10min, hour, 3h, 6h, day, week, month, year, all\n"
        );
        assert_eq!(
            refused("/chart/cpu.svg", "width=wide"),
            "missing or invalid parameter \"width\": expected a number of pixels\n"
        );
        assert_eq!(
            refused("/chart/cpu.svg", "scale=square"),
            "missing or invalid parameter \"scale\": expected log, linear or auto\n"
        );
        assert_eq!(
            refused("/metrics", "names=prometheus"),
            "missing or invalid parameter \"names\": expected node, or nothing\n"
        );
        assert_eq!(refused("/now", "x=1"), "unknown parameter \"x\": expected sparks, history\n");
        assert_eq!(
            refused("/", "%3Cscript%3Ealert(1)%3C/script%3E=1"),
            "unknown parameter: expected span, start, end, zone, theme, before, kiosk, group, chart, instance, sort, all\n"
        );
        // What programs add so that no cache answers.
        for path in ["/", "/now", "/api/v1/groups", "/metrics", "/-/healthy?probe=1&_=2"] {
            let (path, query) = path.split_once('?').unwrap_or((path, "_=17345"));
            assert_eq!(answer(&site, path, query, NOW).status(), StatusCode::OK, "{path}");
        }
    }

    #[test]
    fn a_chart_is_sent_again_only_with_newer_rows_in_its_range() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("load1", Heartbeat::from_seconds(10))
            .average(0.5, 1, 1000)
            .build()
            .unwrap();
        let at = |seconds| Timestamp::from_seconds(NOW + seconds);
        let mut rrd = Rrd::create(folder.path().join("load.rrd"), &schema, at(-100)).unwrap();
        let archives = Archives::Folder(folder.path().to_owned());
        let site = Site::new("web1".parse().unwrap(), archives);
        let query = format!("start={}&end={NOW}&width=400", NOW - 60);
        let ask = |known: &str| {
            let known = [(IF_NONE_MATCH, HeaderValue::from_str(known).unwrap())];
            let client = Client::of(&known.into_iter().collect());
            let answer = Request::find("/chart/load.svg", &query, client).ok().unwrap();
            let answer = answer.answer(&site, NOW);
            let version = answer.headers()[ETAG].to_str().unwrap().to_owned();
            (answer.status().as_u16(), answer.body().is_empty(), version)
        };
        let mut update = |seconds| rrd.update(&Sample::new(at(seconds), [1.0])).unwrap();
        update(-5);
        let (_, _, first) = ask("");
        assert_eq!(ask(&first), (304, true, first.clone()));
        update(-1);
        let (status, is_empty, second) = ask(&first);
        assert_eq!((status, is_empty), (200, false));
        update(0);
        let (_, _, last) = ask(&second);
        assert_ne!(last, second);
        // What comes later is not in the picture.
        update(30);
        assert_eq!(ask(&last), (304, true, last.clone()));
    }

    #[test]
    fn large_pictures_wait_for_one_another_only() {
        let cost = |address: &str| {
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            Request::find(path, query, Client::default()).ok().unwrap().cost()
        };
        for small in ["/chart/cpu.svg?width=4000&span=year", "/chart/cpu.png?width=1000"] {
            assert_eq!(cost(small), Cost::Small, "{small}");
        }
        for large in ["/chart/cpu.png?width=4000", "/chart/cpu.png?width=2000&height=2000"] {
            assert_eq!(cost(large), Cost::Large, "{large}");
        }
        let small = ["/api/v1/fetch", "/", "/now?sparks"];
        assert_eq!(small.map(cost), [Cost::Small; 3]);
        assert_eq!(["/now", "/-/healthy"].map(cost), [Cost::None; 2]);
    }
}
