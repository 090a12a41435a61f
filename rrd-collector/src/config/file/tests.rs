//! Configuration files: what is read, and what is said about what is wrong.

use rrd_core::{LogSync, Step};
use rrd_graph::export::tree::TreeKind;

use super::*;
use crate::alert::mail::MailAccount;
use crate::group::retention::Retention;
use crate::net::credentials::Credentials;
use crate::net::page::Page;
use crate::net::smtp::Security;
use crate::net::tls::{Identity, Trust};
use crate::source::apache::ApacheServer;
use crate::source::input::Input;
use crate::source::munin::MuninSettings;
use crate::source::nginx::NginxServer;
use crate::source::server::PolledServer;

fn apache(config: &Config, index: usize) -> PolledServer<ApacheServer> {
    config.settings::<PolledServer<ApacheServer>>().nth(index).unwrap().clone()
}

fn nginx(config: &Config) -> PolledServer<NginxServer> {
    config.settings::<PolledServer<NginxServer>>().next().unwrap().clone()
}

fn read(texts: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rrd-collector.d")).unwrap();
    for (name, text) in texts {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("password"), "s3cret\n").unwrap();
    let variable = |name: &str| (name == "PORT").then(|| "8080".to_owned());
    let environment = Environment { variable: &variable, credentials: Some(folder.path()) };
    let mut config = Config::new("data".into());
    let main = folder.path().join("rrd-collector.toml");
    let shown = |errors: Vec<ConfigError>| {
        let errors: Vec<String> = errors.iter().map(|error| crate::fault::chain(error)).collect();
        errors.join("\n").replace(&format!("{}/", folder.path().display()), "")
    };
    load(&main, &mut config, &environment).map_err(shown).map(|()| config)
}

#[test]
fn every_line_of_the_packaged_file_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "page");
    let text = include_str!("../../../debian/rrd-collector.toml");
    let is_setting = |line: &&str| line.starts_with("# [") || line.contains(" = ");
    let mut used: Vec<&str> =
        text.lines().filter(is_setting).map(|line| line.trim_start_matches("# ")).collect();
    // One address, or a list of addresses.
    used.retain(|line| !line.starts_with("listen = \"127"));
    let mut text = used.join("\n");
    for (name, file) in [
        ("/etc/ssl/certs/page.pem", certificate.to_str().unwrap()),
        ("/etc/ssl/certs/our-ca.pem", certificate.to_str().unwrap()),
        ("${CREDENTIALS_DIRECTORY}/page.key", key.to_str().unwrap()),
        ("${file:/etc/rrd-collector/webhook}", "${credential:password}"),
        ("${credential:page-password}", "${credential:password}"),
        ("${credential:apache-password}", "${credential:password}"),
        ("${credential:mysql-password}", "${credential:password}"),
        ("${credential:postgresql-password}", "${credential:password}"),
        ("${credential:redis-password}", "${credential:password}"),
        ("${credential:haproxy-password}", "${credential:password}"),
        ("${credential:shop-token}", "${credential:password}"),
        ("${credential:metrics-token}", "${credential:password}"),
        ("${CREDENTIALS_DIRECTORY}/mail-password", key.to_str().unwrap()),
    ] {
        assert!(text.contains(name), "{name}");
        text = text.replace(name, file);
    }
    let config = read(&[("rrd-collector.toml", &text)]).unwrap();
    let servers =
        ["apache", "nginx", "haproxy", "php_fpm", "memcached", "mysql", "postgresql", "redis"];
    let is_server = |input: &&Input| servers.contains(&input.section);
    assert_eq!(config.inputs.iter().filter(is_server).count(), 10);
    for endpoint in ["http_check", "http_json", "prometheus"] {
        assert!(config.inputs.iter().any(|input| input.section == endpoint), "{endpoint}");
    }
    assert_eq!(config.retention, Retention::default());
    assert_eq!(read(&[("rrd-collector.toml", "")]).unwrap(), Config::new("data".into()));
}

