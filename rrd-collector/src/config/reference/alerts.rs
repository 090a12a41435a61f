//! The sections of alerts.

use super::key::{BOOL, FILE, INTERVAL, Key, SECRET, Section, TABLE, TEXT, TEXTS, URL};

pub(super) const SECTIONS: &[Section] = &[
    Section::new("[alerts]", "What is done when a rule begins or ends to warn.", ALERTS),
    Section::new(
        "[alerts.webhook]",
        "The webhook with further settings than its address.",
        WEBHOOK,
    ),
    Section::new("[[alerts.mail]]", "Mails, each through a server.", MAIL),
    Section::new(
        "[[rule]]",
        "A rule. It replaces an earlier one of its name, also one of the default rules.",
        RULE,
    ),
];

const ALERTS: &[Key] = &[
    Key::literal("defaults", BOOL, "true", "false", "Whether the default rules are used."),
    Key::words(
        "command",
        TEXTS,
        "none",
        "[\"/usr/local/bin/notify\", \"--urgent\"]",
        "The program that is run, and its arguments.",
    ),
    Key::words(
        "webhook",
        "Address, or the section `[alerts.webhook]`",
        "none",
        "\"https://example.org/hook\"",
        "The address that gets a POST with JSON.",
    ),
    Key::words(
        "mail",
        "Sections `[[alerts.mail]]`",
        "none",
        "[{ to = \"a@example.org\", from = \"b@example.org\", server = \"localhost\" }]",
        "Who gets a mail.",
    ),
    Key::literal(
        "deadline",
        INTERVAL,
        "\"10s\"",
        "\"30s\"",
        "How long the program and the webhook may take.",
    ),
];

const WEBHOOK: &[Key] = &[
    Key::required("url", URL, "\"https://example.org/hook\"", "Where the POST is sent."),
    USER,
    PASSWORD,
    BEARER,
    HEADERS,
    CA,
    VERIFY,
];

/// The keys of a page that several sections have.
pub(super) const USER: Key =
    Key::words("user", TEXT, "none", "\"rrd\"", "The user, with `password`.")
        .beside(&["url = \"https://example.org/x\"", "password = \"${file:/dev/null}\""]);
pub(super) const PASSWORD: Key =
    Key::words("password", SECRET, "none", "\"${credential:web}\"", "The user's password.")
        .beside(&["url = \"https://example.org/x\"", "user = \"rrd\""]);
pub(super) const BEARER: Key = Key::words(
    "bearer",
    SECRET,
    "none",
    "\"${credential:token}\"",
    "A token, instead of user and password.",
);
pub(super) const HEADERS: Key =
    Key::words("headers", TABLE, "none", "{ X-Scope-OrgID = \"web\" }", "Further headers.");
pub(super) const CA: Key = Key::words(
    "ca",
    FILE,
    "the system's",
    "\"/etc/ssl/own-ca.pem\"",
    "The certificates that are trusted, in PEM.",
);
pub(super) const VERIFY: Key = Key::literal(
    "verify",
    BOOL,
    "true",
    "false",
    "Whether the certificate of the server is checked, for https.",
)
.beside(&["url = \"https://example.org/x\""]);

const MAIL: &[Key] = &[
    Key::required(
        "to",
        "Address of mail, or a list of them",
        "[\"admin@example.org\"]",
        "The recipients; each gets a mail.",
    ),
    Key::required("from", TEXT, "\"rrd@example.org\"", "The sender."),
    Key::required("server", TEXT, "\"mail.example.org\"", "The name of the mail server."),
    Key::words(
        "port",
        "Number",
        "587 with `starttls`, 465 with `implicit`, 25 with `none`",
        "2525",
        "Its port.",
    ),
    Key::words(
        "tls",
        "`starttls`, `implicit`, or `none` for this host",
        "`none` for this host, `implicit` with port 465, else `starttls`",
        "\"implicit\"",
        "How the connection is protected.",
    ),
    Key::words("user", TEXT, "none", "\"rrd\"", "The user, with `password_file`.").beside(&[
        "to = \"a@example.org\"",
        "from = \"b@example.org\"",
        "server = \"mail.example.org\"",
        "password_file = \"/etc/hostname\"",
    ]),
    Key::words(
        "password_file",
        FILE,
        "none",
        "\"/etc/rrd-collector/mail-password\"",
        "The file whose first line is the password.",
    ),
    CA,
];

const RULE: &[Key] = &[
    Key::required("name", TEXT, "\"steal\"", "The name of the rule."),
    Key::required(
        "when",
        "Condition",
        "\"average over 20m of cpu.steal > 10, critical > 30, clear below 5\"",
        "When it warns: of how long which value is taken, and the limits of a warning, of a \
         critical state, and of its end.",
    ),
];
