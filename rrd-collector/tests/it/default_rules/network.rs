//! The rules about the network.

use rrd_collector::alert::Status;
use rrd_collector::source::network::{BOND, CONNTRACK, ENA, LINK, SOFTNET, UDP};

use super::Trial;

#[test]
fn datagrams_that_a_program_does_not_read_are_reported_and_a_little_multicast_is_not() {
    let mut trial = Trial::new("udp-receive-full", &UDP, "");
    // A browser that does not read its multicast, and a burst of a minute.
    let quiet = |minute| if minute == 30 { 60.0 } else { 3.0 };
    assert_eq!(trial.run("receive_full", 120, quiet), []);
    let changes = trial.run("receive_full", 60, |_| 100.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (121, Status::Warning, 1));
    let changes = trial.run("receive_full", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (190, Status::Ok, 1));
}

#[test]
fn packets_that_the_cpus_drop_for_minutes_are_reported() {
    let mut trial = Trial::new("softnet-drops", &SOFTNET, "");
    assert_eq!(trial.run("dropped", 60, |minute| if minute == 30 { 60.0 } else { 0.0 }), []);
    let changes = trial.run("dropped", 60, |_| 50.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (63, Status::Warning, 1));
    assert_eq!(trial.run("dropped", 60, |_| 0.0).len(), 1);
}

#[test]
fn a_table_of_connections_that_fills_is_reported_before_it_drops_any() {
    let mut trial = Trial::new("conntrack", &CONNTRACK, "");
    assert_eq!(trial.run("used_share", 30, |_| 0.79), []);
    let changes = trial.run("used_share", 10, |_| 0.82);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (32, Status::Warning, 1));
    let changes = trial.run("used_share", 10, |_| 0.97);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (42, Status::Critical, 1));
    assert_eq!(trial.run("used_share", 10, |_| 0.2).len(), 1);
    let mut trial = Trial::new("conntrack-drops", &CONNTRACK, "");
    assert_eq!(trial.run("dropped", 60, |minute| if minute == 30 { 4.0 } else { 0.0 }), []);
    let changes = trial.run("dropped", 10, |_| 20.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
}

#[test]
fn a_link_that_is_lost_after_two_days_is_reported_and_one_that_comes_back_is_well() {
    let mut trial = Trial::new("link-down", &LINK, "eth0");
    assert_eq!(trial.run("carrier", 2880, |_| 1.0), []);
    // A switch that restarts within a minute.
    assert_eq!(trial.run("carrier", 1, |_| 0.0), []);
    assert_eq!(trial.run("carrier", 60, |_| 1.0), []);
    let changes = trial.run("carrier", 60, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (2943, Status::Warning, 1));
    assert!(changes[0].2 < -0.99, "{changes:?}");
    let changes = trial.run("carrier", 60, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (3002, Status::Ok, 1));
    trial.run("carrier", 60, |_| 0.0);
    // The interface is switched off: somebody knows.
    let changes = trial.run("carrier", 2, |_| f64::NAN);
    assert_eq!((changes[0].1, changes.len()), (Status::Ok, 1));
}

#[test]
fn a_socket_without_a_cable_and_a_computer_that_is_carried_around_are_left_alone() {
    let mut trial = Trial::new("link-down", &LINK, "eth1");
    assert_eq!(trial.run("carrier", 3000, |_| 0.0), []);
    // Eight hours with a cable and three without, then off.
    let mut trial = Trial::new("link-down", &LINK, "eth0");
    for _ in 0..3 {
        assert_eq!(trial.run("carrier", 480, |_| 1.0), []);
        assert_eq!(trial.run("carrier", 180, |_| 0.0), []);
        trial.sleep(1440 - 660);
    }
}

#[test]
fn a_link_that_becomes_slower_is_reported_and_one_that_was_always_slow_is_not() {
    let mut trial = Trial::new("link-slower", &LINK, "eth0");
    assert_eq!(trial.run("speed", 2880, |_| 12.5e6), []);
    // Ten times as fast for a while, as beside another switch.
    assert_eq!(trial.run("speed", 10, |_| 125e6), []);
    assert_eq!(trial.run("speed", 1440, |_| 12.5e6), []);
    let changes = trial.run("speed", 10, |_| 1.25e6);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (4336, Status::Warning, 1));
    assert_eq!(trial.run("speed", 10, |_| 12.5e6).len(), 1);
}

#[test]
fn a_link_that_comes_and_goes_is_reported_and_a_restart_of_its_switch_is_not() {
    let mut trial = Trial::new("link-flapping", &LINK, "eth0");
    // Found and lost four times within three minutes.
    let restart = |minute| if (60..63).contains(&minute) { 0.045 } else { 0.0 };
    assert_eq!(trial.run("changes", 240, restart), []);
    let changes = trial.run("changes", 120, |minute| if minute % 4 == 0 { 0.04 } else { 0.0 });
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (269, Status::Warning, 1));
    assert_eq!(trial.run("changes", 60, |_| 0.0).len(), 1);
}

#[test]
fn a_link_that_negotiated_half_duplex_is_reported() {
    let mut trial = Trial::new("link-half-duplex", &LINK, "eth0");
    assert_eq!(trial.run("half_duplex", 60, |minute| f64::from(u8::from(minute == 30))), []);
    let changes = trial.run("half_duplex", 20, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (71, Status::Warning, 1));
}

#[test]
fn a_bond_without_one_of_its_links_is_reported_until_it_is_back() {
    let mut trial = Trial::new("bond-degraded", &BOND, "bond0");
    // A switch that restarts.
    let restart = |minute| f64::from(u8::from((30..34).contains(&minute)));
    assert_eq!(trial.run("down", 60, restart), []);
    let changes = trial.run("down", 3000, |_| 1.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (66, Status::Warning, 1));
    let changes = trial.run("down", 10, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (3061, Status::Ok, 1));
}

#[test]
fn an_instance_that_needs_more_than_aws_allows_is_reported_and_a_short_backup_is_not() {
    let mut trial = Trial::new("ena-allowance", &ENA, "ens5");
    let backup = |minute| if (30..40).contains(&minute) { 500.0 } else { 0.0 };
    assert_eq!(trial.run("shaped", 60, backup), []);
    let changes = trial.run("shaped", 60, |_| 500.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (76, Status::Warning, 1));
    assert_eq!(trial.run("shaped", 10, |_| 0.0).len(), 1);
    let mut trial = Trial::new("ena-connections", &ENA, "ens5");
    assert_eq!(trial.run("connections", 60, |_| 0.0), []);
    let changes = trial.run("connections", 3, |_| 0.5);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
    let changes = trial.run("connections", 10, |_| 0.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (68, Status::Ok, 1));
    let mut trial = Trial::new("ena-link-local", &ENA, "ens5");
    assert_eq!(trial.run("link_local", 60, |minute| if minute == 30 { 9.0 } else { 0.0 }), []);
    let changes = trial.run("link_local", 10, |_| 20.0);
    assert_eq!((changes[0].0, changes[0].1, changes.len()), (61, Status::Warning, 1));
}