#[test]
fn the_journal_is_synced_every_ten_seconds_unless_something_else_is_asked_for() {
    let sync = |text: &str| read(&[("rrd-collector.toml", text)]).unwrap().sync;
    let every = |seconds| LogSync::Every(std::time::Duration::from_secs(seconds));
    assert_eq!(sync(""), every(10));
    assert_eq!(sync("sync = \"1s\"\n"), every(1));
    assert_eq!(sync("sync = \"5m\"\n"), every(300));
    assert_eq!(sync("sync = \"never\"\n"), LogSync::Never);
    assert_eq!(sync("sync = \"each\"\n"), LogSync::Each);
}

#[test]
fn this_host_has_the_name_that_is_written() {
    let config = read(&[("rrd-collector.toml", "host = \"web-${PORT}\"\n")]).unwrap();
    assert_eq!(config.host_name.as_str(), "web-8080");
    assert_eq!(config.needs_restart(&Config::new("data".into())), ["host"]);
    assert_eq!(
        read(&[("rrd-collector.toml", "host = \"a\\nb\"\n")]).unwrap_err(),
        "rrd-collector.toml:1: host: invalid host name \"a\\nb\": expected 1 to 253 bytes without \
         spaces around them, control characters or `/`, e.g. web-1"
    );
}

#[test]
fn the_page_is_at_one_place_or_at_several() {
    let places = |text: &str| {
        let config = read(&[("rrd-collector.toml", text)])?;
        let shown = config.listen.iter().map(|listen| {
            format!("{}{}", listen.address, if listen.wants_tls() { " with TLS" } else { "" })
        });
        Ok::<_, String>(shown.collect::<Vec<_>>())
    };
    assert_eq!(places("listen = \"[::1]:80\"\n").unwrap(), ["[::1]:80 with TLS"]);
    assert_eq!(
        places("listen = [\"127.0.0.1:80\", \"unix:/run/page.sock\"]\n").unwrap(),
        ["127.0.0.1:80 with TLS", "unix:/run/page.sock"]
    );
    let table = |address, tls| format!("{{ address = \"{address}\", tls = {tls} }}");
    let (plain, secret) = (table("127.0.0.1:80", false), table("unix:/run/page.sock", true));
    assert_eq!(
        places(&format!("listen = [{plain}, {secret}, \"[::1]:80\"]\n")).unwrap(),
        ["127.0.0.1:80", "unix:/run/page.sock with TLS", "[::1]:80 with TLS"]
    );
    assert_eq!(places(&format!("listen = {plain}\n")).unwrap(), ["127.0.0.1:80"]);
    assert!(
        places("listen = [\"127.0.0.1:80\", \"80\"]\n")
            .unwrap_err()
            .contains("invalid address \"80\"")
    );
    for wrong in ["80", "{ address = \"[::1]:80\", tsl = true }"] {
        let error = places(&format!("\nlisten = {wrong}\n")).unwrap_err();
        assert!(
            error.contains(".toml:2: ") && error.contains("a table of address and tls"),
            "{error}"
        );
    }
}

#[test]
fn what_munin_is_asked_can_be_chosen() {
    let text = "[munin]\nplugins = \"/p\"\nstep = \"1m\"\nexclude = [\"if_*\"]\n";
    let config = read(&[("rrd-collector.toml", text)]).unwrap();
    let munin = config.settings::<MuninSettings>().next().unwrap();
    assert_eq!((munin.plugins.to_str(), munin.step.seconds()), (Some("/p"), 60));
    assert!(munin.instances.takes(&["cpu"], true) && !munin.instances.takes(&["if_eth0"], true));
    let error = read(&[("rrd-collector.toml", "[munin]\nstep = \"2h\"\n")]).unwrap_err();
    assert!(error.starts_with("rrd-collector.toml:2: munin.step: invalid duration \"2h\""));
}

