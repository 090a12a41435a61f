//! The sections of remote read and remote write.

use super::alerts::{BEARER, CA, HEADERS, PASSWORD, USER, VERIFY};
use super::key::{BOOL, FILE, INTERVAL, Key, PATTERNS, SPAN, Section, TABLE, TEXT, URL};
use super::servers::STEP;

pub(super) const SECTIONS: &[Section] = &[
    Section::new("[remote_read]", "What Prometheus may read of the databases.", REMOTE_READ),
    Section::new("[[tree]]", "Databases of another program that Prometheus may read.", TREE),
    Section::new("[[remote_write]]", "A receiver of samples by remote write.", REMOTE_WRITE),
];

const REMOTE_READ: &[Key] = &[
    Key::literal(
        "max_samples",
        "Number, up to 50000000",
        "2000000",
        "500000",
        "How many samples an answer has at most.",
    ),
    Key::literal(
        "densify",
        BOOL,
        "true",
        "false",
        "Whether rows of more than 4 minutes are repeated, so that Prometheus joins them.",
    ),
];

const TREE: &[Key] = &[
    Key::required("path", "Absolute path", "\"/var/lib/munin\"", "The folder."),
    Key::required(
        "kind",
        "`collectd`, `munin` or `plain`",
        "\"munin\"",
        "Whose names the files have.",
    ),
];

const REMOTE_WRITE: &[Key] = &[
    Key::words(
        "name",
        TEXT,
        "the host of `url`",
        "\"central\"",
        "The name in messages, in metrics and of what is remembered about it.",
    ),
    Key::required("url", URL, "\"https://metrics.example/api/v1/write\"", "Where it is."),
    USER,
    PASSWORD,
    BEARER,
    HEADERS,
    CA,
    VERIFY,
    Key::words(
        "certificate",
        FILE,
        "none",
        "\"/etc/ssl/client.pem\"",
        "The certificate that is shown to it, with `key`.",
    ),
    Key::words("key", FILE, "none", "\"/etc/ssl/client.key\"", "The key of that certificate."),
    Key::words(
        "external_labels",
        TABLE,
        "`job` and `instance`",
        "{ site = \"zurich\" }",
        "Further labels of all series. An empty one is not sent.",
    ),
    Key::words("keep", PATTERNS, "all", "[\"rrd_cpu_*\"]", "Only series with these names."),
    Key::words("drop", PATTERNS, "none", "[\"rrd_softirq*\"]", "No series with these names."),
    Key::literal(
        "version",
        "\"1.0\", \"2.0\" or \"auto\"",
        "\"1.0\"",
        "\"auto\"",
        "The version of the protocol; `auto` asks the receiver.",
    ),
    Key::literal(
        "order",
        "`strict` or `any`",
        "\"strict\"",
        "\"any\"",
        "Whether the receiver wants the samples of a series in order.",
    ),
    Key::words(
        "max_age",
        SPAN,
        "1h with order `strict`, else any age",
        "\"2h\"",
        "Samples that are older are not sent.",
    ),
    STEP,
    Key::literal("timeout", INTERVAL, "\"30s\"", "\"10s\"", "How long an answer may take."),
    Key::literal(
        "max_samples_per_second",
        "Number",
        "10000",
        "2000",
        "How fast what was missed is sent.",
    ),
    Key::words("proxy", URL, "none", "\"http://proxy.example:3128\"", "The proxy on the way."),
];
