//! The keys outside all sections, and the sections of the daemon and the host.

use super::key::{BOOL, FILE, INTERVAL, Key, PATH, PATTERNS, SECRET, SOCKET, SPAN, Section, TEXT};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        heading: "Keys outside all sections",
        about: "They come first in a file.",
        head: "",
        keys: ROOT,
    },
    Section::new("[caps]", "How many files a kind of group may have.", CAPS),
    Section::new("[tls]", "The page is served by HTTPS.", TLS),
    Section::new("[auth]", "The page asks for a user and a password.", AUTH),
    Section {
        heading: "[probe.NAME]",
        about: "One of the probes of the host, which `rrd-collector probes` lists.",
        head: "[probe.disk]",
        keys: PROBE,
    },
    Section::new("[[process]]", "Programs that are watched together.", PROCESS),
    Section::new("[clock]", "The services that keep the clock right.", CLOCK),
];

const ROOT: &[Key] = &[
    Key::words(
        "host",
        TEXT,
        "the system's name",
        "\"web-1\"",
        "The name of this host on the page, in labels and in messages.",
    ),
    Key::words(
        "data",
        PATH,
        "`$STATE_DIRECTORY`, else `rrd-data`",
        "\"/var/lib/rrd-collector\"",
        "The folder of the databases.",
    ),
    Key::words(
        "listen",
        "Address `HOST:PORT` or `unix:/path`, a table of `address` and `tls` (whether this address \
         has TLS), or a list of these",
        "127.0.0.1:7300, or a free port of the loopback",
        "[\"127.0.0.1:7300\", { address = \"unix:/run/rrd-collector/page\", tls = false }]",
        "Where the page is served.",
    ),
    Key::literal("step", INTERVAL, "\"1s\"", "\"5s\"", "How often the host is sampled."),
    Key::literal(
        "keep",
        "List of `STEP for TIME` in a text",
        "\"1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y\"",
        "\"10s for 1d, 1m for 7d, 1h for 2y\"",
        "How long which detail is kept, in new files.",
    ),
    Key::literal(
        "sync",
        "`never`, `each`, or a duration",
        "\"10s\"",
        "\"each\"",
        "When samples are on the disk: at the system's convenience, after each round, or after a \
         time that a power loss may cost.",
    ),
    Key::words(
        "disk",
        "Size",
        "no limit",
        "\"2GB\"",
        "How large the folder of the databases may be.",
    ),
    Key::literal(
        "forget_after",
        SPAN,
        "\"30d\"",
        "\"90d\"",
        "When an instance without samples leaves the page. Its file stays.",
    ),
    Key::words(
        "remove_after",
        SPAN,
        "never",
        "\"2y\"",
        "When the file of an instance without samples is removed.",
    ),
    Key::literal("rootfs", PATH, "\"/\"", "\"/host\"", "The folder that stands for /."),
    Key::words("procfs", PATH, "`proc` of `rootfs`", "\"/host/proc\"", "What stands for /proc."),
    Key::words("sysfs", PATH, "`sys` of `rootfs`", "\"/host/sys\"", "What stands for /sys."),
];

const CAPS: &[Key] = &[Key::words(
    "KIND",
    "Number of files",
    "500, and 8192 of `processor`",
    "200",
    "The limit for the kind with this name, such as `unit`.",
)];

const TLS: &[Key] = &[
    Key::required(
        "certificate",
        FILE,
        "\"/etc/ssl/page.pem\"",
        "The certificate and those of its issuers, in PEM.",
    ),
    Key::required("key", FILE, "\"/etc/ssl/page.key\"", "The private key, in PEM."),
];

const AUTH: &[Key] = &[
    Key::required("user", TEXT, "\"admin\"", "The user."),
    Key::required("password", SECRET, "\"${credential:page}\"", "The password."),
];

const PROBE: &[Key] = &[
    Key::literal("enabled", BOOL, "true", "false", "Whether the probe is used."),
    Key::words(
        "step",
        INTERVAL,
        "the probe's own, but not shorter than the host's",
        "\"10s\"",
        "How often it samples.",
    ),
    Key::words("include", PATTERNS, "the probe's choice", "[\"nvme*\"]", "Only these instances."),
    Key::words("also", PATTERNS, "none", "[\"veth*\"]", "These besides the probe's choice."),
    Key::words("exclude", PATTERNS, "none", "[\"nvme1n1\"]", "Never these instances."),
];

const PROCESS: &[Key] = &[
    Key::required("name", TEXT, "\"shop\"", "The name of the group.")
        .beside(&["match = \"php-fpm*\""]),
    Key::words(
        "match",
        "Pattern",
        "any; this or `command` is required",
        "\"php-fpm*\"",
        "What the name of the program matches.",
    ),
    Key::words(
        "command",
        "Pattern",
        "any; this or `match` is required",
        "\"*--config /etc/shop.toml*\"",
        "What its command line matches.",
    ),
];

const CLOCK: &[Key] = &[
    Key::literal("enabled", BOOL, "true", "false", "Whether the services are asked."),
    Key::literal(
        "chrony",
        SOCKET,
        "\"127.0.0.1:323\"",
        "\"[::1]:323\"",
        "The port for commands of chronyd.",
    ),
    Key::literal("ntp", SOCKET, "\"127.0.0.1:123\"", "\"[::1]:123\"", "The port of ntpd."),
    Key::literal("step", INTERVAL, "\"1m\"", "\"10s\"", "How often they are asked."),
];