#[test]
fn drop_ins_add_to_the_main_file_and_override_it() {
    let config = read(&[
        (
            "rrd-collector.toml",
            "step = \"2s\"\nlisten = \"[::1]:80\"\n[probe.disk]\nexclude = [\"sr*\"]\n",
        ),
        ("rrd-collector.d/20-b.toml", "step = \"10s\"\n[probe.disk]\nstep = \"1m\"\n"),
        (
            "rrd-collector.d/10-a.toml",
            "step = \"5s\"\n[[apache]]\nurl = \"http://localhost/server-status?auto\"\n",
        ),
        ("rrd-collector.d/ignored.conf", "nonsense"),
    ])
    .unwrap();
    assert_eq!(config.host.step.seconds(), 10);
    assert_eq!(config.host.probe("disk").step.map(Step::seconds), Some(60));
    assert!(!config.host.probe("disk").instances.takes(&["sr0"], true));
    assert_eq!(apache(&config, 0).instance, "localhost");
    assert_eq!(apache(&config, 0).step.seconds(), 10);
}

#[test]
fn an_unknown_key_is_reported_with_file_and_line() {
    let error = read(&[("rrd-collector.toml", "step = \"1s\"\n[probe.disk]\nexlude = []\n")]);
    let error = error.unwrap_err();
    assert!(error.starts_with("rrd-collector.toml:3: unknown field `exlude`"), "{error}");
    let error = read(&[("rrd-collector.toml", "[probe.dsk]\n")]).unwrap_err();
    assert!(
        error.starts_with(
            "rrd-collector.toml:1: unknown key or section \"probe.dsk\": expected one of cpu, disk, "
        ),
        "{error}"
    );
    let error = read(&[("rrd-collector.toml", "step = \"1s\"\n[[apach]]\nurl = 1\n")]).unwrap_err();
    assert!(
        error.starts_with(
            "rrd-collector.toml:2: unknown key or section \"apach\": expected one of host, data, "
        ),
        "{error}"
    );
    assert!(error.contains("exec, tls, auth, probe, process, alerts, rule, remote_"), "{error}");
}

#[test]
fn secrets_come_from_the_environment_and_from_credentials() {
    let text = "[[nginx]]\nname = \"www\"\nurl = \"http://me:${credential:password}@127.0.0.1:${PORT}/status\"\n";
    let config = read(&[("rrd-collector.toml", text)]).unwrap();
    let page = Page::parse("http://me:s3cret@127.0.0.1:8080/status").unwrap();
    assert_eq!(nginx(&config).server, NginxServer::new(page.clone()));
    let text = "[[nginx]]\nurl = \"http://127.0.0.1:${PORT}/status\"\nuser = \"me\"\npassword = \"${credential:password}\"\n";
    let config = read(&[("rrd-collector.toml", text)]).unwrap();
    assert_eq!(nginx(&config).server, NginxServer::new(page));
    let bare = text.replace("${credential:password}", "s3cret");
    assert_eq!(
        read(&[("rrd-collector.toml", &bare)]).unwrap_err(),
        "rrd-collector.toml:4: nginx.password: a password is not written here; write ${credential:NAME}, \
         ${file:/PATH} or ${VARIABLE}"
    );
    let text = "[[nginx]]\nurl = \"http://${HOME_PAGE}/\"\n";
    let error = read(&[("rrd-collector.toml", text)]).unwrap_err();
    assert_eq!(error, "rrd-collector.toml:2: nginx.url: ${HOME_PAGE} is not set");
    for (reference, why) in [
        ("credential:other", "is not set"),
        ("credential:../x", "is not set"),
        ("file:/none", "cannot be read: No such file or directory (os error 2)"),
        ("file:/", "cannot be read: Is a directory (os error 21)"),
    ] {
        let text = format!("[[nginx]]\nurl = \"http://${{{reference}}}/\"\n");
        let error = read(&[("rrd-collector.toml", &text)]).unwrap_err();
        assert_eq!(error, format!("rrd-collector.toml:2: nginx.url: ${{{reference}}} {why}"));
    }
}

