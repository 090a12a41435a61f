//! The page beyond the loopback: TLS, a password, a Unix socket, and refused requests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rrd_collector::net::http::FetchError;
use rrd_collector::net::page::Page;
use rrd_collector::net::tls::Trust;

use crate::programs::{Collector, DEADLINE, configure, has_ipv6, wait_until};

/// Writes a self-signed certificate for the loopback to two files with this name.
fn certify(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) =
        (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

fn ask(page: &Page) -> Result<String, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(page.fetch(DEADLINE))
}

#[test]
fn a_page_with_tls_and_a_password_is_shown_to_its_user_only_and_takes_new_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certify(folder.path(), "page");
    let password = folder.path().join("password");
    fs::write(&password, "s3cret\n").unwrap();
    let text = format!(
        "[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n[auth]\nuser = \"me\"\npassword = \"${{file:{}}}\"\n",
        certificate.display(),
        key.display(),
        password.display()
    );
    let config = configure(folder.path(), &text);
    let data = folder.path().join("data");
    let options = ["--config", config.to_str().unwrap()];
    let collector = Collector::start_at(&data, "127.0.0.1:0", &options);
    assert!(collector.address.starts_with("https://127.0.0.1:"), "{}", collector.address);

    let stranger = |trust| {
        let page = Page::parse(&format!("{}/-/healthy", collector.address)).unwrap();
        page.trusting(trust).unwrap()
    };
    let user = |trust| stranger(trust).for_user("me", "s3cret").unwrap();
    let first = || Trust::only(&certificate).unwrap();
    assert_eq!(ask(&user(first())).unwrap(), "alive\n");
    let refused = ask(&stranger(first())).unwrap_err();
    assert!(matches!(refused, FetchError::Denied { status } if status.as_u16() == 401));
    let refused = ask(&stranger(first()).for_user("me", "secret").unwrap()).unwrap_err();
    assert!(matches!(refused, FetchError::Denied { status } if status.as_u16() == 401));
    let plain = Page::parse(&format!("http://{}/", &collector.address["https://".len()..]));
    assert!(matches!(ask(&plain.unwrap()), Err(FetchError::Broken(_))));

    let believed_before = first();
    let (second, other_key) = certify(folder.path(), "second");
    fs::copy(&second, &certificate).unwrap();
    collector.reload();
    // The key still belongs to the first certificate: nothing changes.
    collector.wait_for_log("KeyMismatch");
    assert_eq!(ask(&user(believed_before.clone())).unwrap(), "alive\n");
    fs::copy(&other_key, &key).unwrap();
    collector.reload();
    wait_until("the second certificate is shown", || ask(&user(first())).is_ok());
    assert!(matches!(ask(&user(believed_before)), Err(FetchError::Tls { .. })));
    let log = collector.stop();
    assert_eq!(log.matches("the configuration was not reloaded: ").count(), 1, "{log}");
    assert_eq!(log.matches("KeyMismatch").count(), 1, "{log}");
    assert!(!log.contains("s3cret"), "{log}");
    // The wrong password is logged with the client's address; a missing one is not.
    assert_eq!(log.matches("127.0.0.1: wrong user or password\n").count(), 1, "{log}");
}

#[test]
fn a_page_at_a_socket_is_asked_there_and_the_socket_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("page.sock");
    let listen = format!("unix:{}", socket.display());
    let collector = Collector::start_at(&folder.path().join("data"), &listen, &[]);
    assert_eq!(collector.address, listen);
    let page = Page::parse(&format!("{listen}:/-/healthy")).unwrap();
    assert_eq!(ask(&page).unwrap(), "alive\n");
    collector.stop();
    assert!(!socket.exists());
}

#[test]
fn a_socket_is_plain_beside_an_address_with_tls_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certify(folder.path(), "page");
    let plain = format!("unix:{}", folder.path().join("plain.sock").display());
    let secret = format!("unix:{}", folder.path().join("secret.sock").display());
    let six = if has_ipv6() { "{ address = \"[::1]:0\", tls = false }" } else { "" };
    let text = format!(
        "listen = [\"127.0.0.1:0\", \"{plain}\", {{ address = \"{secret}\", tls = true }}, \
         {six}]\n\
         [tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        certificate.display(),
        key.display(),
    );
    let collector = Collector::start_configured(folder.path(), &text);
    assert!(collector.address.starts_with("https://127.0.0.1:"), "{}", collector.address);
    assert_eq!(ask(&Page::parse(&format!("{plain}:/-/healthy")).unwrap()).unwrap(), "alive\n");
    assert!(ask(&Page::parse(&format!("{secret}:/-/healthy")).unwrap()).is_err());
    // The same socket changes to plain at a reload.
    configure(folder.path(), &text.replace("tls = true", "tls = false"));
    collector.reload();
    wait_until("the socket is plain", || {
        ask(&Page::parse(&format!("{secret}:/-/healthy")).unwrap()).is_ok()
    });
    assert_eq!(ask(&Page::parse(&format!("{plain}:/-/healthy")).unwrap()).unwrap(), "alive\n");
    let log = collector.stop();
    assert!(log.contains("configuration reloaded") && !log.contains("no longer serving"), "{log}");
}

#[test]
fn a_page_for_everybody_is_warned_about_at_the_start_at_a_reload_and_by_check() {
    let folder = tempfile::tempdir().unwrap();
    let warning = |port: &str| {
        format!(
            "the page at 0.0.0.0:{port} is shown to everybody who can reach it: give [auth] and [tls], \
             or listen at 127.0.0.1 or unix:/path\n"
        )
    };
    let collector = Collector::start_at(&folder.path().join("data"), "0.0.0.0:0", &[]);
    let log = collector.stop();
    assert_eq!(log.matches(&warning("0")).count(), 1, "{log}");
    let collector = Collector::start_configured(folder.path(), "listen = \"127.0.0.1:0\"\n");
    configure(folder.path(), "listen = \"0.0.0.0:0\"\n");
    collector.reload();
    collector.wait_for_log(&warning("0"));
    let log = collector.stop();
    assert_eq!(log.matches(&warning("0")).count(), 1, "{log}");
    let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
        .args(["check", "--config", "/dev/null", "--listen", "0.0.0.0:7300"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, format!("rrd-collector: warning: {}", warning("7300")));
}

#[test]
fn a_password_in_the_clear_beyond_the_loopback_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        configure(folder.path(), "[auth]\nuser = \"me\"\npassword = \"${PAGE_PASSWORD}\"\n");
    for command in ["run", "check"] {
        let output = Command::new(env!("CARGO_BIN_EXE_rrd-collector"))
            .args([command, "--listen", "0.0.0.0:0", "--config"])
            .arg(&config)
            .arg("--data")
            .arg(folder.path().join("data"))
            .env("PAGE_PASSWORD", "s3cret")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "rrd-collector: auth without tls at 0.0.0.0:0: the password would be sent in the clear; \
             give tls.certificate and tls.key, or listen at 127.0.0.1 or unix:/path\n"
        );
    }
}
