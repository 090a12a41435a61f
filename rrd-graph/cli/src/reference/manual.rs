//! Manual pages, for `man`.

use roff::{Inline, Roff, bold, italic, roman};

use super::option::names;
use super::program::{CommandDescription, Page, Pages, Program};
use super::prose::{Block, blocks, spans};
use crate::option_words::{Argument, OptionDescription};

/// The pages of a program and their file names, its own page first.
pub(super) fn pages(program: &Program, date: &str) -> Vec<(String, String)> {
    let mut pages = vec![(format!("{}.1", program.name), of_program(program, date))];
    if program.pages == Pages::OneEach {
        let each = program.commands.iter();
        pages.extend(each.map(|command| {
            let name = page_name(program, command.name);
            (format!("{name}.1"), of_command(program, command, &name, date))
        }));
    }
    let each = program.further.iter();
    pages.extend(
        each.map(|page| (format!("{}.{}", page.name, page.section), further(program, page, date))),
    );
    pages
}

fn further(program: &Program, further: &Page, date: &str) -> String {
    let mut page = head(further.name, further.section, further.about, &release(program), date);
    prose(&mut page, &further.text);
    see_also(&mut page, &[(program.name.to_owned(), "1")]);
    render(&page)
}

fn page_name(program: &Program, command: &str) -> String {
    format!("{}-{command}", program.name)
}

fn of_program(program: &Program, date: &str) -> String {
    let release = release(program);
    let mut page = head(program.name, "1", program.about, &release, date);
    page.control("SH", ["SYNOPSIS"]);
    synopsis(&mut page, program.name, program.usage, |_| true);
    let mut text = blocks(program.text);
    write(&mut page, &take_section(&mut text, "Description"));
    if !program.commands.is_empty() {
        page.control("SH", ["COMMANDS"]);
        for command in &program.commands {
            page.control("TP", []);
            page.text(match program.pages {
                Pages::OneEach => vec![bold(page_name(program, command.name)), roman("(1)")],
                Pages::One => vec![bold(command.usage.join(" "))],
            });
            sentence(&mut page, command.about);
        }
    }
    let all: Vec<_> = program.all_options().copied().collect();
    if !all.is_empty() {
        page.control("SH", ["OPTIONS"]);
        options(&mut page, &all);
    }
    write(&mut page, &text);
    let further = program.further.iter().map(|page| (page.name, page.section));
    let related = further.chain(program.related.iter().copied());
    let related: Vec<_> = related.map(|(name, section)| (name.to_owned(), section)).collect();
    see_also(&mut page, &related);
    render(&page)
}

fn of_command(program: &Program, command: &CommandDescription, name: &str, date: &str) -> String {
    let mut page = head(name, "1", command.about, &release(program), date);
    page.control("SH", ["SYNOPSIS"]);
    synopsis(&mut page, program.name, command.usage, |line| command.is_form(line));
    let mut text = blocks(command.text);
    // What comes before the first heading is the description.
    let rest = text.iter().position(|block| matches!(block, Block::Heading(_)));
    let rest = text.split_off(rest.unwrap_or(text.len()));
    if !text.is_empty() {
        page.control("SH", ["DESCRIPTION"]);
        write(&mut page, &text);
    }
    if !command.options.is_empty() {
        page.control("SH", ["OPTIONS"]);
        options(&mut page, &command.options);
    }
    write(&mut page, &rest);
    if !rest.iter().any(|block| matches!(block, Block::Heading(EXIT_STATUS))) {
        write(&mut page, &take_section(&mut blocks(program.text), EXIT_STATUS));
    }
    let mut related = vec![(program.name.to_owned(), "1")];
    related.extend(command.related.iter().map(|other| (page_name(program, other), "1")));
    see_also(&mut page, &related);
    render(&page)
}

const EXIT_STATUS: &str = "Exit status";

/// Removes a section, with its heading, from the pieces of a text.
fn take_section<'t>(text: &mut Vec<Block<'t>>, title: &str) -> Vec<Block<'t>> {
    let is_title = |block: &Block<'_>| matches!(block, Block::Heading(own) if *own == title);
    let Some(start) = text.iter().position(is_title) else { return Vec::new() };
    let rest = text.iter().skip(start + 1);
    let length = rest.take_while(|block| !matches!(block, Block::Heading(_))).count();
    text.drain(start..=start + length).collect()
}

/// Other pages: their names and sections.
fn see_also(page: &mut Roff, related: &[(String, &str)]) {
    if related.is_empty() {
        return;
    }
    page.control("SH", ["SEE ALSO"]);
    let mut line = Vec::new();
    for (name, section) in related {
        let separator = if line.is_empty() { "" } else { ", " };
        line.extend([roman(separator), bold(name), roman(format!("({section})"))]);
    }
    page.text(line);
}

