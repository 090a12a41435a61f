//! What a client says about the answers that it takes, and answers made to fit: not sent again if
//! the client has them, compressed if it reads that.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_NONE_MATCH, VARY,
};
use hyper::{Response, StatusCode};

use super::response::Answer;

/// Bytes below which compression saves less than its header takes.
const WORTHWHILE: usize = 1 << 10;
/// The level: the next ones save some per cent more, in twice the time.
const LEVEL: Compression = Compression::new(5);

/// What a client takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    /// The types that it accepts.
    pub(super) accept: String,
    /// Whether it reads gzip.
    gzip: bool,
    /// The versions of this address that it has.
    known: String,
}

impl Client {
    /// The client that sent these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        Self {
            accept: text(ACCEPT).to_owned(),
            gzip: accepts_gzip(text(ACCEPT_ENCODING)),
            known: text(IF_NONE_MATCH).to_owned(),
        }
    }

    /// Whether it has this version already.
    pub(super) fn has(&self, version: &HeaderValue) -> bool {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let version = version.to_str().map(bare).unwrap_or_default();
        self.known.split(',').any(|known| bare(known) == version)
    }

    /// The answer as this client takes it.
    pub(super) fn fit(&self, mut answer: Answer) -> Answer {
        if answer.status() != StatusCode::OK {
            return answer;
        }
        let version = answer.headers().get(ETAG).cloned();
        let version = version.unwrap_or_else(|| version_of(answer.body()));
        answer.headers_mut().insert(ETAG, version.clone());
        if self.has(&version) {
            return unchanged(answer);
        }
        if answer.body().len() < WORTHWHILE || !is_text(&answer) {
            return answer;
        }
        answer.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        if self.gzip
            && let Some(packed) = pack(answer.body())
        {
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *answer.body_mut() = packed.into();
        }
        answer
    }
}

/// The version of anything: equal for equal values. It is a weak one, because the compressed answer
/// has the same.
pub(super) fn version_of(value: &(impl Hash + ?Sized)) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    let tag = HeaderValue::from_str(&format!("W/\"{:x}\"", hasher.finish()));
    tag.expect("digits are valid in a header")
}

/// The answer to a client that has this one.
pub(super) fn unchanged(answer: Answer) -> Answer {
    let (mut parts, _) = answer.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    Response::from_parts(parts, Bytes::new())
}

fn is_text(answer: &Answer) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        ["text/", "image/svg+xml", "application/"].iter().any(|text| kind.starts_with(text))
    })
}

fn accepts_gzip(encodings: &str) -> bool {
    encodings.split(',').any(|each| {
        let (name, quality) = each.split_once(';').unwrap_or((each, ""));
        let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && quality.is_none_or(|quality| quality > 0.0)
    })
}

/// A text as gzip.
pub(super) fn pack(text: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 4), LEVEL);
    encoder.write_all(text).and_then(|()| encoder.finish()).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::super::response::{plain, respond};
    use super::*;

    fn client(headers: &[(HeaderName, &str)]) -> Client {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        Client::of(&headers.iter().map(|(name, text)| (name.clone(), value(text))).collect())
    }

    #[test]
    fn text_above_a_kilobyte_is_compressed_for_clients_that_read_gzip() {
        let text = "a chart ".repeat(200);
        let zipping = client(&[(ACCEPT_ENCODING, "br, GZIP;q=0.5")]);
        let answer = zipping.fit(respond("image/svg+xml", text.clone()));
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[VARY], "accept-encoding");
        assert!(answer.body().len() < 100, "{}", answer.body().len());
        let mut unpacked = String::new();
        GzDecoder::new(&answer.body()[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        for plain in [
            zipping.fit(respond("image/svg+xml", text[..1000].to_owned())),
            zipping.fit(respond("image/png", text.clone())),
            client(&[(ACCEPT_ENCODING, "gzip;q=0, br")]).fit(respond("text/plain", text.clone())),
            client(&[]).fit(respond("text/plain", text.clone())),
        ] {
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
            assert!(text.as_bytes().starts_with(plain.body()));
        }
    }

    #[test]
    fn what_a_client_has_is_not_sent_again() {
        let answer = || respond("text/html", "now");
        let version = client(&[]).fit(answer()).headers()[ETAG].clone();
        for known in [version.to_str().unwrap(), &format!("\"x\", {}", version.to_str().unwrap())] {
            let again = client(&[(IF_NONE_MATCH, known)]).fit(answer());
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert!(again.body().is_empty());
            assert_eq!(again.headers()[ETAG], version);
        }
        let other = client(&[(IF_NONE_MATCH, "W/\"0\"")]).fit(answer());
        assert_eq!((other.status(), &other.body()[..]), (StatusCode::OK, &b"now"[..]));
        let missing = plain(StatusCode::NOT_FOUND, "nothing here\n");
        assert!(!client(&[]).fit(missing).headers().contains_key(ETAG));
    }
}