#[test]
fn the_page_is_served_with_the_certificate_and_to_the_user_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = crate::net::tls::trial::certificate(folder.path(), "web1");
    let text = format!(
        "listen = \"0.0.0.0:7300\"\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n\
         [auth]\nuser = \"me\"\npassword = \"${{credential:password}}\"\n",
        certificate.display(),
        key.display()
    );
    let config = read(&[("rrd-collector.toml", &text)]).unwrap();
    assert_eq!(config.identity, Some(Identity::read(&certificate, &key).unwrap()));
    assert_eq!(config.credentials, Some(Credentials::new("me", "s3cret")));
    let error =
        read(&[("rrd-collector.toml", "[tls]\ncertificate = \"/none\"\nkey = \"/none\"\n")]);
    assert_eq!(
        error.unwrap_err(),
        "rrd-collector.toml:1: tls: /none: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn certificates_are_configured_for_https_pages_only() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, _) = crate::net::tls::trial::certificate(folder.path(), "ca");
    let text = format!(
        "[[apache]]\nurl = \"https://127.0.0.1/s?auto\"\nhost = \"www.example\"\nca = \"{0}\"\n\
         [[apache]]\nurl = \"https://b/s?auto\"\nverify = false\n\
         [alerts]\nwebhook = {{ url = \"https://c/\", ca = \"{0}\" }}\n",
        ca.display()
    );
    let config = read(&[("rrd-collector.toml", &text)]).unwrap();
    let page = |url| Page::parse(url).unwrap();
    let believed = || Trust::only(&ca).unwrap();
    let first = page("https://127.0.0.1/s?auto").for_host("www.example");
    assert_eq!(apache(&config, 0).server, ApacheServer::new(first.trusting(believed()).unwrap()));
    let second = page("https://b/s?auto").trusting(Trust::anybody()).unwrap();
    assert_eq!(apache(&config, 1).server, ApacheServer::new(second));
    assert_eq!(config.alerts.webhook, Some(page("https://c/").trusting(believed()).unwrap()));
    let error = read(&[("rrd-collector.toml", "[[nginx]]\nurl = \"http://b/\"\nverify = false\n")]);
    assert_eq!(
        error.unwrap_err(),
        "rrd-collector.toml:2: nginx.url: ca, verify and certificate require an https address"
    );
    let error =
        read(&[("rrd-collector.toml", "[alerts]\nwebhook = { url = \"http://c/\", proxy = 1 }\n")]);
    assert!(error.unwrap_err().contains("unknown field `proxy`"));
    let error = read(&[("rrd-collector.toml", "[alerts]\nwebhook = 1\n")]).unwrap_err();
    assert!(error.contains("expected an address or a table with a url"), "{error}");
}

#[test]
fn a_webhook_takes_a_token_and_further_headers() {
    let text = "[alerts.webhook]\nurl = \"http://c/\"\nbearer = \"${credential:password}\"\n\
                headers = { X-Tenant = \"main\" }\n";
    let config = read(&[("rrd-collector.toml", text)]).unwrap();
    let page = Page::parse("http://c/").unwrap().for_bearer("s3cret").unwrap();
    assert_eq!(config.alerts.webhook, Some(page.with_header("X-Tenant", "main").unwrap()));
    let text = "[alerts.webhook]\nurl = \"http://c/\"\nbearer = \"a b\"\n";
    let error = read(&[("rrd-collector.toml", text)]).unwrap_err();
    assert!(error.starts_with("rrd-collector.toml:3: alerts.webhook.bearer: "), "{error}");
}

