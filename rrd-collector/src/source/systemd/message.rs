//! Messages of D-Bus, as its specification describes them: the calls that we send, and what is read
//! of answers. <https://dbus.freedesktop.org/doc/dbus-specification.html>

/// The length of the fixed part of a header, and of the array of fields that follows.
pub(super) const FIXED: usize = 16;
/// The longest message that is read: a hundred units are 20 KiB.
pub(super) const LONGEST: usize = 4 << 20;
/// The most that arrays of fields may have by the specification.
const LONGEST_FIELDS: usize = 1 << 16;

const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;

/// Fields of a header.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;

/// A call of a method.
pub(super) struct Call<'a> {
    pub(super) destination: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) member: &'a str,
    pub(super) arguments: Arguments<'a>,
}

/// The arguments of the methods that are called.
pub(super) enum Arguments<'a> {
    None,
    /// A list of texts.
    List(&'a [&'a str]),
    /// Two texts.
    Pair(&'a str, &'a str),
}

impl Call<'_> {
    /// The bytes of the call; its answer refers to `serial`.
    pub(super) fn bytes(&self, serial: u32) -> Vec<u8> {
        let (signature, body) = self.arguments.bytes();
        // Little-endian, version 1.
        let mut bytes = vec![b'l', METHOD_CALL, 0, 1];
        put_number(&mut bytes, length(&body));
        put_number(&mut bytes, serial);
        let mut fields = Vec::new();
        put_field(&mut fields, PATH, b'o', self.path);
        put_field(&mut fields, INTERFACE, b's', self.interface);
        put_field(&mut fields, MEMBER, b's', self.member);
        put_field(&mut fields, DESTINATION, b's', self.destination);
        if !signature.is_empty() {
            put_field(&mut fields, SIGNATURE, b'g', signature);
        }
        put_number(&mut bytes, length(&fields));
        bytes.append(&mut fields);
        align(&mut bytes, 8);
        bytes.extend(body);
        bytes
    }
}

impl Arguments<'_> {
    fn bytes(&self) -> (&'static str, Vec<u8>) {
        let mut body = Vec::new();
        let signature = match self {
            Self::None => "",
            Self::List(texts) => {
                let mut list = Vec::new();
                texts.iter().for_each(|text| put_text(&mut list, text));
                put_number(&mut body, length(&list));
                body.append(&mut list);
                "as"
            }
            Self::Pair(first, second) => {
                put_text(&mut body, first);
                put_text(&mut body, second);
                "ss"
            }
        };
        (signature, body)
    }
}

/// The length of a part of our own calls.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("calls have some hundred bytes")
}

fn align(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn put_number(bytes: &mut Vec<u8>, number: u32) {
    align(bytes, 4);
    bytes.extend(number.to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, length(text.as_bytes()));
    bytes.extend(text.as_bytes());
    bytes.push(0);
}

/// A field of a header. The array of fields begins at a multiple of eight, and so does each field.
fn put_field(bytes: &mut Vec<u8>, code: u8, kind: u8, text: &str) {
    align(bytes, 8);
    bytes.extend([code, 1, kind, 0]);
    if kind == b'g' {
        bytes.push(u8::try_from(text.len()).expect("signatures of calls are short"));
        bytes.extend(text.as_bytes());
        bytes.push(0);
    } else {
        put_text(bytes, text);
    }
}

/// A message that has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// The serial number of the call that it answers, if it does.
    pub(super) answers: Option<u32>,
    /// The name of the error, if it is one.
    pub(super) error: Option<String>,
    /// The types in its body.
    pub(super) signature: String,
    pub(super) body: Reader<'a>,
}

impl<'a> Message<'a> {
    /// The length of a message that begins with these bytes; `None` if that is no message.
    pub(super) fn length(fixed: &[u8]) -> Option<usize> {
        let is_big = is_big_endian(fixed)?;
        let mut reader = Reader { bytes: fixed, at: 4, is_big };
        let (body, _serial, fields) = (reader.number()?, reader.number()?, reader.number()?);
        let [body, fields] = [body, fields].map(usize::try_from);
        let fields = fields.ok().filter(|fields| *fields <= LONGEST_FIELDS)?;
        let head = (FIXED + fields).next_multiple_of(8);
        head.checked_add(body.ok()?).filter(|length| *length <= LONGEST)
    }

    /// Reads a whole message; `None` if it is damaged.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let is_big = is_big_endian(bytes)?;
        let kind = *bytes.get(1)?;
        let mut reader = Reader { bytes, at: 12, is_big };
        let end = FIXED.checked_add(usize::try_from(reader.number()?).ok()?)?;
        let mut fields = Reader { bytes: bytes.get(..end)?, at: FIXED, is_big };
        let (mut answers, mut error, mut signature) = (None, None, String::new());
        while fields.at < end {
            fields.align(8)?;
            let code = fields.byte()?;
            match (code, fields.signature()?) {
                (REPLY_SERIAL, "u") => answers = Some(fields.number()?),
                (SIGNATURE, "g") => fields.signature()?.clone_into(&mut signature),
                (_, "g") => _ = fields.signature()?,
                (ERROR_NAME, "s") => error = Some(fields.text()?.to_owned()),
                (_, "s" | "o") => _ = fields.text()?,
                (_, "u") => _ = fields.number()?,
                _ => return None,
            }
        }
        let is_answer = kind == METHOD_RETURN || kind == ERROR;
        let answers = answers.filter(|_| is_answer);
        let error = if kind == ERROR { Some(error?) } else { None };
        let body = Reader { bytes, at: end.next_multiple_of(8), is_big };
        Some(Self { answers, error, signature, body })
    }
}

