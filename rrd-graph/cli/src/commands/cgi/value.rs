//! A text that takes the place of a tag, and whether a visitor of the page had a part in it.

/// The text of a tag or of an argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: Vec<u8>,
    /// A part of it came with the request.
    pub(super) from_visitor: bool,
    /// Its first byte came with the request: it must not become an option.
    pub(super) begins_outside: bool,
}

impl Value {
    /// A text of the page or the program.
    pub(super) fn own(text: impl Into<Vec<u8>>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A text with each occurrence of `from` replaced, from left to right.
pub(super) fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend_from_slice(to);
            rest = after;
        } else {
            replaced.push(*first);
            rest = &rest[1..];
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_occurrence_is_replaced_from_left_to_right() {
        assert_eq!(replace(b"....//...", b"..", b"__"), b"____//__.");
        assert_eq!(replace(b"", b"..", b"__"), b"");
    }
}