/// The longest line of a page's source.
const MAX_LINE: usize = 80;

/// The source of a page, in lines of usual length.
fn render(page: &Roff) -> String {
    let mut text = String::new();
    let mut is_filled = true;
    for line in page.render().lines() {
        match line {
            ".nf" => is_filled = false,
            ".fi" => is_filled = true,
            _ => {}
        }
        if is_filled && !line.starts_with('.') {
            wrap(&mut text, line);
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

fn wrap(text: &mut String, line: &str) {
    let mut length = 0;
    for word in line.split(' ') {
        // A dot or an apostrophe at the beginning of a line would be read as a request.
        if length > 0 && length + word.len() >= MAX_LINE && !word.starts_with(['.', '\'']) {
            text.push('\n');
            length = 0;
        } else if length > 0 {
            text.push(' ');
            length += 1;
        }
        text.push_str(word);
        length += word.len();
    }
}

fn release(program: &Program) -> String {
    format!("{} {}", program.name, program.version)
}

fn head(name: &str, section: &str, about: &str, release: &str, date: &str) -> Roff {
    let mut page = Roff::new();
    page.control("TH", [&*name.to_uppercase(), section, date, release]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - {about}"))]);
    page
}

/// Forms begin with the name of the program; what continues a form is below its arguments.
fn synopsis(page: &mut Roff, program: &str, usage: &[&str], is_form: impl Fn(&str) -> bool) {
    page.control("nf", []);
    for line in usage {
        let mut lead = if is_form(line) { bold(program) } else { roman(below(program)) };
        for part in folded(line, MAX_SHOWN - program.len() - 1) {
            page.text([lead, roman(format!(" {part}"))]);
            lead = roman(below(program));
        }
    }
    page.control("fi", []);
}

fn below(program: &str) -> String {
    " ".repeat(program.len())
}

/// The longest line of a page that is shown as it is: what fits into 80 columns beside the margin.
const MAX_SHOWN: usize = 72;

/// A line in parts of at most this length; all but the first are indented.
fn folded(line: &str, length: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in line.split(' ') {
        let part = parts.last_mut().expect("there is one from the start");
        if part.trim_start().is_empty() {
            part.push_str(word);
        } else if part.len() + 1 + word.len() > length {
            parts.push(format!("    {word}"));
        } else {
            part.push(' ');
            part.push_str(word);
        }
    }
    parts
}

fn options(page: &mut Roff, options: &[OptionDescription]) {
    for option in options {
        page.control("TP", []);
        let mut line = Vec::new();
        for name in names(option) {
            if !line.is_empty() {
                line.push(roman(", "));
            }
            line.push(bold(name));
        }
        match option.argument {
            Argument::None => {}
            Argument::Required(value) => line.extend([roman(" "), italic(value)]),
            Argument::Attached(value) => {
                line.extend([roman("[="), italic(value), roman("]")]);
            }
        }
        page.text(line);
        sentence(page, option.help);
    }
}

/// A line with a full stop.
fn sentence(page: &mut Roff, line: &str) {
    let stop = if line.ends_with('.') { "" } else { "." };
    page.text(inlines(&format!("{line}{stop}")));
}

fn prose(page: &mut Roff, text: &str) {
    write(page, &blocks(text));
}

fn write(page: &mut Roff, blocks: &[Block<'_>]) {
    // The first paragraph of a section needs no space before it.
    let mut is_first = true;
    for block in blocks {
        match block {
            // The names of sections of a file stay as they are written.
            Block::Heading(title) if title.starts_with('[') => _ = page.control("SH", [*title]),
            Block::Heading(title) => _ = page.control("SH", [&*title.to_uppercase()]),
            Block::Paragraph(text) => {
                if !is_first {
                    page.control("PP", []);
                }
                page.text(inlines(text));
            }
            Block::Item(text) => item(page, text),
            Block::Example(lines) => {
                if !is_first {
                    page.control("PP", []);
                }
                page.control("RS", ["4"]);
                page.control("nf", []);
                for line in lines {
                    page.text([roman(*line)]);
                }
                page.control("fi", []);
                page.control("RE", []);
            }
        }
        is_first = matches!(block, Block::Heading(_));
    }
}

/// An item whose first words are between backquotes explains these.
fn item(page: &mut Roff, text: &str) {
    match text.split_once("`: ") {
        Some((term, meaning)) if text.starts_with('`') => {
            page.control("TP", []);
            page.text(inlines(&format!("{term}`")));
            page.text(inlines(meaning));
        }
        _ => {
            page.control("IP", ["\\(bu", "2"]);
            page.text(inlines(text));
        }
    }
}

fn inlines(line: &str) -> Vec<Inline> {
    let inline = |(is_code, part): (bool, &str)| if is_code { bold(part) } else { roman(part) };
    spans(line).map(inline).collect()
}
