//! Sections as people write them, and what is said about what is wrong.

use std::path::Path;

use super::*;
use crate::fault::chain;
use crate::net::tls::trial::certificate;
use crate::section::{Environment, SectionFile};

/// The endpoints of a file, or its errors.
fn endpoints(text: &str) -> Result<Vec<RemoteWrite>, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "s3cret\n").unwrap();
    let variable = |name: &str| (name == "SITE").then(|| "lab".to_owned());
    let environment = Environment { variable: &variable, credentials: Some(folder.path()) };
    let file = SectionFile::new(Path::new("x.toml"), text, &environment);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let value = file.tables().unwrap().remove("remote_write").unwrap();
    for part in file.parts("remote_write", true, value, &mut errors) {
        file.read("remote_write", part, &mut errors, |reader, value| {
            read(&mut found, reader, value)
        });
    }
    let errors: Vec<String> = errors.iter().map(|error| chain(error)).collect();
    if errors.is_empty() { Ok(found) } else { Err(errors.join("\n")) }
}

/// The endpoint with these further lines.
pub(in super::super) fn endpoint(lines: &str) -> Result<RemoteWrite, String> {
    let text = format!("[[remote_write]]\nurl = \"https://engine/api/v1/write\"\n{lines}\n");
    endpoints(&text).map(|mut found| found.remove(0))
}

