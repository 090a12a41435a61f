//! The sections of servers.

use super::alerts::{CA, PASSWORD, USER, VERIFY};
use super::key::{ADDRESS, BOOL, INTERVAL, Key, PATH, SECRET, Section, TEXT, URL};

pub(super) const SECTIONS: &[Section] = &[
    Section::new("[[apache]]", "An Apache server, by its status page.", APACHE),
    Section::new("[[nginx]]", "An nginx server, by the page of `stub_status`.", NGINX),
    Section::new("[[php_fpm]]", "A pool of PHP-FPM, by its status.", PHP_FPM),
    Section::new("[[haproxy]]", "HAProxy, by its statistics.", HAPROXY),
    Section::new("[[memcached]]", "A memcached server.", MEMCACHED),
    Section::new("[[redis]]", "A server of Redis' protocol, also Valkey.", REDIS),
    Section::new("[[mysql]]", "A MySQL or MariaDB server.", MYSQL),
    Section::new("[[postgresql]]", "A PostgreSQL server.", POSTGRESQL),
    Section::new("[[nut]]", "The power supplies of a NUT server.", NUT),
];

pub(super) const NAME: Key =
    Key::words("name", TEXT, "the address", "\"front\"", "The name in files and on the page.");
pub(super) const STEP: Key =
    Key::literal("step", INTERVAL, "\"10s\"", "\"30s\"", "How often it is asked.");
pub(super) const DEADLINE: Key =
    Key::literal("deadline", INTERVAL, "\"5s\"", "\"2s\"", "How long an answer may take.");
pub(super) const HOST: Key = Key::words(
    "host",
    TEXT,
    "that of `url`",
    "\"www.example.org\"",
    "The name of the virtual host that is asked for.",
);
const AT: Key = Key::required("address", ADDRESS, "\"127.0.0.1:6379\"", "Where the server is.");
const LOGIN: Key = Key::words("user", TEXT, "none", "\"rrd\"", "The user.");
const LOGIN_PASSWORD: Key =
    Key::words("password", SECRET, "none", "\"${credential:db}\"", "The user's password.");
const HAS_TLS: Key = Key::literal("tls", BOOL, "false", "true", "Whether the connection has TLS.");
const VERIFY_TLS: Key = Key::words(
    "verify",
    BOOL,
    "`true` with TLS",
    "false",
    "Whether the certificate of the server is checked.",
);

const APACHE: &[Key] = &[
    NAME,
    Key::required(
        "url",
        URL,
        "\"http://127.0.0.1/server-status?auto\"",
        "The status page, with `?auto`.",
    ),
    HOST,
    USER,
    PASSWORD,
    CA,
    VERIFY,
    STEP,
    DEADLINE,
];

const NGINX: &[Key] = &[
    NAME,
    Key::required("url", URL, "\"http://127.0.0.1/nginx_status\"", "The status page."),
    HOST,
    USER,
    PASSWORD,
    CA,
    VERIFY,
    STEP,
    DEADLINE,
];

const PHP_FPM: &[Key] = &[
    NAME.beside(AT_PAGE),
    Key::words(
        "url",
        URL,
        "none; this or `address` is required",
        "\"http://127.0.0.1/status?json\"",
        "The status page at a web server.",
    ),
    HOST.beside(AT_PAGE),
    USER,
    PASSWORD,
    CA,
    VERIFY,
    Key::words(
        "address",
        ADDRESS,
        "none; this or `url` is required",
        "\"/run/php/php-fpm.sock\"",
        "The socket or port of the pool.",
    ),
    Key::literal("path", PATH, "\"/status\"", "\"/fpm-status\"", "The value of `pm.status_path`.")
        .beside(AT_SOCKET),
    STEP.beside(AT_PAGE),
    DEADLINE.beside(AT_PAGE),
];

const AT_PAGE: &[&str] = &["url = \"http://127.0.0.1/x\""];
const AT_SOCKET: &[&str] = &["address = \"/run/x.sock\""];

const HAPROXY: &[Key] = &[
    NAME.beside(AT_PAGE),
    Key::words(
        "url",
        URL,
        "none; this or `address` is required",
        "\"http://127.0.0.1:8404/stats;csv\"",
        "The statistics page, with `;csv`.",
    ),
    HOST.beside(AT_PAGE),
    USER,
    PASSWORD,
    CA,
    VERIFY,
    Key::words(
        "address",
        ADDRESS,
        "none; this or `url` is required",
        "\"/run/haproxy/stats.sock\"",
        "The `stats socket`.",
    ),
    STEP.beside(AT_PAGE),
    DEADLINE.beside(AT_PAGE),
];

const MEMCACHED: &[Key] = &[
    NAME,
    Key::required("address", ADDRESS, "\"127.0.0.1:11211\"", "Where the server is."),
    STEP,
    DEADLINE,
];

const REDIS: &[Key] = &[NAME, AT, LOGIN, LOGIN_PASSWORD, HAS_TLS, CA, VERIFY_TLS, STEP, DEADLINE];

const MYSQL: &[Key] = &[
    NAME,
    Key::required("address", ADDRESS, "\"/run/mysqld/mysqld.sock\"", "Where the server is."),
    Key::required("user", TEXT, "\"rrd-collector\"", "The user."),
    LOGIN_PASSWORD,
    STEP,
    DEADLINE,
];

const POSTGRESQL: &[Key] = &[
    NAME,
    Key::required("address", ADDRESS, "\"/run/postgresql\"", "Where the server is."),
    Key::literal("user", TEXT, "\"rrd-collector\"", "\"monitor\"", "The user."),
    LOGIN_PASSWORD,
    Key::literal("database", TEXT, "\"postgres\"", "\"shop\"", "The database of the connection."),
    HAS_TLS,
    CA,
    VERIFY_TLS,
    STEP,
    DEADLINE,
];

const NUT: &[Key] = &[
    NAME,
    Key::literal(
        "address",
        ADDRESS,
        "\"127.0.0.1:3493\"",
        "\"ups.example.org:3493\"",
        "Where the server is.",
    ),
    STEP,
    DEADLINE,
];
