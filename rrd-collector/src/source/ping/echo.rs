//! Packets of ICMP and `ICMPv6`: echo requests, and which reply belongs to which of them.

/// The bytes of a request before its payload.
const HEAD: usize = 8;
/// As much as ping sends.
const PAYLOAD: usize = 56;
/// The types of requests and replies.
const REQUEST_V4: u8 = 8;
const REPLY_V4: u8 = 0;
const REQUEST_V6: u8 = 128;
const REPLY_V6: u8 = 129;

/// How packets look on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// ICMP of a datagram socket: the kernel gives the identifier and takes care of it.
    V4,
    /// ICMP of a raw socket: replies have the head of IP, and those to others come, too.
    RawV4,
    /// `ICMPv6` of a datagram socket.
    V6,
    /// `ICMPv6` of a raw socket.
    RawV6,
}

/// The requests of one interval to one host.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    layout: Layout,
    /// Of requests over a raw socket.
    identifier: u16,
    /// What strangers cannot guess, at the begin of the payload.
    secret: u64,
}

impl Echo {
    /// Requests that are recognised by these.
    pub(super) fn new(layout: Layout, identifier: u16, secret: u64) -> Self {
        Self { layout, identifier, secret }
    }

    /// The packet of the request of this number.
    pub(super) fn request(&self, sequence: u16) -> Vec<u8> {
        let is_v4 = matches!(self.layout, Layout::V4 | Layout::RawV4);
        let mut packet = vec![if is_v4 { REQUEST_V4 } else { REQUEST_V6 }, 0, 0, 0];
        packet.extend(self.identifier.to_be_bytes());
        packet.extend(sequence.to_be_bytes());
        packet.extend(self.payload());
        // That of `ICMPv6` covers addresses, and the kernel computes it.
        if is_v4 && let Some(place) = packet.get_mut(2..4) {
            let sum = checksum_of(&[REQUEST_V4, 0], self.identifier, sequence, &self.payload());
            place.copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    fn payload(&self) -> Vec<u8> {
        let mut payload = self.secret.to_be_bytes().to_vec();
        payload.resize(PAYLOAD, 0x5a);
        payload
    }

    /// The number of the request that a packet replies to; `None` for any other packet.
    pub(super) fn reply(&self, packet: &[u8]) -> Option<u16> {
        let packet = if self.layout == Layout::RawV4 { without_ip(packet)? } else { packet };
        let (head, payload) = packet.split_at_checked(HEAD)?;
        let [kind, code, _, _, identifier @ .., a, b] = head else { return None };
        let (expected, is_raw) = match self.layout {
            Layout::V4 => (REPLY_V4, false),
            Layout::RawV4 => (REPLY_V4, true),
            Layout::V6 => (REPLY_V6, false),
            Layout::RawV6 => (REPLY_V6, true),
        };
        let is_ours = !is_raw || identifier == self.identifier.to_be_bytes();
        let is_reply = *kind == expected && *code == 0 && is_ours && payload == self.payload();
        is_reply.then_some(u16::from_be_bytes([*a, *b]))
    }
}

/// What follows the head of IPv4.
fn without_ip(packet: &[u8]) -> Option<&[u8]> {
    let first = *packet.first()?;
    if first >> 4 != 4 {
        return None;
    }
    packet.get(usize::from(first & 0xf) * 4..)
}

/// The checksum of RFC 1071 of a packet with the place for it zero.
fn checksum_of(kind: &[u8], identifier: u16, sequence: u16, payload: &[u8]) -> u16 {
    let words =
        [kind, payload].into_iter().flat_map(|part| part.chunks(2)).map(|pair| match *pair {
            [high, low] => u16::from_be_bytes([high, low]),
            [high] => u16::from_be_bytes([high, 0]),
            _ => 0,
        });
    let sum: u64 = words.chain([identifier, sequence]).map(u64::from).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    !u16::try_from(folded).unwrap_or_default()
}

/// Reads any packet as a reply of each layout, for fuzzing.
pub(super) fn parse_any(packet: &[u8]) {
    for layout in [Layout::V4, Layout::RawV4, Layout::V6, Layout::RawV6] {
        let _ = Echo::new(layout, 0, 0).reply(packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUTS: [Layout; 4] = [Layout::V4, Layout::RawV4, Layout::V6, Layout::RawV6];

    fn echo(layout: Layout) -> Echo {
        Echo::new(layout, 0x1234, 0x0102_0304_0506_0708)
    }

    /// What the other host makes of a request.
    fn answered(layout: Layout, mut request: Vec<u8>) -> Vec<u8> {
        request[0] = if request[0] == REQUEST_V4 { REPLY_V4 } else { REPLY_V6 };
        match layout {
            // A head of 24 bytes: with an option.
            Layout::RawV4 => [&[0x46, 0][..], &[0; 22], &request].concat(),
            _ => request,
        }
    }

    #[test]
    fn a_request_is_as_long_as_that_of_ping_and_has_the_checksum_of_icmp() {
        let request = echo(Layout::V4).request(7);
        assert_eq!(request.len(), 64);
        assert_eq!(request[..2], [8, 0]);
        assert_eq!(request[4..16], [0x12, 0x34, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8]);
        // With its checksum, the sum of the words is all ones.
        let words = request.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
        let sum: u32 = words.sum();
        assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
        assert_eq!(echo(Layout::V6).request(7)[..4], [128, 0, 0, 0]);
    }

    #[test]
    fn each_reply_belongs_to_its_request() {
        for layout in LAYOUTS {
            let echo = echo(layout);
            for sequence in [0, 9, u16::MAX] {
                let reply = answered(layout, echo.request(sequence));
                assert_eq!(echo.reply(&reply), Some(sequence), "{layout:?}");
            }
        }
    }

    #[test]
    fn requests_other_identifiers_and_other_payloads_are_no_replies() {
        for layout in LAYOUTS {
            let echo = echo(layout);
            let begin = if layout == Layout::RawV4 { 24 } else { 0 };
            let good = answered(layout, echo.request(3));
            // The type, the code, and a byte of the secret and of the rest.
            for at in [0, 1, 8, 63] {
                let mut other = good.clone();
                other[begin + at] ^= 0x40;
                assert_eq!(echo.reply(&other), None, "{layout:?} {at}");
            }
            let mut other = good.clone();
            other[begin + 4] ^= 1;
            let is_raw = matches!(layout, Layout::RawV4 | Layout::RawV6);
            assert_eq!(echo.reply(&other), (!is_raw).then_some(3), "{layout:?}");
            for length in 0..good.len() {
                assert_eq!(echo.reply(&good[..length]), None, "{layout:?} {length}");
            }
            assert_eq!(echo.reply(&[&good[..], b"x"].concat()), None, "{layout:?}");
        }
    }
}
