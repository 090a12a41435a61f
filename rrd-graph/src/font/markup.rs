//! Pango's markup in texts: letters that are bold, slanted, underlined, struck, coloured, larger or
//! smaller.

use std::borrow::Cow;

use super::css::named_in_css;
use super::face::Face;
use super::style::{Size, Style};
use crate::color::Color;

/// A part of a text in one style, without markup.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) style: Style,
}

/// The step between two named sizes, as in Pango.
const STEP: f64 = 1.2;
/// Limits on the size of letters, in multiples of the font's and in points.
const FACTORS: std::ops::RangeInclusive<f64> = 0.1..=10.0;
const POINTS: std::ops::RangeInclusive<f64> = 1.0..=200.0;

/// A piece of markup.
enum Token<'t> {
    Text(&'t str),
    Character(char),
    Open { name: &'t str, attributes: &'t str, closed: bool },
    Close(&'t str),
}

/// The parts of a text. What is open at its end is closed, and what is no markup is text: the text
/// may be a part of what was given.
pub(crate) fn spans(markup: &str) -> Vec<Span<'_>> {
    let mut open: Vec<(&str, Style)> = Vec::new();
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (_, token) in tokens(markup) {
        let style = open.last().map(|(_, style)| *style).unwrap_or_default();
        match token {
            Token::Text(text) => spans.push(Span { text: text.into(), style }),
            Token::Character(character) => {
                spans.push(Span { text: character.to_string().into(), style });
            }
            Token::Open { closed: true, .. } => {}
            Token::Open { name, attributes, .. } => {
                open.push((name, styled(style, name, attributes).unwrap_or(style)));
            }
            Token::Close(name) => {
                if let Some(place) = open.iter().rposition(|(known, _)| *known == name) {
                    open.truncate(place);
                }
            }
        }
    }
    spans.dedup_by(|next, before| {
        let same = before.style == next.style;
        if same {
            before.text.to_mut().push_str(&next.text);
        }
        same
    });
    spans
}

/// The text without its markup.
pub(crate) fn plain(markup: &str) -> String {
    spans(markup).iter().map(|span| &*span.text).collect()
}

/// The places where a text may be cut without cutting its markup.
pub(crate) fn places_to_cut(markup: &str) -> impl Iterator<Item = usize> {
    let tokens = tokens(markup).into_iter();
    tokens.flat_map(|(begin, token)| match token {
        Token::Text(text) => {
            let ends = text.char_indices().map(|(at, letter)| begin + at + letter.len_utf8());
            ends.collect::<Vec<_>>()
        }
        Token::Character(_) => {
            let end = markup.get(begin..).and_then(|rest| rest.find(';'));
            end.map(|end| begin + end + 1).into_iter().collect()
        }
        Token::Open { .. } | Token::Close(_) => Vec::new(),
    })
}

/// A text that is read as markup: as it is if it is whole, else with everything in it as text.
///
/// ```
/// use rrd_graph::sound_markup;
/// assert_eq!(sound_markup("<b>5</b> &lt; 6"), "<b>5</b> &lt; 6");
/// assert_eq!(sound_markup("<b>5 < 6 & 7"), "&lt;b>5 &lt; 6 &amp; 7");
/// ```
pub fn sound_markup(text: &str) -> Cow<'_, str> {
    if is_sound(text) {
        text.into()
    } else {
        text.replace('&', "&amp;").replace('<', "&lt;").into()
    }
}

