//! Echo requests over the loopback: of this machine, and of a network of their own whose kernel
//! does not reply.

use std::path::Path;
use std::process::Command;

use crate::programs::{Collector, configure, has, has_ipv6, installed, wait_until};

/// The known rows of the last ten seconds of a host: its median and its loss.
fn rows(collector: &Collector, host: &str) -> Vec<(Option<f64>, f64)> {
    let (status, rows) =
        collector.get(&format!("/api/v1/fetch?group=ping&instance={host}&start=-10"));
    if status != 200 {
        return Vec::new();
    }
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    assert_eq!(rows["columns"][0], "median");
    let known = rows["rows"].as_array().unwrap().iter().filter(|row| row[2].is_f64());
    known.map(|row| (row[1].as_f64(), row[2].as_f64().unwrap())).collect()
}

/// What `check` says of a configuration.
fn check(file: &Path) -> String {
    let mut check = Command::new(env!("CARGO_BIN_EXE_rrd-collector"));
    let output = check.args(["check", "--config"]).arg(file).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_loopback_replies_to_all_requests_or_check_says_which_right_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = "[[ping]]\nhost = \"127.0.0.1\"\nstep = \"1s\"\ncount = 5\n".to_owned();
    let has_v6 = has_ipv6();
    if has_v6 {
        config += "[[ping]]\nname = \"six\"\nhost = \"::1\"\nip = 6\nstep = \"1s\"\ncount = 5\n";
    }
    let said = check(&configure(folder.path(), &config));
    if !said.is_empty() {
        let wanted = "ping 127.0.0.1: this user may not send echo requests: the sysctl \
                      net.ipv4.ping_group_range";
        assert!(said.contains(wanted), "{said}");
        println!("not run: {said}");
        return;
    }
    let collector = Collector::start_configured(folder.path(), &config);
    for host in ["127.0.0.1", "six"].into_iter().take(1 + usize::from(has_v6)) {
        // A busy machine may take a reply too late.
        let is_replied = |(median, loss): &(Option<f64>, f64)| {
            median.is_some_and(|median| (0.0..1.0).contains(&median)) && *loss == 0.0
        };
        wait_until("two rounds have all replies", || {
            rows(&collector, host).iter().filter(|round| is_replied(round)).count() >= 2
        });
    }
    collector.stop();
}

#[test]
fn hosts_that_do_not_reply_have_no_route_or_no_name_are_told_apart() {
    if !has("unshare") || !has("ip") {
        return;
    }
    let is_possible = installed("unshare").args(["-rn", "true"]).output().unwrap();
    if !is_possible.status.success() {
        println!("not run: this user may not make a network");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, common) = (folder.path().join("data"), "step = \"1s\"\ncount = 3\n");
    let page = format!("unix:{}", folder.path().join("page").display());
    let hosts = ["127.0.0.1", "10.9.8.7", "no-such-host.invalid"];
    let sections = hosts.map(|host| format!("[[ping]]\nhost = \"{host}\"\n{common}"));
    let config = configure(folder.path(), &sections.concat());
    // The loopback is up, so that there is a network, but replies to nothing. The page is at a
    // socket, which does not belong to a network.
    let script = "ip link set lo up && echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all && \
                  exec \"$0\" \"$@\"";
    let mut command = Collector::command(&data);
    command.arg("--config").arg(config).args(["--listen", &page]);
    let mut unshare = installed("unshare");
    unshare.args(["-rn", "sh", "-c", script]).arg(command.get_program()).args(command.get_args());
    let collector = Collector::started(&mut unshare);
    for host in &hosts[..2] {
        wait_until("all requests of a round are lost", || {
            rows(&collector, host).contains(&(None, 1.0))
        });
    }
    collector.wait_for_log("ping no-such-host.invalid: ");
    let log = collector.stop();
    // Only what keeps requests from being sent is a fault.
    assert!(!log.contains("ping 127.0.0.1: "), "{log}");
    let unreachable =
        "ping 10.9.8.7: no echo request can be sent to 10.9.8.7: Network is unreachable";
    assert_eq!(log.matches(unreachable).count(), 1, "{log}");
    let unknown = "ping no-such-host.invalid: no-such-host.invalid: no address: ";
    assert_eq!(log.matches(unknown).count(), 1, "{log}");
}

#[test]
fn wrong_numbers_of_a_section_are_named_with_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let section = |rest: &str| {
        let config = configure(folder.path(), &format!("[[ping]]\nhost = \"127.0.0.1\"\n{rest}"));
        check(&config).lines().next().unwrap_or_default().to_owned()
    };
    let said = section("count = 2\n");
    assert!(said.ends_with(":3: ping.count: invalid count 2: expected 3 to 50, e.g. 10"), "{said}");
    let said = section("step = \"1s\"\n");
    let wanted = "ping.count: 10 echo requests in 1 s are less than 0.1 s apart: expected at most \
                  5, or a longer step";
    assert!(said.ends_with(wanted), "{said}");
    let said = section("ip = 5\n");
    assert!(said.ends_with(":3: ping.ip: invalid ip 5: expected 4 or 6"), "{said}");
}
