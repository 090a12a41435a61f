//! Cuts a page into text and tags. A tag is `<RRD::NAME ARGUMENT...>`; its arguments are separated
//! by blanks and may be quoted, and other tags may stand within them.

use super::tag::TagName;

/// Deeper tags are text.
const MAX_DEPTH: usize = 16;

/// A piece of a page, in its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Text(&'a [u8]),
    Tag(Tag<'a>),
    /// A tag without an end, and all that follows.
    Open(&'a [u8]),
}

/// One tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: TagName,
    /// As written.
    pub(super) source: &'a [u8],
    pub(super) words: Vec<Word<'a>>,
}

/// One argument, without its quotes.
pub(super) type Word<'a> = Vec<Piece<'a>>;

/// A part of an argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(Vec<u8>),
    Tag(Tag<'a>),
}

/// The pieces of a page.
pub(super) fn nodes(page: &[u8]) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = page[at..].iter().position(|byte| *byte == b'<') {
        at += next;
        let rest = &page[at..];
        if TagName::at(rest).is_none() {
            at += 1;
            continue;
        }
        if from < at {
            nodes.push(Node::Text(&page[from..at]));
        }
        let Some(tag) = tag(rest, MAX_DEPTH) else {
            nodes.push(Node::Open(rest));
            return nodes;
        };
        at += tag.source.len();
        from = at;
        nodes.push(Node::Tag(tag));
    }
    if from < page.len() {
        nodes.push(Node::Text(&page[from..]));
    }
    nodes
}

/// The tag at the beginning of a text; `None` if it has no end.
fn tag(text: &[u8], depth: usize) -> Option<Tag<'_>> {
    let (name, mut at) = TagName::at(text)?;
    let mut words = Vec::new();
    let mut word: Option<Word<'_>> = None;
    let mut quote = None;
    // Brackets that are no tags.
    let mut brackets = 0_usize;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        at += 1;
        match byte {
            b'<' if depth > 0 && TagName::at(rest).is_some_and(|(name, _)| name.is_value()) => {
                let inner = tag(rest, depth - 1)?;
                at += inner.source.len() - 1;
                word.get_or_insert_default().push(Piece::Tag(inner));
                continue;
            }
            b'"' | b'\'' if quote.is_none() => {
                quote = Some(byte);
                word.get_or_insert_default();
                continue;
            }
            _ if quote == Some(byte) => {
                quote = None;
                continue;
            }
            _ if quote.is_some() => {}
            b'>' if brackets == 0 => {
                words.extend(word);
                return Some(Tag { name, source: &text[..at], words });
            }
            b'>' => brackets -= 1,
            b'<' => brackets += 1,
            blank if blank.is_ascii_whitespace() && brackets == 0 => {
                words.extend(word.take());
                continue;
            }
            _ => {}
        }
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
        let word = word.get_or_insert_default();
        match word.last_mut() {
            Some(Piece::Text(text)) => text.push(byte),
            _ => word.push(Piece::Text(vec![byte])),
        }
    }
    None
}

/// For fuzzing: the pieces of a page as they are written, which make the page again.
#[doc(hidden)]
pub fn page_pieces(page: &[u8]) -> Vec<&[u8]> {
    let source = |node| match node {
        Node::Text(text) | Node::Open(text) => text,
        Node::Tag(tag) => tag.source,
    };
    nodes(page).into_iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags of a page with their words; tags within words are in braces.
    fn tags(page: &str) -> Vec<String> {
        fn written(tag: &Tag<'_>) -> String {
            let word = |word: &Word<'_>| {
                let piece = |piece: &Piece<'_>| match piece {
                    Piece::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    Piece::Tag(tag) => format!("{{{}}}", written(tag)),
                };
                format!("[{}]", word.iter().map(piece).collect::<String>())
            };
            format!("{:?}{}", tag.name, tag.words.iter().map(word).collect::<String>())
        }
        let tag = |node| match node {
            Node::Tag(tag) => Some(written(&tag)),
            Node::Open(_) => Some("open".to_owned()),
            Node::Text(_) => None,
        };
        nodes(page.as_bytes()).into_iter().filter_map(tag).collect()
    }

    #[test]
    fn the_arguments_of_a_tag_are_separated_by_blanks_and_may_be_quoted() {
        for (page, found) in [
            ("<RRD::SETVAR a b>", "SetVar[a][b]"),
            ("<RRD::SETVAR\n a\tb\r\n>", "SetVar[a][b]"),
            ("<RRD::SETVAR a 'b \" c'>", "SetVar[a][b \" c]"),
            ("<RRD::SETVAR a\"b 'c\"d'e\"f'>", "SetVar[ab 'cde\"f]"),
            ("<RRD::SETVAR a \"\">", "SetVar[a][]"),
            ("<RRD::SETVAR a \"b\nc\td\">", "SetVar[a][b c d]"),
            ("<RRD::SETVAR a x\\ y>", "SetVar[a][x\\][y]"),
            ("<RRD::SETVAR a \"b>c\">", "SetVar[a][b>c]"),
            ("<RRD::SETVAR a b<c d>e>", "SetVar[a][b<c d>e]"),
            ("<RRD::GETENV >", "GetEnv"),
        ] {
            assert_eq!(tags(page), [found], "{page}");
        }
    }

    #[test]
    fn a_tag_within_an_argument_has_arguments_of_its_own() {
        for (page, found) in [
            ("<RRD::SETVAR a x<RRD::CV b>y>", "SetVar[a][x{Cv[b]}y]"),
            ("<RRD::SETVAR a \"x <RRD::CV \"b c\"> y\">", "SetVar[a][x {Cv[b c]} y]"),
            ("<RRD::SETVAR <RRD::CV <RRD::GETVAR a>> b>", "SetVar[{Cv[{GetVar[a]}]}][b]"),
            // Pictures and other files are not made within an argument.
            ("<RRD::SETVAR a <RRD::INCLUDE b>>", "SetVar[a][<RRD::INCLUDE b>]"),
        ] {
            assert_eq!(tags(page), [found], "{page}");
        }
    }

    #[test]
    fn what_is_no_tag_is_text_and_a_tag_without_an_end_ends_the_page() {
        for page in ["<RRD::NOPE a>", "<RRD::CV>", "<rrd::cv a>", "<RRD::CVa>", "a < b", ""] {
            assert_eq!(tags(page), [""; 0], "{page}");
        }
        for page in ["<RRD::CV a", "<RRD::CV \"a>", "<RRD::CV a<b>", "<RRD::SETVAR <RRD::CV a b>"] {
            assert_eq!(tags(page), ["open"], "{page}");
        }
    }

    #[test]
    fn the_pieces_of_any_page_make_the_page_again() {
        let parts = [
            "<RRD::CV ",
            "<RRD::SETVAR ",
            "<RRD::GRAPH ",
            "<RRD::",
            "<b ",
            "<",
            ">",
            ">",
            ">",
            " ",
            "\"",
            "'",
            "a",
            "\n",
            "\\",
            "\0",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut page = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                page.push_str(parts[usize::try_from(state >> 60).unwrap()]);
            }
            assert_eq!(page_pieces(page.as_bytes()).concat(), page.as_bytes(), "{page:?}");
        }
    }

    #[test]
    fn deep_tags_are_read_without_filling_the_stack() {
        let page = "<RRD::CV ".repeat(100_000);
        assert_eq!(page_pieces(page.as_bytes()), [page.as_bytes()]);
        let page = format!("{}{}", "<RRD::CV ".repeat(1000), ">".repeat(1000));
        assert_eq!(page_pieces(page.as_bytes()), [page.as_bytes()]);
    }
}