/// The account of a section with these keys besides the addresses.
fn account(keys: &str) -> Result<MailAccount, String> {
    let text = format!(
        "[[alerts.mail]]\nto = [\"ops@example.org\", \"Boss <b@example.org>\"]\n\
         from = \"rrd@example.org\"\n{keys}"
    );
    let config = read(&[("rrd-collector.toml", &text)])?;
    Ok(config.alerts.mail.into_iter().next().unwrap())
}

#[test]
fn mails_go_over_tls_unless_the_server_is_on_this_host() {
    let reached = |keys: &str| {
        let server = account(keys).unwrap().server;
        let security = match server.security {
            Security::None => "none",
            Security::StartTls(_) => "starttls",
            Security::Implicit(_) => "implicit",
        };
        (security, server.port)
    };
    assert_eq!(reached("server = \"mail.example.org\"\n"), ("starttls", 587));
    assert_eq!(reached("server = \"a.b\"\nport = 465\n"), ("implicit", 465));
    assert_eq!(reached("server = \"a.b\"\ntls = \"implicit\"\n"), ("implicit", 465));
    assert_eq!(reached("server = \"localhost\"\n"), ("none", 25));
    assert_eq!(reached("server = \"::1\"\nport = 2525\n"), ("none", 2525));
    assert_eq!(
        account("server = \"a.b\"\ntls = \"none\"\n").unwrap_err(),
        "rrd-collector.toml:1: alerts.mail.tls: no TLS with a.b: mails and passwords would be sent in \
         the clear; write \"starttls\" or \"implicit\", or use a server on this host"
    );
    assert!(
        account("server = \"a.b\"\ntls = \"ssl\"\n")
            .unwrap_err()
            .ends_with("alerts.mail.tls: invalid tls \"ssl\": expected starttls, implicit or none")
    );
}

#[test]
fn addresses_servers_and_passwords_of_mails_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "s3cret\n").unwrap();
    let keys =
        format!("server = \"localhost\"\nuser = \"me\"\npassword_file = \"{}\"\n", file.display());
    let read_account = account(&keys).unwrap();
    let recipients: Vec<String> = read_account.to.iter().map(|to| to.email.to_string()).collect();
    assert_eq!(recipients, ["ops@example.org", "b@example.org"]);
    assert_eq!(read_account.server.login.unwrap().password, "s3cret");
    fs::write(&file, "").unwrap();
    assert!(account(&keys).unwrap_err().ends_with("expected a password in the first line"));
    fs::remove_file(&file).unwrap();
    assert!(account(&keys).unwrap_err().contains("alerts.mail.password_file: "));
    assert!(
        account("server = \"a.b\"\nuser = \"me\"\n")
            .unwrap_err()
            .ends_with("alerts.mail.user: user and password_file are given together or not at all")
    );
    assert!(
        account("server = \"http://a\"\n").unwrap_err().contains("alerts.mail.server: invalid")
    );
    let wrong = |to: &str| {
        let text =
            format!("\n[[alerts.mail]]\nto = {to}\nfrom = \"a@b.c\"\nserver = \"localhost\"\n");
        read(&[("rrd-collector.toml", &text)]).unwrap_err()
    };
    assert_eq!(
        wrong("\"ops\""),
        "rrd-collector.toml:2: alerts.mail.to: invalid address \"ops\": missing domain or user; \
         expected e.g. ops@example.org"
    );
    assert!(wrong("\"ö@example.org\"").contains("other letters than those of ASCII"));
    assert!(wrong("\"a@b.c\\r\\nDATA\"").contains("invalid address"));
    assert!(wrong("[]").ends_with("alerts.mail.to: expected at least one address"));
}