fn is_sound(markup: &str) -> bool {
    let mut open = Vec::new();
    for (_, token) in tokens(markup) {
        match token {
            Token::Text(text) if text.contains(['<', '&']) => return false,
            Token::Text(_) | Token::Character(_) => {}
            Token::Open { name, attributes, closed } => {
                if styled(Style::default(), name, attributes).is_none() {
                    return false;
                }
                if !closed {
                    open.push(name);
                }
            }
            Token::Close(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
        }
    }
    open.is_empty()
}

/// A text cut into its pieces, each with its place. A mark that begins nothing is text.
fn tokens(markup: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut rest = markup;
    while !rest.is_empty() {
        let begin = markup.len() - rest.len();
        let (token, after) = token(rest);
        tokens.push((begin, token));
        rest = after;
    }
    tokens
}

/// The first piece of a text that is not empty, and what follows it.
fn token(text: &str) -> (Token<'_>, &str) {
    let found = match text.as_bytes().first() {
        Some(b'<') => tag(text),
        Some(b'&') => reference(text),
        _ => None,
    };
    found.unwrap_or_else(|| {
        let mut letters = text.char_indices().skip(1);
        let end = letters.find(|(_, letter)| matches!(letter, '<' | '&')).map(|(end, _)| end);
        let (text, rest) = text.split_at(end.unwrap_or(text.len()));
        (Token::Text(text), rest)
    })
}

/// A leading tag.
fn tag(text: &str) -> Option<(Token<'_>, &str)> {
    let (tag, rest) = text.strip_prefix('<')?.split_once('>')?;
    if let Some(name) = tag.strip_prefix('/') {
        return is_name(name.trim_end()).then_some((Token::Close(name.trim_end()), rest));
    }
    let (tag, closed) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let end = tag.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(tag.len());
    let (name, attributes) = tag.split_at(end);
    is_name(name).then_some((Token::Open { name, attributes, closed }, rest))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

/// A leading reference to a character.
fn reference(text: &str) -> Option<(Token<'_>, &str)> {
    let (name, rest) = text.strip_prefix('&')?.split_once(';')?;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let code = name.strip_prefix('#')?;
            let code = match code.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => code.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((Token::Character(character), rest))
}

/// The style inside an element; `None` for one that does not exist or has a wrong value.
fn styled(outer: Style, name: &str, attributes: &str) -> Option<Style> {
    let scaled = |factor| Style { size: scale(outer.size, factor), ..outer };
    let style = match name {
        "b" => Style { bold: true, ..outer },
        "i" => Style { slanted: true, ..outer },
        "u" => Style { underlined: true, ..outer },
        "s" => Style { struck: true, ..outer },
        "tt" => Style { mono: true, ..outer },
        "big" => scaled(STEP),
        "small" | "sub" | "sup" => scaled(1.0 / STEP),
        "markup" => outer,
        "span" => return spanned(outer, attributes),
        _ => return None,
    };
    attributes.trim().is_empty().then_some(style)
}

fn scale(size: Size, factor: f64) -> Size {
    match size {
        Size::Factor(size) => Size::Factor((size * factor).clamp(*FACTORS.start(), *FACTORS.end())),
        Size::Points(size) => Size::Points((size * factor).clamp(*POINTS.start(), *POINTS.end())),
    }
}

/// The style inside a `span`.
fn spanned(outer: Style, attributes: &str) -> Option<Style> {
    let mut style = outer;
    let mut rest = attributes.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let mark = after.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(mark)?;
        rest = after.trim_start();
        match key.trim() {
            "foreground" | "fgcolor" | "color" => style.color = Some(color(value)?),
            "size" | "font_size" => style.size = size(outer.size, value)?,
            "weight" | "font_weight" => style.bold = is_bold(value),
            "style" | "font_style" => style.slanted = value != "normal",
            "underline" => style.underlined = value != "none",
            "strikethrough" => style.struck = value == "true",
            "face" | "font_family" => style.mono = is_mono(value),
            "font" | "font_desc" => {
                let words = value.to_lowercase();
                style.mono = is_mono(value);
                style.bold = words.contains("bold");
                style.slanted = words.contains("italic") || words.contains("oblique");
                let points = words.rsplit(' ').next().and_then(number);
                style.size = points.map_or(style.size, points_of);
            }
            // What is not drawn changes nothing.
            _ => {}
        }
    }
    Some(style)
}

fn is_mono(family: &str) -> bool {
    Face::named(family).is_mono()
}

fn is_bold(weight: &str) -> bool {
    match weight.parse::<u16>() {
        Ok(weight) => weight >= 600,
        Err(_) => matches!(weight, "bold" | "semibold" | "ultrabold" | "heavy" | "ultraheavy"),
    }
}

fn points_of(points: f64) -> Size {
    Size::Points(points.clamp(*POINTS.start(), *POINTS.end()))
}

/// A size: a word, 1024ths of a point, or a number with its unit.
fn size(outer: Size, value: &str) -> Option<Size> {
    let steps = match value {
        "xx-small" => -3,
        "x-small" => -2,
        "small" => -1,
        "medium" => 0,
        "large" => 1,
        "x-large" => 2,
        "xx-large" => 3,
        "smaller" => return Some(scale(outer, 1.0 / STEP)),
        "larger" => return Some(scale(outer, STEP)),
        _ => {
            if let Some(share) = value.strip_suffix('%') {
                return Some(scale(outer, number(share)? / 100.0));
            }
            if let Some(points) = value.strip_suffix("pt") {
                return number(points).map(points_of);
            }
            return value.parse::<u32>().ok().map(|parts| points_of(f64::from(parts) / 1024.0));
        }
    };
    let factor = (0..i32::abs(steps)).fold(1.0, |factor, _| factor * STEP);
    Some(scale(Size::Factor(1.0), if steps < 0 { 1.0 / factor } else { factor }))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A colour: a name, or three, four, six, eight or twelve digits.
fn color(value: &str) -> Option<Color> {
    match value.strip_prefix('#') {
        // Two bytes for each part, of which the first is what shows.
        Some(digits) if digits.len() == 12 && digits.is_ascii() => {
            let parts = [0, 4, 8].map(|at| digits.get(at..at + 2).unwrap_or_default());
            Color::from_hex(&parts.concat())
        }
        Some(digits) => Color::from_hex(digits),
        None => named_in_css(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_become_styles_and_references_characters() {
        let bold = Style { bold: true, ..Style::default() };
        let red = Style { color: Some(Color::rgb(255, 0, 0)), underlined: true, ..bold };
        let span = |text: &'static str, style| Span { text: text.into(), style };
        assert_eq!(
            spans("a <b>b<span color='red'><u>c</u></span></b> &lt;d&#62;"),
            [
                span("a ", Style::default()),
                span("b", bold),
                span("c", red),
                span(" <d>", Style::default())
            ]
        );
        assert_eq!(plain("<b>bold</b> and <span foreground=\"red\">red</span>"), "bold and red");
        assert_eq!(plain("5 &lt; 6 &amp; 7 &#176;C"), "5 < 6 & 7 °C");
    }

    #[test]
    fn a_part_of_a_text_keeps_its_style_to_the_end() {
        let [first] = &*spans("<b>bold and") else { panic!("one part") };
        assert!(first.style.bold);
        assert_eq!(plain("rest</b> &lt"), "rest &lt");
    }

    #[test]
    fn markup_that_is_not_whole_is_text() {
        for text in [
            "5 < 6 & 7",
            "a <3 b> c",
            "<b>bold",
            "<b>bold</i>",
            "bold</b>",
            "<blink>no</blink>",
            "<b color='red'>x</b>",
            "<span color='nonsense'>x</span>",
            "<span color=red>x</span>",
            "<span color='red>x</span>",
            "&nbsp;",
            "&#x110000;",
        ] {
            assert_eq!(plain(&sound_markup(text)), text);
        }
        for text in ["<b><i>x</i></b>", "&amp;", "<span size='120%' weight='bold'>x</span>", ""] {
            assert_eq!(sound_markup(text), text);
        }
    }

    #[test]
    fn sizes_and_colours_are_those_of_pango() {
        let sized = |text| spans(text).first().map(|span| span.style.size);
        assert_eq!(sized("<span size='20480'>x</span>"), Some(Size::Points(20.0)));
        assert_eq!(sized("<span size='12pt'>x</span>"), Some(Size::Points(12.0)));
        assert_eq!(sized("<span size='150%'>x</span>"), Some(Size::Factor(1.5)));
        assert_eq!(sized("<span size='large'>x</span>"), Some(Size::Factor(1.2)));
        assert_eq!(sized("<span font='Sans Bold 9'>x</span>"), Some(Size::Points(9.0)));
        assert_eq!(sized("<span size='1e99pt'>x</span>"), Some(Size::Points(200.0)));
        assert_eq!(color("#ffff80000000"), Some(Color::rgb(255, 128, 0)));
        assert_eq!(color("orange"), Some(Color::rgb(255, 165, 0)));
    }

    #[test]
    fn a_text_is_never_cut_inside_its_markup() {
        let text = "<b>é</b>&lt;x";
        let places: Vec<_> = places_to_cut(text).map(|at| &text[..at]).collect();
        assert_eq!(places, ["<b>é", "<b>é</b>&lt;", "<b>é</b>&lt;x"]);
    }
}