/// Whether numbers are big-endian, by the first byte of a message.
fn is_big_endian(bytes: &[u8]) -> Option<bool> {
    match bytes.first()? {
        b'l' => Some(false),
        b'B' => Some(true),
        _ => None,
    }
}

/// Reads values one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn align(&mut self, to: usize) -> Option<()> {
        self.at = self.at.checked_next_multiple_of(to)?;
        (self.at <= self.bytes.len()).then_some(())
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.align(4)?;
        let bytes = self.take(4)?.try_into().ok()?;
        Some(if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        self.text_of(length)
    }

    pub(super) fn signature(&mut self) -> Option<&'a str> {
        let length = usize::from(self.byte()?);
        self.text_of(length)
    }

    /// The bytes of an array whose elements begin at multiples of eight, to be read as long as any
    /// are left.
    pub(super) fn array(&mut self) -> Option<Self> {
        let length = usize::try_from(self.number()?).ok()?;
        self.align(8)?;
        let begin = self.at;
        self.take(length)?;
        Some(Self { bytes: self.bytes.get(..self.at)?, at: begin, is_big: self.is_big })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// A text and the zero that ends it.
    fn text_of(&mut self, length: usize) -> Option<&'a str> {
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        (self.byte()? == 0).then_some(text)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The call that busctl of systemd 252 makes.
    const LIST: &[u8] = b"l\x01\x04\x01\x0f\0\0\0\x02\0\0\0\xa8\0\0\0\
        \x01\x01o\0\x19\0\0\0/org/freedesktop/systemd1\0\0\0\0\0\0\0\
        \x03\x01s\0\x11\0\0\0ListUnitsFiltered\0\0\0\0\0\0\0\
        \x02\x01s\0 \0\0\0org.freedesktop.systemd1.Manager\0\0\0\0\0\0\0\0\
        \x06\x01s\0\x18\0\0\0org.freedesktop.systemd1\0\0\0\0\0\0\0\0\
        \x08\x01g\0\x02as\0\x0b\0\0\0\x06\0\0\0failed\0";

    #[test]
    fn a_call_has_the_fields_and_the_arguments_that_systemds_own_tool_sends() {
        let call = Call {
            destination: "org.freedesktop.systemd1",
            path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager",
            member: "ListUnitsFiltered",
            arguments: Arguments::List(&["failed"]),
        };
        let bytes = call.bytes(2);
        assert_eq!(bytes.len(), LIST.len());
        assert_eq!(Message::length(&bytes), Some(bytes.len()));
        // It has other flags and another order of the fields.
        let sorted = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            bytes[2] = 0;
            bytes.sort_unstable();
            bytes
        };
        assert_eq!(sorted(&bytes), sorted(LIST));
        let [ours, theirs] = [&*bytes, LIST].map(|bytes| Message::read(bytes).unwrap());
        assert_eq!((&*ours.signature, ours.answers, ours.error), ("as", None, None));
        assert_eq!(theirs.signature, "as");
        assert_eq!(bytes[ours.body.at..], LIST[theirs.body.at..]);
    }

    #[test]
    fn two_texts_are_aligned() {
        let (signature, body) = Arguments::Pair("a", "bc").bytes();
        assert_eq!((signature, &*body), ("ss", &b"\x01\0\0\0a\0\0\0\x02\0\0\0bc\0"[..]));
    }

    #[test]
    fn numbers_of_either_order_are_read() {
        let big = b"B\x02\0\x01\0\0\0\x04\0\0\0\x09\0\0\0\x08\x05\x01u\0\0\0\0\x07\0\0\0\x2a";
        assert_eq!(Message::length(big), Some(big.len()));
        let mut message = Message::read(big).unwrap();
        assert_eq!((message.answers, message.body.number()), (Some(7), Some(42)));
        assert!(message.body.is_at_end());
    }

    #[test]
    fn what_is_no_message_is_refused_before_its_length_is_trusted() {
        assert_eq!(Message::length(b"HTTP/1.1 400 Bad"), None);
        let [mut body, mut fields] = [LIST.to_vec(), LIST.to_vec()];
        body[4..8].fill(0xff);
        fields[12..16].fill(0xff);
        assert_eq!((Message::length(&body), Message::length(&fields)), (None, None));
        assert_eq!(Message::read(&fields), None);
        for end in 0..LIST.len() {
            let _ = Message::length(&LIST[..end]);
            let _ = Message::read(&LIST[..end]);
        }
        for place in 0..LIST.len() {
            let mut damaged = LIST.to_vec();
            damaged[place] ^= 0xff;
            if let Some(mut message) = Message::read(&damaged) {
                let _ = message.body.array().map(|mut array| array.text().map(str::len));
            }
        }
    }
}
