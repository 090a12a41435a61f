//! Pictures in kitty's graphics protocol.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest piece of a picture, in bytes.
const PIECE: usize = 4096;

/// A PNG file for terminals that support kitty's graphics protocol.
pub(crate) fn kitty(png: &[u8]) -> String {
    let png = STANDARD.encode(png);
    let mut out = String::with_capacity(png.len() + 256);
    let mut pieces = png.as_bytes().chunks(PIECE).peekable();
    let mut control = "a=T,f=100,";
    while let Some(piece) = pieces.next() {
        let more = u8::from(pieces.peek().is_some());
        let text = String::from_utf8_lossy(piece);
        let _ = write!(out, "\x1b_G{control}m={more};{text}\x1b\\");
        control = "";
    }
    out.push('\n');
    out
}
