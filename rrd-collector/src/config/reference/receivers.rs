//! The sections of what programs send, print or write.

use super::key::{INTERVAL, Key, PATH, PATTERNS, SOCKET, SPAN, Section, TABLE, TEXT, TEXTS};

pub(super) const SECTIONS: &[Section] = &[
    Section::new("[statsd]", "A port for packets of StatsD.", STATSD),
    Section::new("[textfile]", "A folder of files in the format of Prometheus.", TEXTFILE),
    Section::new("[munin]", "The plugins of Munin.", MUNIN),
    Section::new("[collectd]", "What programs for collectd share.", COLLECTD),
    Section::new("[[exec]]", "A program that prints lines of collectd's `PUTVAL`.", EXEC),
];

const STATSD: &[Key] = &[
    Key::required("listen", SOCKET, "\"127.0.0.1:8125\"", "Where packets are received."),
    Key::literal(
        "forget_after",
        SPAN,
        "\"1d\"",
        "\"12h\"",
        "How long a name may be unsent until it is forgotten.",
    ),
];

const TEXTFILE: &[Key] = &[
    Key::required(
        "folder",
        PATH,
        "\"/var/lib/prometheus/node-exporter\"",
        "The folder; files that end in `.prom` are read.",
    ),
    Key::literal("step", INTERVAL, "\"10s\"", "\"1m\"", "How often it is read."),
    Key::words("max_age", SPAN, "any", "\"1h\"", "How old a file may be."),
];

const MUNIN: &[Key] = &[
    Key::literal(
        "plugins",
        PATH,
        "\"/etc/munin/plugins\"",
        "\"/srv/munin/plugins\"",
        "The folder of the plugins.",
    ),
    Key::literal(
        "settings",
        PATH,
        "\"/etc/munin/plugin-conf.d\"",
        "\"/srv/munin/conf.d\"",
        "The folder of their settings.",
    ),
    Key::literal(
        "library",
        PATH,
        "\"/usr/share/munin\"",
        "\"/opt/munin/lib\"",
        "The folder of what they share, `MUNIN_LIBDIR`.",
    ),
    Key::words(
        "state",
        PATH,
        "`munin-state` in `data`",
        "\"/var/lib/munin-node/plugin-state\"",
        "The folder of what they remember.",
    ),
    Key::literal("user", TEXT, "\"nobody\"", "\"munin\"", "Who runs them, if the daemon is root."),
    Key::literal("step", INTERVAL, "\"5m\"", "\"1m\"", "How often they are called."),
    Key::literal("deadline", INTERVAL, "\"1m\"", "\"10s\"", "How long one may take."),
    Key::words("include", PATTERNS, "all", "[\"if_*\"]", "Only these plugins."),
    Key::words("exclude", PATTERNS, "none", "[\"smart_*\"]", "Never these plugins."),
];

const COLLECTD: &[Key] = &[
    Key::words(
        "socket",
        PATH,
        "none",
        "\"/run/rrd-collector/collectd\"",
        "A unix socket for scripts that send `PUTVAL` lines.",
    ),
    Key::literal(
        "types",
        "List of paths",
        "[\"/usr/share/collectd/types.db\"]",
        "[\"/usr/share/collectd/types.db\", \"/etc/collectd/own.db\"]",
        "The files of types.",
    ),
];

const EXEC: &[Key] = &[
    Key::required(
        "command",
        TEXTS,
        "[\"/usr/local/bin/sensors\", \"--all\"]",
        "The program and its arguments.",
    ),
    Key::words("user", TEXT, "the daemon's", "\"nobody\"", "Who runs it, if the daemon is root."),
    Key::words("group", TEXT, "the user's", "\"nogroup\"", "The group that it runs as.")
        .beside(&["command = [\"x\"]", "user = \"nobody\""]),
    Key::literal("interval", INTERVAL, "\"10s\"", "\"1m\"", "How often it prints values."),
    Key::words(
        "deadline",
        INTERVAL,
        "ten intervals, at least 1m",
        "\"5m\"",
        "How long it may be silent until it is started again.",
    ),
    Key::words("environment", TABLE, "none", "{ LANG = \"C\" }", "Its environment variables."),
];
