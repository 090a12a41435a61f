//! Colours as attributes, and the classes that an automatic theme uses for dark mode.

use super::path::push_short;
use crate::scene::{PARTS, Paint, Pen, Shape, pixels};
use crate::theme::{Ink, Role};

/// The colours that a shape uses.
pub(super) fn inks(shape: &Shape) -> [Option<Ink>; 2] {
    match shape {
        Shape::Fill { ink, .. } | Shape::Area { paint: Paint::Plain(ink), .. } => {
            [Some(*ink), None]
        }
        Shape::Area { paint: Paint::Fade { from, to, .. }, .. } => [Some(*from), Some(*to)],
        Shape::Stroke { pen, .. } => [Some(pen.ink), None],
        Shape::Text(text) => [Some(text.ink), None],
        Shape::Begin { .. } | Shape::End | Shape::Cells { .. } => [None; 2],
    }
}

/// Appends the class name of a role.
pub(super) fn push_class(out: &mut String, role: Role) {
    out.push_str(match role {
        Role::Back => "b",
        Role::Canvas => "c",
        Role::ShadeA => "sa",
        Role::ShadeB => "sb",
        Role::Grid => "g",
        Role::MajorGrid => "mg",
        Role::Font => "t",
        Role::Axis => "a",
        Role::Frame => "fr",
        Role::Arrow => "ar",
        Role::Series(color) => return out.push_str(&color.index().to_string()),
    });
}

/// Appends a colour without its opacity.
pub(super) fn push_opaque(out: &mut String, ink: Ink) {
    ink.with_alpha(255).color.push_to(out);
}

/// Appends the opacity, unless the colour is opaque.
pub(super) fn push_opacity(out: &mut String, kind: &str, ink: Ink) {
    if ink.color.alpha == 255 {
        return;
    }
    out.push(' ');
    out.push_str(kind);
    out.push_str("-opacity=\"");
    push_short(out, (f64::from(ink.color.alpha) / 255.0 * 1000.0).round() / 1000.0);
    out.push('"');
}

/// Appends `kind="#rrggbb"` and the opacity.
pub(super) fn push_color(out: &mut String, kind: &str, ink: Ink) {
    out.push(' ');
    out.push_str(kind);
    out.push_str("=\"");
    push_opaque(out, ink);
    out.push('"');
    push_opacity(out, kind, ink);
}

/// Appends the attributes of a filled shape.
pub(super) fn push_fill(out: &mut String, ink: Ink) {
    push_role(out, 'f', ink);
    push_color(out, "fill", ink);
}

/// Appends the attributes of a line.
pub(super) fn push_stroke(out: &mut String, pen: &Pen) {
    push_role(out, 's', pen.ink);
    push_color(out, "stroke", pen.ink);
    if pen.width != PARTS {
        out.push_str(" stroke-width=\"");
        push_short(out, pixels(pen.width));
        out.push('"');
    }
    if pen.dashes.is_empty() {
        if !pen.crisp {
            out.push_str(r#" stroke-linejoin="round""#);
        }
        if pen.round {
            out.push_str(r#" stroke-linecap="round""#);
        }
        return;
    }
    out.push_str(" stroke-dasharray=\"");
    for (index, length) in pen.dashes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        push_short(out, pixels(*length));
    }
    out.push('"');
    if pen.offset != 0 {
        out.push_str(" stroke-dashoffset=\"");
        push_short(out, pixels(pen.offset));
        out.push('"');
    }
}

/// Appends the class of a role's colour.
fn push_role(out: &mut String, kind: char, ink: Ink) {
    let Some(role) = ink.role else { return };
    out.push_str(" class=\"");
    out.push(kind);
    push_class(out, role);
    out.push('"');
}
