//! The end of a certificate's validity, read from its bytes. `tls` verifies certificates.
//!
//! Source: RFC 5280, section 4.1.

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, SliceReader, Tag, Tagged};

/// When a certificate in DER expires, in seconds since 1970; `None` if it is not a certificate.
///
/// ```
/// use rrd_collector::net::certificate::expiry;
/// assert_eq!(expiry(b"nonsense"), None);
/// ```
pub fn expiry(certificate: &[u8]) -> Option<i64> {
    let mut outer = SliceReader::new(certificate).ok()?;
    let mut certificate = inside(&mut outer)?;
    let mut signed = inside(&mut certificate)?;
    if matches!(Tag::peek(&signed).ok()?, Tag::ContextSpecific { .. }) {
        next(&mut signed)?; // The version, which those of the first version lack.
    }
    for _ in ["serial number", "signature algorithm", "issuer"] {
        next(&mut signed)?;
    }
    let mut validity = inside(&mut signed)?;
    let _begin = next(&mut validity)?;
    let end = next(&mut validity)?;
    let since_1970 = match end.tag() {
        Tag::UtcTime => end.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        Tag::GeneralizedTime => end.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
        _ => return None,
    };
    i64::try_from(since_1970.as_secs()).ok()
}

fn next<'a>(reader: &mut SliceReader<'a>) -> Option<AnyRef<'a>> {
    AnyRef::decode(reader).ok()
}

fn inside<'a>(reader: &mut SliceReader<'a>) -> Option<SliceReader<'a>> {
    SliceReader::new(next(reader)?.value()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_before_and_after_2050_and_bytes_that_are_cut_have_none() {
        for (year, seconds) in [(2031, 1_924_992_000), (2061, 2_871_763_200)] {
            let mut wanted = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
            wanted.not_after = rcgen::date_time_ymd(year, 1, 1);
            let made = wanted.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            assert_eq!(expiry(made.der()), Some(seconds), "{year}");
            for length in 0..made.der().len() {
                assert_eq!(expiry(&made.der()[..length]), None, "{length}");
            }
        }
    }
}
