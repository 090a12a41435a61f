//! The Markdown of manuals, as far as they use it: headings, paragraphs, lists, examples.

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block<'t> {
    /// `## Title`.
    Heading(&'t str),
    /// Lines up to an empty one, joined.
    Paragraph(String),
    /// `- item`, with the lines that continue it.
    Item(String),
    /// Lines that are indented by four spaces, without these.
    Example(Vec<&'t str>),
}

/// The pieces of a text, in order.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    // An empty line ends a paragraph and an item, but not an example.
    let mut is_open = false;
    for line in text.lines() {
        if line.is_empty() {
            is_open = false;
            if let Some(Block::Example(lines)) = blocks.last_mut() {
                lines.push("");
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(title));
            is_open = false;
        } else if let Some(line) = line.strip_prefix("    ") {
            match blocks.last_mut() {
                Some(Block::Example(lines)) => lines.push(line),
                _ => blocks.push(Block::Example(vec![line])),
            }
        } else if let Some(item) = line.strip_prefix("- ") {
            blocks.push(Block::Item(item.to_owned()));
            is_open = true;
        } else if is_open
            && let Some(Block::Paragraph(open) | Block::Item(open)) = blocks.last_mut()
        {
            open.push(' ');
            open.push_str(line.trim_start());
        } else {
            blocks.push(Block::Paragraph(line.to_owned()));
            is_open = true;
        }
    }
    for block in &mut blocks {
        if let Block::Example(lines) = block {
            let length = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
            lines.truncate(length);
        }
    }
    blocks
}

/// The parts of a line: plain ones at even places, those between backquotes at odd ones.
pub(super) fn spans(line: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts = line.split('`').enumerate();
    parts.map(|(place, part)| (place % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_headings_paragraphs_items_and_examples() {
        let text = "One\ntwo.\n\n## Title\n- a\n  b\n- c\n\n    x\n\n    y\n\nEnd `code`.\n";
        let paragraph = |text: &str| Block::Paragraph(text.to_owned());
        let item = |text: &str| Block::Item(text.to_owned());
        let expected = [
            paragraph("One two."),
            Block::Heading("Title"),
            item("a b"),
            item("c"),
            Block::Example(vec!["x", "", "y"]),
            paragraph("End `code`."),
        ];
        assert_eq!(blocks(text), expected);
        let parts: Vec<_> = spans("End `code`.").collect();
        assert_eq!(parts, [(false, "End "), (true, "code"), (false, ".")]);
    }
}
