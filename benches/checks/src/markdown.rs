//! What a page in Markdown holds: its blocks of code, its links and the anchors of its headings.

use std::collections::BTreeMap;

/// One page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its blocks of code, in order.
    pub blocks: Vec<Block>,
    /// Where links and pictures lead, with their lines.
    pub links: Vec<(usize, String)>,
    /// Its headings as links name them.
    pub anchors: Vec<String>,
}

/// A block of code between fences.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The line of its opening fence.
    pub line: usize,
    /// The words after the opening fence: the language, and what else is said of the block.
    pub words: Vec<String>,
    /// Its text, without the indentation of the fence.
    pub text: String,
    /// Whether nothing but empty lines is between it and the block before.
    pub follows: bool,
}

impl Block {
    /// Whether it is in this language.
    pub fn is(&self, language: &str) -> bool {
        self.words.first().is_some_and(|word| word == language)
    }

    /// Whether it says of itself that it needs another machine than that of the tests.
    pub fn is_elsewhere(&self) -> bool {
        self.words.iter().any(|word| word == "no-run")
    }
}

impl Page {
    /// Reads a page.
    pub fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut open: Option<(usize, Block)> = None;
        let mut only_empty = false;
        let mut paragraph = (1, String::new());
        for (number, line) in (1..).zip(text.lines()) {
            let trimmed = line.trim_start();
            if let Some((indent, mut block)) = open.take() {
                if trimmed.starts_with("```") {
                    page.blocks.push(block);
                    only_empty = true;
                } else {
                    let spaces = line.len() - trimmed.len();
                    block.text.push_str(&line[spaces.min(indent)..]);
                    block.text.push('\n');
                    open = Some((indent, block));
                }
                continue;
            }
            if let Some(words) = trimmed.strip_prefix("```") {
                page.take_links(&mut paragraph, number);
                let words = words.split_whitespace().map(str::to_owned).collect();
                let block = Block { line: number, words, text: String::new(), follows: only_empty };
                open = Some((line.len() - trimmed.len(), block));
                continue;
            }
            only_empty &= trimmed.is_empty();
            if let Some(heading) = heading(line) {
                let anchor = anchor(heading);
                let before = seen.entry(anchor.clone()).or_default();
                page.anchors.push(match *before {
                    0 => anchor,
                    count => format!("{anchor}-{count}"),
                });
                *before += 1;
            }
            if trimmed.is_empty() || trimmed.starts_with('|') {
                page.take_links(&mut paragraph, number);
            }
            paragraph.1.push_str(line);
            paragraph.1.push('\n');
        }
        page.take_links(&mut paragraph, 0);
        page
    }

    /// Takes the links of a paragraph, which ends before this line.
    fn take_links(&mut self, paragraph: &mut (usize, String), next: usize) {
        let (line, text) = std::mem::replace(paragraph, (next, String::new()));
        let text = without_code(&text);
        for opening in ["](", "<img src=\"", "srcset=\"", "href=\""] {
            let end = if opening == "](" { ')' } else { '"' };
            for (place, _) in text.match_indices(opening) {
                let target = text[place + opening.len()..].split(end).next().unwrap_or_default();
                let above = text[..place].matches('\n').count();
                self.links.push((line + above, target.to_owned()));
            }
        }
    }
}

/// The text of a heading, if the line is one.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    text.strip_prefix(' ').filter(|_| (1..=6).contains(&level))
}

/// The anchor that mdBook and GitHub give a heading: its letters and digits in lower case, `-` for
/// each space.
fn anchor(heading: &str) -> String {
    let mut shown = String::new();
    let mut rest = heading;
    // Of a link, the text is shown.
    while let Some((before, link)) = rest.split_once("](") {
        shown.push_str(before);
        rest = link.split_once(')').map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    let kept = shown.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        letter => letter.is_alphanumeric().then_some(letter),
    });
    kept.flat_map(char::to_lowercase).collect()
}

/// The text without what is between backticks, where nothing is a link.
fn without_code(text: &str) -> String {
    let mut prose = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (before, code) = rest.split_at(start);
        prose.push_str(before);
        let inside = code.trim_start_matches('`');
        let fence = &code[..code.len() - inside.len()];
        let Some(end) = inside.find(fence) else {
            rest = inside;
            continue;
        };
        prose.extend(inside[..end].matches('\n'));
        rest = &inside[end + fence.len()..];
    }
    prose.push_str(rest);
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_words_and_lose_the_indentation_of_their_fence() {
        let page =
            Page::parse("1. So:\n\n   ```sh no-run\n   a\n     b\n   ```\n\n```text\nc\n```\n");
        let [first, second] = &page.blocks[..] else { panic!("{page:?}") };
        assert_eq!((first.line, first.text.as_str()), (3, "a\n  b\n"));
        assert!(first.is("sh") && first.is_elsewhere() && !first.follows);
        assert_eq!((second.line, second.text.as_str()), (8, "c\n"));
        assert!(second.is("text") && !second.is_elsewhere() && second.follows);
    }

    #[test]
    fn links_are_found_with_their_lines_but_not_in_code() {
        let text = "# A\n[b](c.md) and `[d](e.md)`,\n`f\ng` ![h](i.svg#j)\n\n```sh\n[k](l)\n```\n\
                    | [m](n) |\n<img src=\"o\">";
        let links = Page::parse(text).links;
        let expected = [(2, "c.md"), (4, "i.svg#j"), (9, "n"), (10, "o")];
        assert_eq!(links, expected.map(|(line, link)| (line, link.to_owned())));
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text =
            "# The *first* `--page`\n## [[http_check]]\n### `a`, b\n## [x](y.md) z\n### A b\n";
        let anchors = Page::parse(text).anchors;
        assert_eq!(anchors, ["the-first---page", "http_check", "a-b", "x-z", "a-b-1"]);
    }
}
