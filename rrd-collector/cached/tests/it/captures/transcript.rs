//! A recorded conversation with rrdcached 1.7.2, with our departures from it.
//!
//! `$` starts a daemon, `>` is sent, `#` tells what was done besides, `= daemon got` ends it. What
//! was observed then follows: `<` an answer, `<:` its bytes, `=` an event, `!` standard error, `J`
//! the journal. Where ours differs, `-` precedes what was recorded, `+` what ours does, and `%` the
//! reason.

use std::fs;
use std::path::{Path, PathBuf};

/// A recorded conversation.
#[derive(Debug)]
pub(super) struct Transcript {
    path: PathBuf,
    pub(super) steps: Vec<Step>,
}

/// Something that was done, and what was observed.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The lines that say what to do.
    pub(super) action: Vec<String>,
    pub(super) reasons: Vec<String>,
    pub(super) recorded: Vec<String>,
    /// What we do instead, if that differs.
    pub(super) ours: Vec<String>,
}

fn is_observed(line: &str) -> bool {
    let acts = line.starts_with("= daemon") || line == "= still open";
    line.starts_with("= ") && !acts
        || line.starts_with(['<', '!', 'J'])
        || line.starts_with("  (further")
        || line.starts_with("# journal file")
        || line.starts_with("# rrdtool last")
}

impl Transcript {
    pub(super) fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let path = folder.join(format!("{name}.txt"));
        let text = fs::read_to_string(&path).expect("a transcript");
        let mut steps: Vec<Step> = Vec::new();
        let mut observing = true;
        for line in text.lines() {
            let step = steps.last_mut();
            if let (Some(reason), Some(step)) = (line.strip_prefix("% "), step) {
                step.reasons.push(reason.to_owned());
                observing = true;
                continue;
            }
            let (marked, mark) = match line.as_bytes() {
                [mark @ (b'-' | b'+'), b' ', ..] => (&line[2..], Some(*mark)),
                _ => (line, None),
            };
            if mark.is_some() || is_observed(marked) {
                let step = steps.last_mut().expect("something was done before");
                observing = true;
                if mark != Some(b'+') {
                    step.recorded.push(marked.to_owned());
                }
                if mark != Some(b'-') {
                    step.ours.push(marked.to_owned());
                }
                continue;
            }
            // Lines that are sent together are answered together.
            let together = line.starts_with('>') && !observing;
            match steps.last_mut() {
                Some(step) if together && step.action[0].starts_with('>') => {
                    step.action.push(line.to_owned());
                }
                _ => steps.push(Step { action: vec![line.to_owned()], ..Step::default() }),
            }
            observing = false;
        }
        Self { path, steps }
    }

    /// Writes down what was found instead of what is expected; reasons stay.
    pub(super) fn write(&self, found: &[Vec<String>]) {
        let mut text = String::new();
        for (step, found) in self.steps.iter().zip(found) {
            let mut push = |mark: &str, line: &str| {
                text.push_str(mark);
                text.push_str(line);
                text.push('\n');
            };
            step.action.iter().for_each(|line| push("", line));
            step.reasons.iter().for_each(|reason| push("% ", reason));
            for line in merge(&step.recorded, found) {
                match line {
                    Line::Same(line) => push("", line),
                    Line::Recorded(line) => push("- ", line),
                    Line::Ours(line) => push("+ ", line),
                }
            }
        }
        fs::write(&self.path, text).expect("the folder can be written");
    }
}

#[derive(Debug, PartialEq)]
enum Line<'a> {
    Same(&'a str),
    Recorded(&'a str),
    Ours(&'a str),
}

/// Both lists of lines in one, with as many as possible in common.
fn merge<'a>(recorded: &'a [String], ours: &'a [String]) -> Vec<Line<'a>> {
    // common[i][j]: the longest common subsequence of recorded[i..] and ours[j..].
    let mut common = vec![vec![0_u32; ours.len() + 1]; recorded.len() + 1];
    for i in (0..recorded.len()).rev() {
        for j in (0..ours.len()).rev() {
            common[i][j] = if recorded[i] == ours[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < recorded.len() || j < ours.len() {
        if i < recorded.len() && j < ours.len() && recorded[i] == ours[j] {
            lines.push(Line::Same(&recorded[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == ours.len() || i < recorded.len() && common[i + 1][j] >= common[i][j + 1] {
            lines.push(Line::Recorded(&recorded[i]));
            i += 1;
        } else {
            lines.push(Line::Ours(&ours[j]));
            j += 1;
        }
    }
    lines
}

#[test]
fn recorded_lines_and_ours_are_merged_in_order() {
    let [recorded, ours] = [["a", "b", "c"], ["a", "x", "c"]].map(|lines| lines.map(String::from));
    let merged = [Line::Same("a"), Line::Recorded("b"), Line::Ours("x"), Line::Same("c")];
    assert_eq!(merge(&recorded, &ours), merged);
}