fn labels(endpoint: &RemoteWrite) -> String {
    let labels = endpoint.external_labels(&"web-1".parse().unwrap());
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_address_is_enough() {
    let found = endpoint("").unwrap();
    assert_eq!(found.name, "engine");
    assert_eq!(found.page.address(), "engine:443");
    assert_eq!((found.protocol, found.order), (Some(Protocol::V1), Order::Strict));
    assert_eq!(found.max_age, Some(Duration::from_secs(3600)));
    assert_eq!((found.step.seconds(), found.timeout.as_secs()), (10, 30));
    assert_eq!(found.max_samples_per_second.get(), 10_000);
    assert_eq!(labels(&found), "instance=web-1 job=rrd");
    assert!(found.takes("rrd_cpu_steal_ratio"));
}

#[test]
fn everything_can_be_chosen() {
    let found = endpoint(
        "name = \"lab\"\nversion = \"auto\"\norder = \"any\"\nmax_age = \"3d\"\nstep = \"1m\"\n\
         timeout = \"5s\"\nmax_samples_per_second = 500\n\
         bearer = \"${credential:token}\"\nheaders = { X-Scope-OrgID = \"${SITE}\" }\n\
         external_labels = { site = \"${SITE}\", job = \"hosts\", instance = \"\" }\n\
         keep = [\"rrd_cpu_*\", \"rrd_disk_*\"]\ndrop = [\"*_temperature_*\", \"rrd_disk_read?\"]",
    )
    .unwrap();
    assert_eq!((&*found.name, found.protocol, found.order), ("lab", None, Order::Any));
    assert_eq!(found.max_age, Some(Duration::from_secs(3 * 86_400)));
    assert_eq!((found.step.seconds(), found.timeout.as_secs()), (60, 5));
    assert_eq!(found.max_samples_per_second.get(), 500);
    assert_eq!(labels(&found), "job=hosts site=lab");
    let taken = ["rrd_cpu_user", "rrd_disk_reads", "rrd_disk_temperature_celsius", "rrd_load"];
    assert_eq!(taken.map(|name| found.takes(name)), [true, false, false, false]);
    assert_eq!(endpoint("order = \"any\"").unwrap().max_age, None);
    assert_eq!(endpoint("version = \"2.0\"").unwrap().protocol, Some(Protocol::V2));
}

#[test]
fn another_secret_or_certificate_is_another_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (one, key) = certificate(folder.path(), "one");
    let (other, other_key) = certificate(folder.path(), "other");
    let showing = |certificate: &Path, key: &Path| {
        let lines =
            format!("certificate = \"{}\"\nkey = \"{}\"", certificate.display(), key.display());
        endpoint(&lines)
    };
    let found = [
        endpoint("").unwrap(),
        endpoint("bearer = \"${SITE}\"").unwrap(),
        endpoint("bearer = \"${credential:token}\"").unwrap(),
        endpoint("user = \"me\"\npassword = \"${credential:token}\"").unwrap(),
        endpoint("headers = { X-Key = \"${credential:token}\" }").unwrap(),
        endpoint(&format!("ca = \"{}\"", one.display())).unwrap(),
        endpoint(&format!("ca = \"{}\"", other.display())).unwrap(),
        endpoint("verify = false").unwrap(),
        endpoint("proxy = \"http://proxy\"").unwrap(),
        endpoint("proxy = \"http://me:${credential:token}@proxy\"").unwrap(),
        showing(&one, &key).unwrap(),
        showing(&other, &other_key).unwrap(),
    ];
    for (index, one) in found.iter().enumerate() {
        for (position, other) in found.iter().enumerate() {
            assert_eq!(one == other, index == position, "{index} {position}");
        }
    }
    let error = showing(&one, &other_key).unwrap_err();
    assert!(error.contains("x.toml:3: remote_write.certificate: "), "{error}");
    assert!(error.ends_with("one.pem: cannot be used: keys may not be consistent: KeyMismatch"));
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_line() {
    for (lines, error) in [
        (
            "headers = { User-Agent = \"me\" }",
            "x.toml:3: remote_write.headers.User-Agent: header \"User-Agent\" belongs to remote write: \
             content-encoding, content-type, user-agent and x-prometheus-remote-write-version cannot \
             be set",
        ),
        (
            "external_labels = { \"data-center\" = \"x\" }",
            "x.toml:3: remote_write.external_labels.data-center: invalid label \"data-center\": expected \
             letters, digits and `_`, no digit first, and not two `_` first, e.g. datacenter",
        ),
        (
            "keep = [\"rrd_cpu_*\", \"disk_*\"]",
            "x.toml:3: remote_write.keep: no series is called \"disk_*\": names begin with rrd_, e.g. \
             rrd_disk_*",
        ),
        (
            "drop = [\"rrd\"]",
            "x.toml:3: remote_write.drop: no series is called \"rrd\": names begin with rrd_, e.g. \
             rrd_disk_*",
        ),
        ("name = \"\"", "x.toml:3: remote_write.name: the name is empty"),
        ("version = \"3\"", "x.toml:3: unknown variant `3`, expected one of `1.0`, `2.0`, `auto`"),
        ("order = \"none\"", "x.toml:3: unknown variant `none`, expected `strict` or `any`"),
        (
            "step = \"2h\"",
            "x.toml:3: remote_write.step: invalid duration \"2h\": expected 1s to 1h, e.g. 10s",
        ),
        (
            "proxy = \"https://proxy\"",
            "x.toml:3: remote_write.proxy: invalid proxy: expected http://[user:password@]host[:port], \
             for an http or https address",
        ),
        (
            "certificate = \"/a\"",
            "x.toml:1: remote_write.key: certificate and key are given together or not at all",
        ),
        (
            "password = \"s3cret\"\nuser = \"me\"",
            "x.toml:3: remote_write.password: a password is not written here; write \
             ${credential:NAME}, ${file:/PATH} or ${VARIABLE}",
        ),
    ] {
        assert_eq!(endpoint(lines).unwrap_err(), error);
    }
    for name in ["__name__", "1a", "", "é", "__address__"] {
        assert!(endpoint(&format!("external_labels = {{ \"{name}\" = \"x\" }}")).is_err());
    }
    let error = endpoint("max_samples_per_second = 0").unwrap_err();
    assert!(error.contains("expected a nonzero u32"), "{error}");
    let error = endpoint("urls = 5").unwrap_err();
    assert!(error.contains("unknown field `urls`, expected one of `name`, `url`"), "{error}");
}

#[test]
fn two_endpoints_have_two_names() {
    let two = |second: &str| {
        endpoints(&format!(
            "[[remote_write]]\nurl = \"http://engine:9090/a\"\n[[remote_write]]\nurl = \
             \"http://engine:9090/b\"\n{second}"
        ))
    };
    assert_eq!(
        two("").unwrap_err(),
        "x.toml:3: remote_write.name: another endpoint is called \"engine:9090\": give this one a \
         `name` of its own"
    );
    let names: Vec<String> =
        two("name = \"b\"\n").unwrap().into_iter().map(|endpoint| endpoint.name).collect();
    assert_eq!(names, ["engine:9090", "b"]);
}

#[test]
fn no_message_repeats_a_secret() {
    for lines in [
        "bearer = \"s3cret\"",
        "user = \"me\"\npassword = \"s3cret\"",
        "headers = { X-Key = \"s3cret\\n\" }",
        "headers = { User-Agent = \"${credential:token}\" }",
        "proxy = \"http://me:s3cret@\"",
    ] {
        let error = endpoint(lines).unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }
    let error = endpoints("[[remote_write]]\nurl = \"ftp://me:s3cret@engine/\"\n").unwrap_err();
    assert!(error.contains("scheme ftp") && !error.contains("s3cret"), "{error}");
}