#[test]
fn rules_of_ones_own_replace_default_ones_of_the_same_name() {
    let text = "[alerts]\ncommand = [\"/bin/true\"]\n[[rule]]\nname = \"steal\"\nwhen = \"average over 5m of cpu.steal > 3\"\n";
    let config = read(&[("rrd-collector.toml", text)]).unwrap();
    let steal: Vec<_> = config.alerts.rules.iter().filter(|rule| rule.name == "steal").collect();
    assert_eq!(steal.len(), 1);
    assert_eq!(steal[0].rule.over.as_secs(), 300);
    assert_eq!(config.alerts.command, ["/bin/true"]);
    let off = read(&[("rrd-collector.toml", "[alerts]\ndefaults = false\n")]).unwrap();
    assert_eq!(off.alerts.rules, []);
}

#[test]
fn values_that_make_no_sense_are_reported_with_their_key() {
    let error = |text: &str| read(&[("rrd-collector.toml", text)]).unwrap_err();
    assert_eq!(
        error("step = \"2h\""),
        "rrd-collector.toml:1: step: invalid duration \"2h\": expected 1s to 1h, e.g. 10s"
    );
    assert_eq!(
        error("keep = \"a lot\""),
        "rrd-collector.toml:1: keep: invalid retention \"a lot\": expected DURATION for DURATION, \
         e.g. 10s for 1d"
    );
    assert_eq!(
        error("sync = \"often\""),
        "rrd-collector.toml:1: sync: invalid sync \"often\": expected never, each or a duration of \
         1s to 1h, e.g. 10s"
    );
    assert!(
        error("[[rule]]\nname = \"x\"\nwhen = \"cpu\"\n")
            .starts_with("rrd-collector.toml:3: rule \"x\": invalid rule `cpu`: ")
    );
}

#[test]
fn a_rule_over_a_metric_that_its_kind_does_not_have_is_refused_with_file_line_and_the_nearest_word()
{
    let error = |target: &str| {
        let text =
            format!("# Rules.\n[[rule]]\nname = \"x\"\n\nwhen = '''last of {target} > 10'''\n");
        read(&[("rrd-collector.toml", &text)]).err()
    };
    assert_eq!(
        error("cpu.stael").unwrap(),
        "rrd-collector.toml:5: rule \"x\": cpu has no metric \"stael\": did you mean steal?"
    );
    assert_eq!(
        error("dsik:*.util").unwrap(),
        "rrd-collector.toml:5: rule \"x\": no group \"dsik\": did you mean disk?"
    );
    for known in ["statsd_timer:*.mean", "textfile:\"a b\".value", "collector.groups"] {
        assert_eq!(error(known), None, "{known}");
    }
    // Groups described by programs are known once they are described.
    assert_eq!(error("munin:df.stael"), None);
    assert_eq!(error("collectd:*.value"), None);
}

#[test]
fn trees_of_other_programs_are_named_by_their_paths_and_programs() {
    let tree = |path: &str, kind: &str| format!("[[tree]]\npath = \"{path}\"\nkind = \"{kind}\"\n");
    let (one, other) = (tree("/var/lib/munin", "munin"), tree("/srv/rrd", "plain"));
    let config = read(&[("rrd-collector.toml", &format!("{one}{other}"))]).unwrap();
    let trees: Vec<_> = config.trees.iter().map(|tree| (&*tree.path, tree.kind)).collect();
    let path = std::path::Path::new;
    assert_eq!(
        trees,
        [(path("/var/lib/munin"), TreeKind::Munin), (path("/srv/rrd"), TreeKind::Plain)]
    );
    for (text, error) in [
        (
            tree("munin", "munin"),
            "rrd-collector.toml:2: tree.path: invalid path munin: expected an absolute one, e.g. \
             /var/lib/munin",
        ),
        (
            format!("{one}{one}"),
            "rrd-collector.toml:5: tree.path: the tree /var/lib/munin is there twice",
        ),
        (
            tree("/srv", "cacti"),
            "rrd-collector.toml:3: unknown kind of tree \"cacti\": use collectd, munin or plain",
        ),
    ] {
        assert_eq!(read(&[("rrd-collector.toml", &text)]).unwrap_err(), error);
    }
}
