//! The sections of pages that are checked or read, and of hosts that are pinged.

use super::alerts::{BEARER, CA, HEADERS, PASSWORD, USER, VERIFY};
use super::key::{INTERVAL, Key, PATTERNS, Section, TEXT, URL};
use super::servers::{DEADLINE, HOST, NAME, STEP};

pub(super) const SECTIONS: &[Section] = &[
    Section::new("[[http_check]]", "A page that is fetched and checked.", HTTP_CHECK),
    Section::new("[[http_json]]", "A JSON document with numbers.", HTTP_JSON),
    Section {
        heading: "[[http_json.values]]",
        about: "A number of the document.",
        head: "[[http_json]]\nurl = \"http://127.0.0.1/x\"\n[[http_json.values]]",
        keys: VALUES,
    },
    Section::new("[[prometheus]]", "An exporter of Prometheus.", PROMETHEUS),
    Section::new("[[ping]]", "A host that is pinged.", PING),
];

const EVERY_MINUTE: Key =
    Key::literal("step", INTERVAL, "\"1m\"", "\"30s\"", "How often it is asked.");

const HTTP_CHECK: &[Key] = &[
    NAME,
    Key::required("url", URL, "\"https://www.example.org/\"", "The page."),
    Key::literal(
        "status",
        "Status such as 200 or \"2xx\", or a list of them",
        "200",
        "[200, \"3xx\"]",
        "The statuses that are right.",
    ),
    Key::words("contains", TEXT, "nothing", "\"Welcome\"", "What the page has to contain."),
    HOST,
    USER,
    PASSWORD,
    BEARER,
    HEADERS,
    CA,
    VERIFY,
    EVERY_MINUTE,
    Key::literal("deadline", INTERVAL, "\"10s\"", "\"2s\"", "How long an answer may take."),
];

const HTTP_JSON: &[Key] = &[
    NAME,
    Key::required("url", URL, "\"http://127.0.0.1/state.json\"", "The document."),
    Key::required(
        "values",
        "Sections `[[http_json.values]]`, 1 to 256",
        "[{ path = \"/queue/length\", name = \"queue\" }]",
        "Its numbers.",
    ),
    HOST,
    USER.beside(WITH_VALUES),
    PASSWORD.beside(WITH_VALUES_AND_USER),
    BEARER,
    HEADERS,
    CA,
    VERIFY
        .beside(&["url = \"https://example.org/x\"", "values = [{ path = \"/a\", name = \"a\" }]"]),
    STEP,
    DEADLINE,
];

const WITH_VALUES: &[&str] = &[
    "url = \"http://127.0.0.1/x\"",
    "values = [{ path = \"/a\", name = \"a\" }]",
    "password = \"${file:/dev/null}\"",
];

const WITH_VALUES_AND_USER: &[&str] = &[
    "url = \"http://127.0.0.1/x\"",
    "values = [{ path = \"/a\", name = \"a\" }]",
    "user = \"rrd\"",
];

const VALUES: &[Key] = &[
    Key::required("path", "JSON pointer", "\"/queue/length\"", "Where the number is."),
    Key::required(
        "name",
        "Text of small letters, digits and `_`",
        "\"queue\"",
        "The name of the value.",
    ),
    Key::literal(
        "kind",
        "`gauge` or `counter`",
        "\"gauge\"",
        "\"counter\"",
        "Whether the number itself is kept, or its growth per second.",
    ),
    Key::words(
        "unit",
        "`bytes`, `seconds`, `count`, `share`, `celsius`, `hertz`, `volts`, `watts` or `rpm`",
        "none",
        "\"bytes\"",
        "The unit of the number.",
    ),
];

const PROMETHEUS: &[Key] = &[
    NAME,
    Key::required("url", URL, "\"http://127.0.0.1:9100/metrics\"", "The page."),
    Key::literal("cap", "Number", "200", "500", "How many values are stored at most."),
    Key::words("include", PATTERNS, "all", "[\"node_*\"]", "Only these metrics."),
    Key::words("also", PATTERNS, "none", "[\"go_goroutines\"]", "These, too."),
    Key::words("exclude", PATTERNS, "none", "[\"go_*\"]", "Never these metrics."),
    HOST,
    USER,
    PASSWORD,
    BEARER,
    HEADERS,
    CA,
    VERIFY,
    EVERY_MINUTE,
    DEADLINE,
];

const PING: &[Key] = &[
    Key::words("name", TEXT, "the host", "\"gateway\"", "The name in files and on the page."),
    Key::required("host", TEXT, "\"192.0.2.1\"", "Its name or address."),
    Key::words(
        "ip",
        "4 or 6",
        "the first address that the system gives",
        "6",
        "Only addresses of this version.",
    ),
    Key::literal(
        "count",
        "Number, at least 3",
        "10",
        "20",
        "How many requests are sent each time.",
    ),
    Key::literal("step", INTERVAL, "\"1m\"", "\"5m\"", "How often it is pinged."),
];
