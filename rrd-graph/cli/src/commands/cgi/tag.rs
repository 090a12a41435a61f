//! The names of tags.

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagName {
    Cv,
    CvQuote,
    CvPath,
    GetEnv,
    SetEnv,
    GetVar,
    SetVar,
    GoodFor,
    Include,
    TimeLast,
    TimeNow,
    TimeStrftime,
    Graph,
    Print,
    Internal,
}

/// The names as they are written, after `<RRD::`.
const NAMES: [(&str, TagName); 15] = [
    ("CV", TagName::Cv),
    ("CV::QUOTE", TagName::CvQuote),
    ("CV::PATH", TagName::CvPath),
    ("GETENV", TagName::GetEnv),
    ("SETENV", TagName::SetEnv),
    ("GETVAR", TagName::GetVar),
    ("SETVAR", TagName::SetVar),
    ("GOODFOR", TagName::GoodFor),
    ("INCLUDE", TagName::Include),
    ("TIME::LAST", TagName::TimeLast),
    ("TIME::NOW", TagName::TimeNow),
    ("TIME::STRFTIME", TagName::TimeStrftime),
    ("GRAPH", TagName::Graph),
    ("PRINT", TagName::Print),
    ("INTERNAL", TagName::Internal),
];

const BEGIN: &[u8] = b"<RRD::";

impl TagName {
    /// The name of the tag at the beginning of a text, and where its arguments begin. A blank must
    /// follow the name.
    pub(super) fn at(text: &[u8]) -> Option<(Self, usize)> {
        let rest = text.strip_prefix(BEGIN)?;
        let found = NAMES.iter().find(|(name, _)| {
            rest.strip_prefix(name.as_bytes())
                .and_then(<[u8]>::first)
                .is_some_and(u8::is_ascii_whitespace)
        });
        found.map(|(name, tag)| (*tag, BEGIN.len() + name.len()))
    }

    /// Whether it may stand within an argument of another tag.
    pub(super) fn is_value(self) -> bool {
        !matches!(self, Self::Graph | Self::Include)
    }

    /// Whether it reads what a web server passes, so that a filter leaves it alone.
    pub(super) fn reads_request(self) -> bool {
        matches!(self, Self::Cv | Self::CvQuote | Self::CvPath | Self::GetEnv)
    }
}
