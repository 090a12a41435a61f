//! Lines of a stream, limited in length.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Limit on the length of a line in bytes; longer lines are truncated.
const MAX_LENGTH: usize = 16 << 10;

/// The next line without its line end; `None` at the end of the stream.
///
/// # Errors
///
/// What the system says.
pub(super) async fn next_line(
    stream: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut is_begun = false;
    loop {
        let portion = stream.fill_buf().await?;
        if portion.is_empty() {
            return Ok(is_begun.then(|| text(line)));
        }
        is_begun = true;
        let end = portion.iter().position(|byte| *byte == b'\n');
        let part = portion.get(..end.unwrap_or(portion.len())).unwrap_or_default();
        let room = MAX_LENGTH.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(part.get(..room).unwrap_or_default());
        let used = end.map_or(portion.len(), |end| end + 1);
        stream.consume(used);
        if end.is_some() {
            return Ok(Some(text(line)));
        }
    }
}

fn text(mut line: Vec<u8>) -> String {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8_lossy(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn lines_come_one_by_one_and_long_ones_are_cut() {
        let long = "x".repeat(MAX_LENGTH + 5);
        let all = format!("a\r\n\n{long}\nlast");
        let mut stream = all.as_bytes();
        let mut lengths = Vec::new();
        while let Some(line) = next_line(&mut stream).await.unwrap() {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [1, 0, MAX_LENGTH, 4]);
    }
}
