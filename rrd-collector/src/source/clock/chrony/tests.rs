//! Packets of chronyd 4.3.

use super::*;

/// Bytes from hexadecimal digits.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A second before, chronyc said: stratum 2, 0.500041425 s slow, 0.927 ppm fast, root delay
/// 0.000124711 s, root dispersion 0.000187978 s, ref time 2026-12-01 05:42:50.
const SLOW: &str = "060200000021000500000000000000000102030400000000000000007f0000017f000001000000\
    0000000000000000000001000000020000000000006b0e5e5c357af41602800296dd2d2037e4af7d2002ccbd40fb56\
    e2dd0a9a28e4ea84a10feabeda400482e869";
const ONE_SOURCE: &str = "06020000000e0002000000000000000001020304000000000000000000000001";
const REACHABLE: &str = "06020000000f000300000000000000000102030400000000000000007f00000100000000\
    0000000000000000000100000001000800000000000000ff00000001dabe0d64dac2161ee0827d6a";
const NO_SUCH_SOURCE: &str = "06020000000f00010004000000000000010203040000000000000000";
/// chronyc said: two sources online, one with unknown address.
const TWO_AND_ONE: &str = "06020000002c000c00000000000000000102030400000000000000000000000200000000\
    000000000000000000000001";
const SEQUENCE: u32 = 0x0102_0304;

#[test]
fn a_slow_clock_is_read_as_chronyc_shows_it() {
    let packet = TRACKING.reply(&bytes(SLOW), SEQUENCE).unwrap().unwrap();
    let (frequency, reference) = tracking(&packet).unwrap();
    let reference = reference.unwrap();
    assert_eq!(format!("{:.9}", reference.offset), "0.500039458");
    assert_eq!(format!("{:.9}", reference.root_delay), "0.000126485");
    assert_eq!(format!("{:.9}", reference.root_dispersion), "0.000182011");
    assert_eq!(format!("{:.3}", frequency * 1e6), "0.800");
    assert_eq!(reference.stratum, 2);
    assert_eq!(reference.confirmed, Duration::new(1_796_103_772, 897_250_326));
}

#[test]
fn numbers_of_either_sign_and_both_ends_are_exact() {
    assert_eq!(number(0), 0.0);
    // 2^24 / 2^25 at the exponent 1.
    assert_eq!(number(1 << 25 | 1 << 23), 0.5);
    assert_eq!(number(1 << 25 | 3 << 23), -0.5);
    // The largest and the smallest.
    assert_eq!(number(0x7eff_ffff), 16_777_215.0 * 274_877_906_944.0);
    assert_eq!(number(0x8000_0001), f64::from_bits(934 << 52));
}

#[test]
fn sources_are_counted() {
    let count = COUNT.reply(&bytes(ONE_SOURCE), SEQUENCE).unwrap().unwrap();
    assert_eq!(long(&count, REPLY_HEAD), Some(1));
    let source = SOURCE.reply(&bytes(REACHABLE), SEQUENCE).unwrap().unwrap();
    assert_eq!(is_reachable(&source), Some(true));
    let activity = ACTIVITY.reply(&bytes(TWO_AND_ONE), SEQUENCE).unwrap().unwrap();
    assert_eq!(in_use(&activity), Some(3));
}

#[test]
fn a_refusal_is_one_and_packets_of_others_are_passed_over() {
    assert_eq!(SOURCE.reply(&bytes(NO_SUCH_SOURCE), SEQUENCE), Some(Err(4)));
    let good = bytes(SLOW);
    assert_eq!(TRACKING.reply(&good, SEQUENCE + 1), None);
    assert_eq!(COUNT.reply(&good, SEQUENCE), None);
    for (at, wrong) in [(0, 5), (1, REQUEST), (7, 6)] {
        let mut other = good.clone();
        other[at] = wrong;
        assert_eq!(TRACKING.reply(&other, SEQUENCE), None, "{at}");
    }
    for length in 0..good.len() {
        assert_eq!(TRACKING.reply(&good[..length], SEQUENCE), None, "{length}");
    }
}

#[test]
fn a_chronyd_that_follows_nobody_or_its_own_clock_has_no_reference() {
    let mut packet = bytes(SLOW);
    packet[55] = 3;
    assert_eq!(tracking(&packet).unwrap().1, None);
    packet[55] = 1;
    assert!(tracking(&packet).unwrap().1.is_some());
    packet[28..32].copy_from_slice(&LOCAL.to_be_bytes());
    assert_eq!(tracking(&packet).unwrap().1, None);
}

#[test]
fn a_question_is_as_long_as_its_reply() {
    let packet = SOURCE.packet(SEQUENCE, 7);
    assert_eq!(packet.len(), 76);
    assert_eq!(packet[..24], bytes("06010000000f000001020304000000000000000000000007"));
    assert_eq!(TRACKING.packet(1, 0).len(), 104);
}

#[test]
fn the_line_that_switches_the_command_port_off_is_found() {
    assert_eq!(command_port_line("pool x\n# cmdport 0\n"), None);
    assert_eq!(command_port_line("pool x\n  CmdPort 0\n"), Some(2));
    assert_eq!(command_port_line("cmdport 0\ncmdport 323\n"), None);
}
